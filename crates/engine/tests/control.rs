//! Control policies: who is left alone, and what is counted of them and of the others, however steps are cut and undone.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail loudly")]

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_document::Document;
use segue_engine::{Arm, Effects, Partition, Role, Settings};
use segue_log::Record;
use segue_model::{Event, Span, Subject, Timestamp, id};
use segue_wire::topics::{DECISIONS, LOG, PROFILES};
use segue_wire::{LogRecord, Origin, log_record};
use serde_json::Value;

const DOCUMENTS: &str = r#"
source: shop
topic: shop.events
subject: data.user
events: {asked: {schema: open.json}, bought: {schema: open.json}}
---
destination: desk
topic: desk.tasks
outcomes: desk.outcomes
---
rule: offer
on: asked
propose: [offer, must]
---
action: offer
group: offers
to: desk
what: "Offer"
eligible: "!has(event.data.n) || event.data.n < 5"
---
action: must
group: offers
to: desk
what: "What must be said"
transactional: true
---
policy: half
control: {percent: 50, group: offers, goal: bought, within: 1h}
unless: action.transactional
"#;

const HOUR: i64 = 3_600_000;

struct Router {
    machine: Partition,
    bundle: Arc<segue_bundle::Bundle>,
    harsh: bool,
    changelog: Vec<Record>,
    next: u64,
}

fn machine(bundle: &Arc<segue_bundle::Bundle>) -> Partition {
    let settings = Settings { dedup: Span(HOUR), profile_bytes_max: 1 << 20, zone: "UTC".into() };
    Partition::new(Role::Log, 0, bundle.clone(), settings)
}

impl Router {
    fn new(harsh: bool) -> Router {
        let schema = r#"{"type":"object","properties":{"user":{"type":"string"},"n":{"type":"integer"}}}"#;
        let files = vec![("all.yaml".into(), DOCUMENTS.to_owned()), ("open.json".into(), schema.to_owned())];
        let read = segue_bundle::read(files).unwrap_or_else(|findings| panic!("{findings:?}"));
        let bundle = Arc::new(read.bundle);
        Router { machine: machine(&bundle), bundle, harsh, changelog: Vec::new(), next: 0 }
    }

    /// Takes an event of a subject, logged at a time, and returns what became of each candidate.
    fn take(
        &mut self,
        subject: &str,
        kind: &str,
        data: &str,
        time: i64,
        at: i64,
    ) -> BTreeMap<String, String> {
        self.next += 1;
        let event = Event {
            source: "shop".into(),
            namespace: None,
            id: format!("e{}", self.next),
            kind: kind.into(),
            time: Timestamp(time),
            logged_at: Timestamp(at),
            subject: Some(Subject::person(subject)),
            journey: "j".into(),
            traceparent: None,
            surroundings: Default::default(),
            data: Document::parse_own(data).unwrap(),
        };
        let origin = Origin { topic: "in".into(), incarnation: 0, partition: 0, offset: self.next, n: 0 };
        let record = Record {
            topic: LOG.into(),
            partition: 0,
            incarnation: 0,
            offset: self.next,
            appended_at_ms: 0,
            key: None,
            value: Some(log_record::encode(&LogRecord::Event { event, origin }).into_bytes()),
            headers: Vec::new(),
        };
        if self.harsh {
            let mut lost = Effects::default();
            self.machine.step(&record, &mut lost);
            self.machine.finish(&mut lost);
            self.machine.undo();
        }
        let mut effects = Effects::default();
        self.machine.step(&record, &mut effects);
        self.machine.finish(&mut effects);
        self.machine.settle();
        let kept = effects.appends.iter().filter(|append| &*append.topic == PROFILES);
        self.changelog.extend(kept.map(|append| Record {
            key: append.key.clone(),
            value: append.value.clone(),
            ..record.clone()
        }));
        if self.harsh {
            self.machine = machine(&self.bundle);
            self.changelog.iter().for_each(|record| self.machine.restore(record).unwrap());
        }
        let decided = effects.appends.iter().filter(|append| &*append.topic == DECISIONS);
        let read = |append: &segue_log::Append| -> Value {
            serde_json::from_slice(append.value.as_ref().unwrap()).unwrap()
        };
        let candidates = decided.flat_map(|append| {
            let candidates = read(append)["candidates"].as_array().cloned().unwrap_or_default();
            candidates.into_iter().map(|one| {
                let word = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
                (word("action"), format!("{} {}", word("stage"), word("by")).trim().to_owned())
            })
        });
        candidates.collect()
    }

    fn arms(&self) -> [(u64, u64); 2] {
        [true, false].map(|is_control| {
            let Arm { subjects, goals } = self.machine.arm("half", is_control);
            (subjects, goals)
        })
    }
}

/// Somebody in control, and somebody else, as the reference says who is.
fn two() -> [String; 2] {
    let is_in = |subject: &str| id::fraction([&b"control"[..], b"half", b"person", subject.as_bytes()]) < 0.5;
    [true, false].map(|control| {
        (0..).map(|number| format!("c{number}")).find(|subject| is_in(subject) == control).unwrap()
    })
}

#[test]
fn those_in_control_get_no_task_of_the_group_but_what_is_exempt() {
    for harsh in [false, true] {
        let mut router = Router::new(harsh);
        let [control, other] = two();
        let of = |verdicts: &BTreeMap<String, String>| (verdicts["offer"].clone(), verdicts["must"].clone());
        for at in [0, HOUR, 1_000 * HOUR] {
            let verdicts = router.take(&control, "asked", "{}", at, at);
            assert_eq!(of(&verdicts), ("control half".to_owned(), "release".to_owned()));
            let verdicts = router.take(&other, "asked", "{}", at, at);
            assert_eq!(of(&verdicts), ("release".to_owned(), "release".to_owned()));
        }
        // What was turned down before comes as far as no control group.
        let verdicts = router.take(&control, "asked", r#"{"n": 9}"#, 2_000 * HOUR, 2_000 * HOUR);
        assert_eq!(of(&verdicts), ("eligible eligible".to_owned(), "release".to_owned()));
        assert_eq!(router.arms(), [(3, 0), (3, 0)]);
    }
}

#[test]
fn who_reaches_the_goal_in_time_counts_once_on_either_side() {
    for harsh in [false, true] {
        let mut router = Router::new(harsh);
        for (side, subject) in two().iter().enumerate() {
            let expect = |router: &Router, counted: (u64, u64)| {
                assert_eq!(router.arms()[side], counted, "harsh {harsh}, side {side}");
            };
            let begins = (side as i64 + 1) * 100 * HOUR;
            let mut say = |kind: &str, time: i64| {
                let _ = router.take(subject, kind, "{}", begins + time, begins + time);
            };
            say("bought", -5);
            say("asked", 0);
            expect(&router, (1, 0));
            let mut say = |kind: &str, time: i64, logged: i64| {
                let _ = router.take(subject, kind, "{}", begins + time, begins + logged);
            };
            say("bought", -1, 1);
            say("asked", 2, 2);
            say("bought", HOUR - 1, HOUR - 1);
            say("bought", HOUR - 1, HOUR - 1);
            // Exactly an hour later is too late, and the next decision begins anew.
            say("bought", HOUR, HOUR);
            say("asked", HOUR, HOUR);
            say("bought", 3 * HOUR, 3 * HOUR);
            // Logged late, and in time by its own.
            say("bought", HOUR + 5, 3 * HOUR);
            expect(&router, (2, 2));
        }
        assert_eq!(router.arms(), [(2, 2), (2, 2)]);
    }
}
