//! No cap is exceeded, and none turns down what it has room for: all tasks are counted again, subject by subject.
//!
//! Tasks and decisions name one another one to one, which is checked elsewhere, so the released candidates are the tasks.
//! The time is that of the decision, which is held against the log elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::read::{Decision, Read, Verdict, Word};
use super::report::{FaultKind, Report};
use super::{Cap, Evidence};

pub(super) fn check(evidence: &Evidence, read: &Read<'_>, report: &mut Report) {
    if evidence.caps.is_empty() {
        return;
    }
    let mut decided = BTreeSet::new();
    // When each subject got tasks of each action.
    let mut released: BTreeMap<(&str, &str), Vec<i64>> = BTreeMap::new();
    for decision in &read.decisions {
        // One that is there twice, or of a record that is not in the log, was reported elsewhere.
        if !decided.insert(&*decision.id) || read.copy(&decision.log).is_none() {
            continue;
        }
        let now = decision.at_ms;
        for candidate in &decision.verdicts {
            for cap in &evidence.caps {
                compare(cap, decision, candidate, count(cap, &decision.subject, now, &released), report);
            }
            if let Some(policy) = &candidate.capped_by {
                report.count("rejected by a cap", 1);
                if evidence.caps.iter().all(|cap| cap.policy != *policy) {
                    report.fault(FaultKind::CapShort, &decision.at, format!("no cap is called {policy}"));
                }
            }
            if candidate.word == Word::Released {
                released.entry((&decision.subject, &candidate.action)).or_default().push(now);
            }
        }
    }
}

/// How many tasks of a cap's actions a subject got within its time before `now`.
fn count(cap: &Cap, subject: &str, now: i64, released: &BTreeMap<(&str, &str), Vec<i64>>) -> u64 {
    let of = |action: &String| {
        let all = released.get(&(subject, action.as_str())).map_or(&[][..], Vec::as_slice);
        all.iter().filter(|at| now - **at < cap.per_ms).count() as u64
    };
    cap.actions.iter().map(of).sum()
}

fn compare(cap: &Cap, decision: &Decision, candidate: &Verdict, count: u64, report: &mut Report) {
    let (is_of_cap, has_room) = (cap.actions.contains(&candidate.action), count < cap.at_most);
    let told = || format!("{} under {}, of which {count} were released", candidate.action, cap.policy);
    if candidate.word == Word::Released && is_of_cap && !has_room {
        report.fault(FaultKind::CapExceeded, &decision.at, told());
    }
    let is_held_back = candidate.capped_by.as_ref() == Some(&cap.policy);
    if is_held_back && (has_room || !is_of_cap) {
        report.fault(FaultKind::CapShort, &decision.at, told());
    }
}
