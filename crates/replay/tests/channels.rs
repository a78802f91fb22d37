//! The choice of a channel, as the tests of the bundle beside this file tell it.

// Helper functions of tests may fail loudly.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_document::Limits;
use segue_engine::Settings;
use segue_log::{Header, Record};
use segue_model::{Span, Timestamp};
use segue_replay::pipeline::Pipeline;
use segue_replay::suite;
use segue_replay::suite::failures::failures;
use serde_json::Value;

fn bundle() -> Arc<Bundle> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/channels");
    let loaded = segue_bundle::load(&directory).unwrap_or_else(|error| panic!("{error}"));
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    Arc::new(loaded.bundle)
}

fn settings() -> Settings {
    Settings { dedup: Span(24 * 60 * 60_000), profile_bytes_max: 1 << 20, zone: "UTC".into() }
}

#[test]
fn the_channel_that_is_chosen_is_the_one_that_the_tests_of_the_bundle_expect() {
    let bundle = bundle();
    assert!(bundle.tests.len() > 10);
    for test in &bundle.tests {
        let result = suite::run(&bundle, test, Pipeline::new(bundle.clone(), Limits::CONTRACT, settings()));
        assert!(result.passed(), "{}: {:#?}", test.name, failures(&result));
    }
}

/// An event of the shop, at `now`.
fn event(offset: u64, kind: &str, data: &str, now: Timestamp) -> Record {
    let value = format!(
        r#"{{"specversion":"1.0","id":"e{offset}","source":"shop","type":"{kind}","time":"{now}","data":{data}}}"#
    );
    let content = Some(b"application/cloudevents+json".to_vec());
    Record {
        topic: "shop.events".into(),
        partition: 0,
        incarnation: 0,
        offset,
        appended_at_ms: now.0,
        key: None,
        value: Some(value.into_bytes()),
        headers: vec![Header { name: "content-type".to_owned(), value: content }],
    }
}

#[test]
fn a_reminder_is_on_the_channel_of_its_task() {
    let mut pipeline = Pipeline::new(bundle(), Limits::CONTRACT, settings());
    let now = Timestamp::parse("2026-03-02T10:00:00Z").unwrap();
    let who = r#"{"customer": "c1", "phone": "+33 1", "consent": {"phone": true}}"#;
    let _ = pipeline.take(&event(0, "customer.changed", who, now), now);
    let mut told = pipeline.take(&event(1, "asked", r#"{"customer": "c1", "what": "explain"}"#, now), now);
    told.extend(pipeline.advance(now.plus(Span(3 * 60 * 60_000))));
    let tasks = told.iter().filter(|append| &*append.topic == "crm.tasks");
    let tasks =
        tasks.map(|append| serde_json::from_slice::<Value>(append.value.as_deref().unwrap()).unwrap());
    let explained = tasks.filter(|task| task["data"]["action"] == "explain");
    let explained: Vec<(Value, Value, Value)> = explained
        .map(|task| (task["type"].clone(), task["data"]["channel"].clone(), task["data"]["address"].clone()))
        .collect();
    let on_the_phone = |kind: &str| (kind.into(), "phone".into(), "+33 1".into());
    assert_eq!(explained, [on_the_phone("segue.task.released"), on_the_phone("segue.task.reminder")]);
}
