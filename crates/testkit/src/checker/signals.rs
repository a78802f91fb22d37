//! What follows is decided on once: signals, news and timers. A signal comes of a record of the log that was decided on, or
//! of a timer.

use std::collections::{BTreeMap, BTreeSet};

use super::fates::{Fate, Fates};
use super::read::{Copy, CopyKind, Decision, Position, Read, Way};
use super::report::{FaultKind, Report};

/// Whom the router's own events come from.
const OWN_SOURCE: &str = "segue";

pub(super) fn check(read: &Read<'_>, fates: &Fates, report: &mut Report) {
    passed(read, report);
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

/// A signal about another subject was raised while a record of the log was taken, and goes back to an event of a source.
fn passed(read: &Read<'_>, report: &mut Report) {
    let signals: Vec<&Copy> = read.log.iter().filter(|copy| copy.kind == CopyKind::Signal).collect();
    report.count("signals about others", signals.len());
    if signals.is_empty() {
        return;
    }
    let is_event = |copy: &&Copy| matches!(copy.kind, CopyKind::Event | CopyKind::Row);
    let events: BTreeSet<[&str; 3]> =
        read.log.iter().filter(is_event).filter_map(|copy| Some(copy.event.as_ref()?.name())).collect();
    for copy in signals {
        let is_raised = copy.origin.as_ref().is_some_and(|origin| read.copy(&origin.at).is_some());
        let cause = copy.cause.as_ref().map(|[source, id, kind]| [&**source, &**id, &**kind]);
        // What a moment began goes back to its own news.
        let goes_back = cause.is_some_and(|cause| cause[0] == OWN_SOURCE || events.contains(&cause));
        if !is_raised || !goes_back {
            let detail = "it was raised by nothing that the log holds, or goes back to nothing";
            report.fault(FaultKind::SignalPhantom, &copy.at, detail);
        }
    }
}

fn is_of(copy: &Copy, decision: &Decision) -> bool {
    let [source, id, kind] = &decision.cause;
    copy.kind == CopyKind::Outcome
        || copy.cause.as_ref() == Some(&decision.cause)
        || copy.event.as_ref().is_some_and(|event| event.name() == [source, id, kind])
}

/// A signal can come of an event on which no rule fired. What has no fate yet was reported with the fates: what is
/// joined is written later than a decision.
fn may_raise(fate: Option<Fate>) -> bool {
    fate.is_none_or(|fate| matches!(fate, Fate::Decision | Fate::NoRule))
}
