//! People who are erased: nothing of them stays, what comes late meets a mark, and what is newer begins anew, whatever their
//! ids and wherever a hand-over is on its way.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail loudly")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_document::Document;
use segue_engine::{Effects, Partition, Role, Settings};
use segue_log::{Append, Place, Record};
use segue_model::identity::{LINKED, rank};
use segue_model::{Event, Outcome, OutcomeKind, Span, Subject, Surroundings, Timestamp};
use segue_wire::command::Says;
use segue_wire::topics::{DECISIONS, FAILED, LOG, PROFILES, SHARED};
use segue_wire::{Command, Linked, LogRecord, Origin, log_record};

const DOCUMENTS: &str = r#"
source: shop
topic: shop.events
subject: data.user
events:
  bought: {schema: any.json}
  asked: {schema: any.json}
  changed: {schema: any.json, into: who}
  account: {schema: any.json, into: accounts}
  identity.linked: {schema: any.json}
---
table: accounts
key: data.name
---
source: news
topic: news.events
subject: everyone
events: {told: {schema: any.json}}
---
destination: desk
topic: desk.tasks
share: [event.data, who.name]
outcomes: desk.outcomes
---
rule: asked
on: asked
propose: [call, later]
---
rule: left-open
on: bought
unless: changed
within: 1h
propose: [later]
---
rule: told
on: told
for: who.name == event.data.name
propose: [call]
---
rule: accounts
on: account
when: size(accounts) > 5
propose: [later]
---
action: call
to: desk
what: "{{ string(count('bought', '30d')) }} by {{ who.name }}"
---
action: later
to: desk
what: "Later"
hold: 2h
"#;

const PARTITIONS: u32 = 3;
const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;
const CANARY: &str = "canary-7f3a";

fn bundle() -> Arc<Bundle> {
    let schema = r#"{"type":"object","properties":{"user":{"type":"string"},"name":{"type":"string"}}}"#;
    let files = vec![("all.yaml".into(), DOCUMENTS.to_owned()), ("any.json".into(), schema.to_owned())];
    Arc::new(segue_bundle::read(files).unwrap_or_else(|findings| panic!("{findings:#?}")).bundle)
}

struct Owned {
    machine: Partition,
    next: u64,
    changelog: Vec<Record>,
}

/// The partitions of a log, the last of them being `segue.shared`. With `harsh`, each step is first undone, and each machine
/// begins anew after each.
struct World {
    bundle: Arc<Bundle>,
    harsh: bool,
    owned: Vec<Owned>,
    left: Vec<Append>,
    /// How many records ended in each way.
    endings: BTreeMap<&'static str, u64>,
    /// What is in the log and not read yet: the partition, key and value.
    waiting: VecDeque<(u32, Option<Vec<u8>>, Vec<u8>)>,
    now: i64,
    inputs: u64,
}

impl World {
    fn new(harsh: bool) -> World {
        let bundle = bundle();
        let new = |number| Owned { machine: machine(number, &bundle), next: 0, changelog: Vec::new() };
        let owned = (0..=PARTITIONS).map(new).collect();
        let (left, endings, waiting) = (Vec::new(), BTreeMap::new(), VecDeque::new());
        World { bundle, harsh, owned, left, endings, waiting, now: 40 * DAY, inputs: 0 }
    }

    fn event(&self, kind: &str, id: &str, user: &str, time: i64) -> Event {
        let data = format!(r#"{{"user":"{user}","name":"{CANARY}"}}"#);
        Event {
            source: "shop".to_owned(),
            namespace: None,
            id: id.to_owned(),
            kind: kind.to_owned(),
            time: Timestamp(time),
            logged_at: Timestamp(self.now),
            subject: Some(Subject::person(user)),
            journey: id.to_owned(),
            traceparent: None,
            surroundings: Surroundings::default(),
            data: Document::parse_own(&data).unwrap(),
        }
    }

    fn origin(&mut self) -> Origin {
        self.inputs += 1;
        Origin { topic: "in".to_owned(), incarnation: 0, partition: 0, offset: self.inputs, n: 0 }
    }

    fn put(&mut self, partition: u32, record: &LogRecord) {
        self.waiting.push_back((partition, None, log_record::encode(record).into_bytes()));
    }

    /// Takes an event in, and all that follows from it.
    fn take(&mut self, kind: &str, id: &str, user: &str, time: i64) {
        let event = self.event(kind, id, user, time);
        let origin = self.origin();
        self.put(partition_of(user), &LogRecord::Event { event, origin });
        self.run();
    }

    fn put_link(&mut self, id: &str, a: &str, b: &str, time: i64) {
        let (greater, lesser) = if rank(a, b).is_gt() { (a, b) } else { (b, a) };
        let event = self.event(LINKED, id, greater, time);
        let origin = self.origin();
        let linked = Linked { event, with: lesser.to_owned(), known: None, origin };
        self.put(partition_of(greater), &LogRecord::Linked(Box::new(linked)));
    }

    fn put_erase(&mut self, user: &str) {
        let says = Says::Erase(user.to_owned());
        self.put(
            PARTITIONS,
            &LogRecord::Command(Command { given_at: Timestamp(self.now), says, origin: None }),
        );
    }

    fn outcome(&mut self, task: &str) {
        let at = Timestamp(self.now);
        let outcome = Outcome {
            destination: "desk".to_owned(),
            task: task.to_owned(),
            kind: OutcomeKind::Declined,
            answer: None,
            reason: Some(CANARY.to_owned()),
            time: at,
            logged_at: at,
        };
        let origin = self.origin();
        let route = segue_model::id::route(task).unwrap();
        self.put(route % PARTITIONS, &LogRecord::Outcome { outcome, origin });
        self.run();
    }

    /// Reads all that is in the log.
    fn run(&mut self) {
        while self.read_one() {}
    }

    /// Reads the first record that is not read yet.
    fn read_one(&mut self) -> bool {
        let Some((partition, key, value)) = self.waiting.pop_front() else { return false };
        let owned = &mut self.owned[partition as usize];
        let record = Record {
            topic: if partition == PARTITIONS { SHARED.into() } else { LOG.into() },
            incarnation: 0,
            partition: if partition == PARTITIONS { 0 } else { partition },
            offset: owned.next,
            appended_at_ms: self.now,
            key,
            value: Some(value),
            headers: Vec::new(),
        };
        owned.next += 1;
        if self.harsh {
            owned.machine.step(&record, &mut Effects::default());
            owned.machine.undo();
        }
        let mut effects = Effects::default();
        owned.machine.step(&record, &mut effects);
        owned.machine.finish(&mut effects);
        owned.machine.settle();
        for (ending, by) in effects.tally.endings {
            *self.endings.entry(ending).or_default() += by;
        }
        for append in effects.appends {
            match (&*append.topic, append.place) {
                (PROFILES, _) => {
                    owned.changelog.push(Record { key: append.key, value: append.value, ..record.clone() })
                }
                (LOG, Place::Partition(number)) => {
                    self.waiting.push_back((number, append.key, append.value.unwrap()));
                }
                (LOG, _) => {
                    let key = String::from_utf8(append.key.clone().unwrap()).unwrap();
                    self.waiting.push_back((partition_of(&key), append.key, append.value.unwrap()));
                }
                (SHARED, _) => self.waiting.push_back((PARTITIONS, append.key, append.value.unwrap())),
                _ => self.left.push(append),
            }
        }
        if self.harsh {
            let number = partition;
            self.owned[number as usize].machine = self.restored(number);
        }
        true
    }

    /// What the changelog has once it is compacted.
    fn compacted(&self, number: u32) -> Vec<Record> {
        let owned = &self.owned[number as usize];
        let last: BTreeMap<_, _> = owned.changelog.iter().map(|record| (&record.key, record)).collect();
        last.into_values().filter(|record| record.value.is_some()).cloned().collect()
    }

    fn restored(&self, number: u32) -> Partition {
        let mut machine = machine(number, &self.bundle);
        self.compacted(number).iter().rev().for_each(|record| machine.restore(record).unwrap());
        machine
    }

    /// Lets the time go on to `at`, with ticks where something falls due.
    fn wait(&mut self, at: i64) {
        loop {
            let due = |number: &u32| self.owned[*number as usize].machine.due_at().filter(|due| due.0 <= at);
            let Some(number) = (0..PARTITIONS).filter(|number| due(number).is_some()).min_by_key(due) else {
                break;
            };
            let at = due(&number).unwrap();
            self.put(number, &LogRecord::Tick { at });
            self.run();
        }
        self.now = at;
    }

    fn erase(&mut self, user: &str) {
        self.put_erase(user);
        self.run();
    }

    fn ended(&self, ending: &str) -> u64 {
        self.endings.get(ending).copied().unwrap_or(0)
    }

    fn of(&self, topic: &str) -> usize {
        self.left.iter().filter(|append| &*append.topic == topic).count()
    }

    /// The ids of the tasks that have left.
    fn tasks(&self) -> Vec<String> {
        let left = self.left.iter().filter(|append| &*append.topic == "desk.tasks");
        left.map(|append| {
            let task: serde_json::Value = serde_json::from_slice(append.value.as_deref().unwrap()).unwrap();
            task["data"]["task"].as_str().unwrap().to_owned()
        })
        .collect()
    }

    /// Nothing of these texts is in any partition's compacted changelog, nor in what is restored from it.
    fn assert_nothing_of(&mut self, texts: &[&str]) {
        for number in 0..=PARTITIONS {
            for record in self.compacted(number) {
                let all = [record.key.unwrap(), record.value.unwrap()].concat();
                let all = String::from_utf8(all).unwrap();
                for text in texts {
                    assert!(!all.contains(text), "{text} in partition {number}: {all}");
                }
            }
            let memory = format!("{:?}", self.restored(number));
            let memory = memory.split("bundle: ").next().unwrap();
            texts.iter().for_each(|text| assert!(!memory.contains(text), "{text} in the memory of {number}"));
            let machine = &mut self.owned[number as usize].machine;
            for text in texts {
                assert!(machine.profile(&Subject::person(*text)).is_none(), "{text} is known");
            }
        }
    }
}

fn machine(number: u32, bundle: &Arc<Bundle>) -> Partition {
    let settings = Settings { dedup: Span(DAY), profile_bytes_max: 1 << 20, zone: "UTC".to_owned() };
    let role = if number == PARTITIONS { Role::Shared { partitions: PARTITIONS } } else { Role::Log };
    let number = if number == PARTITIONS { 0 } else { number };
    Partition::new(role, number, bundle.clone(), settings)
}

fn partition_of(subject: &str) -> u32 {
    Subject::person(subject).route() % PARTITIONS
}

const IDS: [&str; 4] = ["c-person", "web:9-person", "billing:2-person", "web:1-person"];

#[test]
fn nothing_of_a_person_stays_and_late_events_meet_a_mark() {
    for harsh in [false, true] {
        let mut world = World::new(harsh);
        let user = IDS[0];
        for (number, kind) in ["changed", "account", "bought", "asked"].into_iter().enumerate() {
            world.take(kind, &format!("e{number}"), user, world.now);
        }
        let tasks = world.tasks();
        assert_eq!(tasks.len(), 1, "one is held, one has left, and an absence waits");
        world.now += MINUTE;
        world.erase(user);
        world.assert_nothing_of(&[user, CANARY]);
        assert_eq!(world.ended("erased"), 0);

        world.take("bought", "late", user, world.now - 1);
        world.outcome(&tasks[0]);
        assert_eq!(world.ended("erased"), 2);
        assert_eq!(world.of(FAILED), 0, "what is said of a task of the person is dropped as well");
        world.assert_nothing_of(&[user, CANARY]);
        world.wait(world.now + 3 * 60 * MINUTE);
        assert_eq!(world.tasks(), tasks, "nothing waits any more");

        world.take("asked", "new", user, world.now);
        let new = String::from_utf8(
            world.left.iter().rfind(|append| &*append.topic == "desk.tasks").unwrap().value.clone().unwrap(),
        )
        .unwrap();
        assert!(new.contains(r#""what":"0 by ""#) || new.contains("\"what\":\"\""), "it begins empty: {new}");
        assert_eq!(world.tasks().len(), 2);
        // Twice is as good as once.
        world.now += MINUTE;
        world.erase(user);
        world.erase(user);
        world.assert_nothing_of(&[user, CANARY]);
    }
}

#[test]
fn a_mark_does_not_stay_for_ever() {
    let mut world = World::new(true);
    let erased_at = world.now;
    world.erase(IDS[0]);
    for (after, is_erased) in [(30 * DAY - 1, true), (30 * DAY, false)] {
        world.wait(erased_at + after);
        let before = world.ended("erased");
        world.take("bought", &format!("late-{after}"), IDS[0], erased_at - 1);
        assert_eq!(world.ended("erased") > before, is_erased, "{after}");
    }
}

#[test]
fn all_ids_of_a_person_go_whichever_is_named() {
    for (harsh, named) in IDS.iter().enumerate().map(|(number, named)| (number % 2 == 0, *named)) {
        let mut world = World::new(harsh);
        for (number, id) in IDS.iter().enumerate() {
            world.take("changed", &format!("who-{number}"), id, world.now);
            world.take("asked", &format!("ask-{number}"), id, world.now);
        }
        // A chain: the ids of one person stand in several partitions, and go by one another.
        for (number, pair) in [(IDS[3], IDS[1]), (IDS[1], IDS[2]), (IDS[2], IDS[0])].into_iter().enumerate() {
            world.put_link(&format!("link-{number}"), pair.0, pair.1, world.now);
            world.run();
        }
        world.take("bought", "b", IDS[3], world.now);
        world.now += MINUTE;
        world.erase(named);
        let texts: Vec<&str> = IDS.into_iter().chain([CANARY]).collect();
        world.assert_nothing_of(&texts);
        for (number, id) in IDS.iter().enumerate() {
            world.take("bought", &format!("late-{number}"), id, world.now - 1);
        }
        assert_eq!(world.ended("erased"), 4, "{named}");
        world.assert_nothing_of(&texts);
    }
}

#[test]
fn a_hand_over_on_its_way_leaves_no_ghost_whichever_comes_first() {
    // The erasure is given before the link is read, or after so many records of it.
    for (named, read_before) in [(IDS[0], 0), (IDS[1], 0), (IDS[0], 1), (IDS[1], 1), (IDS[0], 2), (IDS[1], 2)]
    {
        for erase_first in [false, true] {
            let mut world = World::new(false);
            for id in [IDS[0], IDS[1]] {
                world.take("changed", &format!("who-{id}"), id, world.now);
            }
            let linked_at = world.now;
            world.now += MINUTE;
            if erase_first {
                world.put_erase(named);
                world.put_link("link", IDS[0], IDS[1], linked_at);
            } else {
                world.put_link("link", IDS[0], IDS[1], linked_at);
                (0..read_before).for_each(|_| assert!(world.read_one()));
                world.put_erase(named);
            }
            world.run();
            // The one that was not known to be the same, where the link came too late to say so.
            let mut left: Vec<&str> = vec![named];
            if !erase_first && read_before > 0 {
                left = vec![IDS[0], IDS[1], CANARY];
            }
            world.assert_nothing_of(&left);
        }
    }
}

#[test]
fn an_event_about_everyone_finds_nobody_who_was_erased() {
    let mut world = World::new(false);
    world.take("changed", "who", IDS[0], world.now);
    world.now += MINUTE;
    let told = |world: &mut World, id: &str| {
        let event =
            Event { source: "news".to_owned(), subject: None, ..world.event("told", id, "x", world.now) };
        let origin = world.origin();
        world.put(PARTITIONS, &LogRecord::Event { event, origin });
        world.run();
    };
    told(&mut world, "first");
    assert_eq!(world.tasks().len(), 1);
    world.erase(IDS[0]);
    told(&mut world, "second");
    assert_eq!(world.tasks().len(), 1);
    assert!(world.of(DECISIONS) > 0);
}
