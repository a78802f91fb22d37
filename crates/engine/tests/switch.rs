//! A partition that is told to decide by another bundle: from that record on it is as one that was restored and began with it.

#![allow(clippy::unwrap_used, reason = "this file is all tests")]

use std::sync::Arc;

use segue_bundle::Bundle;
use segue_document::Document;
use segue_engine::{Effects, Partition, Role, Settings};
use segue_log::{Append, Record};
use segue_model::{Event, Span, Subject, Timestamp};
use segue_wire::command::{Command, Says};
use segue_wire::topics::{BUNDLES, LOG, PROFILES, SHARED};
use segue_wire::{LogRecord, Origin, log_record};

const OPEN: &str = r#"{"type":"object","properties":{"flight":{"type":"string"},"train":{"type":"string"}}}"#;

/// A bundle in which travellers are tied to what is delayed by this field.
fn bundle(field: &str) -> Arc<Bundle> {
    let text = format!(
        "source: crm\ntopic: crm.events\nevents: {{customer.changed: {{schema: open.json, into: who}}}}\n---\n\
         source: ops\ntopic: ops.events\nsubject: everyone\nevents: {{trip.delayed: {{schema: open.json}}}}\n---\n\
         rule: delayed-{field}\non: trip.delayed\nfor: who.{field} == event.data.{field}\npropose: [tell]\n---\n\
         rule: changed\non: customer.changed\nwhen: count('customer.changed', '1h') >= 2\npropose: [tell]\n---\n\
         action: tell\nto: desk\nwhat: Tell\n---\ndestination: desk\ntopic: desk.{field}\n"
    );
    let files = vec![("all.yaml".to_owned(), text), ("open.json".to_owned(), OPEN.to_owned())];
    match segue_bundle::read(files) {
        Ok(loaded) => Arc::new(loaded.bundle),
        Err(findings) => panic!("{findings:?}"),
    }
}

fn partition(role: Role, bundle: &Arc<Bundle>) -> Partition {
    let settings = Settings { dedup: Span(60_000), profile_bytes_max: 8_000, zone: "UTC".into() };
    Partition::new(role, 0, bundle.clone(), settings)
}

fn record(offset: u64, value: LogRecord) -> Record {
    let appended_at_ms = value.at().0;
    let value = Some(log_record::encode(&value).into_bytes());
    let (topic, key, headers) = (LOG.into(), None, Vec::new());
    Record { topic, partition: 0, incarnation: 0, offset, appended_at_ms, key, value, headers }
}

fn origin(topic: &str, offset: u64) -> Origin {
    Origin { topic: topic.into(), incarnation: 0, partition: 0, offset, n: 0 }
}

fn event(offset: u64, kind: &str, subject: Option<&str>, data: &str) -> Event {
    Event {
        source: if subject.is_some() { "crm" } else { "ops" }.into(),
        namespace: None,
        id: offset.to_string(),
        kind: kind.into(),
        time: Timestamp(1_000_000 + offset as i64),
        logged_at: Timestamp(1_000_000 + offset as i64),
        subject: subject.map(Subject::person),
        journey: String::new(),
        traceparent: None,
        surroundings: Default::default(),
        data: Document::parse_own(data).unwrap(),
    }
}

fn changed(offset: u64, person: &str, data: &str) -> Record {
    let event = event(offset, "customer.changed", Some(person), data);
    record(offset, LogRecord::Event { event, origin: origin("crm.events", offset) })
}

fn delayed(offset: u64) -> Record {
    let event = event(offset, "trip.delayed", None, r#"{"flight":"F1","train":"T1"}"#);
    record(offset, LogRecord::Row { event, origin: origin(SHARED, offset) })
}

fn switch(offset: u64, digest: &str) -> Record {
    let says = Says::Switch(digest.to_owned());
    let command = Command { given_at: Timestamp(9), says, origin: Some(origin(SHARED, offset)) };
    record(offset, LogRecord::Command(command))
}

/// Steps records, each by itself, and returns what was written.
fn run(partition: &mut Partition, records: &[Record]) -> Vec<Append> {
    let step = |record| {
        let mut effects = Effects::default();
        partition.step(record, &mut effects);
        partition.finish(&mut effects);
        partition.settle();
        effects.appends
    };
    records.iter().flat_map(step).collect()
}

fn story(digest: &str) -> Vec<Record> {
    vec![
        changed(0, "p1", r#"{"flight":"F1","train":"T9"}"#),
        changed(1, "p2", r#"{"flight":"F9","train":"T1"}"#),
        delayed(2),
        switch(3, digest),
        delayed(4),
        changed(5, "p1", r#"{"train":"T1"}"#),
        delayed(6),
    ]
}

fn to(appends: &[Append], topic: &str) -> usize {
    appends.iter().filter(|append| &*append.topic == topic).count()
}

#[test]
fn from_the_record_on_it_is_as_one_that_was_restored_and_began_with_the_bundle() {
    let (flight, train) = (bundle("flight"), bundle("train"));
    let story = story(&train.digest);
    let mut one = partition(Role::Log, &flight);
    let before = run(&mut one, &story[..3]);
    assert_eq!((to(&before, "desk.flight"), to(&before, "desk.train")), (1, 0), "the first of the two");
    one.offer(train.clone());
    let switched = run(&mut one, &story[3..4]);
    assert_eq!((one.bundle().digest.as_str(), one.now()), (&*train.digest, Timestamp(1_000_002)));

    let mut other = partition(Role::Log, &flight);
    let kept = before.iter().chain(&switched).filter(|append| &*append.topic == PROFILES);
    for (offset, append) in kept.enumerate() {
        let Append { topic, key, value, .. } = append.clone();
        let (offset, headers) = (offset as u64, Vec::new());
        let (partition, incarnation, appended_at_ms) = (0, 0, 0);
        let kept = Record { topic, partition, incarnation, offset, appended_at_ms, key, value, headers };
        other.restore(&kept).unwrap();
    }
    assert_eq!(other.told_bundle(), Some(&*train.digest));
    other.adopt(train);
    let after = run(&mut one, &story[4..]);
    assert_eq!(after, run(&mut other, &story[4..]));
    // One by the delay of the train, one by the second change, and then two.
    assert_eq!((to(&after, "desk.flight"), to(&after, "desk.train")), (0, 4));
}

#[test]
fn what_is_undone_of_a_switch_is_as_it_was_and_a_bundle_that_is_not_there_changes_nothing() {
    let (flight, train) = (bundle("flight"), bundle("train"));
    let story = story(&train.digest);
    let mut undone = partition(Role::Log, &flight);
    let _ = run(&mut undone, &story[..3]);
    undone.offer(train.clone());
    let mut effects = Effects::default();
    story[3..6].iter().for_each(|record| undone.step(record, &mut effects));
    undone.undo();
    assert_eq!((undone.bundle().digest.as_str(), undone.told_bundle()), (&*flight.digest, None));

    let mut refusing = partition(Role::Log, &flight);
    let _ = run(&mut refusing, &story[..3]);
    let mut effects = Effects::default();
    refusing.step(&story[3], &mut effects);
    assert_eq!(effects.tally.refused, std::slice::from_ref(&train.digest));
    refusing.finish(&mut effects);
    refusing.settle();
    assert_eq!(refusing.bundle().digest, flight.digest);

    undone.offer(train);
    assert!(run(&mut undone, &story[3..]).len() > 3, "it is stepped again");
}

#[test]
fn the_shared_partition_copies_a_switch_to_all_and_says_what_stands_in_the_same_step() {
    let (flight, train) = (bundle("flight"), bundle("train"));
    let mut shared = partition(Role::Shared { partitions: 3 }, &flight);
    let says = Says::Switch(train.digest.clone());
    let given = |offset| {
        let command = Command { given_at: Timestamp(9), says: says.clone(), origin: None };
        record(offset, LogRecord::Command(command))
    };
    let refused = run(&mut shared, &[given(0)]);
    assert_eq!((to(&refused, LOG), to(&refused, BUNDLES)), (0, 0), "it cannot be used");
    shared.offer(train.clone());
    let written = run(&mut shared, &[given(1)]);
    assert_eq!((to(&written, LOG), to(&written, BUNDLES)), (3, 1));
    let standing = written.iter().find(|append| &*append.topic == BUNDLES).unwrap();
    let standing = segue_wire::bundles::Standing::decode(standing.value.as_deref().unwrap()).unwrap();
    assert_eq!(
        (standing.bundle.as_deref(), standing.former.as_deref()),
        (Some(&*train.digest), Some(&*flight.digest))
    );
    let again = run(&mut shared, &[given(2)]);
    assert_eq!((to(&again, LOG), to(&again, BUNDLES)), (0, 0), "it stands already");
}
