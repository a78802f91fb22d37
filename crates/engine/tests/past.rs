//! Memory by need, signals and caps, driven event by event: what is remembered, what follows, what is kept back.

// Helper functions of tests may fail loudly.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use segue_document::Document;
use segue_engine::{Effects, Partition, Role, Settings};
use segue_log::{Append, Record};
use segue_model::{Event, Span, Subject, Timestamp};
use segue_wire::topics::{DECISIONS, LOG, PROFILES};
use segue_wire::{LogRecord, Origin, log_record};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// What every bundle here begins with.
const SOURCES: &str = r#"
source: shop
topic: shop.events
subject: data.user
events:
  bought: {schema: open.json}
  viewed: {schema: open.json}
  asked: {schema: open.json}
---
destination: desk
topic: desk.tasks
share: [event.data.user, event.data.n, cause.data.n]
---
action: call
group: service
to: desk
what: "Call {{ cause.data.user }}"
---
action: write
group: service
to: desk
what: "Write"
priority: {value: "0.5"}
transactional: true
---
"#;
const OPEN: &str = r#"{"type":"object","properties":{"user":{"type":"string"},"n":{"type":"integer"},
  "s":{"type":"string"},"x":{"type":"number"}}}"#;

struct Story {
    machine: Partition,
    next: u64,
    effects: Effects,
}

impl Story {
    fn new(documents: &str) -> Story {
        let files = vec![
            ("all.yaml".to_owned(), format!("{SOURCES}{documents}")),
            ("open.json".to_owned(), OPEN.to_owned()),
        ];
        let bundle = match segue_bundle::read(files) {
            Ok(loaded) => Arc::new(loaded.bundle),
            Err(findings) => {
                let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
                panic!("{}", shown.join("\n"))
            }
        };
        let settings = Settings { dedup: Span(HOUR), profile_bytes_max: 1 << 20, zone: "UTC".into() };
        let machine = Partition::new(Role::Log, 0, bundle, settings);
        Story { machine, next: 0, effects: Effects::default() }
    }

    /// Logs an event that happened at `time`, and returns all that left: decisions, tasks, changelog.
    fn late(&mut self, kind: &str, data: &str, time: i64, logged_at: i64) -> Vec<Append> {
        let offset = self.next;
        self.next += 1;
        let event = Event {
            source: "shop".into(),
            namespace: None,
            id: format!("e{offset}"),
            kind: kind.into(),
            time: Timestamp(time),
            logged_at: Timestamp(logged_at),
            subject: Some(Subject::person("c1")),
            journey: format!("j{offset}"),
            traceparent: Some("00-1-2-00".into()),
            surroundings: Default::default(),
            data: Document::parse_own(data).unwrap(),
        };
        let origin = Origin { topic: "shop.events".into(), incarnation: 0, partition: 0, offset, n: 0 };
        let record = Record {
            topic: LOG.into(),
            partition: 0,
            incarnation: 0,
            offset,
            appended_at_ms: logged_at,
            key: None,
            value: Some(log_record::encode(&LogRecord::Event { event, origin }).into_bytes()),
            headers: Vec::new(),
        };
        self.effects = Effects::default();
        self.machine.step(&record, &mut self.effects);
        self.machine.finish(&mut self.effects);
        self.machine.settle();
        std::mem::take(&mut self.effects.appends)
    }

    /// The same for one that is logged when it happens.
    fn send(&mut self, kind: &str, data: &str, at: i64) -> Vec<Append> {
        self.late(kind, data, at, at)
    }

    /// The actions of the tasks that an event leads to.
    fn tasks(&mut self, kind: &str, data: &str, at: i64) -> Vec<String> {
        actions(&self.send(kind, data, at))
    }
}

fn documents(appends: &[Append], topic: &str) -> Vec<Document> {
    let of_topic = appends.iter().filter(|append| &*append.topic == topic);
    of_topic
        .map(|append| {
            Document::parse_own(std::str::from_utf8(append.value.as_ref().unwrap()).unwrap()).unwrap()
        })
        .collect()
}

fn text(document: &Document, path: &str) -> String {
    let value =
        document.root().at_path(path.split('.')).unwrap_or_else(|| panic!("{path} in {}", document.text()));
    value.as_str().map_or_else(|| value.raw().to_owned(), str::to_owned)
}

fn actions(appends: &[Append]) -> Vec<String> {
    documents(appends, "desk.tasks").iter().map(|task| text(task, "data.action")).collect()
}

/// The decisions that are not of the joined kind.
fn decisions(appends: &[Append]) -> Vec<Document> {
    let all = documents(appends, DECISIONS).into_iter();
    all.filter(|decision| decision.root().get("decision").is_some_and(|id| !id.is_null())).collect()
}

/// What became of each candidate: action, verdict, what rejected it.
fn candidates(decision: &Document) -> Vec<String> {
    let candidates = decision.root().get("candidates").unwrap();
    candidates
        .items()
        .map(|candidate| {
            let word = |name| candidate.get(name).and_then(|value| value.as_str()).unwrap_or("-");
            format!("{} {} {} {}", word("action"), word("verdict"), word("stage"), word("by"))
        })
        .collect()
}

/// The keys of the changelog, by their kind.
fn kept(appends: &[Append]) -> String {
    let changelog = appends.iter().filter(|append| &*append.topic == PROFILES);
    changelog.map(|append| char::from(append.key.as_ref().unwrap()[0])).collect()
}

#[test]
fn an_event_that_no_rule_needs_writes_nothing_but_its_mark() {
    let mut story =
        Story::new("rule: often\non: bought\nwhen: count('bought', '1h') > 5\npropose: [call, write]\n");
    assert_eq!(kept(&story.send("viewed", "{}", 0)), "dp", "a mark and the partition's own state");
    assert_eq!(kept(&story.send("bought", "{}", 1)), "sdp");
    assert_eq!(kept(&story.send("asked", "{}", 2)), "dp");
}

#[test]
fn of_a_needed_event_only_the_needed_fields_are_kept_as_long_as_the_longest_window() {
    let mut story = Story::new(
        "rule: often
on: [bought, viewed]
when: sum('bought', 'data.n', '10m', 'data.s') > 5 || count('bought', '20m') > 5
propose: [call, write]
",
    );
    let seen = |appends: &[Append]| {
        let profile = appends.iter().find(|append| append.key.as_deref() == Some(b"s/c1")).unwrap();
        let profile =
            Document::parse_own(std::str::from_utf8(profile.value.as_ref().unwrap()).unwrap()).unwrap();
        let seen = profile.root().at_path(["past", "events", "bought", "seen"]).unwrap();
        let shown = seen
            .items()
            .map(|seen| format!("{} {}", seen.item(3).unwrap().raw(), seen.item(4).unwrap().raw()));
        shown.collect::<Vec<_>>().join(", ")
    };
    let data = r#"{"user": "c1", "n": 1, "s": "x", "x": 1.5}"#;
    let first = story.send("bought", data, 0);
    assert_eq!(seen(&first), r#""e0" {"n":1,"s":"x"}"#);
    let _ = story.send("viewed", data, MINUTE);
    let second = story.send("bought", data, 20 * MINUTE - 1);
    assert_eq!(seen(&second), r#""e0" {"n":1,"s":"x"}, "e2" {"n":1,"s":"x"}"#);
    let third = story.send("bought", data, 20 * MINUTE);
    assert_eq!(
        seen(&third),
        r#""e2" {"n":1,"s":"x"}, "e3" {"n":1,"s":"x"}"#,
        "exactly the window ago is outside"
    );
}

#[test]
fn a_window_ends_exactly_its_length_later() {
    let story = || {
        Story::new(
            "rule: often\non: bought\nwhen: count('bought', '1h') >= 2\npropose: [call]\n---\nrule: never\non: asked\nwhen: 'false'\npropose: [write]\n",
        )
    };
    for (second, expected) in [(HOUR - 1, 1), (HOUR, 0)] {
        let mut story = story();
        assert_eq!(story.tasks("bought", "{}", 0).len(), 0);
        assert_eq!(story.tasks("bought", "{}", second).len(), expected, "{second}");
    }
    // What happened before counts by when it happened.
    let mut story = story();
    let _ = story.late("bought", "{}", 0, 30 * MINUTE);
    assert_eq!(story.tasks("bought", "{}", HOUR), Vec::<String>::new());
}

#[test]
fn the_latest_event_and_the_time_since_are_those_before_this_one() {
    let mut story = Story::new(
        "rule: dear
on: bought
when: last('bought').data.n < event.data.n && since('bought') < duration('10m')
propose: [call]
---
rule: first
on: bought
when: last('bought') == null && count('bought') == 1
propose: [write]
",
    );
    assert_eq!(story.tasks("bought", r#"{"n": 5}"#, 0), ["write"]);
    assert_eq!(story.tasks("bought", r#"{"n": 6}"#, 9 * MINUTE), ["call"]);
    assert_eq!(story.tasks("bought", r#"{"n": 6}"#, 10 * MINUTE), Vec::<String>::new());
    assert_eq!(
        story.tasks("bought", r#"{"n": 7}"#, 20 * MINUTE),
        Vec::<String>::new(),
        "not less than ten minutes"
    );
}

#[test]
fn of_one_instant_the_latest_is_the_one_that_the_log_has_last_whatever_its_type() {
    let asked =
        "rule: what\non: asked\nwhen: \"last(['bought', 'viewed']).data.s == 'last'\"\npropose: [call]\n";
    for kinds in [["bought", "viewed"], ["viewed", "bought"]] {
        // Both happened at the first minute; the clock of whoever logged the second was slow.
        for logged_at in [[2 * MINUTE, 2 * MINUTE], [3 * MINUTE, 2 * MINUTE]] {
            let mut story = Story::new(asked);
            let _ = story.late(kinds[0], r#"{"s": "first"}"#, MINUTE, logged_at[0]);
            let second = story.late(kinds[1], r#"{"s": "last"}"#, MINUTE, logged_at[1]);
            // The order outlives a restart.
            let mut restarted = Story::new(asked);
            for (append, offset) in second.into_iter().zip(0..) {
                if &*append.topic == PROFILES {
                    let (key, value) = (append.key, append.value);
                    let record = Record {
                        topic: PROFILES.into(),
                        partition: 0,
                        incarnation: 0,
                        offset,
                        appended_at_ms: 0,
                        key,
                        value,
                        headers: Vec::new(),
                    };
                    restarted.machine.restore(&record).unwrap();
                }
            }
            restarted.next = story.next;
            for mut story in [story, restarted] {
                assert_eq!(story.tasks("asked", "{}", 9 * MINUTE), ["call"], "{kinds:?} {logged_at:?}");
            }
        }
    }
}

#[test]
fn a_signal_whose_data_end_in_an_error_is_not_raised() {
    let mut story = Story::new(
        "signal: dear
on: bought
data: {twice: event.data.n * 2, of: event.data.s}
---
rule: any
on: dear
propose: [call, write]
",
    );
    // Without a field there are no data, so there is no signal: the error is kept.
    let nothing = story.send("bought", r#"{"n": 11}"#, 0);
    let errors = text(&decisions(&nothing)[0], "errors");
    assert!(errors.contains(r#""rule":"dear""#), "{errors}");
    assert_eq!(story.effects.tally.rule_errors.get("dear"), Some(&1));
    assert_eq!(story.effects.tally.endings.get("decision"), Some(&1));
    assert_eq!(actions(&nothing), Vec::<String>::new());
    assert_eq!(story.tasks("bought", r#"{"n": 11, "s": "x"}"#, 0), ["call", "write"]);
}

#[test]
fn a_signal_is_remembered_counted_and_reacted_to() {
    let mut story = Story::new(
        "signal: dear
on: bought
when: event.data.n > 10
data: {twice: event.data.n * 2}
---
signal: very-dear
on: dear
when: event.data.twice > 100
---
rule: on-the-third
on: dear
when: count('dear', '1h') == 3 && sum('dear', 'data.twice', '1h') == cause.data.n * 2 + 46
propose: [call]
---
rule: at-once
on: very-dear
when: event.data.twice == 2 * cause.data.n && event.source == 'segue' && event.id != cause.id
propose: [write]
",
    );
    assert_eq!(story.tasks("bought", r#"{"n": 11}"#, 0), Vec::<String>::new());
    assert_eq!(story.effects.tally.endings.get("no_rule"), Some(&1));
    assert_eq!(story.tasks("bought", r#"{"n": 10}"#, 1), Vec::<String>::new());
    assert_eq!(story.tasks("bought", r#"{"n": 12}"#, 2), Vec::<String>::new());
    let third = story.send("bought", r#"{"user": "c1", "n": 51}"#, 3);
    assert_eq!(actions(&third), ["call", "write"], "each signal when it is its turn");
    // The event's own record is accounted for as one that no rule looked at; the signals have decisions of their own.
    assert_eq!(story.effects.tally.endings.get("no_rule"), Some(&1));
    let decided = decisions(&third);
    assert_eq!(decided.len(), 2);
    assert_eq!(text(&decided[0], "stimulus.type"), "dear");
    assert_eq!(text(&decided[0], "stimulus.source"), "segue");
    assert_eq!(text(&decided[0], "stimulus.cause.event"), "e3");
    assert_eq!(text(&decided[0], "stimulus.cause.log.offset"), "3");
    assert_ne!(text(&decided[0], "decision"), text(&decided[1], "decision"));
    let task = &documents(&third, "desk.tasks")[1];
    assert_eq!(text(task, "data.cause.source"), "shop");
    assert_eq!(text(task, "data.cause.event"), "e3");
    assert_eq!(text(task, "data.journey"), "j3");
    assert_eq!(text(task, "data.shared.cause.data.n"), "51");
    assert_eq!(text(task, "traceparent"), "00-1-2-00");
}

#[test]
fn no_rule_sees_a_signal_before_its_turn_and_a_signal_sees_what_was_decided_before_it() {
    let mut story = Story::new(
        "signal: dear
on: bought
---
rule: before
on: bought
when: count('dear') == 0
propose: [call]
---
rule: after
on: dear
when: count('bought') == 1 && released('call') == 1
propose: [write]
",
    );
    assert_eq!(story.tasks("bought", "{}", 0), ["call", "write"]);
}

#[test]
fn what_is_more_than_sixteen_steps_away_is_rejected() {
    let mut documents = String::from("signal: s1\non: bought\n---\n");
    for n in 2..=18 {
        documents += &format!("signal: s{n}\non: s{}\n---\n", n - 1);
    }
    documents += "rule: near\non: s16\npropose: [call]\n---\nrule: far\non: [s17, s18]\npropose: [write]\n";
    let mut story = Story::new(&documents);
    let out = story.send("bought", "{}", 0);
    let verdicts: Vec<String> = decisions(&out).iter().flat_map(candidates).collect();
    assert_eq!(verdicts, ["call released release -", "write rejected loop loop"]);
}

#[test]
fn one_event_does_not_raise_signals_without_end() {
    // Each step doubles what the one before it raised: some sixty thousand signals by the sixteenth.
    let mut documents = String::from("signal: a1\non: bought\n---\nsignal: b1\non: bought\n---\n");
    for n in 2..=16 {
        let before = n - 1;
        documents += &format!(
            "signal: a{n}\non: [a{before}, b{before}]\n---\nsignal: b{n}\non: [a{before}, b{before}]\n---\n"
        );
    }
    documents += "rule: any\non: [a16, bought]\npropose: [call, write]\n";
    let mut story = Story::new(&documents);
    let out = story.send("bought", "{}", 0);
    assert_eq!(actions(&out), ["call", "write"]);
    // Nothing is left undone in silence: the signals beyond the limit say that they were not followed, and why.
    let said =
        decisions(&out).iter().filter(|one| one.text().contains("not asked: more than 256 signals")).count();
    // Seven steps raise 254; two of the 256 of the eighth are followed still, and raise four.
    assert_eq!(said, 254 + 4);
}

#[test]
fn a_cap_counts_tasks_released_within_its_time() {
    let mut story = Story::new(
        "policy: now-and-then
cap: {at_most: 2, per: 1h, action: call}
---
rule: any
on: bought
propose: [call, write]
",
    );
    assert_eq!(story.tasks("bought", "{}", 0), ["call", "write"]);
    assert_eq!(story.tasks("bought", "{}", 1), ["call", "write"]);
    let third = story.send("bought", "{}", HOUR - 1);
    assert_eq!(actions(&third), ["write"]);
    let decision = &decisions(&third)[0];
    assert_eq!(candidates(decision), ["call rejected cap now-and-then", "write released release -"]);
    assert!(text(decision, "candidates").contains("2 released within 1h, at most 2"));
    assert_eq!(story.effects.tally.rule_errors.len(), 0, "a rejection is no error");
    // Exactly an hour after the first, that one no longer counts; the rejected one never did.
    assert_eq!(story.tasks("bought", "{}", HOUR), ["call", "write"]);
    assert_eq!(story.tasks("bought", "{}", HOUR + 1), ["call", "write"]);
    assert_eq!(story.tasks("bought", "{}", HOUR + 2), ["write"]);
}

#[test]
fn a_cap_of_a_group_counts_all_its_tasks_those_of_the_same_decision_too() {
    let mut story = Story::new(
        "policy: few
cap: {at_most: 1, per: 1h, group: service}
---
rule: any
on: bought
propose: [call, write]
",
    );
    let first = story.send("bought", "{}", 0);
    // The best takes the room: of two candidates the one with the higher score.
    assert_eq!(candidates(&decisions(&first)[0]), ["call released release -", "write rejected cap few"]);
    assert_eq!(story.tasks("bought", "{}", 1), Vec::<String>::new());
    assert_eq!(story.tasks("bought", "{}", HOUR), ["call"]);
}

#[test]
fn an_exempt_task_passes_and_counts_all_the_same() {
    let mut story = Story::new(
        "policy: few
cap: {at_most: 1, per: 1h, group: service}
unless: event.data.n == 1
---
rule: any
on: bought
propose: [call]
---
rule: other
on: viewed
propose: [write]
",
    );
    assert_eq!(story.tasks("bought", r#"{"n": 1}"#, 0), ["call"]);
    assert_eq!(story.tasks("bought", r#"{"n": 1}"#, 1), ["call"]);
    assert_eq!(story.tasks("bought", r#"{"n": 2}"#, 2), Vec::<String>::new());
    // An `unless` that ends in an error lets nothing pass, and is kept.
    let broken = story.send("viewed", "{}", 3);
    let decision = &decisions(&broken)[0];
    assert_eq!(candidates(decision), ["write rejected cap few"]);
    assert!(text(decision, "candidates").contains("few: unless:"), "{}", decision.text());
    assert_eq!(story.effects.tally.rule_errors.get("other"), Some(&1));
}

#[test]
fn a_transactional_task_passes_where_the_policy_lets_it() {
    let mut story = Story::new(
        "policy: few
cap: {at_most: 1, per: 1h, group: service}
unless: action.transactional
---
rule: any
on: bought
propose: [call, write]
",
    );
    assert_eq!(story.tasks("bought", "{}", 0), ["call", "write"]);
    assert_eq!(story.tasks("bought", "{}", 1), ["write"]);
}

#[test]
fn over_the_bound_the_oldest_are_forgotten_and_counted() {
    let mut story = Story::new(
        "rule: often\non: bought\nwhen: count('bought', '1h') == 10000 && last('bought') == null\npropose: [call, write]\n",
    );
    let seen = |n: i64| segue_model::Seen {
        source: "shop".into(),
        namespace: None,
        id: format!("x{n}"),
        time: Timestamp(n),
        logged_at: Timestamp(n),
        journey: "j".into(),
        data: Document::empty_object(),
        surroundings: Default::default(),
        place: n as u64,
    };
    let mut profile = segue_model::Profile::default();
    let remembered = segue_model::Remembered {
        seen: (0..10_000).map(|n| Arc::new(seen(n))).collect(),
        running: Vec::new(),
    };
    let _ = profile.past.events.insert("bought".into(), Arc::new(remembered));
    story.machine.give(&Subject::person("c1"), profile, Timestamp(0));
    assert_eq!(story.tasks("bought", "{}", 20_000), ["call", "write"]);
    assert_eq!(story.effects.tally.forgotten.get("bought"), Some(&1));
}
