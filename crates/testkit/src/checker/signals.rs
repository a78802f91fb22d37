//! What follows is decided on once: signals, news and timers. A signal comes of a record of the log that was decided on, or
//! of a timer.

use std::collections::{BTreeMap, BTreeSet};

use super::fates::{Fate, Fates};
use super::read::{Copy, CopyKind, Decision, Position, Read, Way};
use super::report::{FaultKind, Report};

pub(super) fn check(read: &Read<'_>, fates: &Fates, report: &mut Report) {
    let follows = || read.decisions.iter().filter(|decision| !decision.is_first());
    report.count("decisions on signals", follows().filter(|decision| decision.way == Way::Follows).count());
    let timers = follows().filter(|decision| matches!(decision.way, Way::Timer(_)));
    // News can come of a timer that calls for no decision, and so can what they raise.
    let news = follows().filter(|decision| decision.stimulus[2].starts_with("task."));
    let timed: BTreeSet<(&Position, &str)> =
        timers.chain(news).map(|decision| (&decision.log, decision.subject.as_str())).collect();
    // Its id tells of what it was made from, whatever its decision is called.
    let mut decided: BTreeMap<(&str, &[String; 3]), &Decision> = BTreeMap::new();
    for decision in follows() {
        if let Some(first) = decided.insert((&decision.subject, &decision.stimulus), decision) {
            let detail = format!("{} and {}", first.at, decision.at);
            report.fault(FaultKind::SignalTwice, &decision.stimulus[1], detail);
        }
        let Ok(index) = read.log.binary_search_by(|copy| copy.at.cmp(&decision.log)) else {
            let detail = format!("{} is not in the log", decision.log);
            report.fault(FaultKind::SignalPhantom, &decision.at, detail);
            continue;
        };
        let copy = &read.log[index];
        let is_of_timer = timed.contains(&(&decision.log, decision.subject.as_str()));
        let is_of_copy = is_of(copy, decision) && may_raise(fates[index]);
        if decision.way == Way::Follows && !is_of_timer && !is_of_copy {
            let detail = format!("{} was not decided on", decision.log);
            report.fault(FaultKind::SignalPhantom, &decision.at, detail);
        }
    }
}

fn is_of(copy: &Copy, decision: &Decision) -> bool {
    let [source, id, kind] = &decision.cause;
    copy.kind == CopyKind::Outcome
        || copy.event.as_ref().is_some_and(|event| event.name() == [source, id, kind])
}

/// A signal can come of an event on which no rule fired. What has no fate yet was reported with the fates: what is
/// joined is written later than a decision.
fn may_raise(fate: Option<Fate>) -> bool {
    fate.is_none_or(|fate| matches!(fate, Fate::Decision | Fate::NoRule))
}
