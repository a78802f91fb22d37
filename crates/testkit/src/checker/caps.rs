//! No cap is exceeded, and none turns down what it has room for: all tasks are counted again, subject by subject.
//!
//! Twice: once in the topics of tasks alone, where no window may hold more than its cap allows; and once decision by
//! decision, where what was turned down must have met a full window. What counts there is what stands in the topics, too;
//! decisions give the order of what bears the same time.

use std::collections::{BTreeMap, BTreeSet};

use super::channels::{self, Persons};
use super::read::{Decision, Read, Said, Task, Verdict, Word};
use super::report::{FaultKind, Report};
use super::{Cap, Evidence};

pub(super) fn check(evidence: &Evidence, read: &Read<'_>, report: &mut Report) {
    if evidence.caps.is_empty() && evidence.channels.is_empty() {
        return;
    }
    let tasks: Vec<&Task> = read.tasks.iter().filter(|task| task.said == Said::Released).collect();
    windows(evidence, read, &tasks, report);
    let left: BTreeMap<&str, i64> = tasks.iter().map(|task| (&*task.id, task.said_ms)).collect();
    let mut decided = BTreeSet::new();
    let mut released = Released::default();
    let persons = Persons::of(evidence, read);
    for decision in &read.decisions {
        // One that is there twice, or of a record that is not in the log, was reported elsewhere.
        if !decided.insert(&*decision.id) || read.copy(&decision.log).is_none() {
            continue;
        }
        let now = decision.at_ms;
        for candidate in &decision.verdicts {
            for cap in &evidence.caps {
                compare(cap, decision, candidate, released.count(cap, &decision.subject, now), report);
            }
            let is_full = |channel: &str| {
                let mut caps = evidence.caps.iter().filter(|cap| cap.channel.as_deref() == Some(channel));
                caps.any(|cap| released.count(cap, &decision.subject, now) >= cap.at_most)
            };
            channels::compare(evidence, &persons, (decision, candidate), is_full, report);
            if let Some(policy) = &candidate.capped_by {
                report.count("rejected by a cap", 1);
                match evidence.caps.iter().find(|cap| cap.policy == *policy) {
                    Some(cap) => report.count(&format!("rejected by a cap of {}", cap.at_most), 1),
                    None => {
                        report.fault(FaultKind::CapShort, &decision.at, format!("no cap is called {policy}"));
                    }
                }
            }
            // One that is not in a topic was reported elsewhere.
            let at = candidate.task.as_deref().and_then(|task| left.get(task));
            if let Some(at) = at.filter(|_| candidate.word == Word::Released) {
                released.by_action.entry((&decision.subject, &candidate.action)).or_default().push(*at);
                if let Some(channel) = &candidate.channel {
                    released.by_channel.entry((&decision.subject, channel)).or_default().push(*at);
                }
            }
        }
    }
}

/// In the topics of tasks, however they came there, no window of a cap holds more than it allows.
fn windows(evidence: &Evidence, read: &Read<'_>, tasks: &[&Task], report: &mut Report) {
    let verdicts = read.decisions.iter().flat_map(|decision| &decision.verdicts);
    let on_channel: BTreeMap<&str, &str> = verdicts
        .filter(|verdict| verdict.word == Word::Released)
        .filter_map(|verdict| Some((verdict.task.as_deref()?, verdict.channel.as_deref()?)))
        .collect();
    for cap in &evidence.caps {
        let counts = |task: &&&Task| match &cap.channel {
            Some(channel) => on_channel.get(&*task.id) == Some(&channel.as_str()),
            None => cap.actions.contains(&task.action),
        };
        let mut all: BTreeMap<&str, Vec<&Task>> = BTreeMap::new();
        for task in tasks.iter().filter(counts) {
            all.entry(&task.subject).or_default().push(task);
        }
        for of_subject in all.values_mut() {
            report.count("tasks under a cap", of_subject.len());
            of_subject.sort_by_key(|task| task.said_ms);
            // One more than is allowed must reach beyond the window.
            let room = usize::try_from(cap.at_most).unwrap_or(usize::MAX - 1);
            for (first, beyond) in of_subject.iter().zip(of_subject.iter().skip(room)) {
                let span_ms = beyond.said_ms - first.said_ms;
                if span_ms < cap.per_ms {
                    let detail = format!("under {}, {} tasks within {span_ms} ms", cap.policy, room + 1);
                    report.fault(FaultKind::CapExceeded, &beyond.at, detail);
                }
            }
        }
    }
}

/// When each subject got tasks, by action and by channel.
#[derive(Default)]
struct Released<'r> {
    by_action: BTreeMap<(&'r str, &'r str), Vec<i64>>,
    by_channel: BTreeMap<(&'r str, &'r str), Vec<i64>>,
}

impl Released<'_> {
    /// How many tasks that a cap counts a subject got within its time before `now`.
    fn count(&self, cap: &Cap, subject: &str, now: i64) -> u64 {
        let of = |all: Option<&Vec<i64>>| {
            all.map_or(0, |all| all.iter().filter(|at| now - **at < cap.per_ms).count() as u64)
        };
        match &cap.channel {
            Some(channel) => of(self.by_channel.get(&(subject, channel.as_str()))),
            None => {
                cap.actions.iter().map(|action| of(self.by_action.get(&(subject, action.as_str())))).sum()
            }
        }
    }
}

fn compare(cap: &Cap, decision: &Decision, candidate: &Verdict, count: u64, report: &mut Report) {
    let is_on_channel = cap.channel.is_none() || cap.channel == candidate.channel;
    let (is_of_cap, has_room) =
        (cap.actions.contains(&candidate.action) && is_on_channel, count < cap.at_most);
    let told = || format!("{} under {}, of which {count} were released", candidate.action, cap.policy);
    if candidate.word == Word::Released && is_of_cap && !has_room {
        report.fault(FaultKind::CapExceeded, &decision.at, told());
    }
    let is_held_back = candidate.capped_by.as_ref() == Some(&cap.policy);
    if is_held_back && (has_room || !is_of_cap) {
        report.fault(FaultKind::CapShort, &decision.at, told());
    }
}
