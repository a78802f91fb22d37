//! Where somebody is and on which device: a card in two places at once, an alert for a region, and what waits for a larger
//! screen. By a clock that is moved by hand.

use serde_json::{Value, json};

use crate::time::{Story, is_about, whole};

const SOURCES: [&str; 7] = [
    "app.events",
    "cards.events",
    "customers.events",
    "health.events",
    "hotels.events",
    "leads.events",
    "sales-app.events",
];

#[test]
fn a_card_in_two_places_an_alert_for_a_region_and_an_offer_for_a_larger_screen() {
    let Some(story) = Story::begin("context", &SOURCES) else { return };
    story.world.set_clock("2026-03-02T10:00:00Z");
    // Cards: Ada checks in in New York. An hour later her card is used in Paris, and Bo's around the corner.
    let ada = json!({"customer_id": "c1", "first_name": "Ada", "home_region": "coast", "consent": {"alerts": true}});
    story.event("customers.events", "k1", "customer.changed", "c1", &ada);
    let new_york = json!({"lat": 40.7128, "lon": -74.0060, "city": "New York"});
    for customer in ["c1", "c2"] {
        let stay = json!({"customer_id": customer, "hotel": new_york});
        story.event("hotels.events", &format!("h-{customer}"), "stay.begun", customer, &stay);
    }
    // The desk: a seller looks at a phone.
    let active = json!({"seller": "s1", "screen": "phone"});
    story.event("sales-app.events", "a1", "seller.active", "s1", &active);
    // The city: Cy is there, and agreed to nothing; Di lives elsewhere, was there just now, and agreed.
    for (customer, agreed) in [("c3", false), ("c4", true)] {
        let data = json!({"customer_id": customer, "home_region": "hills", "consent": {"alerts": agreed}});
        story.event("customers.events", &format!("k-{customer}"), "customer.changed", customer, &data);
        let data = json!({"customer_id": customer, "region": "coast"});
        story.event("app.events", &format!("o-{customer}"), "app.opened", customer, &data);
    }
    let is_event = |value: &Value| value["kind"] == "event";
    let _ = story.wait("all of this to be logged", "segue.log", 8, is_event);

    story.world.set_clock("2026-03-02T11:00:00Z");
    let used = |id: &str, customer: &str, terminal: Value| {
        let data = json!({"customer_id": customer, "card": "4711", "amount": 90.0, "terminal": terminal});
        story.event("cards.events", id, "card.used", customer, &data);
    };
    used("u2", "c2", json!({"lat": 40.7614, "lon": -73.9776}));
    used("u1", "c1", json!({"lat": 48.8566, "lon": 2.3522, "city": "Paris"}));
    let urgent = story.wait("the fraud desk to be told", "fraud.tasks.urgent", 1, |_| true);
    assert_eq!(whole(&urgent[0]), look_into_card());
    let asked = story.wait("the customer to be asked", "phone.tasks", 1, |_| true);
    assert_eq!(asked[0]["data"]["question"], "Your card was used in Paris. Was this you?");
    story.world.set_clock("2026-03-02T11:05:00Z");
    story.outcome(
        "phone.outcomes",
        &asked[0],
        &json!({"outcome": "answered", "answer": "no", "at": "2026-03-02T11:05:00Z"}),
    );
    let blocked = |task: &Value| task["data"]["action"] == "block-card";
    let _ = story.wait("the card to be blocked", "fraud.tasks.urgent", 1, blocked);

    let alert = json!({"region": "coast", "advice": "Boil the water"});
    story.event("health.events", "w1", "alert.raised", "any", &alert);
    let told = story.wait("those who are concerned to be told", "city.tasks", 2, |_| true);
    for customer in ["c1", "c4"] {
        assert_eq!(told.iter().filter(|task| is_about(customer)(task)).count(), 1);
    }

    // The call comes on the phone at once, the offer when the screen is likely to be larger.
    story.world.set_clock("2026-03-02T11:10:00Z");
    story.event("sales-app.events", "a2", "seller.active", "s1", &json!({"seller": "s1", "screen": "phone"}));
    story.event("leads.events", "g1", "lead.given", "s1", &json!({"seller": "s1", "lead": "Miller"}));
    story.event("leads.events", "g2", "lead.given", "s2", &json!({"seller": "s2", "lead": "Smith"}));
    let is_of = |lead: &'static str| {
        move |task: &Value| task["data"]["what"].as_str().is_some_and(|what| what.contains(lead))
    };
    let smith =
        story.wait("both at once where nothing is known of a phone", "seller.tasks", 2, is_of("Smith"));
    assert_eq!(smith.len(), 2);
    let miller = story.wait("the call", "seller.tasks", 1, is_of("Miller"));
    assert_eq!((miller.len(), &miller[0]["data"]["what"]), (1, &json!("Call Miller")));
    story.world.set_clock("2026-03-02T14:10:00Z");
    let miller = story.wait("the offer", "seller.tasks", 2, is_of("Miller"));
    assert_eq!(miller[1]["data"]["what"], "Write the offer for Miller");
    assert_eq!(miller[1]["data"]["released_at"], "2026-03-02T14:10:00Z");

    let all = story.end(&["city.tasks", "fraud.tasks", "fraud.tasks.urgent", "phone.tasks", "seller.tasks"]);
    assert_eq!(all.len(), 9, "two cards' tasks, a question, two alerts and four of the sellers");
}

fn look_into_card() -> Value {
    json!({"action": "look-into-card", "rule": "card-in-wrong-hands", "subject": "c1", "per": "person", "journey": "u1",
        "priority": {"score": 95.0, "rank": 1, "propensity": 1.0, "context": 1.0, "value": 95.0, "lever": 1.0},
        "what": "Card 4711 was used in Paris while Ada was in New York",
        "how": ["Hold the payment", "Wait for what the customer says"],
        "tone": null, "assignee": null, "channel": null, "released_at": "2026-03-02T11:00:00Z",
        "due_at": "2026-03-02T11:15:00Z", "expires_at": null,
        "shared": {"who": {"first_name": "Ada"},
            "event": {"data": {"card": "4711", "city": "Paris", "before": "New York"}, "where": {"city": "Paris"}}},
        "cause": {"source": "cards", "event": "u1", "type": "card.used"}})
}
