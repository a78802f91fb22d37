//! The doors of a running router: events over HTTP in every mode, what is refused, and a router with a log of its own that is
//! killed and goes on.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

mod addresses;
mod client;
mod corpus;
mod kafka;
mod killed;
mod sdk;

use client::{BATCH, STRUCTURED, all_events, embedded, get, payment, post, send, wait_for_events};
use segue_testkit::router::Router;
use serde_json::Value;

fn started(log: &std::path::Path) -> Router {
    let mut router = Router::start(&embedded(log));
    router.wait_until_ready();
    router
}

fn causes(tasks: &[Value]) -> Vec<&str> {
    tasks.iter().map(|task| task["data"]["cause"]["event"].as_str().unwrap()).collect()
}

#[test]
fn events_in_every_mode_become_tasks_and_sent_again_they_change_nothing() {
    let log = tempfile::tempdir().unwrap();
    let router = started(log.path());
    let structured = payment("e-1", "ada", 20.0);
    let batch = format!("[{},{}]", payment("e-3", "ada", 90.0), payment("e-4", "bob", 5.0));
    for _ in 0..2 {
        let answer = post(&router, "/events", STRUCTURED, &structured);
        assert_eq!((answer.status, &answer.json()["sources"]["billing"]), (202, &Value::from(1)));
        let headers = [
            ("ce-specversion", "1.0"),
            ("ce-id", "e%2D2%20%E2%82%AC"),
            ("ce-source", "/billing"),
            ("ce-type", "payment.failed"),
            ("content-type", "application/json"),
        ];
        let body = r#"{"customer":"bob","amount":7.50}"#;
        let answer = send(&router.url(), "POST", "/events", &headers, body).unwrap();
        assert_eq!(answer.status, 202, "{answer:?}");
        let answer = post(&router, "/events", BATCH, &batch);
        assert_eq!((answer.status, &answer.json()["accepted"]), (202, &Value::from(2)), "{answer:?}");
        let click = r#"{"event":"page.viewed","id":"c-1","user":"ada"}"#;
        let answer = post(&router, "/events?source=shop", "application/json", click);
        assert_eq!(answer.status, 202, "{answer:?}");
    }
    // What came last is taken in last, so that all before it is through once its task is there.
    assert_eq!(post(&router, "/events", STRUCTURED, &payment("e-5", "ada", 1.0)).status, 202);
    assert_eq!(post(&router, "/events", STRUCTURED, &payment("e-6", "bob", 1.0)).status, 202);
    let tasks = wait_for_events(&router, "/tasks/crm", 6);
    let mut of = causes(&tasks);
    assert_eq!(of[0], "e-3", "the highest lane comes first");
    of.sort_unstable();
    assert_eq!(of, ["e-1", "e-2 €", "e-3", "e-4", "e-5", "e-6"]);
    assert!(tasks.iter().any(|task| task["data"]["what"] == "Call about 7.50"), "to the bit");
    assert_eq!(causes(&all_events(&router, "/tasks/web")), ["c-1"]);
    let urgent = get(&router, "/tasks/crm?lane=urgent");
    assert_eq!(causes(urgent.json().as_array().unwrap()), ["e-3"]);
    assert_eq!(get(&router, "/tasks/crm?lane=&max=9").json().as_array().unwrap().len(), 5);
}

#[test]
fn an_outcome_over_http_is_told_to_the_source_and_the_cursor_survives_a_restart() {
    let log = tempfile::tempdir().unwrap();
    let router = started(log.path());
    assert_eq!(post(&router, "/events", STRUCTURED, &payment("e-1", "ada", 20.0)).status, 202);
    let first = get(&router, "/tasks/crm?wait=30");
    let task = first.json()[0]["data"]["task"].as_str().unwrap().to_owned();
    let cursor = first.header("segue-cursor").unwrap().to_owned();
    let outcome = format!(r#"{{"task":"{task}","outcome":"completed","at":"2026-01-01T00:00:00Z"}}"#);
    for _ in 0..2 {
        assert_eq!(post(&router, "/outcomes/crm", "application/json", &outcome).status, 202);
    }
    let statuses = wait_for_events(&router, "/status/billing", 3);
    let stages: Vec<_> = statuses.iter().map(|status| status["data"]["stage"].as_str().unwrap()).collect();
    assert_eq!(stages, ["decided", "released", "completed"]);
    assert!(!all_events(&router, "/decisions").is_empty());
    let (status, _, _) = router.stop();
    assert!(status.success(), "{status}");
    let router = started(log.path());
    let after = format!("/tasks/crm?after={cursor}&wait=30");
    assert_eq!(post(&router, "/events", STRUCTURED, &payment("e-1", "ada", 20.0)).status, 202);
    assert_eq!(post(&router, "/events", STRUCTURED, &payment("e-2", "ada", 20.0)).status, 202);
    let next = get(&router, &after);
    assert_eq!(causes(next.json().as_array().unwrap()), ["e-2"], "what was sent again is a duplicate");
    assert_eq!(all_events(&router, "/status/billing").len(), 5);
}

#[test]
fn what_is_wrong_is_refused_with_what_to_do_and_what_cannot_be_used_is_a_failed_event() {
    let log = tempfile::tempdir().unwrap();
    let router = started(log.path());
    let note = r#"{"specversion":"1.0","id":"1","source":"/x","type":"note.made","data":{"customer":"a"}}"#;
    let view = r#"{"specversion":"1.0","id":"1","source":"/x","type":"page.viewed"}"#;
    let large = payment(&"x".repeat(300_000), "ada", 1.0);
    let half = format!("[{},{{}}]", payment("never", "ada", 1.0));
    for (path, kind, body, status, code) in [
        ("/events", STRUCTURED, "{", 400, "not-json"),
        ("/events", STRUCTURED, r#"{"specversion":"1.0","type":"payment.failed"}"#, 400, "no-id"),
        ("/events", STRUCTURED, "[]", 400, "not-cloudevent"),
        ("/events", STRUCTURED, note, 400, "ambiguous-source"),
        ("/events", STRUCTURED, view, 400, "undeclared-type"),
        ("/events?source=shop", STRUCTURED, view, 400, "other-format"),
        ("/events?source=nobody", STRUCTURED, note, 400, "unknown-name"),
        ("/events?sauce=desk", STRUCTURED, note, 400, "wrong-query"),
        ("/events", STRUCTURED, &large, 413, "too-large"),
        ("/events", BATCH, "{}", 400, "not-json"),
        ("/events", BATCH, &half, 400, "not-cloudevent"),
        ("/events", "application/cloudevents+avro", "x", 415, "bad-framing"),
        ("/outcomes/crm", "application/json", "{}", 400, "bad-outcome"),
        ("/outcomes/nobody", "application/json", "{}", 404, "unknown-name"),
        ("/outcomes/web", "application/json", "{}", 404, "no-outcomes"),
    ] {
        let answer = post(&router, path, kind, body);
        assert_eq!(answer.status, status, "{path} {answer:?}");
        assert_eq!(answer.json()["code"], code, "{path} {answer:?}");
        assert!(!answer.json()["hint"].as_str().unwrap().is_empty());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    let from_a_page = [("Content-Type", STRUCTURED), ("Origin", "https://evil.example")];
    let one = payment("from-a-page", "ada", 1.0);
    assert_eq!(send(&router.url(), "POST", "/events", &from_a_page, &one).unwrap().status, 403);
    assert_eq!(send(&router.url(), "GET", "/tasks/crm", &from_a_page, "").unwrap().status, 403);
    assert_eq!(get(&router, "/tasks/crm?after=x").json()["code"], "bad-cursor");
    assert_eq!(get(&router, "/openapi.json").json()["openapi"], "3.1.0");
    assert_eq!(post(&router, "/events?source=desk", STRUCTURED, note).status, 202);
    let unusable = payment("e-1", "ada", 1.0).replace("1.0}}", "\"much\"}}");
    assert_eq!(post(&router, "/events", STRUCTURED, &unusable).status, 202);
    assert_eq!(post(&router, "/events", STRUCTURED, &payment("e-2", "ada", 1.0)).status, 202);
    assert_eq!(causes(&wait_for_events(&router, "/tasks/crm", 1)), ["e-2"], "nothing of what was refused");
    let failed = router.metric("segue_intake_records_total", &["result=\"failed\""]);
    assert_eq!(failed, Some(1.0));
}
