//! One record each: what its topic promises, or what is wrong with it. Details name places, never contents.

use std::sync::Arc;

use segue_log::Record;
use serde_json::Value;

use super::super::failed::header;
use super::super::instant::instant;
use super::super::{LOG, SHARED};
use super::{
    Candidate, Copy, CopyKind, Counted, Decision, Joined, Logged, Origin, Outcome, Position, Said, Share,
    Status, Task, Verdict, Way, Word,
};

/// The longest range of offsets that is believed: a longer one is a broken record, not a long partition.
const RANGE_MAX: u64 = 100_000_000;
/// The source of what the router makes itself.
const OWN_SOURCE: &str = "segue";

pub(super) fn copy(record: &Record) -> Result<Copy, String> {
    let mut value = json(record)?;
    if number(&value, "/v")? != 1 {
        return Err("not of version 1".to_owned());
    }
    let word = text(&value, "/kind")?;
    let kind = match word.as_str() {
        "event" => CopyKind::Event,
        "failed" => CopyKind::Failed,
        "row" => CopyKind::Row,
        "signal" => CopyKind::Signal,
        "link" | "handover" => CopyKind::Link,
        "outcome" => CopyKind::Outcome,
        // What the owner of a partition notes moves the time on, and has no other fate.
        "tick" | "behind" | "closed" | "open" | "learned" | "reached" => CopyKind::Tick,
        "switch" | "shadow" | "pause" | "resume" | "erase" => CopyKind::Command,
        _ => return Err("of no known kind".to_owned()),
    };
    let has_no_origin = match kind {
        CopyKind::Tick => true,
        CopyKind::Command => &*record.topic == SHARED,
        _ => false,
    };
    let is_event = matches!(kind, CopyKind::Event | CopyKind::Row | CopyKind::Signal);
    Ok(Copy {
        at: Position::of(record),
        logged_at_ms: value.get("at").and_then(Value::as_i64).ok_or("no whole number at /at")?,
        kind,
        switch: if word == "switch" { Some(text(&value, "/bundle")?) } else { None },
        rests: match word.as_str() {
            "pause" | "resume" => Some((text(&value, "/part")?, word == "pause")),
            _ => None,
        },
        erases: if word == "erase" { Some(text(&value, "/subject")?) } else { None },
        origin: if has_no_origin { None } else { Some(origin(&value)?) },
        code: if kind == CopyKind::Failed { Some(text(&value, "/code")?) } else { None },
        cause: if kind == CopyKind::Signal { Some(began(&value)?) } else { None },
        outcome: if kind == CopyKind::Outcome { Some(outcome(&value)?) } else { None },
        shares: value.get("shares").map(shares).transpose()?.unwrap_or_default(),
        event: if is_event { Some(logged(record, &mut value)?) } else { None },
    })
}

/// What began a signal: an event, as a text.
fn began(value: &Value) -> Result<[String; 3], String> {
    let cause: Value = serde_json::from_str(&text(value, "/cause")?).map_err(|error| error.to_string())?;
    Ok([text(&cause, "/source")?, text(&cause, "/id")?, text(&cause, "/type")?])
}

fn shares(value: &Value) -> Result<Vec<Share>, String> {
    let share = |share: &Value| {
        let partition = u32::try_from(number(share, "/0")?).map_err(|error| error.to_string())?;
        let counted = (number(share, "/2")?, number(share, "/3")?);
        Ok(Share { partition, action: text(share, "/1")?, counted })
    };
    value.as_array().ok_or("no list at /shares")?.iter().map(share).collect()
}

fn outcome(value: &Value) -> Result<Outcome, String> {
    Ok(Outcome {
        task: text(value, "/task")?,
        word: text(value, "/outcome")?,
        answer: optional(value, "/answer"),
        reason: optional(value, "/reason"),
        time_ms: value.get("time").and_then(Value::as_i64).ok_or("no whole number at /time")?,
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
    let id = optional(value, "/subject");
    let subject = match optional(value, "/per") {
        Some(kind) => id.map(|id| format!("{kind}/{id}")),
        None => id,
    };
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
        time_ms: value.get("time").and_then(Value::as_i64).ok_or("no whole number at /time")?,
        data: value.get_mut("data").map(Value::take).unwrap_or_default(),
    })
}

pub(super) fn decision(record: &Record, value: &Value) -> Result<Decision, String> {
    let subject = text(value, "/subject")?;
    if record.key.as_deref() != Some(subject.as_bytes()) {
        return Err("its key is not its subject".to_owned());
    }
    let candidates = value.get("candidates").and_then(Value::as_array).ok_or("no list at /candidates")?;
    let released = candidates.iter().filter(|candidate| candidate["verdict"] == "released");
    let released: Vec<Candidate> = released.map(candidate).collect::<Result<_, String>>()?;
    let verdicts: Vec<Verdict> = candidates.iter().map(verdict).collect::<Result<_, _>>()?;
    let any = |word| verdicts.iter().any(|verdict| verdict.word == word);
    let right = match () {
        () if any(Word::Released) => "released",
        () if any(Word::Held) => "held",
        () => "no-action",
    };
    let result = text(value, "/result")?;
    if result != right {
        return Err(format!("its result is {result}, and of {} candidates it is {right}", verdicts.len()));
    }
    let stimulus = cause(value, "/stimulus")?;
    let (way, log) = way(value, stimulus[0] == OWN_SOURCE)?;
    let has_cause = value.pointer("/stimulus/cause").is_some();
    let rules = value.get("rules").and_then(Value::as_array).ok_or("no list at /rules")?;
    Ok(Decision {
        at: Position::of(record),
        id: text(value, "/decision")?,
        subject,
        cause: if has_cause { cause(value, "/stimulus/cause")? } else { stimulus.clone() },
        stimulus,
        way,
        log,
        at_ms: moment(value, "/at")?,
        bundle: text(value, "/bundle")?,
        rules: rules.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        released,
        verdicts,
    })
}

/// How a decision came about, and its place in the log. What follows and what is due is no record of the log: it names
/// the event that began it, and what was being taken when it happened.
fn way(value: &Value, is_own: bool) -> Result<(Way, Position), String> {
    let stimulus = &value["stimulus"];
    let has = |name: &str| stimulus.get(name).is_some();
    let places = ["log", "everyone", "timer"].iter().filter(|name| has(name)).count();
    let (way, within) = match (has("timer"), has("everyone"), has("log"), has("cause")) {
        (true, false, false, _) if is_own => (Way::Timer(moment(stimulus, "/timer/due")?), "/timer"),
        (false, true, false, false) if !is_own => (Way::Everyone, "/everyone"),
        (false, false, true, false) if !is_own => (Way::Event, ""),
        (false, false, true, true) if is_own && stimulus["cause"].get("log").is_none() => (Way::Passed, ""),
        (false, false, false, true) if is_own => (Way::Follows, "/cause"),
        _ => return Err(format!("its stimulus has {places} places in the log, or one that it cannot have")),
    };
    let partition = number(stimulus, &format!("{within}/log/partition"))?;
    let log = Position {
        topic: Arc::from(LOG),
        partition: u32::try_from(partition).map_err(|error| error.to_string())?,
        offset: number(stimulus, &format!("{within}/log/offset"))?,
    };
    Ok((way, log))
}

fn verdict(value: &Value) -> Result<Verdict, String> {
    let stage = text(value, "/stage")?;
    let word = match text(value, "/verdict")?.as_str() {
        "released" => Word::Released,
        "held" => Word::Held,
        "rejected" => Word::Rejected,
        other => return Err(format!("a candidate is {other}")),
    };
    let until = optional(value, "/detail").and_then(|detail| instant(detail.rsplit("until ").next()?));
    let task = optional(value, "/task");
    // A task whose destination is closed, or of which something is paused, waits for no time.
    let has_until = until.is_some() || matches!(stage.as_str(), "destination" | "paused");
    if (word != Word::Rejected && task.is_none()) || (word == Word::Held && !has_until) {
        return Err(
            "a candidate became a task, and does not say which, or is held, and not until when".to_owned()
        );
    }
    Ok(Verdict {
        action: text(value, "/action")?,
        rule: text(value, "/rule")?,
        learned: learned(&value["priority"])?,
        channel: optional(value, "/channel"),
        capped_by: if stage == "cap" { Some(text(value, "/by")?) } else { None },
        until_ms: until.filter(|_| word == Word::Held),
        word,
        stage,
        task,
    })
}

/// The positive and all responses that a priority was learned from.
fn learned(priority: &Value) -> Result<Option<Counted>, String> {
    let counted = |learned| Ok((number(learned, "/positives")?, number(learned, "/responses")?));
    priority.get("learned").map(counted).transpose()
}

/// A priority as its task has it too: what it was learned from is the decision's alone.
fn ranked(priority: &Value) -> Value {
    let mut ranked = priority.clone();
    if let Some(members) = ranked.as_object_mut() {
        let _ = members.remove("learned");
    }
    ranked
}

fn candidate(value: &Value) -> Result<Candidate, String> {
    Ok(Candidate {
        action: text(value, "/action")?,
        rule: text(value, "/rule")?,
        task: text(value, "/task")?,
        priority: ranked(&value["priority"]),
    })
}

pub(super) fn joined(record: &Record, value: &Value) -> Result<Joined, String> {
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

pub(super) fn task(record: &Record) -> Result<Task, String> {
    let value = json(record)?;
    let content_type = header(record, "content-type").unwrap_or_default();
    if !content_type.starts_with("application/cloudevents+json") {
        return Err("not marked as a structured CloudEvent".to_owned());
    }
    let (id, subject) = (text(&value, "/data/task")?, text(&value, "/data/subject")?);
    for (pointer, expected) in [("/specversion", "1.0"), ("/source", "segue")] {
        if text(&value, pointer)? != expected {
            return Err(format!("not {expected} at {pointer}"));
        }
    }
    let (said, name) = match text(&value, "/type")?.as_str() {
        "segue.task.released" => (Said::Released, "released"),
        "segue.task.reminder" => (Said::Reminder, "reminder"),
        "segue.task.withdrawn" => (Said::Withdrawn, "withdrawn"),
        other => return Err(format!("of type {other}")),
    };
    if !text(&value, "/id")?.starts_with(&format!("{id}/{name}")) {
        return Err("its id is not made from its task".to_owned());
    }
    if text(&value, "/subject")? != subject || record.key.as_deref() != Some(subject.as_bytes()) {
        return Err("its key and its subjects do not agree".to_owned());
    }
    Ok(Task {
        at: Position::of(record),
        said,
        said_ms: moment(&value, "/time")?,
        id,
        action: text(&value, "/data/action")?,
        rule: text(&value, "/data/rule")?,
        subject,
        cause: cause(&value, "/data/cause")?,
        decision: text(&value, "/data/decision")?,
        bundle: text(&value, "/data/bundle")?,
        what: optional(&value, "/data/what").unwrap_or_default(),
        priority: value["data"]["priority"].clone(),
    })
}

pub(super) fn status(record: &Record) -> Result<Status, String> {
    let value = json(record)?;
    if text(&value, "/type")? != "segue.status" {
        return Err("no status".to_owned());
    }
    // Of an event for many as a whole it names nobody.
    let subject = optional(&value, "/data/subject");
    if record.key.as_deref() != subject.as_ref().map(String::as_bytes) {
        return Err("its key is not its subject".to_owned());
    }
    let subject = subject.unwrap_or_default();
    Ok(Status {
        event: text(&value, "/data/event")?,
        subject,
        stage: text(&value, "/data/stage")?,
        task: optional(&value, "/data/task"),
        at_ms: moment(&value, "/data/at")?,
    })
}

fn moment(value: &Value, pointer: &str) -> Result<i64, String> {
    instant(&text(value, pointer)?).ok_or_else(|| format!("no instant at {pointer}"))
}

fn cause(value: &Value, pointer: &str) -> Result<[String; 3], String> {
    let part = |name| text(value, &format!("{pointer}/{name}"));
    Ok([part("source")?, part("event")?, part("type")?])
}

/// Reads `topic/partition/offset`.
pub(super) fn position(text: &str) -> Option<Position> {
    let mut parts = text.rsplitn(3, '/');
    let (offset, partition, topic) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Position {
        topic: Arc::from(topic),
        partition: partition.parse().ok()?,
        offset: offset.parse().ok()?,
    })
}

pub(super) fn json(record: &Record) -> Result<Value, String> {
    serde_json::from_slice(record.value.as_deref().ok_or("no value")?).map_err(|error| error.to_string())
}

fn text(value: &Value, pointer: &str) -> Result<String, String> {
    optional(value, pointer).ok_or_else(|| format!("no text at {pointer}"))
}

fn optional(value: &Value, pointer: &str) -> Option<String> {
    at(value, pointer).and_then(Value::as_str).map(str::to_owned)
}

fn number(value: &Value, pointer: &str) -> Result<u64, String> {
    at(value, pointer).and_then(Value::as_u64).ok_or_else(|| format!("no whole number at {pointer}"))
}

/// What [`Value::pointer`] finds, in much less time where no name needs escapes: the checker asks this more than anything.
fn at<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    pointer.split('/').skip(1).try_fold(value, |value, name| match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        value => value.get(name),
    })
}
