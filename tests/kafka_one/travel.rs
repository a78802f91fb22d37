//! A flight is delayed in the fog: agents know before their customers call, who is on it chooses, and once one is
//! rebooked, those who were to help are told. By a clock that is moved by hand, whole tasks compared.

use serde_json::{Value, json};

use crate::time::{Story, is_about, stages, whole};

#[test]
fn who_is_on_a_delayed_flight_chooses_and_all_concerned_are_told() {
    let Some(story) = Story::begin("travel", &["airline.bookings", "airline.operations"]) else { return };
    let of_airline = |id: &str, kind: &str, data: Value| {
        story.event("airline.operations", id, kind, "one-key-keeps-their-order", &data);
    };
    story.world.set_clock("2026-03-02T06:00:00Z");
    for (customer, name, agent, flight) in
        [("c1", "Ada", "bo", "AF7"), ("c2", "Cy", "di", "AF8"), ("c3", "Eve", "di", "AF7")]
    {
        let who = json!({"customer_id": customer, "first_name": name, "agent": agent});
        story.event("airline.bookings", &format!("k-{customer}"), "customer.changed", customer, &who);
        let booking =
            json!({"customer_id": customer, "booking_id": format!("B-{customer}"), "flight": flight});
        story.event("airline.bookings", &format!("b-{customer}"), "booking.changed", customer, &booking);
    }
    let _ = story.wait("the bookings to be known", "airline.status", 6, |_| true);
    of_airline("w1", "weather.changed", json!({"airport": "CDG", "sky": "fog"}));
    let _ = story.wait("the weather to be known everywhere", "segue.log", 4, |value| value["kind"] == "row");

    story.world.set_clock("2026-03-02T08:00:00Z");
    // Less than an hour: nobody needs to act.
    of_airline("d0", "flight.delayed", json!({"flight": "AF8", "airport": "CDG", "minutes": 59}));
    of_airline("d1", "flight.delayed", json!({"flight": "AF7", "airport": "CDG", "minutes": 90}));
    let agents = story.wait("the agents to know", "agents.tasks", 2, |_| true);
    let travellers = story.wait("the travellers to be asked", "traveller.messages", 2, |_| true);
    let of = |all: &[Value], subject: &'static str| {
        all.iter().find(|task| is_about(subject)(task)).unwrap().clone()
    };
    assert_eq!(whole(&of(&agents, "c1")), told_to_the_agent());
    assert_eq!(whole(&of(&travellers, "c1")), question_to_ada());

    story.world.set_clock("2026-03-02T08:05:00Z");
    for (customer, answer) in [("c1", "flight"), ("c3", "car")] {
        let answered = json!({"outcome": "answered", "answer": answer, "at": "2026-03-02T08:04:58Z"});
        story.outcome("traveller.answers", &of(&travellers, customer), &answered);
    }
    let helped =
        story.wait("the agents to help", "agents.tasks", 2, |task| task["data"]["rule"] != "flight-delayed");
    assert_eq!(whole(&of(&helped, "c1")), rebook_ada());
    assert_eq!(of(&helped, "c3")["data"]["what"], "Book a car for Eve instead of AF7");

    story.world.set_clock("2026-03-02T08:15:00Z");
    let done = json!({"outcome": "completed", "at": "2026-03-02T08:14:00Z"});
    story.outcome("agents.outcomes", &of(&helped, "c1"), &done);
    let rebooked = json!({"customer_id": "c1", "booking_id": "B-c1", "flight": "AF9"});
    story.event("airline.bookings", "r1", "booking.rebooked", "c1", &rebooked);
    let told =
        story.wait("all to be told", "agents.tasks", 1, |task| task["data"]["action"] == "tell-rebooked");
    assert_eq!(told[0]["data"]["what"], "Ada flies on AF9 now");
    // The car is late; the flight was in time.
    story.world.set_clock("2026-03-02T08:36:00Z");
    story.event("airline.bookings", "k-c9", "customer.changed", "c9", &json!({"customer_id": "c9"}));
    let is_new = |status: &Value| status["data"]["event"] == "k-c9";
    let _ = story.wait("the log to come that far", "airline.status", 1, is_new);

    let all = story.end(&["agents.tasks", "airline.status", "traveller.messages"]);
    let tasks = all.iter().filter(|value| value["data"]["rule"].is_string());
    assert_eq!(tasks.clone().filter(|task| is_about("c2")(task)).count(), 0, "Cy flies in time");
    assert_eq!(tasks.count(), 4 + 2 + 1);
    let whole = all.iter().filter(|value| value["data"]["subjects"].is_number());
    let reached: Vec<(&Value, &Value)> =
        whole.map(|status| (&status["data"]["event"], &status["data"]["subjects"])).collect();
    assert_eq!(reached, [(&json!("d0"), &json!(0)), (&json!("d1"), &json!(2))], "each delay is told of once");
    assert_eq!(stages(&all), STAGES);
}

/// What the airline is told, of each event and each traveller in order.
const STAGES: [&str; 21] = [
    "d0 no-action - - 2026-03-02T08:00:00Z",
    "d1 decided - - 2026-03-02T08:00:00Z",
    "k-c1 no-action - - 2026-03-02T06:00:00Z",
    "b-c1 no-action - - 2026-03-02T06:00:00Z",
    "d1 released tell-agent - 2026-03-02T08:00:00Z",
    "d1 released offer-options - 2026-03-02T08:00:00Z",
    "d1 answered offer-options - 2026-03-02T08:05:00Z",
    "d1 released rebook - 2026-03-02T08:05:00Z",
    "d1 completed rebook - 2026-03-02T08:15:00Z",
    "r1 decided - - 2026-03-02T08:15:00Z",
    "r1 released tell-rebooked - 2026-03-02T08:15:00Z",
    "k-c2 no-action - - 2026-03-02T06:00:00Z",
    "b-c2 no-action - - 2026-03-02T06:00:00Z",
    "k-c3 no-action - - 2026-03-02T06:00:00Z",
    "b-c3 no-action - - 2026-03-02T06:00:00Z",
    "d1 released tell-agent - 2026-03-02T08:00:00Z",
    "d1 released offer-options - 2026-03-02T08:00:00Z",
    "d1 answered offer-options - 2026-03-02T08:05:00Z",
    "d1 released book-car - 2026-03-02T08:05:00Z",
    "d1 overdue book-car - 2026-03-02T08:35:00Z",
    "k-c9 no-action - - 2026-03-02T08:36:00Z",
];

fn told_to_the_agent() -> Value {
    json!({"action": "tell-agent", "rule": "flight-delayed", "subject": "c1", "per": "person", "journey": "d1",
        "priority": {"score": 2.0, "rank": 1, "propensity": 1.0, "context": 1.0, "value": 2.0, "lever": 1.0},
        "what": "Ada is on AF7, 90 minutes late", "how": ["The weather at CDG: fog"], "tone": null,
        "assignee": "bo", "channel": null, "released_at": "2026-03-02T08:00:00Z", "due_at": null,
        "expires_at": "2026-03-02T20:00:00Z",
        "shared": {"who": {"first_name": "Ada", "agent": "bo"},
            "event": {"data": {"flight": "AF7", "minutes": 90, "airport": "CDG"}},
            "cause": {"data": {"flight": "AF7"}}},
        "cause": {"source": "operations", "event": "d1", "type": "flight.delayed"}})
}

fn question_to_ada() -> Value {
    json!({"action": "offer-options", "rule": "flight-delayed", "subject": "c1", "per": "person", "journey": "d1",
        "priority": {"score": 1.0, "rank": 2, "propensity": 1.0, "context": 1.0, "value": 1.0, "lever": 1.0},
        "what": "Ada, AF7 is 90 minutes late", "how": [], "tone": null, "assignee": null, "channel": null,
        "question": "Another flight, a car, or wait?", "answers": ["flight", "car", "wait"],
        "released_at": "2026-03-02T08:00:00Z", "due_at": null, "expires_at": "2026-03-02T20:00:00Z",
        "shared": {"who": {"first_name": "Ada"}, "event": {"data": {"flight": "AF7", "minutes": 90}}},
        "cause": {"source": "operations", "event": "d1", "type": "flight.delayed"}})
}

fn rebook_ada() -> Value {
    json!({"action": "rebook", "rule": "another-flight", "subject": "c1", "per": "person", "journey": "d1",
        "priority": {"score": 1.0, "rank": 1, "propensity": 1.0, "context": 1.0, "value": 1.0, "lever": 1.0},
        "what": "Rebook Ada from AF7 to another flight", "how": [], "tone": null, "assignee": "bo",
        "channel": null, "released_at": "2026-03-02T08:05:00Z", "due_at": "2026-03-02T08:35:00Z",
        "expires_at": null,
        "shared": {"who": {"first_name": "Ada", "agent": "bo"}, "cause": {"data": {"flight": "AF7"}}},
        "cause": {"source": "operations", "event": "d1", "type": "flight.delayed"}})
}
