//! Time: absences, moments, held tasks, reminders, expiries, questions, outcomes and what is told of them. Each story runs
//! twice: by one machine, and by machines of which each takes one record and hands its changelog to the next.

// Helper functions of tests may fail loudly.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_document::Document;
use segue_engine::{Effects, Partition, Role, Settings};
use segue_log::{Append, Record};
use segue_model::{Event, Outcome, OutcomeKind, Span, Subject, Timestamp};
use segue_wire::topics::{FAILED, LOG, PROFILES};
use segue_wire::{LogRecord, Origin, log_record};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Monday, 2 March 2026, 10:00 UTC.
const T: i64 = 1_772_445_600_000;

const SOURCES: &str = r#"
source: shop
topic: shop.events
subject: data.user
status: shop.status
events:
  started: {schema: open.json}
  done: {schema: open.json}
  seen: {schema: open.json}
  changed: {schema: who.json, into: who}
  visited: {schema: open.json, into: visits}
---
source: air
topic: air.events
subject: everyone
events:
  delayed: {schema: open.json}
  rated: {schema: open.json, into: rates}
---
table: rates
key: data.s
of: everyone
expires: 1h
---
table: visits
key: data.s
expires: 1h
---
destination: desk
topic: desk.tasks
share: [event.data.user, event.data.n, cause.data.n]
outcomes: desk.outcomes
---
"#;
const OPEN: &str = r#"{"type":"object","properties":{"user":{"type":"string"},"n":{"type":"integer"},
  "s":{"type":"string"}}}"#;
const WHO: &str = r#"{"type":"object","properties":{"rent_due":{"type":"string","format":"date-time"},
  "balance":{"type":"number"},"timezone":{"type":"string"},"flight":{"type":"string"},
  "others":{"type":"array","items":{"type":"object","properties":{"flight":{"type":"string"}}}}}}"#;

enum Step {
    /// An event that happened at a time and is logged at another.
    Event(&'static str, String, i64, i64),
    Tick(i64),
    /// An event about everyone.
    All(&'static str, String, i64),
    /// An event of another subject.
    Of(&'static str, &'static str, String, i64),
    /// What became of the latest task of an action: outcome, answer or reason, when.
    Said(&'static str, OutcomeKind, Option<&'static str>, i64),
}

fn on(kind: &'static str, data: &str, at: i64) -> Step {
    Step::Event(kind, data.to_owned(), at, at)
}

fn event(offset: u64, kind: &str, data: &str, time: i64, logged_at: i64, subject: Option<&str>) -> Event {
    Event {
        source: "shop".into(),
        namespace: None,
        id: format!("e{offset}"),
        kind: kind.into(),
        time: Timestamp(time),
        logged_at: Timestamp(logged_at),
        subject: subject.map(Subject::person),
        journey: format!("j{offset}"),
        traceparent: None,
        data: Document::parse_own(data).unwrap(),
    }
}

struct Story {
    bundle: Arc<Bundle>,
    machine: Partition,
    /// All that was written to the changelog; handed on after each record where machines change.
    changelog: Option<Vec<Record>>,
    next: u64,
    tasks: BTreeMap<String, String>,
}

fn machine(bundle: &Arc<Bundle>) -> Partition {
    let settings = Settings { dedup: Span(HOUR), profile_bytes_max: 1 << 20, zone: "UTC".into() };
    Partition::new(Role::Log, 0, bundle.clone(), settings)
}

impl Story {
    fn new(documents: &str, changes: bool) -> Story {
        let files = vec![
            ("all.yaml".to_owned(), format!("{SOURCES}{documents}")),
            ("open.json".to_owned(), OPEN.to_owned()),
            ("who.json".to_owned(), WHO.to_owned()),
        ];
        let bundle = match segue_bundle::read(files) {
            Ok(loaded) => Arc::new(loaded.bundle),
            Err(findings) => {
                let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
                panic!("{}", shown.join("\n"))
            }
        };
        let changelog = changes.then(Vec::new);
        Story { machine: machine(&bundle), bundle, changelog, next: 0, tasks: BTreeMap::new() }
    }

    fn log_record(&self, step: &Step) -> LogRecord {
        let offset = self.next;
        let origin = |topic: &str| Origin { topic: topic.into(), incarnation: 0, partition: 0, offset, n: 0 };
        match step {
            Step::Tick(at) => LogRecord::Tick { at: Timestamp(*at) },
            Step::Event(kind, data, time, logged_at) => {
                let event = event(offset, kind, data, *time, *logged_at, Some("c1"));
                LogRecord::Event { event, origin: origin("shop.events") }
            }
            Step::Of(subject, kind, data, at) => {
                let event = event(offset, kind, data, *at, *at, Some(subject));
                LogRecord::Event { event, origin: origin("shop.events") }
            }
            Step::All(kind, data, at) => {
                let event = Event { source: "air".into(), ..event(offset, kind, data, *at, *at, None) };
                LogRecord::Row { event, origin: origin("segue.shared") }
            }
            Step::Said(action, kind, text, at) => LogRecord::Outcome {
                outcome: Outcome {
                    destination: "desk".into(),
                    task: self.tasks.get(*action).cloned().unwrap_or_else(|| (*action).to_owned()),
                    kind: *kind,
                    answer: text.filter(|_| *kind == OutcomeKind::Answered).map(str::to_owned),
                    reason: text.filter(|_| *kind != OutcomeKind::Answered).map(str::to_owned),
                    time: Timestamp(*at),
                    logged_at: Timestamp(*at),
                },
                origin: origin("desk.outcomes"),
            },
        }
    }

    fn take(&mut self, step: &Step) -> Vec<String> {
        let value = log_record::encode(&self.log_record(step)).into_bytes();
        let record = Record {
            topic: LOG.into(),
            partition: 0,
            incarnation: 0,
            offset: self.next,
            appended_at_ms: 0,
            key: None,
            value: Some(value),
            headers: Vec::new(),
        };
        self.next += 1;
        if let Some(changelog) = &self.changelog {
            self.machine = machine(&self.bundle);
            changelog.iter().for_each(|record| self.machine.restore(record).unwrap());
        }
        let mut effects = Effects::default();
        self.machine.step(&record, &mut effects);
        self.machine.finish(&mut effects);
        self.machine.settle();
        if let Some(changelog) = &mut self.changelog {
            let kept = effects.appends.iter().filter(|append| &*append.topic == PROFILES);
            changelog.extend(kept.map(|append| Record {
                topic: append.topic.clone(),
                key: append.key.clone(),
                value: append.value.clone(),
                ..record.clone()
            }));
        }
        effects.appends.iter().filter_map(|append| self.line(append)).collect()
    }

    /// What left, in a line: `released call 10:00`, `status held call hold`, `failed unknown-task`.
    fn line(&mut self, append: &Append) -> Option<String> {
        let code = |name| append.headers.iter().find(|header| header.name == name)?.value.clone();
        if &*append.topic == FAILED {
            return Some(format!("failed {}", String::from_utf8(code("segue-error")?).unwrap()));
        }
        let value: serde_json::Value = serde_json::from_slice(append.value.as_ref()?).unwrap();
        let (kind, data) = (value["type"].as_str()?, &value["data"]);
        let action = data["action"].as_str().unwrap_or_default();
        let clock = &value["time"].as_str()?[11..16];
        match kind.strip_prefix("segue.task.") {
            Some(said) => {
                let _ = self.tasks.insert(action.to_owned(), data["task"].as_str()?.to_owned());
                Some(format!("{said} {action} {clock}"))
            }
            None => {
                let words = ["stage", "action", "reason"].map(|name| data[name].as_str().unwrap_or_default());
                Some(format!("status {} {clock}", words.join(" ").trim()))
            }
        }
    }
}

/// What leaves at each step, but for statuses.
fn tasks(documents: &str, steps: &[Step]) -> Vec<Vec<String>> {
    let mut all = told(documents, steps);
    all.iter_mut().for_each(|lines| lines.retain(|line| !line.starts_with("status")));
    all
}

/// What leaves at each step.
fn told(documents: &str, steps: &[Step]) -> Vec<Vec<String>> {
    let [one, many] = [false, true].map(|changes| {
        let mut story = Story::new(documents, changes);
        steps.iter().map(|step| story.take(step)).collect::<Vec<_>>()
    });
    assert_eq!(one, many, "a machine that begins anew goes on as if it had not");
    one
}

const ABANDONED: &str = r#"
rule: abandoned
on: started
unless: done
within: 1h
same: data.s
propose: [call]
---
action: call
to: desk
what: "Call {{ event.data.user }}"
"#;

fn session(session: &str) -> String {
    format!(r#"{{"user":"c1","s":"{session}"}}"#)
}

#[test]
fn an_absence_fires_when_its_time_is_over_and_not_before() {
    let begun = || on("started", &session("a"), T);
    let none: [&str; 0] = [];
    assert_eq!(
        tasks(ABANDONED, &[begun(), Step::Tick(T + HOUR - 1), Step::Tick(T + HOUR), Step::Tick(T + DAY)]),
        [&none[..], &none, &["released call 11:00"], &none],
    );
    // A record later than that fires it first, at its own time.
    assert_eq!(
        tasks(ABANDONED, &[begun(), on("seen", &session("a"), T + 2 * HOUR)]),
        [&none[..], &["released call 11:00"]]
    );
}

#[test]
fn what_comes_in_time_and_agrees_ends_an_absence() {
    let ends = |kind: &'static str, s: &str, at: i64| {
        let steps = [on("started", &session("a"), T), on(kind, &session(s), at), Step::Tick(T + DAY)];
        tasks(ABANDONED, &steps).concat().is_empty()
    };
    assert!(ends("done", "a", T));
    assert!(ends("done", "a", T + HOUR - 1));
    // The window is half open, and a timer fires before an event of the same instant.
    assert!(!ends("done", "a", T + HOUR));
    assert!(!ends("done", "b", T + 1));
    assert!(!ends("seen", "a", T + 1));
}

#[test]
fn instants_decide_what_follows_what_and_not_the_order_of_the_log() {
    let late = |kind: &'static str, time: i64, at: i64| Step::Event(kind, session("a"), time, at);
    let none = Vec::<String>::new();
    // It was done before it was begun, though it was logged after.
    let earlier = [on("started", &session("a"), T), late("done", T - 1, T + 5), Step::Tick(T + HOUR)];
    assert_eq!(tasks(ABANDONED, &earlier)[2], ["released call 11:00"]);
    // It was done after it was begun, though it was logged before.
    let later = [on("done", &session("a"), T + 5), late("started", T, T + 9), Step::Tick(T + DAY)];
    assert_eq!(tasks(ABANDONED, &later).concat(), none);
    // The waiting was over before it was known to begin: it fires at once.
    let over = [late("started", T, T + 3 * HOUR), Step::Tick(T + DAY)];
    assert_eq!(tasks(ABANDONED, &over), [vec!["released call 13:00".to_owned()], none]);
}

#[test]
fn the_condition_of_an_absence_sees_the_context_of_its_moment() {
    let bundle = ABANDONED.replace("propose", "when: count('seen', '1h') == 1 && since('seen') <= duration('40m') && event.data.s == 'a' && last('started').data.s == 'a'\npropose");
    let steps =
        [on("started", &session("a"), T), on("seen", &session("x"), T + 20 * MINUTE), Step::Tick(T + HOUR)];
    assert_eq!(tasks(&bundle, &steps).concat(), ["released call 11:00"]);
    let steps = [on("started", &session("a"), T), on("seen", &session("x"), T), Step::Tick(T + HOUR)];
    assert_eq!(tasks(&bundle, &steps).concat().len(), 0, "seen exactly an hour ago is outside of the window");
}

const HELD: &str = r#"
rule: trouble
on: started
propose: [call]
---
action: call
to: desk
what: "Call"
hold: 3h
applicable: "!has(who.balance) || who.balance < 5.0"
"#;

#[test]
fn a_held_task_is_decided_again_in_the_context_of_its_release() {
    let begun = || on("started", &session("a"), T);
    let expected = [
        &["status decided 10:00", "status held call hold 10:00"][..],
        &["released call 13:00", "status released call 13:00"],
    ];
    assert_eq!(told(HELD, &[begun(), Step::Tick(T + 3 * HOUR)]), expected);
    let paid = on("changed", r#"{"balance": 9.0}"#, T + HOUR);
    let withdrawn = told(HELD, &[begun(), paid, Step::Tick(T + 3 * HOUR)]);
    assert_eq!(withdrawn[2], ["status withdrawn call applicable 13:00"]);
}

#[test]
fn a_calendar_holds_until_it_opens_by_the_clock_on_the_wall() {
    let bundle = HELD.replace("hold: 3h", "during: office-hours")
        + "---\ncalendar: office-hours\ntimezone: Europe/Paris\nopen: {mon-fri: \"09:00-17:30\"}\n";
    // Monday, 11:00 in Paris.
    assert_eq!(tasks(&bundle, &[on("started", &session("a"), T)])[0], ["released call 10:00"]);
    // Friday, 17:30 in Paris: closed until Monday. The night from Saturday to Sunday is the one in which summer begins.
    let friday = T + 25 * DAY + 6 * HOUR + 30 * MINUTE;
    let monday = T + 28 * DAY - 3 * HOUR;
    let steps = [on("started", &session("a"), friday), Step::Tick(monday - 1), Step::Tick(monday)];
    let told = told(&bundle, &steps);
    assert_eq!(told[0][1], "status held call office-hours 16:30");
    assert_eq!((told[1].len(), told[2][0].as_str()), (0, "released call 07:00"));
}

#[test]
fn what_an_absence_waited_for_withdraws_the_task_that_is_held_because_of_it() {
    let bundle = ABANDONED.to_owned() + "hold: 2h\n";
    let steps = [
        on("started", &session("a"), T),
        on("started", &session("b"), T),
        Step::Tick(T + HOUR),
        on("done", &session("a"), T + 2 * HOUR),
        Step::Tick(T + 3 * HOUR),
    ];
    let told = told(&bundle, &steps);
    assert_eq!(told[2], ["status held call hold 11:00"; 2]);
    assert_eq!(told[3], ["status no-action 12:00", "status withdrawn call done 12:00"]);
    assert_eq!(told[4], ["released call 13:00", "status released call 13:00"]);
}

const RENT: &str = r#"
rule: rent-at-risk
at: who.rent_due - duration('72h')
when: who.balance < 100.0
propose: [warn]
---
action: warn
to: desk
what: "Warn"
"#;

fn rent(due: i64, balance: f64) -> String {
    format!(r#"{{"rent_due": "{}", "balance": {balance:?}}}"#, Timestamp(due))
}

#[test]
fn a_moment_fires_once_and_moves_with_its_context() {
    let due = T + 10 * DAY;
    let none: [&str; 0] = [];
    let known = || on("changed", &rent(due, 5.0), T);
    let steps = [
        known(),
        Step::Tick(due - 3 * DAY - 1),
        Step::Tick(due - 3 * DAY),
        on("changed", &rent(due, 4.0), due - 2 * DAY),
    ];
    assert_eq!(tasks(RENT, &steps), [&none[..], &none, &["released warn 10:00"], &none]);
    // It moves.
    let moved =
        [known(), on("changed", &rent(due + HOUR, 5.0), T + 1), Step::Tick(due - 3 * DAY), Step::Tick(due)];
    assert_eq!(tasks(RENT, &moved), [&none[..], &none, &none, &["released warn 11:00"]]);
    // It is past when it becomes known.
    assert_eq!(tasks(RENT, &[on("changed", &rent(T + DAY, 5.0), T), Step::Tick(T + 5 * DAY)]).concat(), none);
    // The condition is that of the moment.
    let paid = [known(), on("changed", &rent(due, 500.0), T + 1), Step::Tick(due)];
    assert_eq!(tasks(RENT, &paid).concat(), none);
}

const LIVES: &str = r#"
rule: trouble
on: started
propose: [call]
---
action: call
to: desk
what: "Call"
due: 4h
remind: [1h, 2h]
expires: 6h
"#;

#[test]
fn a_task_is_reminded_of_then_overdue_then_over() {
    let hours = |hours: i64| Step::Tick(T + hours * HOUR);
    let told =
        told(LIVES, &[on("started", &session("a"), T), hours(1), hours(2), hours(4), hours(6), hours(9)]);
    assert_eq!(told[1..3], [["reminder call 11:00"], ["reminder call 12:00"]]);
    assert_eq!(told[3..5], [["status overdue call 14:00"], ["status expired call 16:00"]]);
    assert!(told[5].is_empty());
}

#[test]
fn an_outcome_stops_what_it_is_to_stop() {
    let said = |kind| Step::Said("call", kind, None, T + 1);
    let after = |kind| told(LIVES, &[on("started", &session("a"), T), said(kind), Step::Tick(T + 9 * HOUR)]);
    let accepted = after(OutcomeKind::Accepted);
    assert_eq!(accepted[1], ["status accepted call 10:00"]);
    assert_eq!(accepted[2], ["status overdue call 14:00", "status expired call 16:00"]);
    for kind in [OutcomeKind::Completed, OutcomeKind::Declined, OutcomeKind::Failed] {
        let ended = after(kind);
        assert_eq!(ended[1], [format!("status {} call 10:00", kind.as_str())]);
        assert!(ended[2].is_empty(), "{ended:?}");
    }
}

#[test]
fn an_outcome_of_no_known_task_is_a_failed_event() {
    let said = |at| Step::Said("call", OutcomeKind::Completed, None, at);
    assert_eq!(told(LIVES, &[said(T)])[0], ["failed unknown-task"]);
    let end = T + 6 * HOUR + 30 * DAY;
    let known = told(LIVES, &[on("started", &session("a"), T), said(end - 1)]);
    assert_eq!(known[1].last().unwrap(), "status completed call 15:59");
    let forgotten = told(LIVES, &[on("started", &session("a"), T), said(end)]);
    assert_eq!(forgotten[1].last().unwrap(), "failed unknown-task");
    // One that is held has not left: nobody can say anything of it.
    let held = told(HELD, &[on("started", &session("a"), T), said(T + 1)]);
    assert_eq!(held[1], ["failed unknown-task"]);
}

#[test]
fn an_answer_is_news_and_so_is_silence_and_a_reason() {
    let bundle = r#"
rule: late
on: started
propose: [ask]
---
action: ask
to: desk
what: "Ask"
ask: {question: "Move it?", answers: ["yes", "no"], wait: 4h}
---
rule: said-yes
on: task.answered
when: event.data.answer == 'yes' && event.data.action == 'ask' && cause.data.n == 7
propose: [move]
---
rule: silent
on: task.unanswered
propose: [phone]
---
rule: cannot
on: task.failed
when: event.data.reason == "can't"
propose: [phone]
---
action: move
to: desk
what: "Move {{ cause.data.n }}"
---
action: phone
to: desk
what: "Phone"
"#;
    let begun = || on("started", r#"{"user":"c1","n":7}"#, T);
    let said = |kind, text, at| Step::Said("ask", kind, Some(text), at);
    let yes =
        tasks(bundle, &[begun(), said(OutcomeKind::Answered, "yes", T + HOUR), Step::Tick(T + 5 * HOUR)]);
    assert_eq!(
        yes,
        [vec!["released ask 10:00".to_owned()], vec!["released move 11:00".to_owned()], Vec::new()]
    );
    let no = tasks(bundle, &[begun(), said(OutcomeKind::Answered, "no", T + HOUR), Step::Tick(T + 5 * HOUR)]);
    assert_eq!(no[1..].concat().len(), 0);
    let silent = tasks(bundle, &[begun(), Step::Tick(T + 5 * HOUR)]);
    assert_eq!(silent[1], ["released phone 14:00"]);
    let cannot = tasks(bundle, &[begun(), said(OutcomeKind::Failed, "can't", T + HOUR)]);
    assert_eq!(cannot[1], ["released phone 11:00"]);
    let will_not = tasks(bundle, &[begun(), said(OutcomeKind::Failed, "won't", T + HOUR)]);
    assert_eq!(will_not[1].len(), 0);
}

#[test]
fn outcomes_are_counted_over_half_open_windows() {
    let bundle = r#"
rule: trouble
on: started
when: outcomes('call', 'declined', '1h') == 0 && outcomes('call', 'declined') < 2
propose: [call]
---
action: call
to: desk
what: "Call"
"#;
    let no = |at| Step::Said("call", OutcomeKind::Declined, None, at);
    let begun = |at| on("started", &session("a"), at);
    let steps = [begun(T), no(T + 1), begun(T + HOUR), begun(T + HOUR + 1), no(T + HOUR + 2), begun(T + DAY)];
    let counts: Vec<usize> = tasks(bundle, &steps).iter().map(Vec::len).collect();
    assert_eq!(counts, [1, 0, 0, 1, 0, 0]);
}

#[test]
fn news_that_raise_news_end_after_sixteen_steps() {
    let bundle = r#"
rule: first
on: started
propose: [call]
---
rule: again
on: task.released
propose: [call]
---
action: call
to: desk
what: "Call"
"#;
    let released = tasks(bundle, &[on("started", &session("a"), T)]).concat();
    assert_eq!(released.len(), 17, "the first and sixteen that follow");
}

const DELAYED: &str = r#"
rule: delayed
on: delayed
for: who.flight == event.data.s || who.others.exists(f, f.flight == event.data.s && who.balance > 0.0)
when: "!has(who.timezone)"
propose: [rebook]
---
action: rebook
to: desk
what: "Rebook"
"#;

#[test]
fn an_event_about_everyone_reaches_each_subject_that_it_concerns() {
    let of = |subject, who: &str, at| Step::Of(subject, "changed", who.to_owned(), at);
    let steps = [
        of("c1", r#"{"flight":"X1"}"#, T),
        of("c2", r#"{"flight":"X2"}"#, T),
        of("c3", r#"{"balance":1.0,"others":[{"flight":"X0"},{"flight":"X1"}]}"#, T),
        of("c4", r#"{"balance":0.0,"others":[{"flight":"X1"}]}"#, T),
        of("c5", r#"{"flight":"X1","timezone":"UTC"}"#, T),
        of("c6", r#"{"flight":"X1"}"#, T),
        of("c6", r#"{"flight":"X9"}"#, T + 1),
        Step::All("delayed", session("X1"), T + HOUR),
        Step::All("delayed", session("none"), T + HOUR),
    ];
    let told = tasks(DELAYED, &steps);
    assert_eq!(told[7], ["released rebook 11:00"; 2], "c1 and c3");
    assert_eq!(told[8].len(), 0);
}

#[test]
fn a_row_that_is_not_touched_for_so_long_is_gone() {
    let bundle = r#"
rule: known
on: seen
when: "'a' in visits"
propose: [call]
---
rule: rated
on: seen
when: "'a' in rates"
propose: [write]
---
action: call
to: desk
what: "Call"
---
action: write
to: desk
what: "Write"
"#;
    let seen = |at| on("seen", "{}", at);
    let visited = |at| on("visited", &session("a"), at);
    let steps = [
        visited(T),
        seen(T + HOUR - 1),
        seen(T + HOUR),
        visited(T + 2 * HOUR),
        visited(T + 2 * HOUR + 5),
        seen(T + 3 * HOUR),
    ];
    let counts = |steps: &[Step]| tasks(bundle, steps).iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(counts(&steps), [0, 1, 0, 0, 0, 1]);
    let rated = |at| Step::All("rated", session("a"), at);
    let steps = [
        rated(T),
        seen(T + HOUR - 1),
        seen(T + HOUR),
        rated(T + 2 * HOUR),
        rated(T + 2 * HOUR + 5),
        seen(T + 3 * HOUR),
    ];
    assert_eq!(counts(&steps), [0, 1, 0, 0, 0, 1]);
}

#[test]
fn a_moment_follows_from_what_a_subject_begins_with() {
    let due = T + 10 * DAY;
    let mut story = Story::new(RENT, false);
    let who = Document::parse_own(&rent(due, 5.0)).unwrap();
    let profile = segue_model::Profile { who: Some(Arc::new(who)), ..Default::default() };
    story.machine.give(&Subject::person("c1"), profile, Timestamp(T));
    assert_eq!(story.machine.due_at(), Some(Timestamp(due - 3 * DAY)));
    assert_eq!(story.take(&Step::Tick(due)), ["released warn 10:00"]);
}
