//! A customer calls, and the agent is told what helps and nothing else; a repair that one cannot or will not do goes on
//! elsewhere; a promise that is not kept is heard of. By a clock that is moved by hand, whole tasks compared.

use serde_json::{Value, json};

use crate::time::{Story, whole};

#[test]
fn who_answers_knows_what_helps_and_who_cannot_repair_is_told_from_who_will_not() {
    let sources = ["calls.events", "claims.events", "repairs.events", "shop.events"];
    let Some(story) = Story::begin("service", &sources) else { return };
    let event = |source: &str, id: &str, kind: &str, customer: &str, mut data: Value| {
        data["customer_id"] = json!(customer);
        story.event(&format!("{source}.events"), id, kind, customer, &data);
    };
    let task = |topic: &str, action: &str| {
        let is_it = |task: &Value| task["data"]["action"] == action;
        story.wait(action, topic, 1, is_it).pop().unwrap()
    };
    story.world.set_clock("2026-03-02T09:00:00Z");
    event("shop", "k1", "customer.changed", "c1", json!({"first_name": "Ada", "debt": 120.5}));
    let bought = json!({"household_id": "h1", "order_id": "o1", "product": "oven", "price": 812.25});
    event("shop", "b1", "household.bought", "c1", bought);
    event("repairs", "r0", "repair.done", "c1", json!({"repair_id": "R0", "device": "oven"}));
    let claim = |id: &str, status: &str| json!({"claim_id": id, "status": status, "amount": 333.75});
    event("claims", "m1", "claim.changed", "c1", claim("M1", "open"));
    event("claims", "m2", "claim.changed", "c1", claim("M2", "settled"));
    let is_event = |value: &Value| value["kind"] == "event";
    let _ = story.wait("all of this to be logged", "segue.log", 5, is_event);

    story.world.set_clock("2026-03-02T10:00:00Z");
    event("calls", "a1", "call.waiting", "c1", json!({"call_id": "A1"}));
    assert_eq!(whole(&task("agents.tasks", "take-call")), take_adas_call());

    event("repairs", "r1", "repair.ordered", "c1", json!({"repair_id": "R1", "device": "oven"}));
    event("repairs", "r2", "repair.ordered", "c2", json!({"repair_id": "R2", "device": "lamp"}));
    let ordered = story.wait("both repairs", "workshop.tasks", 2, |_| true);
    story.world.set_clock("2026-03-02T13:00:00Z");
    for (customer, reason) in [("c1", "cannot"), ("c2", "will not")] {
        let of = ordered.iter().find(|task| task["subject"] == customer).unwrap();
        let failed = json!({"outcome": "failed", "reason": reason, "at": "2026-03-02T12:59:00Z"});
        story.outcome("workshop.outcomes", of, &failed);
    }
    let parts = task("store.tasks", "send-parts");
    assert_eq!(parts["data"]["what"], "Send what is missing to repair the oven");
    let elsewhere = task("partners.tasks", "repair-elsewhere");
    assert_eq!(
        (&elsewhere["subject"], &elsewhere["data"]["what"]),
        (&json!("c2"), &json!("Repair the lamp for us"))
    );
    assert_eq!(
        elsewhere["data"]["journey"],
        ordered.iter().find(|task| task["subject"] == "c2").unwrap()["data"]["journey"]
    );

    // The other workshop does nothing either; whoever failed is late no more.
    story.world.set_clock("2026-03-04T13:00:00Z");
    let told = task("leaders.tasks", "tell-leader");
    assert_eq!(
        told["data"]["what"],
        "The lamp should be repaired by now: decide what to do, and call the customer"
    );
    assert_eq!(told["data"]["released_at"], "2026-03-04T13:00:00Z");

    let topics = ["agents.tasks", "leaders.tasks", "partners.tasks", "store.tasks", "workshop.tasks"];
    let all = story.end(&topics);
    assert_eq!(all.len(), 1 + 1 + 1 + 1 + 2);
    let text = Value::Array(all).to_string();
    for secret in ["120.5", "812.25", "333.75", "M1", "h1"] {
        assert!(!text.contains(secret), "{secret} is nobody's business");
    }
}

fn take_adas_call() -> Value {
    json!({"action": "take-call", "rule": "someone-calls", "subject": "c1", "per": "person", "journey": "a1",
        "priority": {"score": 1.0, "rank": 1, "propensity": 1.0, "context": 1.0, "value": 1.0, "lever": 1.0},
        "what": "Ada is calling; open claims: 1",
        "how": ["Repaired so far: [\"oven\"]", "The household has: [\"oven\"]"], "tone": null,
        "assignee": null, "channel": null, "released_at": "2026-03-02T10:00:00Z", "due_at": null,
        "expires_at": "2026-03-02T10:15:00Z", "shared": {"who": {"first_name": "Ada"}},
        "cause": {"source": "calls", "event": "a1", "type": "call.waiting"}})
}
