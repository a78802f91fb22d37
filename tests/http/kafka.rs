//! The doors of a router on Kafka: what is posted stands on the source's topic as a producer would have written it.

use segue_testkit::kafka_or_skip;
use segue_testkit::router::{Router, Setup};
use segue_testkit::topics::{read_all, wait_for};
use serde_json::Value;

use crate::client::{BATCH, STRUCTURED, bundle, get, payment, post};

#[test]
fn what_is_posted_goes_to_the_topics_of_kafka_and_is_decided_once() {
    let Some(kafka) = kafka_or_skip(1) else { return };
    for topic in ["billing.events", "desk.events", "shop.clicks"] {
        kafka.create_topic(topic, 3, &[]);
    }
    let setup = Setup { bundle: bundle(), ..Setup::new(kafka.brokers(), "http-0", 3) };
    setup.apply_topics();
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    for _ in 0..2 {
        let answer = post(&router, "/events", STRUCTURED, &payment("e-1", "ada", 20.0));
        assert_eq!(answer.status, 202, "{answer:?}");
    }
    let written = read_all(kafka.brokers(), "billing.events");
    assert_eq!(written.len(), 2, "it is in the log when it is answered");
    assert_eq!(written[0].key.as_deref(), Some(&b"ada"[..]));
    assert_eq!(written[0].partition, written[1].partition);
    let batch = format!("[{},{}]", payment("e-2", "ada", 2.0), payment("e-3", "bob", 3.0));
    assert_eq!(post(&router, "/events", BATCH, &batch).status, 202);
    let tasks = wait_for("three tasks", || {
        let tasks = read_all(kafka.brokers(), "crm.tasks");
        (tasks.len() >= 3).then_some(tasks)
    });
    let task: Value = serde_json::from_slice(tasks[0].value.as_deref().unwrap()).unwrap();
    let id = task["data"]["task"].as_str().unwrap();
    let outcome = format!(r#"{{"task":"{id}","outcome":"completed","at":"2026-01-01T00:00:00Z"}}"#);
    assert_eq!(post(&router, "/outcomes/crm", "application/json", &outcome).status, 202);
    wait_for("the outcome to be told", || {
        let told = read_all(kafka.brokers(), "billing.status");
        let is_it = |value: &[u8]| String::from_utf8_lossy(value).contains("\"stage\":\"completed\"");
        told.iter().any(|record| record.value.as_deref().is_some_and(is_it)).then_some(())
    });
    assert_eq!(read_all(kafka.brokers(), "crm.tasks").len(), 3, "each once");
    let answer = get(&router, "/tasks/crm");
    assert_eq!((answer.status, &answer.json()["code"]), (404, &Value::from("on-kafka")));
    kafka.delete_topic("desk.events");
    let note = r#"{"specversion":"1.0","id":"1","source":"/x","type":"note.made","data":{"customer":"a"}}"#;
    let answer = post(&router, "/events?source=desk", STRUCTURED, note);
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("retry-after").is_some());
    assert_eq!(post(&router, "/events", STRUCTURED, &payment("e-4", "ada", 2.0)).status, 202);
}
