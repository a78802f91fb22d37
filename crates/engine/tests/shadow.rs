//! A bundle that decides beside the one that counts: what it would do is written and compared, and nothing that the first
//! does depends on it.

#![allow(clippy::unwrap_used, reason = "this file is all tests")]

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_document::Document;
use segue_engine::{Effects, Partition, Role, Settings};
use segue_log::{Append, Record};
use segue_model::{Event, Span, Subject, Timestamp};
use segue_wire::command::{Command, Says};
use segue_wire::topics::{BUNDLES, DECISIONS, LOG, PROFILES, SHARED};
use segue_wire::{LogRecord, Origin, log_record};

const MINUTE: i64 = 60_000;
/// Monday, 2 March 2026, 10:00 UTC.
const T: i64 = 1_772_445_600_000;

const FIRST: &str = "source: crm\ntopic: crm.events\nstatus: crm.status\n\
events: {customer.changed: {schema: open.json, into: who}, asked: {schema: open.json}, began: {schema: open.json}, ended: {schema: open.json}}\n---\n\
source: ops\ntopic: ops.events\nsubject: everyone\nevents: {trip.delayed: {schema: open.json}}\n---\n\
rule: delayed\non: trip.delayed\nfor: who.flight == event.data.flight\npropose: [tell]\n---\n\
rule: stopped\non: began\nunless: ended\nwithin: 10m\npropose: [call]\n---\n\
rule: asks\non: asked\nwhen: count('asked', '1h') >= 2\npropose: [call, mail]\n---\n\
policy: seldom\ncap: {at_most: 2, per: 30m, action: call}\n---\n\
action: tell\nto: desk\nwhat: Tell\n---\n\
action: call\nto: desk\nwhat: Call\n---\n\
action: mail\nto: desk\nwhat: Mail\nhold: 5m\n---\n\
destination: desk\ntopic: desk.tasks\n";
const OPEN: &str = r#"{"type":"object","properties":{"flight":{"type":"string"}}}"#;

fn bundle(text: &str) -> Arc<Bundle> {
    let files = vec![("all.yaml".to_owned(), text.to_owned()), ("open.json".to_owned(), OPEN.to_owned())];
    match segue_bundle::read(files) {
        Ok(loaded) => Arc::new(loaded.bundle),
        Err(findings) => panic!("{findings:?}"),
    }
}

fn second() -> Arc<Bundle> {
    let text = FIRST.replace(">= 2", ">= 1").replace("10m", "7m").replace("at_most: 2", "at_most: 1");
    bundle(&text.replace("propose: [tell]", "propose: [mail]"))
}

fn partition(role: Role, bundle: &Arc<Bundle>) -> Partition {
    let settings = Settings { dedup: Span(60_000), profile_bytes_max: 80_000, zone: "UTC".into() };
    Partition::new(role, 0, bundle.clone(), settings)
}

fn record(offset: u64, value: LogRecord) -> Record {
    let value = Some(log_record::encode(&value).into_bytes());
    let (topic, key, headers) = (LOG.into(), None, Vec::new());
    Record { topic, partition: 0, incarnation: 0, offset, appended_at_ms: 0, key, value, headers }
}

fn origin(topic: &str, offset: u64) -> Origin {
    Origin { topic: topic.into(), incarnation: 0, partition: 0, offset, n: 0 }
}

fn event(offset: u64, kind: &str, subject: Option<&str>, at: i64) -> Event {
    Event {
        source: if subject.is_some() { "crm" } else { "ops" }.into(),
        namespace: None,
        id: offset.to_string(),
        kind: kind.into(),
        time: Timestamp(at),
        logged_at: Timestamp(at),
        subject: subject.map(Subject::person),
        journey: String::new(),
        traceparent: None,
        surroundings: Default::default(),
        data: Document::parse_own(r#"{"flight":"F1"}"#).unwrap(),
    }
}

fn of(offset: u64, kind: &str, person: &str, at: i64) -> Record {
    let event = event(offset, kind, Some(person), at);
    record(offset, LogRecord::Event { event, origin: origin("crm.events", offset) })
}

fn tell(offset: u64, says: Says) -> Record {
    let origin = Some(origin(SHARED, offset));
    record(offset, LogRecord::Command(Command { given_at: Timestamp(9), says, origin }))
}

fn cast(offset: u64, bundle: &Bundle) -> Record {
    tell(offset, Says::Shadow(Some(bundle.digest.clone())))
}

/// So many records of a few subjects, of all kinds, at times that mostly go on; the same for the same seed.
fn story(from: u64, count: u64, mut seed: u64) -> Vec<Record> {
    let mut any = move |of: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % of
    };
    let mut at = T;
    let mut one = |offset| {
        at += any(4 * MINUTE as u64) as i64;
        let person = format!("p{}", any(5));
        match any(20) {
            0..3 => of(offset, "customer.changed", &person, at),
            3..10 => of(offset, "asked", &person, at),
            10..14 => of(offset, "began", &person, at),
            14 => of(offset, "ended", &person, at),
            15 => record(offset, LogRecord::Tick { at: Timestamp(at) }),
            16 => tell(offset, Says::Pause(["action/mail", "destination/desk"][any(2) as usize].into())),
            17 | 18 => {
                tell(offset, Says::Resume(["action/mail", "destination/desk"][any(2) as usize].into()))
            }
            _ => {
                let event = event(offset, "trip.delayed", None, at);
                record(offset, LogRecord::Row { event, origin: origin(SHARED, offset) })
            }
        }
    };
    (from..from + count).map(&mut one).collect()
}

/// Steps records, so many in one step, and returns what was written and counted. Each step is undone once before it counts
/// where `undoes` says so.
fn run(one: &mut Partition, records: &[Record], together: usize, undoes: bool) -> (Vec<Append>, Counts) {
    let (mut all, mut counts) = (Vec::new(), Counts::default());
    for chunk in records.chunks(together) {
        let mut step = || {
            let mut effects = Effects::default();
            chunk.iter().for_each(|record| one.step(record, &mut effects));
            one.finish(&mut effects);
            if undoes && counts.steps % 2 == 0 {
                one.undo();
                effects = Effects::default();
                chunk.iter().for_each(|record| one.step(record, &mut effects));
                one.finish(&mut effects);
            }
            one.settle();
            effects
        };
        let effects = step();
        counts.steps += 1;
        effects.tally.shadow.iter().for_each(|(of, by)| *counts.shadow.entry(of).or_default() += by);
        let differences = effects.tally.differences;
        differences.into_iter().for_each(|(of, by)| *counts.differences.entry(of).or_default() += by);
        all.extend(effects.appends);
    }
    (all, counts)
}

#[derive(Debug, Default)]
struct Counts {
    steps: usize,
    shadow: BTreeMap<&'static str, u64>,
    differences: BTreeMap<(String, &'static str), u64>,
}

fn text(append: &Append) -> String {
    String::from_utf8(append.value.clone().unwrap_or_default()).unwrap()
}

fn is_shadow(append: &&Append) -> bool {
    &*append.topic == DECISIONS && text(append).contains(r#""shadow":true"#)
}

/// What the second decided, without the mark, and all that the first wrote.
fn apart(all: &[Append]) -> (Vec<String>, Vec<Append>) {
    let (second, first): (Vec<&Append>, Vec<&Append>) = all.iter().partition(is_shadow);
    let second = second.into_iter().map(|append| text(append).replace(r#""shadow":true,"#, ""));
    (second.collect(), first.into_iter().cloned().collect())
}

/// The same, without what the partition says of itself.
fn without_state(all: Vec<Append>) -> Vec<Append> {
    all.into_iter().filter(|append| append.key.as_deref() != Some(b"p")).collect()
}

fn decided(all: &[Append]) -> Vec<String> {
    let decisions = all.iter().filter(|append| &*append.topic == DECISIONS).map(text);
    decisions.filter(|text| text.contains(r#""decision":""#)).collect()
}

#[test]
fn what_the_first_writes_is_the_same_to_the_byte_with_and_without_one_beside() {
    let (first, second) = (bundle(FIRST), second());
    for seed in 0..20 {
        let mut records = story(0, 60, seed);
        records.push(cast(60, &second));
        records.extend(story(61, 200, seed + 100));
        let mut alone = partition(Role::Log, &first);
        let (expected, _) = run(&mut alone, &records, 7, false);
        let mut one = partition(Role::Log, &first);
        one.offer(second.clone());
        let (all, counts) = run(&mut one, &records, 7, false);
        assert!(counts.shadow["written"] > 10 && !counts.differences.is_empty(), "{counts:?}");
        assert_eq!(without_state(apart(&all).1), without_state(expected), "seed {seed}");
        let state = |of: &Partition| (of.next(), of.now());
        assert_eq!(state(&one), state(&alone));
    }
}

#[test]
fn one_that_is_equal_decides_the_same_from_the_beginning_and_shows_no_difference() {
    let first = bundle(FIRST);
    for seed in 0..20 {
        let mut records = vec![cast(0, &first)];
        records.extend(story(1, 250, seed));
        let mut one = partition(Role::Log, &first);
        let (all, counts) = run(&mut one, &records, 5, false);
        let (beside, counting) = apart(&all);
        assert_eq!(beside, decided(&counting), "seed {seed}");
        assert!(counts.differences.is_empty(), "{counts:?}");
        assert_eq!(counts.shadow.keys().collect::<Vec<_>>(), [&"written"]);
    }
}

#[test]
fn neither_the_cut_into_steps_nor_steps_that_are_undone_change_what_it_decides() {
    let (first, second) = (bundle(FIRST), second());
    for seed in 0..10 {
        let mut records = story(0, 30, seed);
        records.push(cast(30, &second));
        records.extend(story(31, 150, seed + 7));
        records.push(tell(181, Says::Shadow(None)));
        records.extend(story(182, 20, seed + 9));
        let given = |together, undoes| {
            let mut one = partition(Role::Log, &first);
            one.offer(second.clone());
            let (all, counts) = run(&mut one, &records, together, undoes);
            assert_eq!(one.shadow().map(|bundle| bundle.digest.as_str()), None);
            (apart(&all).0, counts.shadow, counts.differences)
        };
        let expected = given(1, false);
        assert_eq!(given(records.len(), true), expected, "seed {seed}");
        assert_eq!(given(11, true), expected, "seed {seed}");
    }
}

#[test]
fn its_limits_and_what_waits_are_its_own_and_begin_with_what_the_first_had_done() {
    let (first, second) = (bundle(FIRST), second());
    let mut one = partition(Role::Log, &first);
    one.offer(second.clone());
    let before = [of(0, "asked", "p1", T), cast(1, &second)];
    let _ = run(&mut one, &before, 1, false);
    let mut step = |record: Record| {
        let (all, counts) = run(&mut one, &[record], 1, false);
        let said = counts
            .differences
            .into_iter()
            .map(|((rule, difference), by)| format!("{rule} {difference} {by}"));
        (apart(&all).0.len(), said.collect::<Vec<_>>())
    };
    let none = Vec::<String>::new();
    // It is the second time for both: the profile came along. Both call, and both hold a mail.
    assert_eq!(step(of(2, "asked", "p1", T + 1)), (1, none.clone()));
    // One call in half an hour is enough for the second; the mails are the first's and the second's own.
    assert_eq!(step(of(3, "asked", "p1", T + 2)), (1, vec!["asks removed 1".to_owned()]));
    // The first time is enough for the second.
    assert_eq!(step(of(4, "asked", "p2", T + 3)), (1, vec!["asks added 2".to_owned()]));
    // Its own wait is over earlier, and the tick that it calls for is nothing to the first.
    let _ = step(of(5, "began", "p3", T + 4));
    let mut due = |at| step(record(6, LogRecord::Tick { at: Timestamp(at) }));
    assert_eq!(due(T + 6 * MINUTE).1, ["asks added 1"], "the mail to p2");
    assert_eq!(due(T + 4 + 7 * MINUTE), (1, vec!["stopped added 1".to_owned()]));
    assert_eq!(due(T + 4 + 10 * MINUTE), (0, vec!["stopped removed 1".to_owned()]));
}

#[test]
fn what_falls_due_for_it_calls_for_a_tick_and_does_not_make_the_first_late() {
    let (first, second) = (bundle(FIRST), second());
    let mut one = partition(Role::Log, &first);
    one.offer(second.clone());
    let _ = run(&mut one, &[cast(0, &second), of(1, "asked", "p1", T)], 1, false);
    let next = of(2, "ended", "p9", T + 20 * MINUTE);
    assert_eq!(one.next_at(&next), Timestamp(T + 10_000), "the joined record of the first, and not the mail");
    let tick = record(2, LogRecord::Tick { at: Timestamp(T + MINUTE) });
    let _ = run(&mut one, &[tick], 1, false);
    assert_eq!(one.due_at(), Some(Timestamp(T + 5 * MINUTE)));
    assert!(one.next_at(&next) > Timestamp(T + 5 * MINUTE));
}

#[test]
fn a_restored_partition_knows_which_one_it_was_told_and_begins_it_anew() {
    let (first, second) = (bundle(FIRST), second());
    let mut one = partition(Role::Log, &first);
    one.offer(second.clone());
    let (all, _) = run(&mut one, &[of(0, "asked", "p1", T), cast(1, &second)], 1, false);
    let mut other = partition(Role::Log, &first);
    for append in all.into_iter().filter(|append| &*append.topic == PROFILES) {
        let Append { topic, key, value, .. } = append;
        let (partition, incarnation, offset, appended_at_ms, headers) = (0, 0, 0, 0, Vec::new());
        let kept = Record { topic, partition, incarnation, offset, appended_at_ms, key, value, headers };
        other.restore(&kept).unwrap();
    }
    assert_eq!((other.told_shadow(), other.shadow().is_none()), (Some(&*second.digest), true));
    other.adopt_shadow(second);
    let next = [of(2, "asked", "p1", T + 1)];
    assert_eq!(run(&mut one, &next, 1, false).0, run(&mut other, &next, 1, false).0);
}

#[test]
fn it_ends_when_its_bundle_is_switched_to_and_one_that_is_not_there_is_refused() {
    let (first, second) = (bundle(FIRST), second());
    let mut shared = partition(Role::Shared { partitions: 2 }, &first);
    let mut one = partition(Role::Log, &first);
    let (none, counts) = run(&mut shared, &[cast(0, &second)], 1, false);
    assert_eq!(
        (counts.shadow["refused"], none.iter().filter(|append| &*append.topic == LOG).count()),
        (1, 0)
    );
    one.offer(second.clone());
    shared.offer(second.clone());
    let standing = |all: &[Append]| all.iter().find(|append| &*append.topic == BUNDLES).map(text).unwrap();
    let (told, _) = run(&mut shared, &[cast(1, &second)], 1, false);
    assert!(standing(&told).contains(&format!(r#""shadow":"{}""#, second.digest)), "{}", standing(&told));
    let _ = run(&mut one, &[cast(1, &second)], 1, false);
    assert_eq!(one.shadow().map(|bundle| &bundle.digest), Some(&second.digest));
    let switch = tell(2, Says::Switch(second.digest.clone()));
    let (told, _) = run(&mut shared, std::slice::from_ref(&switch), 1, false);
    assert!(!standing(&told).contains("shadow"));
    let _ = run(&mut one, &[switch], 1, false);
    assert_eq!((one.shadow().is_none(), one.told_shadow()), (true, None));
}

#[test]
fn while_the_router_is_behind_it_is_not_asked_and_it_begins_anew_after() {
    let (first, second) = (bundle(FIRST), second());
    let mut one = partition(Role::Log, &first);
    one.offer(second.clone());
    let _ = run(&mut one, &[cast(0, &second), of(1, "asked", "p1", T)], 1, false);
    let late = of(2, "asked", "p1", T + 1);
    let mut noted = Effects::default();
    one.note_behind(&late, Timestamp(T + 20 * MINUTE), &mut noted);
    one.finish(&mut noted);
    one.settle();
    let (all, counts) = run(&mut one, &[late, of(3, "asked", "p1", T + 2)], 2, true);
    assert_eq!((apart(&all).0.len(), counts.shadow), (0, BTreeMap::from([("behind", 2)])));
    assert!(decided(&all).len() >= 2, "the first decides on both");
    // The record that ends it is the last on which it is not asked; then it begins with what the first knows.
    let (_, counts) = run(&mut one, &[of(4, "asked", "p1", T + 21 * MINUTE)], 1, true);
    assert_eq!(counts.shadow, BTreeMap::from([("behind", 1)]));
    let (all, counts) = run(&mut one, &[of(5, "asked", "p1", T + 22 * MINUTE)], 1, true);
    assert_eq!((apart(&all).0.len(), counts.shadow), (1, BTreeMap::from([("written", 1)])));
}
