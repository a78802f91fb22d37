//! The formats of what the router writes, read as the reference describes them.

use std::fmt;
use std::sync::Arc;

use segue_log::Record;
use serde_json::Value;

use super::report::{FaultKind, Report};
use super::{Evidence, LOG, SHARED};

/// The longest range of offsets that is believed: a longer one is a broken record, not a long partition.
const RANGE_MAX: u64 = 100_000_000;

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
    Tick,
}

/// A record of the log.
pub(super) struct Copy {
    pub(super) at: Position,
    pub(super) logged_at_ms: i64,
    pub(super) kind: CopyKind,
    /// Every kind but a tick has one.
    pub(super) origin: Option<Origin>,
    /// Of an event or a row.
    pub(super) event: Option<Logged>,
    /// Of a failure.
    pub(super) code: Option<String>,
}

/// An event in the log.
pub(super) struct Logged {
    pub(super) source: String,
    pub(super) namespace: Option<String>,
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) subject: Option<String>,
    pub(super) data: Value,
}

/// What became of one record of the log.
pub(super) struct Decision {
    pub(super) at: Position,
    pub(super) id: String,
    pub(super) subject: String,
    pub(super) cause: [String; 3],
    pub(super) log: Position,
    pub(super) bundle: String,
    pub(super) released: Vec<Candidate>,
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

/// A task.
pub(super) struct Task {
    pub(super) at: Position,
    pub(super) id: String,
    pub(super) action: String,
    pub(super) rule: String,
    pub(super) subject: String,
    pub(super) cause: [String; 3],
    pub(super) decision: String,
    pub(super) bundle: String,
    pub(super) priority: Value,
}

/// All that the router has written, read; what cannot be read is in the report.
pub(super) struct Read<'e> {
    pub(super) log: Vec<Copy>,
    pub(super) decisions: Vec<Decision>,
    pub(super) joined: Vec<Joined>,
    pub(super) tasks: Vec<Task>,
    pub(super) failed: Vec<(Position, &'e Record)>,
}

impl<'e> Read<'e> {
    pub(super) fn of(evidence: &'e Evidence, report: &mut Report) -> Read<'e> {
        let mut read = Read {
            log: Vec::with_capacity(evidence.log.len()),
            decisions: Vec::new(),
            joined: Vec::new(),
            tasks: Vec::with_capacity(evidence.tasks.len()),
            failed: Vec::with_capacity(evidence.failed.len()),
        };
        for record in &evidence.log {
            keep(&mut read.log, copy(record), record, report);
        }
        for record in &evidence.decisions {
            match json(record) {
                Ok(value) if value.get("decision").is_some_and(Value::is_null) => {
                    keep(&mut read.joined, joined(record, &value), record, report);
                }
                value => {
                    let decided = value.and_then(|value| decision(record, &value));
                    keep(&mut read.decisions, decided, record, report);
                }
            }
        }
        for record in &evidence.tasks {
            keep(&mut read.tasks, task(record), record, report);
        }
        for record in &evidence.failed {
            let origin = super::failed::header(record, "segue-origin").and_then(|text| position(&text));
            let origin = origin.ok_or_else(|| "no header segue-origin that names a record".to_owned());
            keep(&mut read.failed, origin.map(|origin| (origin, record)), record, report);
        }
        read.log.sort_by(|a, b| a.at.cmp(&b.at));
        for pair in read.log.windows(2).filter(|pair| pair[0].at == pair[1].at) {
            report.fault(FaultKind::Unreadable, &pair[0].at, "given twice as a record of the log");
        }
        read
    }
}

fn keep<T>(kept: &mut Vec<T>, read: Result<T, String>, record: &Record, report: &mut Report) {
    match read {
        Ok(value) => kept.push(value),
        Err(why) => report.fault(FaultKind::Unreadable, Position::of(record), why),
    }
}

fn copy(record: &Record) -> Result<Copy, String> {
    let mut value = json(record)?;
    if number(&value, "/v")? != 1 {
        return Err("not of version 1".to_owned());
    }
    let kind = match text(&value, "/kind")?.as_str() {
        "event" => CopyKind::Event,
        "failed" => CopyKind::Failed,
        "row" => CopyKind::Row,
        "tick" => CopyKind::Tick,
        _ => return Err("of no known kind".to_owned()),
    };
    let is_event = matches!(kind, CopyKind::Event | CopyKind::Row);
    Ok(Copy {
        at: Position::of(record),
        logged_at_ms: value.get("at").and_then(Value::as_i64).ok_or("no whole number at /at")?,
        kind,
        origin: if kind == CopyKind::Tick { None } else { Some(origin(&value)?) },
        code: if kind == CopyKind::Failed { Some(text(&value, "/code")?) } else { None },
        event: if is_event { Some(logged(record, &mut value)?) } else { None },
    })
}

fn origin(value: &Value) -> Result<Origin, String> {
    let partition = u32::try_from(number(value, "/origin/partition")?).map_err(|error| error.to_string())?;
    Ok(Origin {
        at: Position {
            topic: Arc::from(text(value, "/origin/topic")?),
            partition,
            offset: number(value, "/origin/offset")?,
        },
        incarnation: number(value, "/origin/incarnation")?,
        n: number(value, "/origin/n")?,
    })
}

fn logged(record: &Record, value: &mut Value) -> Result<Logged, String> {
    let subject = optional(value, "/subject");
    if &*record.topic == LOG
        && subject.is_some()
        && record.key.as_deref() != subject.as_deref().map(str::as_bytes)
    {
        return Err("its key is not its subject".to_owned());
    }
    Ok(Logged {
        source: text(value, "/source")?,
        namespace: optional(value, "/namespace"),
        id: text(value, "/id")?,
        kind: text(value, "/type")?,
        subject,
        data: value.get_mut("data").map(Value::take).unwrap_or_default(),
    })
}

fn decision(record: &Record, value: &Value) -> Result<Decision, String> {
    let subject = text(value, "/subject")?;
    if record.key.as_deref() != Some(subject.as_bytes()) {
        return Err("its key is not its subject".to_owned());
    }
    let candidates = value.get("candidates").and_then(Value::as_array).ok_or("no list at /candidates")?;
    let released = candidates.iter().filter(|candidate| candidate["verdict"] == "released");
    let released: Vec<Candidate> = released.map(candidate).collect::<Result<_, String>>()?;
    let result = text(value, "/result")?;
    if (result == "released") == released.is_empty() {
        return Err(format!("its result is {result}, and {} candidates are released", released.len()));
    }
    let partition = number(value, "/stimulus/log/partition")?;
    Ok(Decision {
        at: Position::of(record),
        id: text(value, "/decision")?,
        subject,
        cause: cause(value, "/stimulus")?,
        log: Position {
            topic: Arc::from(LOG),
            partition: u32::try_from(partition).map_err(|error| error.to_string())?,
            offset: number(value, "/stimulus/log/offset")?,
        },
        bundle: text(value, "/bundle")?,
        released,
    })
}

fn candidate(value: &Value) -> Result<Candidate, String> {
    Ok(Candidate {
        action: text(value, "/action")?,
        rule: text(value, "/rule")?,
        task: text(value, "/task")?,
        priority: value["priority"].clone(),
    })
}

fn joined(record: &Record, value: &Value) -> Result<Joined, String> {
    let key = record.key.as_deref().and_then(|key| std::str::from_utf8(key).ok()).ok_or("no key")?;
    let (topic, partition) = key.rsplit_once('/').ok_or("its key names no partition")?;
    let partition: u32 = partition.parse().map_err(|_| "its key names no partition")?;
    if ![LOG, SHARED].contains(&topic) || number(value, "/log/partition")? != u64::from(partition) {
        return Err("its key and its partition do not agree".to_owned());
    }
    let lists = value.get("log").and_then(Value::as_object).ok_or("no lists at /log")?;
    let mut ranges = Vec::new();
    for (name, list) in lists.iter().filter(|(name, _)| *name != "partition") {
        for entry in list.as_array().ok_or_else(|| format!("no list at /log/{name}"))? {
            let range = entry.as_str().and_then(range).ok_or_else(|| format!("no range in /log/{name}"))?;
            ranges.push((name.clone(), range.0, range.1));
        }
    }
    Ok(Joined { at: Position::of(record), topic: Arc::from(topic), partition, ranges })
}

/// Reads `a-b` or `a`.
fn range(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last && last - first < RANGE_MAX).then_some((first, last))
}

fn task(record: &Record) -> Result<Task, String> {
    let value = json(record)?;
    let content_type = super::failed::header(record, "content-type").unwrap_or_default();
    if !content_type.starts_with("application/cloudevents+json") {
        return Err("not marked as a structured CloudEvent".to_owned());
    }
    let (id, subject) = (text(&value, "/data/task")?, text(&value, "/data/subject")?);
    let fixed = [("/specversion", "1.0"), ("/source", "segue"), ("/type", "segue.task.released")];
    for (pointer, expected) in fixed {
        if text(&value, pointer)? != expected {
            return Err(format!("not {expected} at {pointer}"));
        }
    }
    if text(&value, "/id")? != format!("{id}/released") {
        return Err("its id is not made from its task".to_owned());
    }
    if text(&value, "/subject")? != subject || record.key.as_deref() != Some(subject.as_bytes()) {
        return Err("its key and its subjects do not agree".to_owned());
    }
    Ok(Task {
        at: Position::of(record),
        id,
        action: text(&value, "/data/action")?,
        rule: text(&value, "/data/rule")?,
        subject,
        cause: cause(&value, "/data/cause")?,
        decision: text(&value, "/data/decision")?,
        bundle: text(&value, "/data/bundle")?,
        priority: value["data"]["priority"].clone(),
    })
}

fn cause(value: &Value, pointer: &str) -> Result<[String; 3], String> {
    let part = |name| text(value, &format!("{pointer}/{name}"));
    Ok([part("source")?, part("event")?, part("type")?])
}

/// Reads `topic/partition/offset`.
fn position(text: &str) -> Option<Position> {
    let mut parts = text.rsplitn(3, '/');
    let (offset, partition, topic) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Position {
        topic: Arc::from(topic),
        partition: partition.parse().ok()?,
        offset: offset.parse().ok()?,
    })
}

fn json(record: &Record) -> Result<Value, String> {
    serde_json::from_slice(record.value.as_deref().ok_or("no value")?).map_err(|error| error.to_string())
}

fn text(value: &Value, pointer: &str) -> Result<String, String> {
    optional(value, pointer).ok_or_else(|| format!("no text at {pointer}"))
}

fn optional(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

fn number(value: &Value, pointer: &str) -> Result<u64, String> {
    value.pointer(pointer).and_then(Value::as_u64).ok_or_else(|| format!("no whole number at {pointer}"))
}
