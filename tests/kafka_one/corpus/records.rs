//! The records that are made of the corpus: what others publish and strings that break programs, in every format and field.
//!
//! Both the test on Kafka and that of the HTTP door throw them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use segue_log::{Append, Header, Place};
use serde_json::{Value, json};

/// The topics of the sources of the bundle.
pub(crate) const TOPICS: [&str; 4] = ["corpus.events", "corpus.messages", "corpus.tracked", "corpus.rows"];

/// The bundle that takes all of it.
pub(crate) fn bundle() -> PathBuf {
    data().join("bundle")
}

/// All of it.
pub(crate) fn all() -> Vec<Append> {
    let mut all = published();
    all.extend(naughty());
    assert!(all.len() > 15_000, "INVALID: only {} records", all.len());
    all
}

/// An event of each source that is as it should be: each gives a task that says `good`.
pub(crate) fn good() -> Vec<Append> {
    around("good", &json!({"text": "good"}), "good")
}

/// The strings.
pub(crate) fn strings() -> Vec<String> {
    let strings: Vec<String> =
        serde_json::from_str(&fs::read_to_string(data().join("blns.json")).unwrap()).unwrap();
    assert_eq!(strings.len(), 485);
    strings
}

/// What GitHub and AWS send: as it is, and as the data of an event, in each format.
fn published() -> Vec<Append> {
    let mut all = Vec::new();
    for file in ["github.jsonl", "lambda.jsonl"] {
        let lines = fs::read_to_string(data().join(file)).unwrap();
        for (number, line) in lines.lines().enumerate() {
            let payload = &serde_json::from_str::<Value>(line).unwrap()["payload"];
            let raw = payload.to_string().into_bytes();
            let formats: [fn(Vec<u8>) -> Append; 4] = [event, message, tracked, row];
            all.extend(formats.iter().map(|as_it_is| as_it_is(raw.clone())));
            all.extend(around(&format!("{file}-{number}"), payload, "someone"));
        }
    }
    all
}

/// Events of each format around some data.
fn around(id: &str, data: &Value, who: &str) -> Vec<Append> {
    let cloud =
        json!({"specversion": "1.0", "id": id, "source": "/s", "type": "any", "subject": who, "data": data});
    let mut plain = data.as_object().cloned().unwrap_or_default();
    for (name, value) in [("type", "any-message"), ("id", id), ("subject", who)] {
        let _ = plain.insert(name.to_owned(), json!(value));
    }
    let track =
        json!({"type": "track", "event": "any-track", "messageId": id, "userId": who, "properties": data});
    let mut after = data.as_object().cloned().unwrap_or_default();
    let _ = after.insert("owner".to_owned(), json!(who));
    let change = json!({"before": null, "after": after, "op": "c", "source": {"table": "any", "lsn": id}});
    vec![
        event(cloud.to_string().into_bytes()),
        message(Value::Object(plain).to_string().into_bytes()),
        tracked(track.to_string().into_bytes()),
        row(change.to_string().into_bytes()),
    ]
}

/// Each naughty string in each field there is, as text, as the name of a member, as a header, as a key, and as the whole.
fn naughty() -> Vec<Append> {
    strings().iter().enumerate().flat_map(|(number, text)| in_every_field(number, text)).collect()
}

fn in_every_field(number: usize, text: &str) -> Vec<Append> {
    let id = |kind: &str| format!("{kind}-{number}");
    let mut all = around(&id("text"), &json!({"text": text, text: {text: [text]}}), "someone");
    all.extend(around(&id("who"), &json!({"text": "t"}), text));
    let whole = [event, message, tracked, row]
        .map(|as_it_is: fn(Vec<u8>) -> Append| as_it_is(text.as_bytes().to_vec()));
    all.extend(whole);
    for name in
        ["id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "traceparent", "x"]
    {
        let mut cloud = json!({"specversion": "1.0", "id": id(name), "source": "/s", "type": "any", "subject": "someone", "data": {"text": "t"}});
        cloud[name] = json!(text);
        all.push(event(cloud.to_string().into_bytes()));
        let mut headers: BTreeMap<String, String> = [
            ("specversion", "1.0"),
            ("id", &*id(&format!("b-{name}"))),
            ("source", "/s"),
            ("type", "any"),
            ("subject", "someone"),
        ]
        .map(|(name, value)| (format!("ce_{name}"), value.to_owned()))
        .into();
        let _ = headers.insert(format!("ce_{name}"), text.to_owned());
        let headers =
            headers.into_iter().map(|(name, value)| Header { name, value: Some(value.into_bytes()) });
        all.push(Append {
            headers: headers.collect(),
            ..append("corpus.events", None, br#"{"text":"t"}"#.to_vec())
        });
    }
    for name in ["type", "id", "time", "subject", "text"] {
        let mut plain = json!({"type": "any-message", "id": id(name), "subject": "someone", "text": "t"});
        plain[name] = json!(text);
        all.push(message(plain.to_string().into_bytes()));
    }
    for name in ["type", "event", "messageId", "userId", "anonymousId", "timestamp"] {
        let mut track = json!({"type": "track", "event": "any-track", "messageId": id(name), "userId": "someone", "properties": {"text": "t"}});
        track[name] = json!(text);
        all.push(tracked(track.to_string().into_bytes()));
    }
    let change = json!({"before": {"id": text, "owner": "someone"}, "after": {"id": text, "owner": "someone"}, "op": text, "source": {"table": text}});
    all.push(row(change.to_string().into_bytes()));
    let told = json!({"specversion": "1.0", "id": id("told"), "source": "/s", "type": "told", "subject": "someone", "data": {"text": text, text: text}});
    all.push(Append { key: Some(text.as_bytes().to_vec()), ..event(told.to_string().into_bytes()) });
    all
}

fn event(value: Vec<u8>) -> Append {
    append("corpus.events", Some("application/cloudevents+json"), value)
}

fn message(value: Vec<u8>) -> Append {
    append("corpus.messages", None, value)
}

fn tracked(value: Vec<u8>) -> Append {
    append("corpus.tracked", None, value)
}

fn row(value: Vec<u8>) -> Append {
    append("corpus.rows", None, value)
}

fn append(topic: &str, content_type: Option<&str>, value: Vec<u8>) -> Append {
    let header = |kind: &str| Header { name: "content-type".to_owned(), value: Some(kind.into()) };
    let headers = content_type.map(header).into_iter().collect();
    Append { topic: topic.into(), place: Place::Key, key: Some(b"k".to_vec()), value: Some(value), headers }
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/corpus")
}
