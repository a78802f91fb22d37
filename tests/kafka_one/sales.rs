//! A lead comes back, and what five systems know of them makes three tasks; three people of one company look at the
//! prices, and its owner gets one. By a clock that is moved by hand, whole tasks compared.

use serde_json::{Value, json};

use crate::time::{Story, whole};

#[test]
fn a_lead_who_comes_back_brings_three_tasks_and_three_visitors_of_a_company_one() {
    let sources = ["crm.events", "finance.events", "intelligence.events", "marketing.events"];
    let Some(story) = Story::begin("sales", &sources) else { return };
    let event = |source: &str, id: &str, kind: &str, data: Value| {
        let key = data["company_id"].as_str().or(data["lead_id"].as_str()).unwrap().to_owned();
        story.event(&format!("{source}.events"), id, kind, &key, &data);
    };
    story.world.set_clock("2026-03-02T09:00:00Z");
    event("finance", "f1", "figures.published", json!({"company_id": "acme", "trend": "growing"}));
    let _ = story.wait("the figures to be known everywhere", "segue.log", 4, |value| value["kind"] == "row");
    let ada = json!({"lead_id": "l1", "first_name": "Ada", "owner": "bo", "company_id": "acme"});
    event("crm", "k1", "lead.changed", ada);
    let bought = json!({"lead_id": "l1", "order_id": "o1", "product": "scanner", "amount": 900.0});
    event("crm", "p1", "purchase.made", bought);
    let job = json!({"lead_id": "l1", "title": "Head of IT", "company": "Globex"});
    event("intelligence", "j1", "job.changed", job);
    // Someone with an open case, of whom nothing else is known.
    event("crm", "k2", "lead.changed", json!({"lead_id": "l2", "first_name": "Bea", "owner": "di"}));
    event("crm", "c2", "case.changed", json!({"lead_id": "l2", "case_id": "K2", "status": "open"}));
    event("crm", "k3", "company.owned", json!({"company_id": "acme", "name": "Acme", "owner": "bo"}));
    let of_crm = |value: &Value| ["crm", "intelligence"].contains(&value["source"].as_str().unwrap_or(""));
    let _ = story.wait("all of this to be logged", "segue.log", 6, of_crm);

    story.world.set_clock("2026-03-02T10:00:00Z");
    event("marketing", "v1", "landing.visited", json!({"lead_id": "l1", "page": "/scanners"}));
    event("marketing", "v2", "landing.visited", json!({"lead_id": "l2", "page": "/scanners"}));
    let sales = story.wait("the lead's owner to know", "sales.tasks", 1, |_| true);
    assert_eq!(whole(&sales[0]), congratulate_ada());
    let why = story.why(&sales[0]);
    assert!(why.contains("lead-came-back followed") && why.contains(" went out as task t-"), "{why}");
    let marketing = story.wait("marketing to know", "marketing.tasks", 1, |_| true);
    assert_eq!(whole(&marketing[0]), show_ada());
    let finance = story.wait("the finance desk to know", "finance.tasks", 1, |_| true);
    assert_eq!(whole(&finance[0]), terms_for_ada());
    let of_bea = |value: &Value| value["subject"] == "l2" && value["candidates"].is_array();
    let turned_down = story.wait("Bea to be left alone", "segue.decisions", 1, of_bea);
    let by: Vec<&Value> =
        turned_down[0]["candidates"].as_array().unwrap().iter().map(|candidate| &candidate["by"]).collect();
    assert_eq!(by, ["applicable", "eligible", "eligible"]);

    for (day, lead) in [("03", "l1"), ("04", "l2"), ("05", "l2"), ("06", "l3"), ("07", "l4")] {
        story.world.set_clock(&format!("2026-03-{day}T10:00:00Z"));
        let viewed = json!({"lead_id": lead, "company_id": "acme"});
        event("marketing", &format!("w{day}"), "pricing.viewed", viewed);
        let is_logged = |value: &Value| value["id"] == format!("w{day}");
        let _ = story.wait("the view to be logged for both", "segue.log", 2, is_logged);
    }
    let capped = |value: &Value| value["candidates"][0]["by"] == "one-call-a-week";
    let _ = story.wait("the fourth visitor to bring nothing", "segue.decisions", 1, capped);
    let all = story.end(&["finance.tasks", "marketing.tasks", "sales.accounts.urgent", "sales.tasks"]);
    assert_eq!(all.len(), 4, "three for Ada, one for Acme, none for Bea");
    assert_eq!(whole(&all[2]), call_acme());
}

fn congratulate_ada() -> Value {
    json!({"action": "congratulate-on-job", "rule": "three-for-a-lead", "subject": "l1", "per": "person",
        "journey": "v1",
        "priority": {"score": 90.0, "rank": 1, "propensity": 1.0, "context": 1.0, "value": 90.0, "lever": 1.0},
        "what": "Congratulate Ada on the new job: Head of IT at Globex",
        "how": ["Call today: Ada has just read /scanners", "Ask who decides in the new company"],
        "tone": "upbeat; speak of what is next", "assignee": "bo", "channel": null,
        "released_at": "2026-03-02T10:00:00Z", "due_at": "2026-03-02T18:00:00Z", "expires_at": null,
        "shared": {"who": {"first_name": "Ada", "owner": "bo"},
            "event": {"data": {"page": "/scanners", "tone": "upbeat; speak of what is next"}}},
        "cause": {"source": "marketing", "event": "v1", "type": "landing.visited"}})
}

fn show_ada() -> Value {
    json!({"action": "propose-next-product", "rule": "three-for-a-lead", "subject": "l1", "per": "person",
        "journey": "v1",
        "priority": {"score": 60.0, "rank": 2, "propensity": 1.0, "context": 1.0, "value": 60.0, "lever": 1.0},
        "what": "Show Ada what goes with what they have",
        "how": ["They have: [\"scanner\"]", "They have just read /scanners"],
        "tone": "upbeat; speak of what is next", "assignee": null, "channel": null,
        "released_at": "2026-03-02T10:00:00Z", "due_at": null, "expires_at": null,
        "shared": {"who": {"first_name": "Ada"},
            "event": {"data": {"page": "/scanners", "tone": "upbeat; speak of what is next"}}},
        "cause": {"source": "marketing", "event": "v1", "type": "landing.visited"}})
}

fn terms_for_ada() -> Value {
    json!({"action": "offer-terms", "rule": "three-for-a-lead", "subject": "l1", "per": "person", "journey": "v1",
        "priority": {"score": 30.0, "rank": 3, "propensity": 1.0, "context": 1.0, "value": 30.0, "lever": 1.0},
        "what": "Prepare terms for a company that is growing",
        "how": ["Have them ready when bo calls Ada"], "tone": "upbeat; speak of what is next",
        "assignee": null, "channel": null, "released_at": "2026-03-02T10:00:00Z", "due_at": null,
        "expires_at": null,
        "shared": {"who": {"first_name": "Ada", "owner": "bo"},
            "event": {"data": {"tone": "upbeat; speak of what is next"}}},
        "cause": {"source": "marketing", "event": "v1", "type": "landing.visited"}})
}

fn call_acme() -> Value {
    json!({"action": "call-the-account", "rule": "company-looks-at-pricing", "subject": "company/acme",
        "per": "company", "journey": "w06",
        "priority": {"score": 95.0, "rank": 1, "propensity": 1.0, "context": 1.0, "value": 95.0, "lever": 1.0},
        "what": "Call Acme: 3 of their people looked at our prices within a week",
        "how": ["Ask what they compare us with"], "tone": null, "assignee": "bo", "channel": null,
        "released_at": "2026-03-06T10:00:00Z", "due_at": "2026-03-06T14:00:00Z", "expires_at": null,
        "shared": {"who": {"name": "Acme", "owner": "bo"}, "event": {"data": {"lead_id": "l3"}}},
        "cause": {"source": "marketing", "event": "w06", "type": "pricing.viewed"}})
}
