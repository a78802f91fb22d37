//! Runs a bundle's `test` documents on a virtual clock, through the same intake and engine as `run`.

use std::sync::Arc;

use segue_bundle::Bundle;
use segue_bundle::bundle::{Format, Source, Test, TestEvent, TestStep, TestTime};
use segue_document::{Document, Kind, Value, Writer, merge_patch, replace_at};
use segue_log::{Append, Header, Record};
use segue_model::{Profile, Subject, Timestamp};
use segue_wire::topics::{DECISIONS, FAILED};

use crate::pipeline::Pipeline;

/// What became of one test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestResult {
    /// The test's line of text.
    pub name: String,
    /// The file it stands in.
    pub file: String,
    /// The line it begins in.
    pub line: usize,
    /// What went otherwise than expected; empty if it passed.
    pub failures: Vec<Failure>,
}

/// One thing that went otherwise than expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The line of the step.
    pub line: usize,
    /// What, in words.
    pub message: String,
}

/// Runs one test from an empty router.
pub fn run(bundle: &Arc<Bundle>, test: &Test, mut pipeline: Pipeline) -> TestResult {
    let mut failures = Vec::new();
    for (subject, who) in &test.given_who {
        match Document::parse_own(who) {
            Ok(who) => {
                let profile = Profile { who: Some(Arc::new(who)), ..Profile::default() };
                pipeline.give(&subject_of(subject), profile);
            }
            Err(error) => {
                failures.push(Failure { line: test.line, message: format!("given.who.{subject}: {error}") })
            }
        }
    }
    let mut now = Timestamp(0);
    let (mut tasks, mut errors) = (Vec::new(), Vec::new());
    for (number, step) in test.steps.iter().enumerate() {
        now = match step.when {
            TestTime::At(at) => at,
            TestTime::After(span) => now.plus(span),
        };
        let mut out = pipeline.advance(now);
        if let Some(event) = &step.event {
            match bundle.sources.get(&event.source) {
                Some(source) => out.extend(pipeline.take(&input(test, number, event, source, now), now)),
                None => failures
                    .push(Failure { line: step.line, message: format!("no source `{}`", event.source) }),
            }
        }
        for append in out {
            match &*append.topic {
                FAILED => failures.push(Failure { line: step.line, message: failed(&append) }),
                DECISIONS => errors.extend(errors_of(&append)),
                _ => tasks.push(append),
            }
        }
        if let Some(expected) = &step.expect {
            let different = compare(expected, &std::mem::take(&mut tasks), step);
            // An expression that ended in an error is the likeliest cause, and shows in no task.
            let causes = std::mem::take(&mut errors).into_iter().filter(|_| !different.is_empty());
            failures.extend(causes.map(|message| Failure { line: step.line, message }));
            failures.extend(different);
        }
    }
    TestResult { name: test.name.clone(), file: test.file.clone(), line: test.line, failures }
}

fn subject_of(key: &str) -> Subject {
    match key.split_once('/') {
        Some((kind, id)) => Subject { kind: kind.to_owned(), id: id.to_owned() },
        None => Subject::person(key),
    }
}

/// The record that the source would have published.
fn input(test: &Test, number: usize, event: &TestEvent, source: &Source, now: Timestamp) -> Record {
    let id = event.id.clone().unwrap_or_else(|| format!("{}-{}", test.name, number + 1));
    let time = event.time.clone().unwrap_or_else(|| now.to_string());
    let (value, headers) = match &source.format {
        Format::CloudEvents => {
            (structured(event, &id, &time), vec![content_type("application/cloudevents+json")])
        }
        Format::Json(envelope) => {
            let mut message = event.data.clone().unwrap_or_else(|| "{}".to_owned());
            let texts = [
                (Some(&envelope.kind), Some(event.kind.as_str())),
                (Some(&envelope.id), Some(id.as_str())),
                (envelope.time.as_ref(), Some(time.as_str())),
                (envelope.subject.as_ref(), event.subject.as_deref()),
            ];
            for (path, text) in texts {
                if let (Some(path), Some(text)) = (path, text) {
                    message = with(&message, path, text);
                }
            }
            (message, vec![content_type("application/json")])
        }
    };
    Record {
        topic: source.topics.first().map(String::as_str).unwrap_or_default().into(),
        partition: 0,
        incarnation: 0,
        offset: number as u64,
        appended_at_ms: now.0,
        key: event.subject.clone().map(String::into_bytes),
        value: Some(value.into_bytes()),
        headers,
    }
}

fn structured(event: &TestEvent, id: &str, time: &str) -> String {
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("specversion").string("1.0").key("id").string(id);
    let _ = writer.key("source").string(&event.source).key("type").string(&event.kind);
    let _ = writer.key("time").string(time);
    if let Some(subject) = &event.subject {
        let _ = writer.key("subject").string(subject);
    }
    if let Some(data) = &event.data {
        let _ = writer.key("datacontenttype").string("application/json").key("data").raw(data);
    }
    let _ = writer.end_object();
    writer.finish()
}

/// The message with a text put at a path.
fn with(message: &str, path: &[String], text: &str) -> String {
    let mut writer = Writer::new();
    let _ = writer.string(text);
    let text = Document::parse_own(&writer.finish()).expect("a string is JSON");
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    let patch = replace_at(&names, text.root());
    let old = Document::parse_own(message).ok();
    merge_patch(old.as_ref().map(Document::root), patch.root()).text().to_owned()
}

fn content_type(value: &str) -> Header {
    Header { name: "content-type".to_owned(), value: Some(value.as_bytes().to_vec()) }
}

/// The errors that a decision has kept.
fn errors_of(decision: &Append) -> Vec<String> {
    let text = std::str::from_utf8(decision.value.as_deref().unwrap_or_default()).unwrap_or("null");
    let Ok(document) = Document::parse_own(text) else { return Vec::new() };
    let text = |value: Value<'_>, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let list = |name: &str| document.root().get(name).into_iter().flat_map(Value::items).collect::<Vec<_>>();
    let rules = list("errors").into_iter().filter_map(|error| {
        Some(format!(
            "the condition of rule `{}` ended in an error: {}",
            text(error, "rule")?,
            text(error, "error")?
        ))
    });
    let actions = list("candidates").into_iter().filter_map(|candidate| {
        Some(format!("action `{}`: {}", text(candidate, "action")?, text(candidate, "detail")?))
    });
    rules.chain(actions).collect()
}

fn failed(append: &Append) -> String {
    let header = |name: &str| {
        let found = append.headers.iter().find(|header| header.name == name)?;
        String::from_utf8(found.value.clone()?).ok()
    };
    let (code, detail) =
        (header("segue-error").unwrap_or_default(), header("segue-detail").unwrap_or_default());
    format!("the event failed: {code}: {detail}")
}

/// What is otherwise between the tasks expected and those that left.
fn compare(expected: &[String], tasks: &[Append], step: &TestStep) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut say = |message: String| failures.push(Failure { line: step.line, message });
    for (place, expected) in expected.iter().enumerate() {
        let expected = match Document::parse_own(expected) {
            Ok(expected) => expected,
            Err(error) => {
                say(format!("expect {}: {error}", place + 1));
                continue;
            }
        };
        match tasks.get(place) {
            None => say(format!("task {}: expected {}, but there is none", place + 1, expected.text())),
            Some(task) => {
                let task = as_expected(task);
                for difference in differences("", expected.root(), task.root()) {
                    say(format!("task {}: {difference}", place + 1));
                }
            }
        }
    }
    for (place, task) in tasks.iter().enumerate().skip(expected.len()) {
        let task = as_expected(task);
        let text = |name: &str| task.root().get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        say(format!(
            "task {}: not expected: {} for {}: {:?}",
            place + 1,
            text("action"),
            text("subject"),
            text("what")
        ));
    }
    failures
}

/// A task as tests see it: its data, and the topic it left on.
fn as_expected(task: &Append) -> Document {
    let text = std::str::from_utf8(task.value.as_deref().unwrap_or_default()).unwrap_or("null");
    let document = Document::parse_own(text).unwrap_or_else(|_| Document::empty_object());
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("topic").string(&task.topic);
    for (name, value) in document.root().get("data").into_iter().flat_map(Value::members) {
        let _ = writer.key(name).value(value);
    }
    let _ = writer.end_object();
    Document::parse_own(&writer.finish()).expect("what was written is JSON")
}

/// Where `actual` does not hold what `expected` names. Members that are not named may be anything.
fn differences(path: &str, expected: Value<'_>, actual: Value<'_>) -> Vec<String> {
    let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (expected.kind(), actual.kind()) {
        (Kind::Object, Kind::Object) => expected
            .members()
            .flat_map(|(name, expected)| match actual.get(name) {
                Some(actual) => differences(&at(name), expected, actual),
                None => vec![format!("{}: expected {}, but there is none", at(name), expected.raw())],
            })
            .collect(),
        (Kind::Array, Kind::Array) if expected.len() == actual.len() => expected
            .items()
            .zip(actual.items())
            .enumerate()
            .flat_map(|(place, (expected, actual))| differences(&at(&place.to_string()), expected, actual))
            .collect(),
        _ if expected == actual => Vec::new(),
        _ => vec![format!("{path}: expected {}, got {}", expected.raw(), actual.raw())],
    }
}
