//! What others publish, and strings that break programs, in every format and every field: each ends as an event or as a failed
//! event, with its bytes as they came, and the router goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use segue_log::Record;
use segue_testkit::follow::Follower;
use segue_testkit::router::Router;
use segue_testkit::topics::{produce, read_all, wait_for, wait_within};
use serde_json::Value;

use crate::world::{PARTITIONS, World};

mod records;

use records::{TOPICS, all, bundle, good};

/// Where a record stands: topic, partition, offset.
type Origin = (String, u64, u64);

#[test]
fn whatever_others_publish_ends_as_an_event_or_as_a_failed_event_and_the_router_goes_on() {
    let Some(world) = World::begin_beside() else { return };
    for topic in TOPICS {
        world.kafka.create_topic(topic, PARTITIONS, &[]);
    }
    let mut setup = world.setup();
    setup.bundle = bundle();
    setup.apply_topics();
    let mut router = Router::start(&setup);
    router.wait_until_ready();
    let mut follower = Follower::new(world.brokers(), PARTITIONS, &TOPICS);
    let sent = all();
    let count = sent.len() + good().len();
    produce(world.brokers(), sent);
    // What is good, behind all of it.
    produce(world.brokers(), good());
    wait_within(Duration::from_secs(120), "all to be decided", || follower.is_done().then_some(()));
    wait_for("the tasks of the good ones", || {
        let tasks = read_all(world.brokers(), "corpus.tasks");
        let of_good = tasks.iter().filter(|task| parsed(task)["subject"] == "good");
        (of_good.count() == good().len()).then_some(())
    });

    let came: BTreeMap<Origin, Record> = TOPICS
        .iter()
        .flat_map(|topic| read_all(world.brokers(), topic))
        .map(|record| ((record.topic.to_string(), record.partition.into(), record.offset), record))
        .collect();
    assert_eq!(came.len(), count);
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
