//! Need to know, and why if asked: three teams decide on what three systems know of a customer, and each gets only what it
//! needs; a bundle that would tell more is not gone over to; months later each task still says why. By a clock that is moved
//! by hand, whole tasks compared.

use std::fs;

use serde_json::{Value, json};

use crate::deployed::copy;
use crate::time::{Story, whole};

const SOURCES: [&str; 3] = ["app.events", "billing.events", "crm.events"];
const TASKS: [&str; 3] = ["billing.tasks", "marketing.tasks", "product.tasks"];

fn event(story: &Story, source: &str, id: &str, kind: &str, mut data: Value) {
    data["customer_id"] = json!("c1");
    story.event(&format!("{source}.events"), id, kind, "c1", &data);
}

/// Ada, her invoice, and three times at the limits of her plan.
fn begin(dispute: Option<Value>) -> Option<Story> {
    let story = Story::begin("governance", &SOURCES)?;
    story.world.set_clock("2026-03-02T09:00:00Z");
    let ada = json!({"first_name": "Ada", "mailings": true, "income": 4100.75});
    event(&story, "crm", "k1", "customer.changed", ada);
    let invoice = json!({"invoice_id": "I-7", "amount": 129.5, "status": "open"});
    event(&story, "billing", "i1", "invoice.changed", invoice);
    // Of several topics, nothing else holds them in this order.
    let is_event = |value: &Value| value["kind"] == "event";
    let _ = story.wait("what is known of her", "segue.log", 2, is_event);
    if let Some(dispute) = dispute {
        event(&story, "billing", "i2", "invoice.disputed", dispute);
        let _ = story.wait("the dispute", "segue.log", 3, is_event);
    }
    story.world.set_clock("2026-03-02T10:00:00Z");
    for number in 1..=3 {
        event(&story, "app", &format!("l{number}"), "limit.reached", json!({"plan": "small"}));
        event(
            &story,
            "app",
            &format!("x{number}"),
            "export.failed",
            json!({"format": "pdf", "version": "4.2"}),
        );
    }
    Some(story)
}

#[test]
fn each_team_gets_what_it_needs_and_a_bundle_that_tells_more_is_not_gone_over_to() {
    let Some(story) = begin(Some(json!({"invoice_id": "I-7", "reason": "Charged twice"}))) else { return };
    let task = |topic: &str| story.wait(topic, topic, 1, |_| true).pop().unwrap();
    let (settle, save, mend) = (task(TASKS[0]), task(TASKS[1]), task(TASKS[2]));
    assert_eq!(whole(&settle), settle_dispute());
    assert_eq!(whole(&save), show_how_to_save());
    assert_eq!(whole(&mend), mend_export());

    // Marketing would like to know what its customers owe: that is refused before anything is written.
    let directory = tempfile::tempdir().unwrap();
    let leaky = directory.path().join("leaky");
    copy(story.bundle(), &leaky);
    let offers = leaky.join("marketing/offers.yaml");
    let text = fs::read_to_string(&offers).unwrap();
    let what = "how to get along with the plan {{ event.data.plan }}";
    let more = format!("{what}, who owes {{{{ invoices['I-7'].amount }}}}");
    assert!(text.contains(what));
    fs::write(&offers, text.replace(what, &more)).unwrap();
    let refused = story.run(&["deploy", leaky.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("marketing/offers.yaml") && said.contains("invoices[].amount"), "{said}");
    assert!(story.read("segue.bundles").iter().all(|record| {
        !String::from_utf8_lossy(record.value.as_deref().unwrap_or_default()).contains("who owes")
    }));

    // What is private is told to nobody: not by what the router says of itself, not in decisions, not in why an event failed.
    event(&story, "crm", "k2", "customer.changed", json!({"first_name": "Ada", "income": "CANARY"}));
    let failed = story.failed(1);
    let head = |name: &str| {
        let header = failed[0].headers.iter().find(|header| header.name == name).unwrap();
        String::from_utf8_lossy(header.value.as_deref().unwrap()).into_owned()
    };
    assert_eq!(head("segue-error"), "schema");
    let decisions = story.read("segue.decisions").into_iter().filter_map(|record| record.value);
    let decisions: Vec<String> =
        decisions.map(|value| String::from_utf8_lossy(&value).into_owned()).collect();
    assert!(decisions.len() >= 3);
    let said = [story.says(), head("segue-detail"), decisions.concat()].concat();
    assert!(said.contains("router starts") && said.contains("segue_intake_records_total"), "{said}");
    for secret in ["CANARY", "4100.75"] {
        let told = said.lines().find(|line| line.contains(secret));
        assert_eq!(told, None, "{secret} is told to nobody");
    }

    let all = story.end(&TASKS);
    assert_eq!(all.len(), 3);
    // Whose it is stands in every task; what a team need not know, in none of its own.
    for (of, secrets) in [
        (&settle, &["4.2", "pdf", "small", "4100.75", "income"][..]),
        (&save, &["129.5", "I-7", "Charged", "4.2", "4100.75", "income"][..]),
        (&mend, &["Ada", "129.5", "I-7", "Charged", "small", "4100.75", "income"][..]),
    ] {
        let text = whole(of).to_string();
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} is nothing that {} needs", of["data"]["action"]);
        }
    }
}

#[test]
fn months_later_a_task_says_why_and_why_not_the_others_and_what_would_have_turned_it() {
    let Some(story) = begin(None) else { return };
    let offer = story.wait("the offer", "marketing.tasks", 1, |_| true).remove(0);
    assert_eq!(offer["data"]["what"], "Offer Ada what comes after the plan small");
    story.world.set_clock("2026-08-31T10:00:00Z");
    let why = story.why(&offer);
    for says in [
        "Rule plan-too-small (A customer is at the limits of the plan again and again) fired.",
        "The number of limit.reached within 30d was 3, and it had to be at least 3.",
        "offer-larger-plan (A larger plan, for whom the present one is too small) went out",
        "It would not have gone out if the person's mailings were false.",
        "show-how-to-save (How to get along with the present plan) did not go out: policy one-offer (Of all offers, the best one only) keeps the best only",
    ] {
        assert!(why.contains(says), "{says}: {why}");
    }
    assert!(!why.contains("4100.75"), "what is private is asked for, and not told: {why}");
    let task = offer["data"]["task"].as_str().unwrap();
    for question in [&["why", task][..], &["why", task, "--output", "json"], &["why", "--event", "app/l1"]] {
        let (told, read) = (story.ask(question), story.run(question));
        assert_eq!(told.status.code(), Some(0), "{}", String::from_utf8_lossy(&told.stderr));
        let told = String::from_utf8(told.stdout).unwrap();
        assert_eq!(told, String::from_utf8(read.stdout).unwrap(), "a running router says the same");
    }
    // Nobody asked: the task itself says what and how, and nothing of why.
    assert!(!whole(&offer).to_string().contains("at the limits"));
    // The log is kept for a week, decisions for a year: what the record says is told then, and what it does not is said.
    story.world.kafka.lose_records("segue.log");
    let why = story.why(&offer);
    for says in [
        "Rule plan-too-small (A customer is at the limits of the plan again and again) fired.",
        "offer-larger-plan (A larger plan, for whom the present one is too small) went out",
        "show-how-to-save (How to get along with the present plan) did not go out: policy one-offer (Of all offers, the best one only) keeps the best only",
        "This is told from the record of the decision alone: the log of that time is gone",
    ] {
        assert!(why.contains(says), "{says}: {why}");
    }
    assert!(!why.contains("It would not have gone out"), "nothing was tried: {why}");
    // What never was says so.
    let unknown = story.run(&["why", "t-00000000-00000000000000000000000000000000"]);
    assert_eq!(unknown.status.code(), Some(2));
    let asked = story.ask(&["why", "t-00000000-00000000000000000000000000000000"]);
    assert_eq!((asked.status.code(), asked.stderr), (Some(2), unknown.stderr));
    story.stop();
}

fn released(mut own: Value, journey: &str, cause: (&str, &str)) -> Value {
    let common = json!({"subject": "c1", "per": "person", "journey": journey, "tone": null, "assignee": null,
        "channel": null, "expires_at": null,
        "cause": {"source": cause.0, "event": journey, "type": cause.1}});
    own.as_object_mut().unwrap().extend(common.as_object().unwrap().clone());
    own
}

fn score(score: f64) -> Value {
    json!({"score": score, "rank": 1, "propensity": 1.0, "context": 1.0, "value": score, "lever": 1.0})
}

fn settle_dispute() -> Value {
    let own = json!({"action": "settle-dispute", "rule": "invoice-disputed", "priority": score(90.0),
        "what": "Settle with Ada what is wrong with invoice I-7 of 129.5", "how": ["They say: Charged twice"],
        "released_at": "2026-03-02T09:00:00Z", "due_at": "2026-03-03T09:00:00Z",
        "shared": {"who": {"first_name": "Ada"}, "event": {"data": {"invoice_id": "I-7", "reason": "Charged twice"}}}});
    released(own, "i2", ("billing", "invoice.disputed"))
}

/// The larger plan comes first, but is not offered to whom a dispute is open with.
fn show_how_to_save() -> Value {
    let own = json!({"action": "show-how-to-save", "rule": "plan-too-small", "priority": score(20.0),
        "what": "Show Ada how to get along with the plan small", "how": [],
        "released_at": "2026-03-02T10:00:00Z", "due_at": null,
        "shared": {"who": {"first_name": "Ada"}, "event": {"data": {"plan": "small"}}}});
    released(own, "l3", ("app", "limit.reached"))
}

fn mend_export() -> Value {
    let own = json!({"action": "mend-export", "rule": "export-fails", "priority": score(40.0),
        "what": "Exports as pdf fail again and again in version 4.2", "how": [],
        "released_at": "2026-03-02T10:00:00Z", "due_at": null,
        "shared": {"event": {"data": {"format": "pdf", "version": "4.2"}}}});
    released(own, "x3", ("app", "export.failed"))
}
