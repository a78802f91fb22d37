//! Tests that are made of recorded events.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{Bundle, binary, code, stderr, stdout};

fn line(topic: &str, at: &str, value: &Value) -> String {
    json!({"topic": topic, "at": at, "value": value}).to_string() + "\n"
}

fn payment(id: &str, amount: &Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "b", "type": "payment.failed", "time": "2026-03-02T09:59:58Z",
        "data": {"customer_id": "c1", "account_id": "A: 1", "amount": amount, "attempts": 2}})
}

#[test]
fn recorded_events_become_a_test_that_passes() {
    let bundle = Bundle::new();
    let customer = json!({"specversion": "1.0", "id": "k-1", "source": "crm", "type": "customer.changed", "subject": "c1",
        "data": {"first_name": "Ada", "tier": "gold", "sentiment": -0.4}});
    let lines = line("crm.events", "2026-03-02T10:00:00Z", &customer)
        + &line("billing.events", "2026-03-02T10:00:05Z", &payment("p-1", &json!(20.5)))
        + &line("billing.events", "2026-03-02T10:00:04Z", &payment("p-1", &json!(20.5)));
    let recorded = bundle.record(&lines, "recorded.yaml");
    assert_eq!(code(&recorded), 0, "{}", stderr(&recorded));
    let text = bundle.read("recorded.yaml");
    let steps = r#"test: "recorded: 3 events from 2026-03-02T10:00:00Z"
steps:
  - at: 2026-03-02T10:00:00Z
    event: {source: crm, type: customer.changed, subject: c1, id: k-1, data: {first_name: Ada, tier: gold, sentiment: -0.4}}
    expect: []
  - at: 2026-03-02T10:00:05Z
    event: {source: billing, type: payment.failed, subject: c1, id: p-1, time: "2026-03-02T09:59:58Z", data: {customer_id: c1, account_id: "A: 1", amount: 20.5, attempts: 2}}
    expect: [{action: call-about-payment, subject: c1}, {action: send-payment-link, subject: c1}]
  - at: 2026-03-02T10:00:05Z
"#;
    assert!(text.contains(steps), "{text}");
    assert!(text.ends_with("    expect: []\n"), "the same event again is a duplicate: {text}");
    assert_eq!(code(&bundle.test(&["--filter", "recorded: 3 events"])), 0);

    let again = bundle.record(&lines, "recorded.yaml");
    assert_eq!((code(&again), bundle.read("recorded.yaml")), (2, text));
    let shown = bundle.record(&lines, "-");
    assert!(
        stdout(&shown).contains("test: \"recorded: 3 events from 2026-03-02T10:00:00Z, 2\""),
        "{}",
        stdout(&shown)
    );
}

#[test]
fn plain_messages_and_what_concerns_everyone_can_be_recorded_from_topics_and_from_the_log() {
    let bundle = Bundle { directory: tempfile::tempdir().unwrap() };
    fs::create_dir(bundle.path()).unwrap();
    bundle.write(
        "all.yaml",
        "source: web
topic: web.clicks
format: json
envelope: {type: name, id: id, time: sent.at, subject: user.id}
events: {cart.left: {schema: cart.json}}
---
source: shop
topic: shop.products
subject: everyone
events: {product.changed: {schema: product.json, into: products}}
---
table: products
key: data.sku
of: everyone
---
rule: cart
on: cart.left
when: products[event.data.sku].stock > 0
propose: [call]
---
action: call
to: desk
what: \"Call about {{ event.data.sku }}\"
---
destination: desk
topic: desk.tasks
share: [event.data.sku]
",
    );
    bundle.write("cart.json", r#"{"properties": {"sku": {"type": "string"}}}"#);
    bundle.write(
        "product.json",
        r#"{"properties": {"sku": {"type": "string"}, "stock": {"type": "integer"}}}"#,
    );
    let product = json!({"specversion": "1.0", "id": "p-1", "type": "product.changed", "data": {"sku": "lamp", "stock": 3}});
    let click = json!({"name": "cart.left", "id": "m-1", "sent": {"at": "2026-03-02T09:59:00Z"}, "user": {"id": "c1"}, "sku": "lamp"});
    let logged = json!({"v": 1, "kind": "event", "at": 1_772_449_200_000_i64,
        "origin": {"topic": "web.clicks", "incarnation": 0, "partition": 0, "offset": 7, "n": 0},
        "source": "web", "id": "m-2", "type": "cart.left", "time": 1_772_449_200_000_i64, "subject": "c2", "journey": "m-2",
        "data": {"name": "cart.left", "id": "m-2", "user": {"id": "c2"}, "sku": "lamp"}});
    let lines = line("shop.products", "2026-03-02T09:00:00Z", &product)
        + &line("web.clicks", "2026-03-02T10:00:00Z", &click)
        + &line("segue.log", "2026-03-02T11:00:00Z", &logged);
    let recorded = bundle.record(&lines, "recorded.yaml");
    assert_eq!(code(&recorded), 0, "{}", stderr(&recorded));
    let text = bundle.read("recorded.yaml");
    assert_eq!(text.matches("expect: [{action: call, subject: c").count(), 2, "{text}");
    let tested = bundle.test(&[]);
    assert!(code(&tested) == 0 && stderr(&tested).ends_with("1 passed, 0 failed\n"), "{}", stderr(&tested));
}

#[test]
fn a_failed_event_becomes_a_test_once_the_bundle_takes_it() {
    let bundle = Bundle::new();
    let events = bundle.directory.path().join("events.jsonl");
    let lines = line("billing.events", "2026-03-02T10:00:00Z", &payment("p-1", &json!("20")))
        + &line("billing.events", "2026-03-02T10:00:01Z", &payment("p-2", &json!(30)));
    fs::write(&events, &lines).unwrap();
    let replayed = Command::new(binary())
        .arg("replay")
        .arg(bundle.path())
        .args(["--only", "failed,task", "--events"])
        .arg(&events)
        .output()
        .unwrap();
    let failed: String = stdout(&replayed).lines().filter(|line| line.contains("segue.failed")).collect();
    assert!(!failed.is_empty());

    let still = bundle.record(&failed, "recorded.yaml");
    assert_eq!(code(&still), 1);
    assert!(
        stderr(&still).contains("line 1 is left out: it fails: schema: /data/amount"),
        "{}",
        stderr(&still)
    );
    assert!(!bundle.path().join("recorded.yaml").exists());

    let partly = bundle.record(&lines, "partly.yaml");
    assert_eq!(code(&partly), 4, "{}", stderr(&partly));
    assert!(!bundle.read("partly.yaml").contains("p-1"));

    let schema = "schemas/payment-failed.json";
    let mended = bundle.read(schema).replace("\"type\": \"number\"", "\"type\": [\"number\", \"string\"]");
    bundle.write(schema, &mended);
    bundle.write(
        "rules.yaml",
        &bundle.read("rules.yaml").replace("value: event.data.amount", "value: \"1.0\""),
    );
    let recorded = bundle.record(&failed, "recorded.yaml");
    assert_eq!(code(&recorded), 0, "{}", stderr(&recorded));
    assert!(bundle.read("recorded.yaml").contains("amount: \"20\""), "{}", bundle.read("recorded.yaml"));
    assert_eq!(code(&bundle.test(&["--filter", "recorded: 1 event"])), 0);
}

#[test]
fn events_that_cannot_be_read_and_files_that_are_not_there_are_said() {
    let bundle = Bundle::new();
    let none = bundle.record("\n", "recorded.yaml");
    assert_eq!(code(&none), 2);
    assert!(stderr(&none).ends_with("error[no-events]: there are no events to record\n"));
    let broken = bundle.record("{}\n", "recorded.yaml");
    assert_eq!(code(&broken), 1);
    assert!(stderr(&broken).contains("line 1 is left out: `topic` is missing"), "{}", stderr(&broken));
    let unread = bundle.record(&line("nobody.reads", "2026-03-02T10:00:00Z", &json!({})), "recorded.yaml");
    assert!(stderr(&unread).contains("no source of the bundle reads nobody.reads"), "{}", stderr(&unread));
    let events = bundle.directory.path().join("events.jsonl");
    fs::write(&events, line("billing.events", "2026-03-02T10:00:00Z", &payment("p-1", &json!(20)))).unwrap();
    let shown = bundle.test(&["--record", events.to_str().unwrap()]);
    assert!(
        code(&shown) == 0 && stdout(&shown).contains("id: p-1"),
        "the events come from there: {}",
        stderr(&shown)
    );
    let both = bundle.test(&["--record", events.to_str().unwrap(), "--events", events.to_str().unwrap()]);
    assert_eq!((code(&both), stdout(&both)), (2, ""));
    assert_eq!(code(&bundle.test(&["--record", "-", "--output", "json"])), 2);
    let missing = bundle.test(&["--record", "x.yaml", "--events", "gone.jsonl"]);
    assert_eq!(code(&missing), 2);
    assert_eq!(
        code(&bundle.test(&["--events", "x"])),
        2,
        "without --record there is nothing to read them for"
    );
    assert!(!Path::new("x.yaml").exists());
}
