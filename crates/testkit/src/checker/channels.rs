//! The channel of each task is chosen again, from what the log says of the person: who agreed, who can be reached, whether the
//! hour is quiet, and whether a cap has room.

use std::collections::BTreeMap;

use serde_json::Value;

use super::read::{Decision, Read, Verdict, Way, Word};
use super::report::{FaultKind, Report};
use super::{Channel, Evidence};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// What was said of a person: the place in the partition, the time, and the data.
type Said<'r> = Vec<(u64, i64, &'r Value)>;

/// What the log says of persons, as far as channels depend on it: by partition, subject and type.
pub(super) struct Persons<'r>(BTreeMap<(u32, &'r str, &'r str), Said<'r>>);

impl<'r> Persons<'r> {
    pub(super) fn of(evidence: &Evidence, read: &'r Read<'_>) -> Persons<'r> {
        let mut persons: BTreeMap<_, Said<'_>> = BTreeMap::new();
        for copy in read.log.iter().filter(|copy| &*copy.at.topic == super::LOG) {
            let Some(event) = &copy.event else { continue };
            let Some(subject) = &event.subject else { continue };
            if evidence.channels.iter().any(|channel| channel.told_by == event.kind) {
                let key = (copy.at.partition, subject.as_str(), event.kind.as_str());
                persons.entry(key).or_default().push((copy.at.offset, event.time_ms, &event.data));
            }
        }
        Persons(persons)
    }

    /// True if the person can be reached on the channel, and has agreed, when this was decided. A timer fires before the record
    /// that was being taken.
    fn admits(&self, channel: &Channel, decision: &Decision) -> bool {
        let is_before = matches!(decision.way, Way::Timer(_));
        let end = decision.log.offset + u64::from(!is_before);
        let key = (decision.log.partition, decision.subject.as_str(), channel.told_by.as_str());
        let said = self.0.get(&key).into_iter().flatten().filter(|(offset, ..)| *offset < end);
        let latest = said.max_by_key(|(offset, time_ms, _)| (*time_ms, *offset));
        let word = latest.and_then(|(.., data)| data.pointer(&channel.pointer)).and_then(Value::as_str);
        word.is_some_and(|word| channel.words.is_empty() || channel.words.contains(word))
    }
}

/// Holds what was decided of a candidate against what the channels of its action admit; `is_full` says whether a cap leaves no room
/// on a channel.
pub(super) fn compare(
    evidence: &Evidence,
    persons: &Persons<'_>,
    (decision, candidate): (&Decision, &Verdict),
    is_full: impl Fn(&str) -> bool,
    report: &mut Report,
) {
    let of_action = evidence.channels.iter().filter(|channel| channel.actions.contains(&candidate.action));
    let would_do: Vec<&Channel> = of_action
        .clone()
        .filter(|channel| persons.admits(channel, decision) && !is_full(&channel.id))
        .collect();
    let open = would_do.iter().find(|channel| !is_quiet(channel, decision.at_ms)).map(|channel| &channel.id);
    let (is_right, name) = match (candidate.word, candidate.stage.as_str()) {
        _ if of_action.count() == 0 => return,
        (Word::Released, _) => (candidate.channel.as_ref() == open, "channels chosen"),
        (Word::Held, "channel") => (open.is_none() && !would_do.is_empty(), "held by quiet hours"),
        (Word::Rejected, "channel" | "cap") => (would_do.is_empty(), "left without a channel"),
        _ => return,
    };
    report.count(name, 1);
    if !is_right {
        let names: Vec<&str> = would_do.iter().map(|channel| channel.id.as_str()).collect();
        let detail = format!(
            "{} is {:?} on {:?} at {}; open is {open:?}, would do {names:?}",
            candidate.action, candidate.word, candidate.channel, decision.at_ms
        );
        report.fault(FaultKind::ChannelWrong, &decision.at, detail);
    }
}

fn is_quiet(channel: &Channel, at_ms: i64) -> bool {
    let minute = at_ms.rem_euclid(DAY_MS) / MINUTE_MS;
    let (from, until) = channel.quiet;
    if from <= until { (from..until).contains(&minute) } else { minute >= from || minute < until }
}
