//! Scores rank what is done, what became of it is learned, and many weak signs become one task. By a clock that is moved by
//! hand.

use std::collections::BTreeMap;

use segue_testkit::topics::wait_for;
use serde_json::{Value, json};

use crate::time::Story;

#[test]
fn scores_rank_outcomes_are_learned_by_all_partitions_and_weak_signs_add_up() {
    let sources = ["analytics.scores", "analytics.signs", "billing.events", "crm.customers"];
    let Some(story) = Story::begin("analytics", &sources) else { return };
    let event = |topic: &str, id: &str, kind: &str, customer: &str, mut data: Value| {
        data["customer_id"] = json!(customer);
        story.event(topic, id, kind, customer, &data);
    };
    story.world.set_clock("2026-03-02T09:00:00Z");
    // Persons of several partitions; some of them may be in control.
    let persons: Vec<String> = (0..12).map(|number| format!("p{number}")).collect();
    for person in &persons {
        event(
            "crm.customers",
            &format!("k-{person}"),
            "customer.changed",
            person,
            json!({"first_name": "Ada"}),
        );
        for (model, score) in [("churn", 0.9), ("accepts-calls", 0.05)] {
            let data = json!({"model": model, "score": score});
            event("analytics.scores", &format!("{model}-{person}"), "scores.computed", person, data);
        }
    }
    let is_event = |value: &Value| value["kind"] == "event";
    let _ = story.wait("all of this to be logged", "segue.log", 36, is_event);
    let ends = |round: &str| {
        for person in &persons {
            let data = json!({"contract_id": format!("K-{person}"), "worth": 100.0});
            event("billing.events", &format!("{round}-{person}"), "contract.ending", person, data);
        }
    };
    story.world.set_clock("2026-03-02T10:00:00Z");
    ends("first");
    let of_control = |value: &Value| value["candidates"][0]["by"] == "retention-control";
    let _ = story.wait("all to be decided on", "segue.decisions", 12, |value| value["candidates"].is_array());
    let left_alone = story.wait("the decisions", "segue.decisions", 0, of_control).len();
    let offers = story.wait("the offers", "retention.tasks", 12 - left_alone, |_| true);
    assert!(offers.iter().all(|task| task["data"]["action"] == "send-renewal-offer"), "a call is worth less");
    story.world.set_clock("2026-03-02T11:00:00Z");
    for offer in &offers {
        let declined = json!({"outcome": "declined", "at": "2026-03-02T10:30:00Z"});
        story.outcome("retention.outcomes", offer, &declined);
    }
    let responses = offers.len() as u64;
    let _ = story
        .wait("the outcomes to be logged", "segue.log", offers.len(), |value| value["kind"] == "outcome");
    // What is told at most once a second waits for the clock: partitions first, then whoever tells them all.
    let mut second = 0;
    wait_for("all partitions to have heard", || {
        second += 1;
        story.world.set_clock(&format!("2026-03-02T11:{:02}:{:02}Z", second / 60, second % 60));
        (heard(&story) == responses).then_some(())
    });
    // A score of 0.05 was too low against what was thought of letters; now it is known what those are good for.
    story.world.set_clock("2026-03-20T10:00:00Z");
    ends("second");
    let calls = story.wait("the second round", "segue.decisions", 24, |value| value["candidates"].is_array());
    let seen =
        calls.iter().flat_map(|decision| decision["candidates"].as_array().unwrap()).filter_map(|one| {
            let learned = &one["priority"]["learned"];
            learned["responses"].as_u64().map(|responses| (learned["positives"].as_u64().unwrap(), responses))
        });
    let (positives, most) = seen.max_by_key(|(_, responses)| *responses).unwrap();
    assert_eq!((positives, most), (0, responses), "every partition's outcomes are counted, each once");

    for (number, (kind, weight)) in [("logins", 0.4), ("prices", 0.3), ("payment", 0.4)].iter().enumerate() {
        let data = json!({"kind": kind, "weight": weight});
        event("analytics.signs", &format!("s{number}"), "sign.seen", "p0", data);
    }
    let asked = story.wait("the signs to add up", "retention.tasks", 1, |task| {
        task["data"]["action"] == "ask-how-it-goes"
    });
    assert_eq!(asked[0]["data"]["what"], "Ask Ada how it goes");
    let _ = story.end(&["retention.tasks"]);
}

/// How many responses to offers partitions have told each other of, by the latest that each has told.
fn heard(story: &Story) -> u64 {
    let mut told: BTreeMap<u64, u64> = BTreeMap::new();
    for record in story.read("segue.log") {
        let value: Value = serde_json::from_slice(record.value.as_deref().unwrap()).unwrap();
        let shares = value["shares"].as_array().cloned().unwrap_or_default();
        for share in shares.iter().filter(|share| share[1] == "send-renewal-offer") {
            let latest = told.entry(share[0].as_u64().unwrap()).or_default();
            *latest = (*latest).max(share[3].as_u64().unwrap());
        }
    }
    told.values().sum()
}
