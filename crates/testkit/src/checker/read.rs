//! The formats of what the router writes, read as the reference describes them.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use segue_log::Record;
use serde_json::Value;

use super::Evidence;
use super::report::{FaultKind, Report};

mod parse;

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) topic: Arc<str>,
    pub(super) partition: u32,
    pub(super) offset: u64,
}

impl Position {
    pub(super) fn of(record: &Record) -> Position {
        Position { topic: record.topic.clone(), partition: record.partition, offset: record.offset }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.topic, self.partition, self.offset)
    }
}

/// Which input a record of the log was made from, and which copy of it this is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    pub(super) at: Position,
    pub(super) incarnation: u64,
    pub(super) n: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CopyKind {
    Event,
    Failed,
    Row,
    /// A signal about another subject than that of its event.
    Signal,
    /// Two ids that are one person, or what was known of one of them.
    Link,
    Outcome,
    Tick,
    /// What whoever runs the router tells it.
    Command,
}

/// A record of the log.
pub(super) struct Copy {
    pub(super) at: Position,
    pub(super) logged_at_ms: i64,
    pub(super) kind: CopyKind,
    /// Every kind but a tick has one; of a command, its copies do.
    pub(super) origin: Option<Origin>,
    /// Of an event, a row, or a signal.
    pub(super) event: Option<Logged>,
    /// Of a signal, the event of a source that began it: source, id and type.
    pub(super) cause: Option<[String; 3]>,
    /// Of a failure.
    pub(super) code: Option<String>,
    /// Of a command: the bundle that is to be decided by.
    pub(super) switch: Option<String>,
    /// Of a command: the part that rests from there on, or that goes on, which is false.
    pub(super) rests: Option<(String, bool)>,
    /// Of a command: who is erased.
    pub(super) erases: Option<String>,
    /// Of what a destination says.
    pub(super) outcome: Option<Outcome>,
    /// Of what partitions tell each other of responses.
    pub(super) shares: Vec<Share>,
}

/// What a partition says that it has counted of an action so far.
pub(super) struct Share {
    pub(super) partition: u32,
    pub(super) action: String,
    pub(super) counted: Counted,
}

/// Positive responses, and all.
pub(super) type Counted = (u64, u64);

/// What a destination says became of a task.
pub(super) struct Outcome {
    pub(super) task: String,
    pub(super) word: String,
    pub(super) answer: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) time_ms: i64,
}

/// An event in the log.
pub(super) struct Logged {
    pub(super) source: String,
    pub(super) namespace: Option<String>,
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) subject: Option<String>,
    pub(super) time_ms: i64,
    pub(super) data: Value,
}

impl Logged {
    /// Its source, id and type.
    pub(super) fn name(&self) -> [&str; 3] {
        [&self.source, &self.id, &self.kind]
    }
}

/// How a decision came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// On an event of a source about its subject: the fate of a record of the log.
    Event,
    /// On an event about everyone, for one subject.
    Everyone,
    /// On a signal about another subject than that of its event: the fate of a record of the log.
    Passed,
    /// On a signal or a piece of news.
    Follows,
    /// On a timer that was due then.
    Timer(i64),
}

/// What became of one record of the log, or of what followed from it, or of a timer.
pub(super) struct Decision {
    pub(super) at: Position,
    pub(super) id: String,
    pub(super) subject: String,
    /// What was decided on: source, id and type.
    pub(super) stimulus: [String; 3],
    /// The event of a source that began it: the stimulus itself, unless that is a signal, a piece of news or a timer; of
    /// a moment, the moment.
    pub(super) cause: [String; 3],
    pub(super) way: Way,
    /// Where the event stands in the log; of what follows and of timers, what was being taken then.
    pub(super) log: Position,
    pub(super) at_ms: i64,
    pub(super) bundle: String,
    pub(super) rules: Vec<String>,
    pub(super) released: Vec<Candidate>,
    /// What a policy or the router decided of each candidate, best first.
    pub(super) verdicts: Vec<Verdict>,
}

impl Decision {
    /// True if it is on what stands in the log.
    pub(super) fn is_first(&self) -> bool {
        matches!(self.way, Way::Event | Way::Everyone | Way::Passed)
    }
}

/// What was said of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Released,
    Held,
    Rejected,
}

/// What became of a candidate.
pub(super) struct Verdict {
    pub(super) action: String,
    pub(super) rule: String,
    pub(super) word: Word,
    /// Where that was settled.
    pub(super) stage: String,
    pub(super) task: Option<String>,
    /// Until when it is held.
    pub(super) until_ms: Option<i64>,
    /// The responses that its propensity was learned from.
    pub(super) learned: Option<Counted>,
    /// The channel that it goes on, or was to go on.
    pub(super) channel: Option<String>,
    /// The policy that turned it down for want of room.
    pub(super) capped_by: Option<String>,
}

/// A candidate that was released.
pub(super) struct Candidate {
    pub(super) action: String,
    pub(super) rule: String,
    pub(super) task: String,
    pub(super) priority: Value,
}

/// What became of records of the log that made no decision of their own.
pub(super) struct Joined {
    pub(super) at: Position,
    pub(super) topic: Arc<str>,
    pub(super) partition: u32,
    /// Name of the list, first offset, last offset.
    pub(super) ranges: Vec<(String, u64, u64)>,
}

/// What a destination is told of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Released,
    Reminder,
    Withdrawn,
}

/// A task.
pub(super) struct Task {
    pub(super) at: Position,
    pub(super) said: Said,
    /// When that was said.
    pub(super) said_ms: i64,
    pub(super) id: String,
    pub(super) action: String,
    pub(super) rule: String,
    pub(super) subject: String,
    pub(super) cause: [String; 3],
    pub(super) decision: String,
    pub(super) bundle: String,
    /// What is to be done, as the bundle words it.
    pub(super) what: String,
    pub(super) priority: Value,
}

/// What a source is told.
pub(super) struct Status {
    pub(super) event: String,
    pub(super) subject: String,
    pub(super) stage: String,
    pub(super) task: Option<String>,
    pub(super) at_ms: i64,
}

/// All that the router has written, read; what cannot be read is in the report.
pub(super) struct Read<'e> {
    pub(super) log: Vec<Copy>,
    pub(super) decisions: Vec<Decision>,
    pub(super) joined: Vec<Joined>,
    pub(super) tasks: Vec<Task>,
    pub(super) statuses: Vec<Status>,
    pub(super) failed: Vec<(Position, &'e Record)>,
}

impl<'e> Read<'e> {
    pub(super) fn of(evidence: &'e Evidence, report: &mut Report) -> Read<'e> {
        let mut read = Read {
            log: Vec::with_capacity(evidence.log.len()),
            decisions: Vec::new(),
            joined: Vec::new(),
            tasks: Vec::with_capacity(evidence.tasks.len()),
            statuses: Vec::with_capacity(evidence.statuses.len()),
            failed: Vec::with_capacity(evidence.failed.len()),
        };
        for record in &evidence.log {
            keep(&mut read.log, parse::copy(record), record, report);
        }
        let mut beside = Vec::new();
        for record in &evidence.decisions {
            match parse::json(record) {
                Ok(value) if value.get("decision").is_some_and(Value::is_null) => {
                    keep(&mut read.joined, parse::joined(record, &value), record, report);
                }
                // Nothing comes of what a bundle decides beside the one that counts: it is in no account.
                Ok(value) if value.get("shadow").is_some() => {
                    beside.extend(beside_by(&value, record, report))
                }
                value => {
                    let decided = value.and_then(|value| parse::decision(record, &value));
                    keep(&mut read.decisions, decided, record, report);
                }
            }
        }
        report.count("decisions beside", beside.len());
        report.count("bundles beside", beside.iter().collect::<BTreeSet<_>>().len());
        for record in &evidence.tasks {
            keep(&mut read.tasks, parse::task(record), record, report);
        }
        for record in &evidence.statuses {
            keep(&mut read.statuses, parse::status(record), record, report);
        }
        for record in &evidence.failed {
            let origin =
                super::failed::header(record, "segue-origin").and_then(|text| parse::position(&text));
            let origin = origin.ok_or_else(|| "no header segue-origin that names a record".to_owned());
            keep(&mut read.failed, origin.map(|origin| (origin, record)), record, report);
        }
        read.log.sort_by(|a, b| a.at.cmp(&b.at));
        for pair in read.log.windows(2).filter(|pair| pair[0].at == pair[1].at) {
            report.fault(FaultKind::Unreadable, &pair[0].at, "given twice as a record of the log");
        }
        read.decisions.sort_by(|a, b| a.at.cmp(&b.at));
        read
    }

    /// The record of the log at that place.
    pub(super) fn copy(&self, at: &Position) -> Option<&Copy> {
        let index = self.log.binary_search_by(|copy| copy.at.cmp(at)).ok()?;
        Some(&self.log[index])
    }
}

/// The bundle of a decision that was made beside the one that counts; what is wrong with it is said.
fn beside_by(value: &Value, record: &Record, report: &mut Report) -> Option<String> {
    let bundle = value.get("bundle").and_then(Value::as_str).map(str::to_owned);
    let is_whole = value["shadow"] == true && value["decision"].is_string() && bundle.is_some();
    if !is_whole {
        let detail = "it is marked as made beside, and is no such decision";
        report.fault(FaultKind::Unreadable, Position::of(record), detail);
    }
    bundle
}

fn keep<T>(kept: &mut Vec<T>, read: Result<T, String>, record: &Record, report: &mut Report) {
    match read {
        Ok(value) => kept.push(value),
        Err(why) => report.fault(FaultKind::Unreadable, Position::of(record), why),
    }
}
