//! The clock on the wall of a person, as expressions read it, is what `zdump` says: a thousand instants, one second before
//! and at changes of clocks, each as an event of somebody in that zone. `data/zones.sh` wrote them.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::sync::Arc;

use segue_engine::Settings;
use segue_log::Record;
use segue_model::{Span, Timestamp};
use segue_replay::pipeline::Pipeline;

const BUNDLE: &str = r#"
source: app
topic: app.events
subject: data.user
format: json
envelope: {type: kind, id: id, time: at}
where: {timezone: data.zone}
events: {app.opened: {schema: opened.json}}
---
rule: tell-the-time
on: app.opened
propose: [tell]
---
action: tell
to: desk
what: "{{ local.hour }},{{ local.minute }}"
---
destination: desk
topic: desk.tasks
"#;

const SCHEMA: &str = r#"{"type": "object", "required": ["user", "zone"],
  "properties": {"user": {"type": "string"}, "zone": {"type": "string"}}}"#;

#[test]
fn the_clock_on_the_wall_is_what_zdump_says() {
    let files =
        vec![("all.yaml".to_owned(), BUNDLE.to_owned()), ("opened.json".to_owned(), SCHEMA.to_owned())];
    let bundle = Arc::new(segue_bundle::read(files).unwrap().bundle);
    let settings = Settings { dedup: Span(3_600_000), profile_bytes_max: 1 << 20, zone: "UTC".into() };
    let mut pipeline = Pipeline::new(bundle, segue_intake::Limits::CONTRACT, settings);
    let (mut told, mut wrong) = (0, Vec::new());
    for (offset, line) in include_str!("data/zones.csv").lines().enumerate() {
        let mut parts = line.splitn(3, ',');
        let (zone, at, wall) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let now = Timestamp::parse(at).unwrap();
        let value = format!(
            r#"{{"kind": "app.opened", "id": "e{offset}", "at": "{at}", "user": "u{offset}", "zone": "{zone}"}}"#
        );
        let record = Record {
            topic: "app.events".into(),
            partition: 0,
            incarnation: 0,
            offset: offset as u64,
            appended_at_ms: now.0,
            key: None,
            value: Some(value.into_bytes()),
            headers: Vec::new(),
        };
        for append in pipeline.take(&record, now).iter().filter(|append| &*append.topic == "desk.tasks") {
            let task: serde_json::Value = serde_json::from_slice(append.value.as_ref().unwrap()).unwrap();
            told += 1;
            if task["data"]["what"] != wall {
                wrong.push(format!("{line}: {}", task["data"]["what"]));
            }
        }
    }
    assert!(told == 1_000 && wrong.is_empty(), "{told} told, of which wrong:\n{}", wrong.join("\n"));
}
