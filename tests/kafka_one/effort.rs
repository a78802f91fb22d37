//! What a matter takes, counted over all systems that had a part in it.

use serde_json::{Value, json};

use crate::time::{Story, whole};

#[test]
fn contacts_channels_and_hand_overs_of_a_matter_are_counted_over_all_silos() {
    let Some(story) = Story::begin("effort", &["centre.events", "crm.events", "web.events"]) else { return };
    story.world.set_clock("2026-03-02T09:00:00Z");
    let contact = |topic: &str, id: &str, kind: &str, case: &str| {
        let data = json!({"customer_id": "c1", "case_id": case});
        story.event(topic, id, kind, "c1", &data);
    };
    // Two matters of one customer, over three systems.
    contact("web.events", "w1", "chat.held", "k7");
    contact("web.events", "w2", "mail.received", "k7");
    contact("web.events", "w3", "chat.held", "k8");
    for number in 1..=3 {
        contact("centre.events", &format!("t{number}"), "call.taken", if number < 3 { "k7" } else { "k8" });
        let data = json!({"customer_id": "c1", "case_id": "k7", "to": format!("team-{number}")});
        story.event("centre.events", &format!("h{number}"), "case.handed-over", "c1", &data);
    }
    let is_event = |value: &Value| value["kind"] == "event";
    let _ = story.wait("all of this to be logged", "segue.log", 9, is_event);
    for case in ["k8", "k7"] {
        let data = json!({"customer_id": "c1", "case_id": case, "product": "fibre"});
        story.event("crm.events", &format!("closed-{case}"), "case.closed", "c1", &data);
    }
    let told = story.wait("quality to be told", "quality.tasks", 1, |_| true);
    assert_eq!(whole(&told[0]), look_into_k7());
    let all = story.end(&["quality.tasks"]);
    assert_eq!(all.len(), 1, "the other matter took little");
}

fn look_into_k7() -> Value {
    json!({"action": "look-into", "rule": "hard-work", "subject": "c1", "per": "person", "journey": "k7",
        "priority": {"score": 4.0, "rank": 1, "propensity": 1.0, "context": 1.0, "value": 4.0, "lever": 1.0},
        "what": "Case k7 about fibre took the customer 4 contacts on 3 channels and 3 hand-overs",
        "how": ["Look at the whole journey, with all teams that had a part in it"],
        "tone": null, "assignee": null, "channel": null, "released_at": "2026-03-02T09:00:00Z",
        "due_at": null, "expires_at": "2026-03-16T09:00:00Z",
        "shared": {"event": {"data": {"case_id": "k7", "product": "fibre"}}},
        "cause": {"source": "crm", "event": "closed-k7", "type": "case.closed"}})
}
