//! What another bundle makes of the same events.

#![allow(clippy::unwrap_used, reason = "this file is all tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use segue_engine::Settings;
use segue_model::Span;
use segue_why::case::Case;
use segue_why::diff::{Diff, Way, diff, human, json};

const RULES: &str = r#"
source: billing
topic: billing.events
subject: data.customer_id
events: {payment.failed: {schema: schema.json}}
---
rule: failed
on: payment.failed
when: event.data.amount >= 10.0
propose: [call]
---
action: call
to: crm
what: "Call about {{ event.data.amount }}"
---
destination: crm
topic: crm.tasks
share: [event.data.amount]
---
test: three failures
steps:
  - at: 2026-03-02T10:00:00Z
    event: {source: billing, type: payment.failed, id: p1, data: {customer_id: c1, amount: 10.0}}
  - after: 1h
    event: {source: billing, type: payment.failed, id: p2, data: {customer_id: c2, amount: 20.0}}
  - after: 1h
    event: {source: billing, type: payment.failed, id: p3, data: {customer_id: c3, amount: 5.0}}
"#;
const SCHEMA: &str = r#"{"type": "object", "properties": {"customer_id": {"type": "string"}, "amount": {"type": "number"}}, "required": ["customer_id", "amount"]}"#;

fn case(rules: &str) -> Case {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("rules.yaml"), rules).unwrap();
    fs::write(directory.path().join("schema.json"), SCHEMA).unwrap();
    let bundle = Arc::new(segue_bundle::load(directory.path()).unwrap().bundle);
    let settings =
        Settings { dedup: Span(86_400_000), profile_bytes_max: 512 * 1024, zone: "UTC".to_owned() };
    let test = bundle.tests[0].clone();
    Case::of_test(bundle, settings, Arc::default(), &test).unwrap()
}

fn against(changed: &str) -> Diff {
    diff(&case(RULES), &case(changed))
}

fn counts(diff: &Diff) -> [u64; 3] {
    Way::ALL.map(|way| diff.count(way))
}

#[test]
fn the_same_bundle_makes_no_difference() {
    let diff = against(RULES);
    assert_eq!((diff.tasks, counts(&diff)), ((2, 2), [0, 0, 0]));
    assert_eq!(human::lines(&diff, "a", "b"), ["2 tasks with a, 2 with b: 0 added, 0 removed, 0 changed."]);
}

#[test]
fn a_bar_that_is_raised_removes_and_one_that_is_lowered_adds() {
    let raised = against(&RULES.replace("amount >= 10.0", "amount >= 15.0"));
    assert_eq!((raised.tasks, counts(&raised)), ((2, 1), [0, 1, 0]));
    let lines = human::lines(&raised, "a", "b").join("\n");
    assert!(lines.contains("removed: call for c1 at 2026-03-02T10:00:00Z"), "{lines}");
    assert!(lines.contains("  a: went out as task t-"), "{lines}");
    let why = "  b: rule failed did not fire: The event's amount was 10; it had to be at least 15.";
    assert!(lines.contains(why), "{lines}");

    let lowered = against(&RULES.replace("amount >= 10.0", "amount >= 5.0"));
    assert_eq!((lowered.tasks, counts(&lowered)), ((2, 3), [1, 0, 0]));
    let one = &lowered.differences[0];
    assert_eq!((one.way, one.subject.as_str(), one.rule.as_str()), (Way::Added, "c3", "failed"));
}

#[test]
fn of_a_changed_task_the_fields_are_told() {
    let diff = against(&RULES.replace("Call about", "Ring about"));
    assert_eq!(counts(&diff), [0, 0, 2]);
    let before = Some("\"Call about 10.0\"".to_owned());
    let after = Some("\"Ring about 10.0\"".to_owned());
    assert_eq!(diff.differences[0].fields, [("what".to_owned(), before, after)]);
    let hours: Vec<&str> =
        diff.by.iter().find(|(name, _)| *name == "hour").unwrap().1.keys().map(String::as_str).collect();
    assert_eq!(hours, ["2026-03-02T10:00Z", "2026-03-02T11:00Z"]);
}

#[test]
fn what_programs_read_is_what_its_schema_says() {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/diff.json");
    let schema = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let diff = against(&RULES.replace("Call about", "Ring about").replace("10.0", "15.0"));
    for text in json::lines(&diff, true).into_iter().chain([json::document(&diff, true)]) {
        let value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{text}");
    }
}
