//! Who visits, and who is a customer, turn out to be one person: an application that is begun on one channel and finished on
//! another. By a clock that is moved by hand, whole tasks compared.

use serde_json::{Value, json};

use crate::time::{Story, is_about, stages, whole};

#[test]
fn an_application_left_open_is_pointed_to_unless_it_was_finished_on_another_channel() {
    let Some(story) = Story::begin("application", &["portal.events", "branch.events"]) else { return };
    let of_portal = |id: &str, kind: &str, visitor: &str, data: Value| {
        story.event("portal.events", id, kind, visitor, &data);
    };
    let linked = |id: &str, visitor: &str, customer: &str| {
        let data = json!({"a": {"namespace": "portal", "id": visitor}, "b": {"namespace": "person", "id": customer}});
        of_portal(id, "identity.linked", visitor, data);
    };
    let begun = |id: &str, visitor: &str| {
        let data = json!({"visitor": visitor, "product": "loan", "step": "amount"});
        of_portal(id, "application.begun", visitor, data);
    };
    let told = |id: &'static str| {
        let _ = story.wait("the status", "portal.status", 1, |status| status["data"]["event"] == id);
    };
    story.world.set_clock("2026-03-02T10:00:00Z");
    // Ada signs in while she is at it; Bo finishes in a branch, and signs in after; of Cy nobody learns who it is.
    let ada = json!({"customer_id": "c1", "first_name": "Ada"});
    story.event("branch.events", "k1", "customer.changed", "c1", &ada);
    for (id, visitor) in [("b1", "v1"), ("b2", "v2"), ("b3", "v3")] {
        begun(id, visitor);
    }
    for id in ["b1", "b2", "b3"] {
        told(id);
    }
    linked("l1", "v1", "c1");
    told("l1");
    story.world.set_clock("2026-03-02T10:05:00Z");
    let step = json!({"visitor": "v1", "product": "loan", "step": "income"});
    of_portal("s1", "application.step", "v1", step);
    told("s1");
    story.event(
        "branch.events",
        "f2",
        "application.sent",
        "c2",
        &json!({"customer_id": "c2", "product": "loan"}),
    );
    let sent = |record: &Value| record["id"] == "f2";
    let _ = story.wait("the branch to be heard", "segue.log", 1, sent);
    linked("l2", "v2", "c2");
    told("l2");
    story.world.set_clock("2026-03-03T10:00:00Z");
    let tasks = story.wait("two to be helped", "adviser.tasks", 2, |_| true);
    let of = |subject: &'static str| tasks.iter().find(|task| is_about(subject)(task)).unwrap();
    assert_eq!(whole(of("c1")), help_ada());
    assert_eq!(of("portal:v3")["data"]["what"], "Help the visitor to finish: the loan stopped at amount");
    // What becomes of a task that left under the id that does not stay is told of the one that does.
    linked("l3", "v3", "c3");
    told("l3");
    let done = json!({"outcome": "completed", "at": "2026-03-03T10:00:00Z"});
    story.outcome("adviser.outcomes", of("portal:v3"), &done);
    let completed = |status: &Value| status["data"]["stage"] == "completed";
    let status = story.wait("the outcome to be told", "portal.status", 1, completed);
    assert_eq!((&status[0]["data"]["subject"], &status[0]["data"]["event"]), (&json!("c3"), &json!("b3")));

    let all = story.end(&["adviser.tasks", "portal.status"]);
    assert_eq!(all.iter().filter(|value| value["data"]["rule"].is_string()).count(), 2);
    assert_eq!(stages(&all), STAGES);
}

/// What the portal is told, of each person in order.
const STAGES: [&str; 10] = [
    "l1 no-action - - 2026-03-02T10:00:00Z",
    "s1 no-action - - 2026-03-02T10:05:00Z",
    "b1 released point-to-step - 2026-03-03T10:00:00Z",
    "l2 no-action - - 2026-03-02T10:05:00Z",
    "l3 no-action - - 2026-03-03T10:00:00Z",
    "b3 completed point-to-step - 2026-03-03T10:00:00Z",
    "b1 no-action - - 2026-03-02T10:00:00Z",
    "b2 no-action - - 2026-03-02T10:00:00Z",
    "b3 no-action - - 2026-03-02T10:00:00Z",
    "b3 released point-to-step - 2026-03-03T10:00:00Z",
];

fn help_ada() -> Value {
    json!({"action": "point-to-step", "rule": "left-open", "subject": "c1", "per": "person", "journey": "b1",
        "priority": {"score": 1.0, "rank": 1, "propensity": 1.0, "context": 1.0, "value": 1.0, "lever": 1.0},
        "what": "Help Ada to finish: the loan stopped at income", "how": [], "tone": null, "assignee": null,
        "channel": null, "released_at": "2026-03-03T10:00:00Z", "due_at": null,
        "expires_at": "2026-03-06T10:00:00Z",
        "shared": {"who": {"first_name": "Ada"}, "event": {"data": {"product": "loan", "step": "amount"}}},
        "cause": {"source": "portal", "event": "b1", "type": "application.begun"}})
}
