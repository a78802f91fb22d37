//! No cap is exceeded, and none turns down what it has room for: all tasks are counted again, subject by subject.
//!
//! Tasks and decisions name one another one to one, which is checked elsewhere, so the released candidates are the tasks.
//! The time is that of the decision, which is held against the log elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::channels::{self, Persons};
use super::read::{Decision, Read, Verdict, Word};
use super::report::{FaultKind, Report};
use super::{Cap, Evidence};

pub(super) fn check(evidence: &Evidence, read: &Read<'_>, report: &mut Report) {
    if evidence.caps.is_empty() && evidence.channels.is_empty() {
        return;
    }
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
                if evidence.caps.iter().all(|cap| cap.policy != *policy) {
                    report.fault(FaultKind::CapShort, &decision.at, format!("no cap is called {policy}"));
                }
            }
            if candidate.word == Word::Released {
                released.by_action.entry((&decision.subject, &candidate.action)).or_default().push(now);
                if let Some(channel) = &candidate.channel {
                    released.by_channel.entry((&decision.subject, channel)).or_default().push(now);
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
