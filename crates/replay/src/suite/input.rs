//! A test's event -> the record that its source would have published.

use segue_bundle::Bundle;
use segue_bundle::bundle::{Format, Source, Test, TestEvent, TestOutcome};
use segue_document::{Document, Writer, merge_patch, replace_at};
use segue_log::{Header, Record};
use segue_model::Timestamp;

use super::gathered::Gathered;

/// The record that the source would have published.
pub(super) fn input(
    test: &Test,
    number: usize,
    event: &TestEvent,
    source: &Source,
    now: Timestamp,
) -> Record {
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
        Format::Debezium => (change(event, &id, &time), Vec::new()),
        Format::Segment => (message(event, &id, &time), Vec::new()),
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

/// The record in which a destination would say what became of the latest task of an action for a subject.
pub(super) fn outcome(
    bundle: &Bundle,
    number: usize,
    said: &TestOutcome,
    gathered: &Gathered,
    now: Timestamp,
) -> Result<Record, String> {
    let TestOutcome { action, subject, outcome, answer, reason } = said;
    let to = bundle.actions.get(action).and_then(|action| bundle.destinations.get(&action.to));
    let topic = to.and_then(|to| to.outcomes.as_deref()).ok_or_else(|| {
        format!(
            "the destination of `{action}` has no `outcomes`, so that it cannot say what became of a task"
        )
    })?;
    let task = gathered.latest(action, subject.as_ref()).ok_or_else(|| match subject {
        Some(subject) => format!("no task of `{action}` has left for `{subject}` so far"),
        None => format!("no task of `{action}` has left so far"),
    })?;
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("task").string(task).key("outcome").string(outcome);
    for (name, text) in [("answer", answer), ("reason", reason)] {
        if let Some(text) = text {
            let _ = writer.key(name).string(text);
        }
    }
    let _ = writer.key("at").string(&now.to_string()).end_object();
    Ok(Record {
        topic: topic.into(),
        partition: 0,
        incarnation: 0,
        offset: number as u64,
        appended_at_ms: now.0,
        key: None,
        value: Some(writer.finish().into_bytes()),
        headers: vec![content_type("application/json")],
    })
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

/// A change of a row, as Debezium writes it. The id stands where a database says how far its log was.
fn change(event: &TestEvent, id: &str, time: &str) -> String {
    let (table, verb) = event.kind.rsplit_once('.').unwrap_or((&event.kind, ""));
    let (op, member) = match verb {
        "updated" => ("u", "after"),
        "read" => ("r", "after"),
        "deleted" => ("d", "before"),
        "truncated" => ("t", "after"),
        _ => ("c", "after"),
    };
    let mut writer = Writer::new();
    let _ = writer.begin_object().key(member).raw(event.data.as_deref().unwrap_or("null"));
    let _ = writer.key("source").begin_object().key("table").string(table).key("position").string(id);
    if let Some(time) = Timestamp::parse(time) {
        let _ = writer.key("ts_ms").integer(time.0);
    }
    let _ = writer.end_object().key("op").string(op).end_object();
    writer.finish()
}

/// A message of the Segment specification.
fn message(event: &TestEvent, id: &str, time: &str) -> String {
    let data = event.data.as_deref().unwrap_or("null");
    let kind = event.kind.as_str();
    let mut writer = Writer::new();
    let _ = writer.begin_object();
    let _ = match kind {
        "identify" => writer.key("traits").raw(data),
        "page" | "screen" => writer.key("properties").raw(data),
        "group" | "alias" => &mut writer,
        name => writer.key("event").string(name).key("properties").raw(data),
    };
    let _ = writer.end_object();
    let is_own = matches!(kind, "identify" | "page" | "screen" | "group" | "alias");
    let whole = matches!(kind, "group" | "alias").then_some(data).filter(|data| *data != "null");
    let mut message = whole.map_or_else(|| writer.finish(), str::to_owned);
    let texts = [
        ("type", Some(if is_own { kind } else { "track" })),
        ("messageId", Some(id)),
        ("timestamp", Some(time)),
    ];
    for (name, text) in texts.into_iter().chain([("userId", event.subject.as_deref())]) {
        if let Some(text) = text {
            message = with(&message, &[name.to_owned()], text);
        }
    }
    message
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
