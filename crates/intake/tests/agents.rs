//! uap-core's own tests of browsers and systems, each as an event: bytes in, the device in the record of the log out.
//!
//! `data/uap-core.jsonl` is `tests/test_ua.yaml`, `tests/test_os.yaml` and `test_resources/additional_os_tests.yaml` of
//! uap-core, as the crate `ua-parser` 0.2.2 carries them, a line a case; its families called `Other` are null here. The case of an
//! empty user agent is left out, since an event with none says nothing of a device. Under
//! the Apache License 2.0.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::sync::Arc;

use segue_intake::{Intake, Limits, Taken};
use segue_log::Record;
use segue_model::Timestamp;
use segue_wire::{LogRecord, log_record};

const BUNDLE: &str = "
source: app
topic: app.events
subject: data.user
format: json
envelope: {type: kind, id: id}
device: {user_agent: data.agent, hints: data.hints, kind: data.screen}
events: {opened: {schema: opened.json}}
";

const SCHEMA: &str = r#"{"type": "object", "properties": {"user": {"type": "string"}, "agent": {}, "hints": {}, "screen": {}}}"#;

/// The kinds that there are.
const KINDS: [&str; 6] = ["phone", "tablet", "desktop", "wearable", "tv", "other"];

fn intake() -> Intake {
    let files =
        vec![("all.yaml".to_owned(), BUNDLE.to_owned()), ("opened.json".to_owned(), SCHEMA.to_owned())];
    Intake::new(Arc::new(segue_bundle::read(files).unwrap().bundle), Limits::CONTRACT)
}

/// The device in the log of an event with these members.
fn device(intake: &Intake, members: &str) -> serde_json::Value {
    let value = format!(r#"{{"kind":"opened","id":"e1","user":"u1",{members}}}"#);
    let record = Record {
        topic: "app.events".into(),
        partition: 0,
        incarnation: 0,
        offset: 0,
        appended_at_ms: 0,
        key: None,
        value: Some(value.into_bytes()),
        headers: Vec::new(),
    };
    let mut taken = Taken::default();
    intake.take(&record, Timestamp(0), &mut taken);
    let logged = log_record::decode(taken.appends[0].value.as_deref().unwrap()).unwrap();
    let LogRecord::Event { event, .. } = logged else { panic!("no event: {taken:?}") };
    let device = event.surroundings.device;
    device.map(|device| serde_json::from_str(device.text()).unwrap()).unwrap_or_default()
}

#[test]
fn every_browser_and_system_of_uap_core_is_made_out() {
    let intake = intake();
    let (mut checked, mut wrong) = (0, Vec::new());
    for line in include_str!("data/uap-core.jsonl").lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let device = device(&intake, &format!(r#""agent":{}"#, case["agent"]));
        for name in ["browser", "os"].iter().filter(|name| case.get(**name).is_some()) {
            checked += 1;
            if device[*name] != case[*name] || !KINDS.contains(&device["kind"].as_str().unwrap_or_default()) {
                wrong.push(format!("{line}\n  {device}"));
            }
        }
    }
    assert!(checked == 1_950 && wrong.is_empty(), "{checked} checked, wrong:\n{}", wrong.join("\n"));
}

#[test]
fn a_device_is_made_out_by_its_own_field_then_by_hints_then_by_the_user_agent() {
    let intake = intake();
    let device = |members: &str| match device(&intake, members) {
        serde_json::Value::Null => String::new(),
        device => device.to_string(),
    };
    let agent = r#""agent":"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36""#;
    assert_eq!(device(agent), r#"{"browser":"Chrome Mobile","kind":"phone","os":"Android"}"#);
    let headers =
        r#""hints":{"Sec-CH-UA":"\"Brave\";v=\"124\", \"Chromium\";v=\"124\"","Sec-CH-UA-Mobile":"?0"}"#;
    assert_eq!(device(&format!("{agent},{headers}")), r#"{"browser":"Brave","kind":"phone","os":"Android"}"#);
    let told = r#""hints":{"brands":[{"brand":"Not/A)Brand","version":"8"},{"brand":"Google Chrome"}],"mobile":false,"platform":"Windows"}"#;
    assert_eq!(device(told), r#"{"browser":"Chrome","kind":"desktop","os":"Windows"}"#);
    assert_eq!(
        device(&format!(r#"{agent},{told},"screen":"kiosk""#)),
        r#"{"browser":"Chrome","kind":"kiosk","os":"Windows"}"#
    );
    let long = "Mozilla/5.0 (iPad)".repeat(200);
    for nothing in [r#""agent":5"#, r#""agent":"""#, r#""hints":"?1""#, &format!(r#""agent":"{long}""#)] {
        assert_eq!(device(nothing), "", "{nothing}");
    }
}
