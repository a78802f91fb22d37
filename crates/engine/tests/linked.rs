//! Ids that turn out to be one person: whatever comes before, between and after the links, in whatever order they come, the
//! one that stays is known as if it had been one from the beginning.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail loudly")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use proptest::prelude::*;
use segue_bundle::Bundle;
use segue_document::Document;
use segue_engine::{Effects, Partition, Role, Settings};
use segue_log::{Append, Place, Record};
use segue_model::identity::{LINKED, rank};
use segue_model::{Event, Outcome, OutcomeKind, Profile, Span, Subject, Surroundings, Timestamp};
use segue_wire::topics::{DECISIONS, FAILED, LOG, PROFILES};
use segue_wire::{Linked, LogRecord, Origin, log_record};
use serde_json::{Value, json};

const DOCUMENTS: &str = r#"
source: shop
topic: shop.events
subject: data.user
events:
  bought: {schema: bought.json}
  asked: {schema: bought.json}
  offered: {schema: bought.json}
  begun: {schema: bought.json}
  changed: {schema: who.json, into: who}
  identity.linked: {schema: open.json}
---
source: bank
topic: bank.events
subject: data.user
events: {account: {schema: account.json, into: accounts}, renamed: {schema: who.json, into: who}}
---
table: accounts
key: data.account
---
destination: desk
topic: desk.tasks
share: [event.data]
outcomes: desk.outcomes
---
rule: asked
on: asked
propose: [report]
---
rule: offered
on: offered
propose: [offer]
---
rule: left-open
on: begun
unless: bought
within: 1h
same: data.order
propose: [ask]
---
rule: met
on: identity.linked
propose: [greet]
---
action: report
to: desk
what: "{{ string(count('bought', '30d')) }} for {{ string(sum('bought', 'data.cents')) }}, of {{ string(distinct('bought', 'data.order', '30d')) }}, {{ string(size(accounts)) }} accounts"
---
action: greet
to: desk
what: "Greet"
---
action: ask
to: desk
what: "Ask"
---
action: offer
to: desk
what: "Offer"
hold: 1h
expires: 2d
eligible: count('bought', '30d') < 3
---
policy: not-often
cap: {at_most: 1, per: 7d, action: offer}
---
rule: declined
on: task.declined
propose: [greet]
"#;

const PARTITIONS: u32 = 3;
const MINUTE: i64 = 60_000;

fn bundle() -> Arc<Bundle> {
    let object = |members: &str| {
        format!(r#"{{"type":"object","properties":{{"user":{{"type":"string"}}{members}}}}}"#)
    };
    let files = vec![
        ("all.yaml".into(), DOCUMENTS.to_owned()),
        ("open.json".into(), object("")),
        ("bought.json".into(), object(r#","order":{"type":"string"},"cents":{"type":"integer"}"#)),
        ("account.json".into(), object(r#","account":{"type":"string"},"balance":{"type":"number"}"#)),
        (
            "who.json".into(),
            object(r#","name":{"type":"string"},"city":{"type":"string"},"tier":{"type":"string"}"#),
        ),
    ];
    Arc::new(segue_bundle::read(files).unwrap_or_else(|findings| panic!("{findings:#?}")).bundle)
}

fn machine(number: u32, bundle: &Arc<Bundle>) -> Partition {
    let settings = Settings { dedup: Span(86_400_000), profile_bytes_max: 1 << 20, zone: "UTC".to_owned() };
    Partition::new(Role::Log, number, bundle.clone(), settings)
}

fn partition_of(subject: &str) -> u32 {
    Subject::person(subject).route() % PARTITIONS
}

struct Owned {
    machine: Partition,
    next: u64,
    changelog: Vec<Record>,
}

/// The partitions of a log. With `harsh`, each step is first undone, and each machine begins anew after each.
struct World {
    bundle: Arc<Bundle>,
    harsh: bool,
    owned: Vec<Owned>,
    /// What has left, but for what the router keeps for itself.
    left: Vec<(String, Value)>,
    now: i64,
    inputs: u64,
}

impl World {
    fn new(harsh: bool) -> World {
        let bundle = bundle();
        let new = |number| Owned { machine: machine(number, &bundle), next: 0, changelog: Vec::new() };
        let owned = (0..PARTITIONS).map(new).collect();
        World { bundle, harsh, owned, left: Vec::new(), now: 0, inputs: 0 }
    }

    fn origin(&mut self) -> Origin {
        self.inputs += 1;
        Origin { topic: "in".to_owned(), incarnation: 0, partition: 0, offset: self.inputs, n: 0 }
    }

    fn event(&self, source: &str, kind: &str, id: &str, user: &str, data: &Value) -> Event {
        Event {
            source: source.to_owned(),
            namespace: None,
            id: id.to_owned(),
            kind: kind.to_owned(),
            time: Timestamp(self.now),
            logged_at: Timestamp(self.now),
            subject: Some(Subject::person(user)),
            journey: id.to_owned(),
            traceparent: None,
            surroundings: Surroundings::default(),
            data: Document::parse_own(&data.to_string()).unwrap(),
        }
    }

    /// Takes an event of a person in.
    fn take(&mut self, source: &str, kind: &str, id: &str, user: &str, data: &Value) {
        let event = self.event(source, kind, id, user, data);
        let origin = self.origin();
        self.log(partition_of(user), &LogRecord::Event { event, origin });
    }

    /// Takes in that two ids are one person, as intake logs it.
    fn link(&mut self, id: &str, a: &str, b: &str) {
        let (greater, lesser) = if rank(a, b).is_gt() { (a, b) } else { (b, a) };
        let event = self.event("shop", LINKED, id, greater, &json!({}));
        let origin = self.origin();
        let linked = Linked { event, with: lesser.to_owned(), known: None, origin };
        self.log(partition_of(greater), &LogRecord::Linked(Box::new(linked)));
    }

    fn outcome(&mut self, task: &str, kind: OutcomeKind) {
        let at = Timestamp(self.now);
        let outcome = Outcome {
            destination: "desk".to_owned(),
            task: task.to_owned(),
            kind,
            answer: None,
            reason: None,
            time: at,
            logged_at: at,
        };
        let route = segue_model::id::route(task).unwrap();
        let origin = self.origin();
        self.log(route % PARTITIONS, &LogRecord::Outcome { outcome, origin });
    }

    /// Lets the time go on to `at`, with ticks where something falls due.
    fn wait(&mut self, at: i64) {
        loop {
            let due = |number: &u32| self.owned[*number as usize].machine.due_at().filter(|due| due.0 <= at);
            let Some(number) = (0..PARTITIONS).filter(|number| due(number).is_some()).min_by_key(due) else {
                break;
            };
            let tick = LogRecord::Tick { at: due(&number).unwrap() };
            self.log(number, &tick);
        }
        self.now = at;
    }

    fn log(&mut self, partition: u32, record: &LogRecord) {
        let mut waiting = VecDeque::from([(partition, None, log_record::encode(record).into_bytes())]);
        let mut steps = 0;
        while let Some((partition, key, value)) = waiting.pop_front() {
            steps += 1;
            assert!(steps < 100, "what goes from id to id comes to an end");
            for append in self.step(partition, key, value) {
                let key = String::from_utf8(append.key.clone().unwrap()).unwrap();
                assert_eq!(append.place, Place::Key);
                waiting.push_back((partition_of(&key), append.key, append.value.unwrap()));
            }
        }
    }

    /// One step; what goes to the log again is given back.
    fn step(&mut self, partition: u32, key: Option<Vec<u8>>, value: Vec<u8>) -> Vec<Append> {
        let owned = &mut self.owned[partition as usize];
        let record = Record {
            topic: LOG.into(),
            partition,
            incarnation: 0,
            offset: owned.next,
            appended_at_ms: 0,
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
        let (kept, rest): (Vec<_>, Vec<_>) =
            effects.appends.into_iter().partition(|append| &*append.topic == PROFILES);
        let kept = kept.into_iter();
        owned.changelog.extend(kept.map(|kept| Record {
            key: kept.key,
            value: kept.value,
            ..record.clone()
        }));
        if self.harsh {
            owned.machine = machine(partition, &self.bundle);
            // The last of each key, in any order, as a compacted topic or a disk gives them.
            let last: BTreeMap<_, _> = owned.changelog.iter().map(|record| (&record.key, record)).collect();
            last.values().rev().for_each(|record| owned.machine.restore(record).unwrap());
        }
        let (passed, left): (Vec<_>, Vec<_>) = rest.into_iter().partition(|append| &*append.topic == LOG);
        self.left.extend(left.into_iter().map(|append| {
            (
                append.topic.to_string(),
                serde_json::from_slice(append.value.as_deref().unwrap_or(b"null")).unwrap(),
            )
        }));
        passed
    }

    /// Lets every partition begin anew with another limit for profiles.
    fn bytes_max(&mut self, profile_bytes_max: usize) {
        for (number, owned) in self.owned.iter_mut().enumerate() {
            let settings = Settings { dedup: Span(86_400_000), profile_bytes_max, zone: "UTC".to_owned() };
            owned.machine = Partition::new(Role::Log, number as u32, self.bundle.clone(), settings);
            owned.changelog.iter().for_each(|record| owned.machine.restore(record).unwrap());
        }
    }

    fn known(&mut self, user: &str) -> Option<Arc<Profile>> {
        self.owned[partition_of(user) as usize].machine.profile(&Subject::person(user))
    }

    fn of(&self, topic: &str) -> Vec<&Value> {
        self.left.iter().filter(|(on, _)| on == topic).map(|(_, value)| value).collect()
    }

    /// The tasks that have left: whose, which action, what.
    fn tasks(&self) -> Vec<(&str, &str, &str)> {
        let tasks = self.of("desk.tasks").into_iter();
        tasks
            .map(|task| {
                let data = &task["data"];
                let of = |name: &str| data[name].as_str().unwrap_or_default();
                (of("subject"), of("action"), of("what"))
            })
            .collect()
    }
}

/// What is known of whoever goes by `user`: the id that stays, what a rule sees, and the attributes and rows.
fn known(world: &mut World, question: &str, user: &str) -> (String, String, Vec<String>) {
    world.now += MINUTE;
    world.take("shop", "asked", question, user, &json!({}));
    let (of, _, what) = *world.tasks().iter().rfind(|(_, action, _)| *action == "report").unwrap();
    let (of, what) = (of.to_owned(), what.to_owned());
    let profile = world.known(&of).unwrap();
    let who = profile.who.iter().flat_map(|who| who.root().members());
    let mut known: Vec<String> = who.map(|(name, value)| format!("{name}={}", value.raw())).collect();
    known.sort();
    let rows = profile.tables.values().flat_map(|rows| &rows.0);
    known.extend(rows.map(|(key, row)| format!("{key}={}", row.document.text())));
    (of, what, known)
}

#[derive(Clone, Debug)]
enum Did {
    Bought(usize, u8, i64),
    Account(usize, u8, i64),
    Said(usize, bool, u8, u8),
}

const IDS: [&str; 4] = ["c1", "web:9", "billing:2", "web:1"];

fn did() -> impl Strategy<Value = Did> {
    let who = 0..IDS.len();
    prop_oneof![
        (who.clone(), 0..4u8, 0..900i64).prop_map(|(who, order, cents)| Did::Bought(who, order, cents)),
        (who.clone(), 0..3u8, 0..9i64).prop_map(|(who, account, cents)| Did::Account(who, account, cents)),
        (who, any::<bool>(), 0..3u8, 0..3u8)
            .prop_map(|(who, by, name, value)| Did::Said(who, by, name, value)),
    ]
}

fn tell(world: &mut World, number: usize, did: &Did) {
    world.now += MINUTE;
    let id = format!("e{number}");
    match did {
        Did::Bought(who, order, cents) => {
            world.take(
                "shop",
                "bought",
                &id,
                IDS[*who],
                &json!({"order": format!("o{order}"), "cents": cents}),
            );
        }
        Did::Account(who, account, cents) => {
            let data = json!({"account": format!("a{account}"), "balance": cents});
            world.take("bank", "account", &id, IDS[*who], &data);
        }
        Did::Said(who, by_bank, name, value) => {
            let name = ["name", "city", "tier"][usize::from(*name)];
            let data = json!({name: (["x", "y", "z"][usize::from(*value)])});
            let (source, kind) = if *by_bank { ("bank", "renamed") } else { ("shop", "changed") };
            world.take(source, kind, &id, IDS[*who], &data);
        }
    }
}

/// The links that make one of all ids, by way of a tree.
fn links() -> impl Strategy<Value = Vec<(usize, usize)>> {
    (0..1usize, 0..2usize, 0..3usize, any::<[bool; 3]>())
        .prop_map(|(a, b, c, turned)| {
            let turn = |(one, other): (usize, usize), is: bool| if is { (other, one) } else { (one, other) };
            vec![turn((1, a), turned[0]), turn((2, b), turned[1]), turn((3, c), turned[2])]
        })
        .prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn links_before_between_and_after_events_give_the_same_profile(
        all in prop::collection::vec(did(), 0..24),
        links in links(),
        places in prop::collection::vec(0..25usize, 3),
        again in any::<bool>(),
        harsh in any::<bool>(),
    ) {
        let told = |places: &[usize], harsh: bool| {
            let mut world = World::new(harsh);
            for number in 0..=all.len() {
                let here = places.iter().enumerate().filter(|(_, place)| (**place).min(all.len()) == number);
                for (link, _) in here {
                    let (a, b) = links[link];
                    world.link(&format!("l{link}"), IDS[a], IDS[b]);
                    if again {
                        world.link(&format!("l{link}-again"), IDS[b], IDS[a]);
                    }
                }
                if let Some(did) = all.get(number) {
                    tell(&mut world, number, did);
                    if again {
                        // It comes a second time, and counts once.
                        world.now -= MINUTE;
                        tell(&mut world, number, did);
                    }
                }
            }
            assert!(world.of(FAILED).is_empty(), "{:?}", world.of(FAILED));
            world
        };
        let (mut before, mut between, mut after) = (told(&[0, 0, 0], false), told(&places, harsh), told(&[99; 3], false));
        for user in IDS {
            let question = format!("of {user}");
            let expected = known(&mut before, &question, user);
            prop_assert_eq!(&expected.0, "c1");
            prop_assert_eq!(&known(&mut between, &question, user), &expected);
            prop_assert_eq!(&known(&mut after, &question, user), &expected);
        }
    }
}

#[test]
fn what_is_held_for_either_is_decided_again_and_a_cap_holds_for_both_together() {
    for harsh in [false, true] {
        let mut world = World::new(harsh);
        world.take("shop", "offered", "o1", "c1", &json!({}));
        world.take("shop", "offered", "o2", "web:1", &json!({}));
        world.wait(30 * MINUTE);
        assert!(world.tasks().is_empty(), "both are held for an hour");
        world.link("l1", "web:1", "c1");
        world.wait(61 * MINUTE);
        assert_eq!(world.tasks(), [("c1", "greet", "Greet"), ("c1", "offer", "Offer")]);
        world.take("shop", "offered", "o3", "web:1", &json!({}));
        world.wait(24 * 60 * MINUTE);
        assert_eq!(world.tasks().len(), 2, "one a week, by whichever id");
        let known = world.known("c1").unwrap();
        assert_eq!(known.agenda.tasks.iter().filter(|task| task.action == "offer").count(), 1);
    }
}

#[test]
fn a_task_that_was_eligible_for_each_is_withdrawn_where_it_is_not_for_both() {
    let mut world = World::new(false);
    world.take("shop", "offered", "o1", "web:1", &json!({}));
    for (id, user) in [("b1", "c1"), ("b2", "c1"), ("b3", "web:1")] {
        world.take("shop", "bought", id, user, &json!({"cents": 1}));
    }
    world.link("l1", "web:1", "c1");
    world.wait(61 * MINUTE);
    assert_eq!(world.tasks(), [("c1", "greet", "Greet")], "three together are too many");
    let last =
        world.of(DECISIONS).into_iter().rfind(|decision| decision["candidates"][0]["action"] == "offer");
    assert_eq!(last.unwrap()["candidates"][0]["stage"], "eligible");
}

#[test]
fn what_is_said_of_a_task_finds_its_subject_by_its_new_id() {
    for harsh in [false, true] {
        let mut world = World::new(harsh);
        world.take("shop", "offered", "o1", "web:9", &json!({}));
        world.wait(61 * MINUTE);
        let task = world.of("desk.tasks")[0]["data"]["task"].as_str().unwrap().to_owned();
        assert_eq!(world.tasks(), [("web:9", "offer", "Offer")]);
        // Twice over: first to another foreign id, then to the canonical one.
        world.link("l1", "web:9", "web:1");
        world.link("l2", "c1", "web:9");
        world.outcome(&task, OutcomeKind::Declined);
        let greeted: Vec<&str> =
            world.tasks().into_iter().filter(|task| task.1 == "greet").map(|task| task.0).collect();
        assert_eq!(greeted, ["web:1", "c1", "c1"], "of two links and of what was declined");
        assert!(world.of(FAILED).is_empty(), "{:?}", world.of(FAILED));
    }
}

#[test]
fn what_one_of_them_began_and_the_other_did_is_done() {
    for (did_at, is_asked) in [(30, false), (61, true)] {
        let mut world = World::new(false);
        world.take("shop", "begun", "g1", "web:1", &json!({"order": "o7"}));
        world.wait(10 * MINUTE);
        world.take("shop", "bought", "b0", "c1", &json!({"order": "o6", "cents": 1}));
        world.wait(did_at * MINUTE);
        world.take("shop", "bought", "b1", "c1", &json!({"order": "o7", "cents": 1}));
        world.link("l1", "web:1", "c1");
        world.wait(120 * MINUTE);
        let asked = world.tasks().iter().any(|task| task.1 == "ask");
        assert_eq!(asked, is_asked, "done after {did_at} minutes");
    }
}

#[test]
fn an_outcome_ends_wherever_it_is_sent_though_what_was_known_could_not_be_united() {
    // Two ids of one partition, whose profiles are too large together.
    let other =
        (0..99).map(|n| format!("c{n}")).find(|id| partition_of(id) == partition_of("web:9")).unwrap();
    for known in [true, false] {
        let mut world = World::new(false);
        world.take("shop", "offered", "o1", "web:9", &json!({}));
        world.wait(61 * MINUTE);
        let task = world.of("desk.tasks")[0]["data"]["task"].as_str().unwrap().to_owned();
        let long = if known { 300_000 } else { 600_000 };
        let users: &[&str] = if known { &["web:9", &other] } else { &["web:9"] };
        for (number, user) in users.iter().enumerate() {
            let name = if number == 0 { "name" } else { "city" };
            world.take("shop", "changed", &format!("n{number}"), user, &json!({name: "x".repeat(long)}));
        }
        world.bytes_max(500_000);
        world.link("l1", &other, "web:9");
        world.outcome(&task, OutcomeKind::Declined);
        let failed = world.of(FAILED).len();
        assert_eq!(failed, 2, "the hand-over, and what is said of a task that is not known any more");
    }
}

#[test]
fn links_in_a_ring_and_with_itself_end() {
    let mut world = World::new(true);
    for (number, (a, b)) in
        [("web:1", "web:2"), ("web:2", "web:3"), ("web:3", "web:1"), ("web:2", "web:2")].iter().enumerate()
    {
        world.link(&format!("l{number}"), a, b);
    }
    world.take("shop", "bought", "b", "web:3", &json!({"cents": 5}));
    assert_eq!(known(&mut world, "who", "web:2").0, "web:1");
    assert!(world.known("web:3").unwrap().forward.is_some());
    assert!(world.of(FAILED).is_empty());
}
