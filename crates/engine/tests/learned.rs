//! Learned propensity: what partitions count, what they tell each other, and that it is the same however steps are cut,
//! undone, and begun anew from the changelog.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail loudly")]

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use segue_bundle::Bundle;
use segue_document::Document;
use segue_engine::{Effects, Partition, Role, Settings};
use segue_log::{Append, Place, Record};
use segue_model::{Event, Outcome, OutcomeKind, Span, Subject, Timestamp};
use segue_wire::topics::{DECISIONS, LOG, PROFILES, SHARED};
use segue_wire::{LogRecord, Origin, log_record};
use serde_json::{Value, json};

const DOCUMENTS: &str = r#"
source: shop
topic: shop.events
subject: data.user
events: {asked: {schema: open.json}}
---
destination: desk
topic: desk.tasks
outcomes: desk.outcomes
---
rule: offer
on: asked
propose: [offer]
---
action: offer
to: desk
what: "Offer"
expires: 1h
priority: {propensity: learned}
"#;

const PARTITIONS: u32 = 3;
const HOUR: i64 = 3_600_000;

fn bundle() -> Arc<Bundle> {
    let schema = r#"{"type":"object","properties":{"user":{"type":"string"}}}"#;
    let files = vec![("all.yaml".into(), DOCUMENTS.to_owned()), ("open.json".into(), schema.to_owned())];
    Arc::new(segue_bundle::read(files).unwrap_or_else(|findings| panic!("{findings:?}")).bundle)
}

/// One partition with its log, and what was written to its changelog.
struct Owned {
    machine: Partition,
    role: Role,
    number: u32,
    log: Vec<Record>,
    read: usize,
    changelog: Vec<Record>,
}

/// All partitions, stepped by hand. With `harsh`, each step is first undone, and each machine begins anew after each.
struct Router {
    bundle: Arc<Bundle>,
    owned: BTreeMap<(String, u32), Owned>,
    harsh: bool,
    decided: Vec<Value>,
    told: usize,
    now: i64,
    next: u64,
}

fn record(topic: &str, partition: u32, offset: usize, value: Vec<u8>) -> Record {
    Record {
        topic: topic.into(),
        partition,
        incarnation: 0,
        offset: offset as u64,
        appended_at_ms: 0,
        key: None,
        value: Some(value),
        headers: Vec::new(),
    }
}

impl Router {
    fn new(harsh: bool) -> Router {
        let bundle = bundle();
        let log = (0..PARTITIONS).map(|number| (LOG, Role::Log, number));
        let all = log.chain([(SHARED, Role::Shared { partitions: PARTITIONS }, 0)]);
        let owned = all.map(|(topic, role, number)| {
            let machine = machine(role, number, &bundle);
            let owned = Owned { machine, role, number, log: Vec::new(), read: 0, changelog: Vec::new() };
            ((topic.to_owned(), number), owned)
        });
        Router { owned: owned.collect(), bundle, harsh, decided: Vec::new(), told: 0, now: 0, next: 0 }
    }

    fn append(&mut self, topic: &str, number: u32, value: Vec<u8>) {
        let log = &mut self.owned.get_mut(&(topic.to_owned(), number)).unwrap().log;
        log.push(record(topic, number, log.len(), value));
    }

    /// Steps through all that stands in the logs, and ticks for what is due by now.
    fn run(&mut self) {
        loop {
            let ready = self.owned.iter().find(|(_, owned)| owned.read < owned.log.len());
            if let Some(place) = ready.map(|(place, _)| place.clone()) {
                self.step(&place);
                continue;
            }
            let due = |owned: &Owned| owned.machine.due_at().is_some_and(|due| due.0 <= self.now);
            let Some(place) = self.owned.iter().find(|(_, owned)| due(owned)).map(|(place, _)| place.clone())
            else {
                return;
            };
            let tick = log_record::encode_tick(Timestamp(self.now)).into_bytes();
            self.append(&place.0, place.1, tick);
        }
    }

    fn step(&mut self, place: &(String, u32)) {
        let owned = self.owned.get_mut(place).unwrap();
        let record = owned.log[owned.read].clone();
        owned.read += 1;
        if self.harsh {
            let mut lost = Effects::default();
            owned.machine.step(&record, &mut lost);
            owned.machine.finish(&mut lost);
            owned.machine.undo();
        }
        let mut effects = Effects::default();
        owned.machine.step(&record, &mut effects);
        owned.machine.finish(&mut effects);
        owned.machine.settle();
        let kept = effects.appends.iter().filter(|append| &*append.topic == PROFILES);
        owned.changelog.extend(kept.map(|append| Record {
            key: append.key.clone(),
            value: append.value.clone(),
            ..record.clone()
        }));
        if self.harsh {
            owned.machine = machine(owned.role, owned.number, &self.bundle);
            owned.changelog.iter().for_each(|record| owned.machine.restore(record).unwrap());
        }
        for Append { topic, place, value, .. } in effects.appends {
            let value = value.unwrap_or_default();
            match (&*topic, place) {
                (DECISIONS, _) => self.decided.push(serde_json::from_slice(&value).unwrap()),
                (LOG | SHARED, Place::Partition(number)) => {
                    self.told += 1;
                    self.append(&topic, number, value);
                }
                _ => {}
            }
        }
    }

    /// Lets a subject of a partition ask, and returns the task and the priority of its decision.
    fn ask(&mut self, partition: u32, at: i64) -> (String, Value) {
        self.now = self.now.max(at);
        self.next += 1;
        let id = format!("e{}", self.next);
        let event = Event {
            source: "shop".into(),
            namespace: None,
            kind: "asked".into(),
            time: Timestamp(at),
            logged_at: Timestamp(at),
            subject: Some(Subject::person(format!("c{}", self.next))),
            journey: id.clone(),
            traceparent: None,
            surroundings: Default::default(),
            data: Document::parse_own("{}").unwrap(),
            id,
        };
        let record = LogRecord::Event { event, origin: self.origin() };
        self.append(LOG, partition, log_record::encode(&record).into_bytes());
        self.run();
        let mut made = self.decided.iter().rev();
        let made = made.find(|decided| !decided["decision"].is_null()).unwrap();
        let candidate = &made["candidates"][0];
        (candidate["task"].as_str().unwrap().to_owned(), candidate["priority"].clone())
    }

    fn say(&mut self, partition: u32, task: &str, kind: OutcomeKind, at: i64) {
        self.now = self.now.max(at);
        self.next += 1;
        let outcome = Outcome {
            destination: "desk".into(),
            task: task.to_owned(),
            kind,
            answer: None,
            reason: None,
            time: Timestamp(at),
            logged_at: Timestamp(at),
        };
        let record = LogRecord::Outcome { outcome, origin: self.origin() };
        self.append(LOG, partition, log_record::encode(&record).into_bytes());
        self.run();
    }

    fn origin(&self) -> Origin {
        Origin { topic: "in".into(), incarnation: 0, partition: 0, offset: self.next, n: 0 }
    }
}

fn machine(role: Role, number: u32, bundle: &Arc<Bundle>) -> Partition {
    let settings = Settings { dedup: Span(HOUR), profile_bytes_max: 1 << 20, zone: "UTC".into() };
    Partition::new(role, number, bundle.clone(), settings)
}

/// The figures that a decision went by: positives, responses, and the propensity.
fn figures(priority: &Value) -> (u64, u64, f64) {
    let learned = &priority["learned"];
    let count = |name: &str| learned[name].as_u64().unwrap();
    (count("positives"), count("responses"), priority["propensity"].as_f64().unwrap())
}

#[test]
fn a_partition_goes_by_what_its_own_tasks_came_to_at_once_and_by_each_task_once() {
    for harsh in [false, true] {
        let mut router = Router::new(harsh);
        let (task, priority) = router.ask(0, 0);
        assert_eq!(figures(&priority), (0, 0, 0.5));
        assert_eq!(
            (&priority["learned"]["start"], &priority["learned"]["evidence"]),
            (&json!(0.5), &json!(20.0))
        );
        use OutcomeKind::{Accepted, Completed, Declined, Failed};
        let after = [
            (Accepted, (1, 1)),
            (Accepted, (1, 1)),
            (Completed, (1, 1)),
            (Declined, (0, 1)),
            (Failed, (0, 0)),
            (Completed, (1, 1)),
        ];
        for (at, (kind, (positives, responses))) in (1..).zip(after) {
            router.say(0, &task, kind, at * 10);
            let (_, priority) = router.ask(0, at * 10);
            let propensity = (10.0 + positives as f64) / (20.0 + responses as f64);
            assert_eq!(figures(&priority), (positives, responses, propensity), "after {kind:?}");
        }
        // All but the first task expire: seven were asked for, each in its own time.
        let (_, priority) = router.ask(0, 2 * HOUR);
        assert_eq!(figures(&priority), (1, 7, 11.0 / 27.0));
    }
}

#[test]
fn partitions_tell_each_other_once_a_second_and_each_knows_all_in_the_end() {
    let [plain, harsh] = [false, true].map(|harsh| {
        let mut router = Router::new(harsh);
        let tasks: Vec<(u32, String)> =
            (0..30).map(|at| (at % PARTITIONS, router.ask(at % PARTITIONS, 0).0)).collect();
        for (number, (partition, task)) in (0..).zip(&tasks) {
            let kind = if number % 5 == 0 { OutcomeKind::Declined } else { OutcomeKind::Accepted };
            router.say(*partition, task, kind, 100 + number);
        }
        let while_quiet = router.told;
        router.now = 10_000;
        router.run();
        router.now = 20_000;
        router.run();
        for partition in 0..PARTITIONS {
            let (_, priority) = router.ask(partition, 20_000);
            assert_eq!(figures(&priority), (24, 30, 34.0 / 50.0), "partition {partition}");
        }
        // The first response of each is told at once, and the very first passed on to the others; all else waits for its
        // second, and is told together.
        let own = PARTITIONS as usize;
        assert_eq!(while_quiet, own + (own - 1));
        assert!(router.told <= while_quiet + own + 2 * own, "{} told", router.told);
        router.decided
    });
    assert_eq!(plain, harsh, "steps that are undone, and machines that begin anew, change nothing");
}

#[test]
fn what_is_told_twice_counts_once() {
    let mut router = Router::new(false);
    let (task, _) = router.ask(0, 0);
    router.say(0, &task, OutcomeKind::Accepted, 10);
    let told = router.owned[&(SHARED.to_owned(), 0)].log[0].clone();
    for _ in 0..2 {
        router.append(SHARED, 0, told.value.clone().unwrap());
        router.append(LOG, 1, told.value.clone().unwrap());
        router.append(LOG, 0, told.value.clone().unwrap());
    }
    for partition in 0..PARTITIONS {
        assert_eq!(figures(&router.ask(partition, 5_000).1), (1, 1, 11.0 / 21.0));
    }
}

/// What happens to a task, in the order of the log: to a plain recount that knows nothing of partitions.
#[derive(Default)]
struct Recount {
    /// Of each task, when it expires, and what it came to last.
    tasks: BTreeMap<String, (i64, Option<OutcomeKind>, bool)>,
}

impl Recount {
    /// Ends what has expired by then: it counts as declined, unless something ended it before.
    fn expire(&mut self, now: i64) {
        for (expires, last, is_over) in self.tasks.values_mut() {
            if !*is_over && *expires <= now {
                (*last, *is_over) = (Some(OutcomeKind::Declined), true);
            }
        }
    }

    fn say(&mut self, task: &str, kind: OutcomeKind) {
        let (_, last, is_over) = self.tasks.get_mut(task).unwrap();
        if kind == OutcomeKind::Accepted && *is_over {
            return;
        }
        (*last, *is_over) = (Some(kind), *is_over || kind != OutcomeKind::Accepted);
    }

    /// Positives, responses, and the propensity that follows from them.
    fn figures(&self) -> (u64, u64, f64) {
        use OutcomeKind::{Accepted, Completed, Declined};
        let of = |kinds: &[OutcomeKind]| {
            let last = self.tasks.values().filter_map(|(_, last, _)| *last);
            last.filter(|kind| kinds.contains(kind)).count() as u64
        };
        let (positives, responses) = (of(&[Accepted, Completed]), of(&[Accepted, Completed, Declined]));
        (positives, responses, (10.0 + positives as f64) / (20.0 + responses as f64))
    }
}

/// Something that happens.
#[derive(Clone, Debug)]
enum Move {
    /// Somebody of a partition asks.
    Ask(u32),
    /// An outcome comes of one of the tasks, by their number.
    Say(usize, OutcomeKind),
    /// Time goes by, in milliseconds.
    Wait(i64),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    use OutcomeKind::{Accepted, Completed, Declined, Failed};
    let kind = prop_oneof![Just(Accepted), Just(Completed), Just(Declined), Just(Failed)];
    let one = prop_oneof![
        3 => (0..PARTITIONS).prop_map(Move::Ask),
        4 => (any::<usize>(), kind).prop_map(|(number, kind)| Move::Say(number, kind)),
        1 => prop_oneof![Just(1), Just(900), Just(5_000), Just(HOUR / 2), Just(HOUR)].prop_map(Move::Wait),
    ];
    proptest::collection::vec(one, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_decision_goes_by_what_a_plain_recount_of_the_outcomes_gives(moves in moves(), harsh in any::<bool>()) {
        let (mut router, mut recount) = (Router::new(harsh), Recount::default());
        let mut tasks: Vec<(u32, String)> = Vec::new();
        for one in moves {
            match one {
                Move::Ask(partition) => {
                    // Until each partition has told the others what it knows: they do so once a second.
                    for _ in 0..3 {
                        router.now += 1_001;
                        router.run();
                    }
                    recount.expire(router.now);
                    let (task, priority) = router.ask(partition, router.now);
                    prop_assert_eq!(figures(&priority), recount.figures());
                    let _ = recount.tasks.insert(task.clone(), (router.now + HOUR, None, false));
                    tasks.push((partition, task));
                }
                Move::Say(number, kind) if !tasks.is_empty() => {
                    router.now += 1;
                    recount.expire(router.now);
                    let (partition, task) = tasks[number % tasks.len()].clone();
                    router.say(partition, &task, kind, router.now);
                    recount.say(&task, kind);
                }
                Move::Say(..) => {}
                Move::Wait(time) => {
                    router.now += time;
                    router.run();
                }
            }
        }
    }
}
