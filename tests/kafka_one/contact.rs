//! Channels: a recall reaches each owner where they can be reached; a matter goes by the channel that suits it, and the next
//! question is put where the customer is now. By a clock that is moved by hand.

use serde_json::{Value, json};

use crate::time::Story;

#[test]
fn each_is_reached_where_they_can_be_and_asked_on_where_they_are_now() {
    let sources = ["calls.events", "crm.customers", "products.events", "warranty.events", "website.events"];
    let Some(story) = Story::begin("contact", &sources) else { return };
    let event = |topic: &str, id: &str, kind: &str, customer: &str, mut data: Value| {
        data["customer_id"] = json!(customer);
        story.event(topic, id, kind, customer, &data);
    };
    let task = |action: &str, subject: &str| {
        let is_it = |task: &Value| task["data"]["action"] == action && task["subject"] == subject;
        story.wait(action, "service.tasks", 1, is_it).pop().unwrap()["data"].clone()
    };
    story.world.set_clock("2026-03-02T10:00:00Z");
    let ada = json!({"first_name": "Ada", "phone": "+33 1", "consent": {"phone": true}});
    event("crm.customers", "k1", "customer.changed", "c1", ada);
    event("crm.customers", "k2", "customer.changed", "c2", json!({"first_name": "Bo"}));
    for (customer, serial, model) in [("c1", "S1", "kettle"), ("c2", "S2", "kettle"), ("c3", "S3", "lamp")] {
        let device = json!({"serial": serial, "model": model});
        event("warranty.events", &format!("w-{customer}"), "device.registered", customer, device);
    }
    let is_event = |value: &Value| value["kind"] == "event";
    let _ = story.wait("all of this to be logged", "segue.log", 5, is_event);

    // At night: a recall is told all the same.
    story.world.set_clock("2026-03-02T23:00:00Z");
    let recall = json!({"model": "kettle", "advice": "Send it back"});
    story.event("products.events", "r1", "device.recalled", "one-key", &recall);
    let told = task("tell-of-recall", "c1");
    assert_eq!((&told["channel"], &told["address"]), (&json!("phone"), &json!("+33 1")));
    assert_eq!(told["what"], "Tell Ada to stop using the kettle");
    assert_eq!(task("tell-of-recall", "c2")["channel"], "branch");
    let reached = story
        .wait("the maker to be told", "products.status", 1, |status| status["data"]["subjects"].is_number());
    assert_eq!(
        (&reached[0]["data"]["stage"], &reached[0]["data"]["subjects"]),
        (&json!("decided"), &json!(2))
    );

    // By day: what is difficult goes by phone, what is begun on the web goes on there, and then where the customer is.
    story.world.set_clock("2026-03-03T10:00:00Z");
    event("website.events", "h1", "help.needed", "c1", json!({"need": "dispute"}));
    assert_eq!(task("settle-dispute", "c1")["channel"], "phone");
    event("website.events", "a1", "application.begun", "c1", json!({"application_id": "A1"}));
    assert_eq!(task("ask-for-income", "c1")["channel"], "web");
    story.world.set_clock("2026-03-03T10:20:00Z");
    event("calls.events", "a2", "application.continued", "c1", json!({"application_id": "A1"}));
    assert_eq!(task("ask-for-identity", "c1")["channel"], "phone");
    // What is private is not told at all to somebody who has no phone.
    event("website.events", "h2", "help.needed", "c2", json!({"need": "debt"}));
    let refused = story.wait("Bo to be left alone", "segue.decisions", 1, |decision| {
        decision["subject"] == "c2" && decision["candidates"][0]["action"] == "talk-about-debt"
    });
    assert_eq!(refused[0]["candidates"][0]["by"], "address");
    let all = story.end(&["products.status", "service.tasks"]);
    assert_eq!(all.iter().filter(|value| value["data"]["rule"].is_string()).count(), 5);
}
