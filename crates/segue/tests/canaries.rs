//! Need to know, by canaries: values are planted where nobody is to be told of them (fields that schemas mark as private, fields
//! that no destination shares), every expression reads them, and nothing that leaves has them in it. What is kept of a
//! failed event is the event as it came, and stands where only its source's owner reads: there, and only there, they are.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

/// What is planted holds one of these.
const CANARIES: [&str; 2] = ["CANARY", "77123"];

const BUNDLE: &str = r#"
source: clinic
about: A clinic
topic: clinic.events
subject: data.id
status: clinic.status
events:
  patient.changed: {schema: who.json, into: who}
  visit.changed: {schema: visit.json, into: visits}
  result.came: {schema: result.json}
---
table: visits
key: data.visit
---
signal: worrying
on: result.came
when: event.data.level > 3.0 && who.income > 0.0
data: {finding: event.data.finding, level: event.data.level}
---
rule: result
about: A result that somebody should look at
on: result.came
when: event.data.finding != '' && who.income > 1.0 && sum('result.came', 'data.level', '7d') > 0.0
propose: [call, call-later, never, fails, write]
---
rule: worry
on: worrying
when: event.data.finding.startsWith('C') && last('worrying') == null
propose: [ask]
---
rule: broken
on: result.came
when: int(event.data.finding) > 1 || timestamp(who.ssn) > now || duration(who.ssn) > duration('1h')
propose: [call]
---
rule: missing
on: result.came
when: visits[who.ssn].room == 'x' || {'a':'b'}[event.data.finding] == 'b' || [1, 2][int(who.income)] == 1
propose: [call]
---
rule: answered
on: task.answered
when: cause.data.finding != ''
propose: [thank]
---
rule: silent
on: task.unanswered
propose: [thank]
---
action: call
about: Somebody calls
group: care
to: desk
what: "Call {{ who.first_name }}"
how: ["{{ int(who.first_name) }}", "Level {{ event.data.level }}"]
channels: [phone]
suitable: who.income > 100.0
priority: {value: event.data.level}
---
action: call-later
group: care
to: desk
what: Call later
hold: "who.income > 0.0 ? '1h' : '0s'"
remind: [24h]
expires: 48h
---
action: never
to: desk
what: Never
eligible: who.ssn == 'no' && event.data.finding in ['no']
---
action: fails
to: desk
what: Fails
applicable: int(who.ssn) == 1 || visits['row-1'].pin == 'x'
---
action: write
to: desk
what: Write
channels: [letter, phone]
---
action: ask
to: desk
what: Ask
ask: {question: Are you well?, answers: [yes, no], wait: 4h}
---
action: thank
to: desk
what: Thank
---
channel: phone
address: who.phone
consent: who.consents.phone
weight: "int(who.ssn)"
---
channel: letter
address: who.street
consent: who.consents.letter
---
policy: one-care
choose: {top: 1, per: group}
---
destination: desk
topic: desk.tasks
outcomes: desk.outcomes
share: [who.first_name, event.data.level]
---
test: what goes otherwise is told without what is private
given: {who: {c1: {id: c1, first_name: Ada, ssn: CANARY-SSN, income: 77123.5, phone: CANARY-PHONE, street: CANARY-STREET, consents: {letter: true}}}}
steps:
  - at: 2026-03-02T10:00:00Z
    event: {source: clinic, type: result.came, data: {id: c1, finding: CANARY-FINDING, level: 4.5}}
    expect: [{action: thank, what: Something else}]
    rejected: []
    status: []
"#;

fn segue(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
    command.args(arguments).current_dir(directory).env("SEGUE_LOG", "debug").output().unwrap()
}

fn write(directory: &Path) {
    let private = |kind: &str| format!(r#"{{"type": "{kind}", "x-sensitivity": "private"}}"#);
    let (text, number) = (private("string"), private("number"));
    let object = |fields: &str| {
        format!(
            r#"{{"type": "object", "properties": {{"id": {{"type": "string"}}, {fields}}}, "required": ["id"], "additionalProperties": false}}"#
        )
    };
    let plain = r#"{"type": "string"}"#;
    let consents = r#"{"type": "object", "additionalProperties": {"type": "boolean"}}"#;
    let who = format!(
        r#""first_name": {plain}, "ssn": {text}, "income": {number}, "phone": {plain}, "street": {plain}, "consents": {consents}"#
    );
    let result = r#""finding": {"type": "string", "maxLength": 40, "pattern": "^[A-Z-]*$", "x-sensitivity": "private"}, "level": {"type": "number", "maximum": 5}"#;
    let visit = format!(r#""visit": {text}, "room": {plain}, "pin": {text}"#);
    let files =
        [("bundle.yaml", BUNDLE.to_owned()), ("who.json", object(&who)), ("result.json", object(result))];
    fs::create_dir(directory.join("bundle")).unwrap();
    for (path, text) in files.into_iter().chain([("visit.json", object(&visit))]) {
        fs::write(directory.join("bundle").join(path), text).unwrap();
    }
    fs::write(directory.join("events.jsonl"), lines().join("\n")).unwrap();
}

/// Recorded events: some are decided on, some fail, each in a way of its own, and some lines are none.
fn lines() -> Vec<String> {
    let line = |at: &str, value: &Value| {
        json!({"topic": "clinic.events", "at": format!("2026-03-02T{at}:00Z"), "value": value}).to_string()
    };
    let event = |id: &str, kind: &str, data: Value| json!({"specversion": "1.0", "id": id, "type": kind, "data": data});
    let ada = json!({"id": "c1", "first_name": "Ada", "ssn": "CANARY-SSN", "income": 77123.5,
        "phone": "CANARY-PHONE", "street": "CANARY-STREET", "consents": {"letter": true}});
    let result = json!({"id": "c1", "finding": "CANARY-FINDING", "level": 4.5});
    let mut untimely = event("u-1", "result.came", result.clone());
    untimely["time"] = json!("CANARY");
    vec![
        line("09:00", &event("w-1", "patient.changed", ada.clone())),
        line(
            "09:01",
            &event("v-1", "visit.changed", json!({"id": "c1", "visit": "row-1", "pin": "CANARY-PIN"})),
        ),
        line("10:00", &event("r-1", "result.came", result.clone())),
        line("10:01", &event("r-1", "result.came", result)),
        line("10:02", &event("f-1", "result.came", json!({"id": "c1", "finding": "CANARY-much-too-low"}))),
        line("10:03", &event("f-2", "result.came", json!({"id": "c1", "finding": 77123.25}))),
        line("10:04", &event("f-3", "result.came", json!({"id": "c1", "unknown": "CANARY", "level": 77123}))),
        line("10:05", &event("f-4", "unknown.type", ada)),
        line("10:06", &event("f-5", "result.came", json!({"finding": "CANARY-NOBODY"}))),
        line("10:07", &untimely),
        line("10:08", &json!("{\"finding\": \"CANARY\", \"finding\": 77123")),
        line(
            "10:09",
            &json!("{\"specversion\": \"1.0\", \"data\": {\"finding\": \"CANARY\", \"finding\": 77123}}"),
        ),
        "{\"topic\": \"clinic.events\", \"value\": \"CANARY\", \"at\": \"CANARY\"}".to_owned(),
    ]
}

/// The lines of a text in which something is that was planted.
fn told(text: &str) -> Vec<&str> {
    text.lines().filter(|line| CANARIES.iter().any(|canary| line.contains(canary))).collect()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn nothing_that_leaves_has_in_it_what_nobody_is_to_be_told() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path());
    let until = ["--until", "2026-03-05T00:00:00Z"];
    let events = ["bundle", "--events", "events.jsonl"];
    let output = segue(directory.path(), &[&["replay"][..], &events, &until].concat());
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    assert_eq!(told(text(&output.stderr)), Vec::<&str>::new());
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    for line in text(&output.stdout).lines() {
        let mut record: Value = serde_json::from_str(line).unwrap();
        let kind = record["kind"].as_str().unwrap().to_owned();
        if kind == "failed" {
            // The event as it came.
            let _ = record.as_object_mut().unwrap().remove("value");
        }
        // A type is no value: it is named so that its source's owner finds it.
        let told_of = record.to_string().replace("unknown.type", "").replace("CANARY-FIELD", "");
        assert_eq!(told(&told_of), Vec::<&str>::new(), "{kind}");
        *kinds.entry(kind).or_default() += 1;
    }
    for (kind, least) in [("task", 4), ("decision", 4), ("status", 4), ("failed", 8)] {
        assert!(kinds.get(kind).is_some_and(|count| *count >= least), "{kind}: {kinds:?}");
    }
}

#[test]
fn why_and_tests_tell_nothing_that_is_private_either() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path());
    let recorded = ["--bundle", "bundle", "--events", "events.jsonl"];
    for event in ["clinic/r-1", "clinic/f-1", "clinic/f-2", "clinic/f-3", "clinic/f-5", "clinic/u-1"] {
        for form in ["human", "json"] {
            let asked = ["why", "--event", event, "--output", form];
            let output = segue(directory.path(), &[&asked[..], &recorded].concat());
            let said = [text(&output.stdout), text(&output.stderr)].concat();
            assert!(said.len() > 40, "{event}: {said}");
            assert_eq!(told(&said), Vec::<&str>::new(), "{event} as {form}");
        }
    }
    for form in ["human", "json", "junit"] {
        for more in [&[][..], &["--coverage"]] {
            if form == "junit" && !more.is_empty() {
                continue;
            }
            let output = segue(directory.path(), &[&["test", "bundle", "--output", form][..], more].concat());
            assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
            let said = [text(&output.stdout), text(&output.stderr)].concat();
            assert!(said.contains("Something else"), "{said}");
            assert_eq!(told(&said), Vec::<&str>::new(), "as {form}");
        }
    }
}
