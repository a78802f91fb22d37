//! An event for many is told of once, with how many subjects it has reached in all partitions together, however steps are
//! cut, undone, and begun anew from the changelog.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail loudly")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_document::Document;
use segue_engine::{Effects, Partition, Role, Settings};
use segue_log::{Append, Place, Record};
use segue_model::{Event, Span, Subject, Timestamp};
use segue_wire::topics::{LOG, PROFILES, SHARED};
use segue_wire::{LogRecord, Origin, log_record};
use serde_json::{Value, json};

const DOCUMENTS: &str = r#"
source: air
topic: air.events
subject: everyone
status: air.status
events: {delayed: {schema: delayed.json}, told: {schema: delayed.json}}
---
source: crm
topic: crm.events
subject: data.user
events: {changed: {schema: user.json, into: who}}
---
rule: delay
on: delayed
for: who.flight == event.data.flight
when: who.flight != 'AF5' || who.seat == 'none'
propose: [tell]
---
rule: of-nobody
on: told
for: who.flight == event.data.flight
propose: [tell]
---
action: tell
to: desk
what: "Tell"
eligible: who.flight != 'AF0'
---
destination: desk
topic: desk.tasks
"#;

const PARTITIONS: u32 = 3;

fn bundle() -> Arc<Bundle> {
    let schema = |name: &str| {
        format!(
            r#"{{"type":"object","properties":{{"{name}":{{"type":"string"}},"user":{{"type":"string"}},"seat":{{"type":"string"}}}}}}"#
        )
    };
    let files = vec![
        ("all.yaml".into(), DOCUMENTS.to_owned()),
        ("delayed.json".into(), schema("flight")),
        ("user.json".into(), schema("flight")),
    ];
    Arc::new(segue_bundle::read(files).unwrap_or_else(|findings| panic!("{findings:?}")).bundle)
}

fn machine(role: Role, number: u32, bundle: &Arc<Bundle>) -> Partition {
    let settings = Settings { dedup: Span(86_400_000), profile_bytes_max: 1 << 20, zone: "UTC".to_owned() };
    Partition::new(role, number, bundle.clone(), settings)
}

fn event(source: &str, kind: &str, id: &str, subject: Option<&str>, data: &Value) -> Event {
    Event {
        source: source.to_owned(),
        namespace: None,
        id: id.to_owned(),
        kind: kind.to_owned(),
        time: Timestamp(1),
        logged_at: Timestamp(1),
        subject: subject.map(Subject::person),
        journey: id.to_owned(),
        traceparent: None,
        surroundings: Default::default(),
        data: Document::parse_own(&data.to_string()).unwrap(),
    }
}

/// One partition: what it is, where it stands, what reads next, and its changelog.
type Owned = (Role, Partition, u64, Vec<Record>);

/// Three partitions of the log and the shared one. With `harsh`, each step is first undone, and begun anew after.
struct World {
    bundle: Arc<Bundle>,
    harsh: bool,
    owned: BTreeMap<(String, u32), Owned>,
    statuses: Vec<Value>,
    inputs: u64,
}

impl World {
    fn new(harsh: bool) -> World {
        let bundle = bundle();
        let roles = (0..PARTITIONS).map(|number| (LOG, Role::Log, number));
        let all = roles.chain([(SHARED, Role::Shared { partitions: PARTITIONS }, 0)]);
        let owned = all.map(|(topic, role, number)| {
            ((topic.to_owned(), number), (role, machine(role, number, &bundle), 0, Vec::new()))
        });
        World { owned: owned.collect(), bundle, harsh, statuses: Vec::new(), inputs: 0 }
    }

    /// Takes an event in, and all that follows from it.
    fn take(&mut self, topic: &str, number: u32, event: Event) {
        self.inputs += 1;
        let origin =
            Origin { topic: "in".to_owned(), incarnation: 0, partition: 0, offset: self.inputs, n: 0 };
        let value = log_record::encode(&LogRecord::Event { event, origin }).into_bytes();
        let mut waiting = VecDeque::from([(topic.to_owned(), number, value)]);
        while let Some((topic, number, value)) = waiting.pop_front() {
            for append in self.step(&topic, number, value) {
                let Place::Partition(number) = append.place else { continue };
                waiting.push_back((append.topic.to_string(), number, append.value.unwrap()));
            }
        }
    }

    /// One step; what it passes on is given back.
    fn step(&mut self, topic: &str, number: u32, value: Vec<u8>) -> Vec<Append> {
        let (role, machine_of, next, changelog) = self.owned.get_mut(&(topic.to_owned(), number)).unwrap();
        let record = Record {
            topic: topic.into(),
            partition: number,
            incarnation: 0,
            offset: *next,
            appended_at_ms: 0,
            key: None,
            value: Some(value),
            headers: Vec::new(),
        };
        *next += 1;
        if self.harsh {
            machine_of.step(&record, &mut Effects::default());
            machine_of.undo();
        }
        let mut effects = Effects::default();
        machine_of.step(&record, &mut effects);
        machine_of.finish(&mut effects);
        machine_of.settle();
        let (kept, rest): (Vec<_>, Vec<_>) =
            effects.appends.into_iter().partition(|append| &*append.topic == PROFILES);
        changelog.extend(kept.into_iter().map(|append| Record {
            topic: append.topic,
            key: append.key,
            value: append.value,
            ..record.clone()
        }));
        if self.harsh {
            *machine_of = machine(*role, number, &self.bundle);
            changelog.iter().for_each(|record| machine_of.restore(record).unwrap());
        }
        let (passed, rest): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|append| [LOG, SHARED].contains(&&*append.topic));
        let statuses = rest.iter().filter(|append| &*append.topic == "air.status");
        let parsed = statuses.map(|append| {
            let status: Value = serde_json::from_slice(append.value.as_deref().unwrap()).unwrap();
            assert_eq!(append.key.is_none(), status["data"]["subjects"].is_number(), "{status}");
            status
        });
        self.statuses.extend(parsed);
        passed
    }
}

/// What was told of an event as a whole: stage and count of subjects.
fn told(harsh: bool) -> Vec<(Value, Value, Value)> {
    let mut world = World::new(harsh);
    for (number, (user, flight)) in
        [("ada", "AF7"), ("bo", "AF8"), ("cy", "AF7"), ("di", "AF0"), ("ada-2", "AF7"), ("eve", "AF5")]
            .iter()
            .enumerate()
    {
        let partition = number as u32 % PARTITIONS;
        let changed = event("crm", "changed", user, Some(user), &json!({"flight": flight}));
        world.take(LOG, partition, changed);
    }
    for (kind, id, flight) in [
        ("delayed", "e1", "AF7"),
        ("delayed", "e2", "AF9"),
        ("delayed", "e3", "AF0"),
        ("delayed", "e1", "AF7"),
        ("told", "e4", "AF8"),
        ("delayed", "e5", "AF5"),
    ] {
        world.take(SHARED, 0, event("air", kind, id, None, &json!({"flight": flight})));
    }
    let whole = world.statuses.iter().filter(|status| status["data"]["subjects"].is_number());
    whole
        .map(|status| {
            let data = &status["data"];
            assert!(
                status.get("subject").is_none() && data.get("subject").is_none() && data.get("per").is_none()
            );
            (data["event"].clone(), data["stage"].clone(), data["subjects"].clone())
        })
        .collect()
}

#[test]
fn an_event_for_many_is_told_of_once_with_how_many_it_reached_in_all_partitions() {
    let expected = [
        (json!("e1"), json!("decided"), json!(3)),
        (json!("e2"), json!("no-action"), json!(0)),
        // A rule fired, and nothing came of it.
        (json!("e3"), json!("no-action"), json!(1)),
        (json!("e4"), json!("decided"), json!(1)),
        // The condition ended in an error, which is no yes.
        (json!("e5"), json!("no-action"), json!(0)),
    ];
    assert_eq!(told(false), expected);
    assert_eq!(told(true), expected);
}
