//! What others publish, and strings that break programs, in every format and every field: each ends as an event or as a failed
//! event, with its bytes as they came, and the router goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use segue_log::{Append, Header, Place, Record};
use segue_testkit::follow::Follower;
use segue_testkit::router::Router;
use segue_testkit::topics::{produce, read_all, wait_for, wait_within};
use serde_json::{Value, json};

use crate::world::{PARTITIONS, World};

const TOPICS: [&str; 4] = ["corpus.events", "corpus.messages", "corpus.tracked", "corpus.rows"];

/// Where a record stands: topic, partition, offset.
type Origin = (String, u64, u64);

#[test]
fn whatever_others_publish_ends_as_an_event_or_as_a_failed_event_and_the_router_goes_on() {
    let Some(world) = World::begin_beside() else { return };
    for topic in TOPICS {
        world.kafka.create_topic(topic, PARTITIONS, &[]);
    }
    let mut setup = world.setup();
    setup.bundle = data().join("bundle");
    setup.apply_topics();
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    let mut follower = Follower::new(world.brokers(), PARTITIONS, &TOPICS);
    let mut sent = published();
    sent.extend(naughty());
    let count = sent.len();
    assert!(count > 15_000, "INVALID: only {count} records");
    produce(world.brokers(), sent);
    // What is good, behind all of it.
    let good = json!({"specversion": "1.0", "id": "good", "source": "/s", "type": "any", "subject": "good", "data": {"text": "good"}});
    produce(world.brokers(), [event(good.to_string().into_bytes())]);
    wait_within(std::time::Duration::from_secs(120), "all to be decided", || {
        follower.is_done().then_some(())
    });
    wait_for("the good one's task", || {
        read_all(world.brokers(), "corpus.tasks")
            .iter()
            .any(|task| parsed(task)["data"]["what"] == "good")
            .then_some(())
    });

    let came: BTreeMap<Origin, Record> = TOPICS
        .iter()
        .flat_map(|topic| read_all(world.brokers(), topic))
        .map(|record| ((record.topic.to_string(), record.partition.into(), record.offset), record))
        .collect();
    assert_eq!(came.len(), count + 1);
    let logged = read_all(world.brokers(), "segue.log");
    let (mut events, mut failed) = (BTreeSet::new(), BTreeSet::new());
    for value in logged.iter().map(parsed).filter(|value| value["origin"].is_object()) {
        let place = &value["origin"];
        let number = |name: &str| place[name].as_u64().unwrap();
        let origin = (place["topic"].as_str().unwrap().to_owned(), number("partition"), number("offset"));
        let of = if value["kind"] == "failed" { &mut failed } else { &mut events };
        assert!(of.insert(origin.clone()), "{origin:?} stands in the log twice");
    }
    assert!(events.is_disjoint(&failed));
    let ended: BTreeSet<&Origin> = events.iter().chain(&failed).collect();
    let lost = came.iter().filter(|(origin, _)| !ended.contains(origin)).map(|(_, one)| one);
    // One of the strings is what a row's tombstone looks like.
    let lost: Vec<_> = lost.map(|one| (&*one.topic, one.value.as_deref().unwrap_or_default())).collect();
    assert_eq!(lost, [("corpus.rows", &b"null"[..])], "all others have an end");
    assert_eq!(router.metric("segue_intake_records_total", &["rows", "ignored"]), Some(1.0));
    assert!(
        events.len() > 5_000 && failed.len() > 1_000,
        "INVALID: {} events, {} failed",
        events.len(),
        failed.len()
    );

    let kept = read_all(world.brokers(), "segue.failed");
    assert_eq!(kept.len(), failed.len());
    for one in &kept {
        let origin = origin(one);
        let was = &came[&origin];
        assert!(failed.contains(&origin));
        assert_eq!((&one.key, &one.value), (&was.key, &was.value), "{origin:?} is kept as it came");
        assert_eq!(one.headers[..was.headers.len()], was.headers[..], "{origin:?}");
    }
    let codes: BTreeSet<String> = kept.iter().map(|one| header(one, "segue-error")).collect();
    assert!(!codes.contains("internal"), "{codes:?}");
    let tasks = read_all(world.brokers(), "corpus.tasks");
    assert!(tasks.len() > 1_000, "INVALID: {} tasks", tasks.len());
    assert!(tasks.iter().all(|task| parsed(task)["data"]["what"].is_string()));
    let (status, took, log) = router.stop();
    assert!(status.success() && !log.contains("panicked"), "it ended with {status} after {took:?}");
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
    let strings: Vec<String> =
        serde_json::from_str(&fs::read_to_string(data().join("blns.json")).unwrap()).unwrap();
    assert_eq!(strings.len(), 485);
    strings.iter().enumerate().flat_map(|(number, text)| in_every_field(number, text)).collect()
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

fn parsed(record: &Record) -> Value {
    serde_json::from_slice(record.value.as_deref().unwrap()).unwrap()
}

fn header(record: &Record, name: &str) -> String {
    let header = record.headers.iter().rfind(|header| header.name == name).unwrap();
    String::from_utf8(header.value.clone().unwrap()).unwrap()
}

fn origin(record: &Record) -> Origin {
    let text = header(record, "segue-origin");
    let mut parts = text.rsplitn(3, '/');
    let mut next = || parts.next().unwrap();
    let (offset, partition, topic) = (next(), next(), next());
    (topic.to_owned(), partition.parse().unwrap(), offset.parse().unwrap())
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/corpus")
}
