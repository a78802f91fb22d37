//! One partition, driven record by record: what leaves is a function of the log alone, however it is cut into steps,
//! wherever a step is undone, and wherever the partition is restored from its changelog.

// Helper functions of tests may fail loudly.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use proptest::prelude::*;
use segue_bundle::Bundle;
use segue_document::Document;
use segue_engine::{Effects, Partition, Role, Settings};
use segue_log::{Append, Record};
use segue_model::{Event, Span, Subject, Timestamp};
use segue_wire::topics::{DECISIONS, FAILED, KEPT, LOG, PROFILES};
use segue_wire::{LogRecord, Origin, log_record};

const BUNDLE: &str = r#"
source: billing
topic: billing.events
subject: data.customer
events:
  payment.failed: {schema: payment.json}
  customer.changed: {schema: customer.json, into: who}
  account.changed: {schema: account.json, into: accounts}
---
source: erp
topic: erp.products
subject: everyone
events: {product.changed: {schema: product.json, into: products}}
---
table: accounts
key: data.account
---
table: products
key: data.product
of: everyone
---
rule: trouble
on: payment.failed
when: event.data.amount > 10.0 && who.tier == 'gold'
propose: [call, mail]
---
rule: another-way-to-call
on: payment.failed
when: event.data.amount > 100.0
propose: [call]
---
rule: again
on: [payment.failed, many-failed]
when: count('payment.failed', '30s', 'data.customer') > 2 || (last('payment.failed') != null && since('payment.failed') < duration('1s'))
propose: [write]
---
signal: many-failed
on: payment.failed
when: sum('payment.failed', 'data.amount', 'data.customer') > 200.0 && count('many-failed', '40s') < 2
data: {many: "count('payment.failed')", most: "max('payment.failed', 'data.amount', '1m')"}
---
policy: not-too-often
cap: {at_most: 2, per: 45s, group: paper}
---
action: write
group: paper
to: service
what: "Write of {{ event.id }}"
priority: {value: "double(released('write')) + 1.0"}
---
action: call
to: service
what: "Call {{ who.name }} about {{ event.data.amount }}"
how: ["Open {{ event.data.customer }}"]
priority: {value: event.data.amount}
---
action: mail
to: service
what: "Write"
---
destination: service
topic: service.tasks
lanes: {urgent: {at_least: 50, topic: service.urgent}}
share: [who.name, event.id, event.data.amount, event.data.customer]
"#;

const OPEN: &str = r#"{"type":"object","properties":{"customer":{"type":"string"},"account":{"type":"string"},
  "product":{"type":"string"},"amount":{"type":"number"},"tier":{"type":"string"},"name":{"type":"string"}}}"#;

fn bundle() -> Arc<Bundle> {
    let mut files = vec![("all.yaml".to_owned(), BUNDLE.to_owned())];
    for schema in ["payment.json", "customer.json", "account.json", "product.json"] {
        files.push((schema.to_owned(), OPEN.to_owned()));
    }
    match segue_bundle::read(files) {
        Ok(loaded) => Arc::new(loaded.bundle),
        Err(findings) => panic!("{findings:?}"),
    }
}

fn partition(bundle: &Arc<Bundle>) -> Partition {
    let settings = Settings { dedup: Span(60_000), profile_bytes_max: 8_000, zone: "UTC".into() };
    Partition::new(Role::Log, 0, bundle.clone(), settings)
}

/// One thing that intake logs.
#[derive(Clone, Debug)]
struct Logged {
    after_ms: i64,
    subject: u8,
    id: u8,
    what: u8,
    amount: u32,
    back: u64,
}

/// The log of these things, each record with its offset; now and then intake has written some records again.
fn log(things: &[Logged]) -> Vec<Record> {
    let mut at = 1_000_000;
    let mut origin = 0u64;
    let mut records = Vec::new();
    for thing in things {
        at += thing.after_ms;
        origin = origin.saturating_sub(thing.back) + 1;
        let value = match thing.what {
            9 => log_record::encode(&LogRecord::Tick { at: Timestamp(at) }),
            _ => log_record::encode(&LogRecord::Event {
                event: event(thing, at, origin),
                origin: Origin { topic: "in".into(), incarnation: 7, partition: 0, offset: origin, n: 0 },
            }),
        };
        records.push(Record {
            topic: LOG.into(),
            partition: 0,
            incarnation: 0,
            offset: records.len() as u64 * 2,
            appended_at_ms: at,
            key: None,
            value: Some(value.into_bytes()),
            headers: Vec::new(),
        });
    }
    records
}

/// What a record says follows from its origin, as it does when intake writes it again.
fn event(thing: &Logged, at: i64, origin: u64) -> Event {
    let (kind, data) = match origin % 4 {
        0 => ("customer.changed", r#"{"tier":"gold","name":"Ada"}"#.to_owned()),
        1 => ("account.changed", format!(r#"{{"account":"A{}"}}"#, origin % 3)),
        _ => {
            ("payment.failed", format!(r#"{{"customer":"c{}","amount":{}.50}}"#, thing.subject, thing.amount))
        }
    };
    Event {
        source: "billing".into(),
        namespace: None,
        id: format!("e{}", thing.id),
        kind: kind.into(),
        time: Timestamp(at - 5),
        logged_at: Timestamp(at),
        subject: Some(Subject::person(format!("c{}", thing.subject))),
        journey: "j".into(),
        traceparent: None,
        surroundings: Default::default(),
        data: Document::parse_own(&data).unwrap(),
    }
}

/// How a run is cut: steps of so many records; some are undone and done again, some are followed by a restart.
#[derive(Clone, Debug)]
struct Cut {
    records: usize,
    undone: bool,
    restart: bool,
}

/// Runs the log, and returns all that left (without the changelog), and the changelog.
fn run(bundle: &Arc<Bundle>, records: &[Record], cuts: &[Cut]) -> (Vec<Append>, Vec<Append>) {
    let (mut out, mut changelog) = (Vec::new(), Vec::new());
    let mut machine = partition(bundle);
    let mut at = 0;
    let mut cuts = cuts.iter().cycle();
    while at < records.len() {
        let cut = cuts.next().unwrap();
        let batch = &records[at..records.len().min(at + cut.records.max(1))];
        if cut.undone {
            let mut forgotten = Effects::default();
            batch.iter().for_each(|record| machine.step(record, &mut forgotten));
            machine.finish(&mut forgotten);
            machine.undo();
        }
        let mut effects = Effects::default();
        batch.iter().for_each(|record| machine.step(record, &mut effects));
        machine.finish(&mut effects);
        machine.settle();
        for append in effects.appends {
            if &*append.topic == PROFILES { changelog.push(append) } else { out.push(append) }
        }
        at += batch.len();
        if cut.restart {
            machine = restored(bundle, &changelog);
            assert_eq!(machine.next(), Some(batch.last().unwrap().offset + 1));
        }
    }
    (out, changelog)
}

fn restored(bundle: &Arc<Bundle>, changelog: &[Append]) -> Partition {
    let mut machine = partition(bundle);
    for (offset, append) in changelog.iter().enumerate() {
        let record = Record {
            topic: append.topic.clone(),
            partition: 0,
            incarnation: 0,
            offset: offset as u64,
            appended_at_ms: 0,
            key: append.key.clone(),
            value: append.value.clone(),
            headers: Vec::new(),
        };
        machine.restore(&record).unwrap();
    }
    machine
}

fn thing() -> impl Strategy<Value = Logged> {
    (0..20_000i64, 0..3u8, 0..30u8, 0..10u8, 0..200u32, prop::sample::select(vec![0u64, 0, 0, 0, 0, 3]))
        .prop_map(|(after_ms, subject, id, what, amount, back)| Logged {
            after_ms,
            subject,
            id,
            what,
            amount,
            back,
        })
}

fn cut() -> impl Strategy<Value = Cut> {
    (1..9usize, any::<bool>(), any::<bool>()).prop_map(|(records, undone, restart)| Cut {
        records,
        undone,
        restart,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn however_the_log_is_cut_the_same_leaves(
        things in prop::collection::vec(thing(), 1..80),
        cuts in prop::collection::vec(cut(), 1..10),
    ) {
        let bundle = bundle();
        let records = log(&things);
        let whole = run(&bundle, &records, &[Cut { records: records.len(), undone: false, restart: false }]);
        let pieces = run(&bundle, &records, &cuts);
        prop_assert_eq!(whole.0, pieces.0);
    }

    #[test]
    fn every_record_of_the_log_is_accounted_for_once(things in prop::collection::vec(thing(), 1..80)) {
        let bundle = bundle();
        // A last tick, long after, so that nothing is left waiting for its joined record.
        let last = Logged { after_ms: 100_000, subject: 0, id: 0, what: 9, amount: 0, back: 0 };
        let records = log(&things.iter().cloned().chain([last]).collect::<Vec<_>>());
        let (out, _) = run(&bundle, &records, &[Cut { records: 5, undone: false, restart: false }]);
        let mut accounted: Vec<u64> = Vec::new();
        for decision in out.iter().filter(|append| &*append.topic == DECISIONS) {
            let document = Document::parse_own(std::str::from_utf8(decision.value.as_ref().unwrap()).unwrap()).unwrap();
            match document.root().at_path(["stimulus", "log", "offset"]) {
                Some(offset) => accounted.push(offset.as_i64().unwrap() as u64),
                // What was decided on a signal is not of a log record of its own.
                None if document.root().at_path(["stimulus", "cause"]).is_some() => {}
                None => {
                    let lists = document.root().get("log").unwrap();
                    accounted.extend(lists.members().flat_map(|(_, list)| list.items().flat_map(|range| offsets(range.as_str().unwrap()))));
                }
            }
        }
        accounted.sort_unstable();
        prop_assert_eq!(accounted, records.iter().map(|record| record.offset).collect::<Vec<_>>());
    }
}

/// The offsets of a range, of those that the log has: only even ones.
fn offsets(range: &str) -> Vec<u64> {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    (first.parse().unwrap()..=last.parse().unwrap()).collect()
}

fn payment(subject: u8, id: u8, amount: u32) -> Logged {
    Logged { after_ms: 10, subject, id, what: 0, amount, back: 0 }
}

#[test]
fn one_action_proposed_twice_is_one_task_and_the_best_comes_first() {
    let bundle = bundle();
    let mut machine = partition(&bundle);
    let known = Document::parse_own(r#"{"tier":"gold","name":"Ada"}"#).unwrap();
    machine.give(
        &Subject::person("c1"),
        segue_model::Profile { who: Some(Arc::new(known)), ..Default::default() },
        Timestamp(0),
    );
    // Origins 1 and 4 are data events; 2 and 3 are payments.
    let records = log(&[payment(1, 1, 1), payment(1, 2, 120)]);
    let mut effects = Effects::default();
    records.iter().for_each(|record| machine.step(record, &mut effects));
    let topics: Vec<&str> = effects.appends.iter().map(|append| &*append.topic).collect();
    assert_eq!(topics, [DECISIONS, KEPT, "service.urgent", "service.tasks"]);
    let (decided, kept) = (&effects.appends[0], &effects.appends[1]);
    let id = Document::parse_own(std::str::from_utf8(decided.value.as_deref().unwrap()).unwrap()).unwrap();
    let id = id.root().get("decision").unwrap().as_str().map(|id| id.as_bytes().to_vec());
    assert_eq!((&kept.value, &kept.key), (&decided.value, &id), "it is kept by its own id");
    let text = String::from_utf8(effects.appends[2].value.clone().unwrap()).unwrap();
    let task = Document::parse_own(&text).unwrap();
    let data = task.root().get("data").unwrap();
    assert_eq!(data.get("what").unwrap().as_str(), Some("Call Ada about 120.50"));
    assert_eq!(data.get("rule").unwrap().as_str(), Some("another-way-to-call"), "the first rule by id");
    assert_eq!(data.at_path(["shared", "event", "data", "amount"]).unwrap().raw(), "120.50", "to the bit");
    assert_eq!(data.at_path(["priority", "rank"]).unwrap().as_i64(), Some(1));
}

#[test]
fn a_profile_that_grows_too_large_fails_its_event_and_the_next_goes_on() {
    let bundle = bundle();
    let mut machine = partition(&bundle);
    let origin = |offset| Origin { topic: "in".into(), incarnation: 7, partition: 0, offset, n: 0 };
    let record = |offset: u64, name: &str| {
        let mut event = event(&payment(1, offset as u8, 0), 1_000, 0);
        event.data = Document::parse_own(&format!(r#"{{"tier":"gold","name":"{name}"}}"#)).unwrap();
        Record {
            topic: LOG.into(),
            partition: 0,
            incarnation: 0,
            offset,
            appended_at_ms: 0,
            key: None,
            value: Some(log_record::encode(&LogRecord::Event { event, origin: origin(offset) }).into_bytes()),
            headers: Vec::new(),
        }
    };
    let mut effects = Effects::default();
    machine.step(&record(1, &"x".repeat(9_000)), &mut effects);
    machine.step(&record(2, "Ada"), &mut effects);
    // The event that failed comes again, made smaller: it is no duplicate, since it had no effect.
    let mut again = record(1, "Bob");
    let text = String::from_utf8(again.value.unwrap()).unwrap().replace(r#""offset":1,"#, r#""offset":3,"#);
    again.value = Some(text.into_bytes());
    again.offset = 3;
    machine.step(&again, &mut effects);
    machine.finish(&mut effects);
    assert_eq!(effects.tally.endings.get("duplicate"), None);
    let failed: Vec<_> = effects.appends.iter().filter(|append| &*append.topic == FAILED).collect();
    assert_eq!(failed.len(), 1);
    assert!(failed[0].headers.iter().any(|header| header.value.as_deref() == Some(b"too-large")));
    let profile = effects.appends.iter().find(|append| append.key.as_deref() == Some(b"s/c1")).unwrap();
    assert!(String::from_utf8_lossy(profile.value.as_ref().unwrap()).contains("Bob"));
}
