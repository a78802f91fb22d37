//! The stories' teller: one machine, and machines that begin anew at every record.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_document::Document;
use segue_engine::{Effects, Partition, Role, Settings};
use segue_log::{Append, Record};
use segue_model::{Event, Outcome, OutcomeKind, Span, Subject, Timestamp};
use segue_wire::topics::{DECISIONS, FAILED, LOG, PROFILES};
use segue_wire::{LogRecord, Origin, log_record};

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;
/// Monday, 2 March 2026, 10:00 UTC.
pub(crate) const T: i64 = 1_772_445_600_000;

pub(crate) const SOURCES: &str = r#"
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
pub(crate) const OPEN: &str = r#"{"type":"object","properties":{"user":{"type":"string"},"n":{"type":"integer"},
  "s":{"type":"string"}}}"#;
pub(crate) const WHO: &str = r#"{"type":"object","properties":{"rent_due":{"type":"string","format":"date-time"},
  "balance":{"type":"number"},"timezone":{"type":"string"},"flight":{"type":"string"},
  "others":{"type":"array","items":{"type":"object","properties":{"flight":{"type":"string"}}}}}}"#;

pub(crate) enum Step {
    /// An event that happened at a time and is logged at another.
    Event(&'static str, String, i64, i64),
    Tick(i64),
    /// An event about everyone.
    All(&'static str, String, i64),
    /// An event of another subject.
    Of(&'static str, &'static str, String, i64),
    /// An event of `trade`, about a subject of any kind.
    By(Subject, &'static str, String, i64),
    /// A signal that was raised about another subject, by its place among all of them.
    Passed(usize),
    /// What became of the latest task of an action: outcome, answer or reason, when.
    Said(&'static str, OutcomeKind, Option<&'static str>, i64),
}

pub(crate) fn on(kind: &'static str, data: &str, at: i64) -> Step {
    Step::Event(kind, data.to_owned(), at, at)
}

pub(crate) fn event(
    offset: u64,
    kind: &str,
    data: &str,
    time: i64,
    logged_at: i64,
    subject: Option<&str>,
) -> Event {
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
        surroundings: Default::default(),
        data: Document::parse_own(data).unwrap(),
    }
}

pub(crate) struct Story {
    pub(crate) bundle: Arc<Bundle>,
    pub(crate) machine: Partition,
    /// All that was written to the changelog; handed on after each record where machines change.
    changelog: Option<Vec<Record>>,
    pub(crate) next: u64,
    tasks: BTreeMap<String, String>,
    /// What was decided at the last step.
    pub(crate) decided: Vec<serde_json::Value>,
    /// The signals that were raised about other subjects, as they stand in the log.
    pub(crate) passed: Vec<LogRecord>,
}

pub(crate) fn machine(bundle: &Arc<Bundle>) -> Partition {
    let settings = Settings { dedup: Span(HOUR), profile_bytes_max: 1 << 20, zone: "UTC".into() };
    Partition::new(Role::Log, 0, bundle.clone(), settings)
}

impl Story {
    pub(crate) fn new(documents: &str, changes: bool) -> Story {
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
        Story {
            machine: machine(&bundle),
            bundle,
            changelog,
            next: 0,
            tasks: BTreeMap::new(),
            decided: Vec::new(),
            passed: Vec::new(),
        }
    }

    pub(crate) fn log_record(&self, step: &Step) -> LogRecord {
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
            Step::By(subject, kind, data, at) => {
                let event = event(offset, kind, data, *at, *at, None);
                let event = Event { source: "trade".into(), subject: Some(subject.clone()), ..event };
                LogRecord::Event { event, origin: origin("trade.events") }
            }
            Step::Passed(number) => self.passed[*number].clone(),
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

    pub(crate) fn take(&mut self, step: &Step) -> Vec<String> {
        self.take_record(self.log_record(step))
    }

    pub(crate) fn take_record(&mut self, record: LogRecord) -> Vec<String> {
        let value = log_record::encode(&record).into_bytes();
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
        let decided = effects.appends.iter().filter(|append| &*append.topic == DECISIONS);
        let parsed = |append: &Append| serde_json::from_slice(append.value.as_ref().unwrap()).unwrap();
        self.decided = decided.map(parsed).collect();
        let passed = effects.appends.iter().filter(|append| &*append.topic == LOG);
        let read = |append: &Append| log_record::decode(append.value.as_ref().unwrap()).unwrap();
        self.passed.extend(passed.map(read));
        let left = effects.appends.iter().filter(|append| &*append.topic != LOG);
        left.filter_map(|append| self.line(append)).collect()
    }

    /// What left, in a line: `released call 10:00`, `status held call hold`, `failed unknown-task`.
    pub(crate) fn line(&mut self, append: &Append) -> Option<String> {
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
pub(crate) fn tasks(documents: &str, steps: &[Step]) -> Vec<Vec<String>> {
    let mut all = told(documents, steps);
    all.iter_mut().for_each(|lines| lines.retain(|line| !line.starts_with("status")));
    all
}

/// What leaves at each step.
pub(crate) fn told(documents: &str, steps: &[Step]) -> Vec<Vec<String>> {
    let [one, many] = [false, true].map(|changes| {
        let mut story = Story::new(documents, changes);
        steps.iter().map(|step| story.take(step)).collect::<Vec<_>>()
    });
    assert_eq!(one, many, "a machine that begins anew goes on as if it had not");
    one
}

pub(crate) fn session(session: &str) -> String {
    format!(r#"{{"user":"c1","s":"{session}"}}"#)
}
