//! A decision on a signal names a record of the log that was decided on, and no signal has two decisions.

use std::collections::BTreeMap;

use super::fates::{Fate, Fates};
use super::read::{Decision, Read};
use super::report::{FaultKind, Report};

pub(super) fn check(read: &Read<'_>, fates: &Fates, report: &mut Report) {
    let signals = || read.decisions.iter().filter(|decision| decision.is_signal);
    report.count("decisions on signals", signals().count());
    // A signal's id tells of what it was made from, whatever its decision is called.
    let mut decided: BTreeMap<(&str, &[String; 3]), &Decision> = BTreeMap::new();
    for decision in signals() {
        if let Some(first) = decided.insert((&decision.subject, &decision.stimulus), decision) {
            let detail = format!("{} and {}", first.at, decision.at);
            report.fault(FaultKind::SignalTwice, &decision.stimulus[1], detail);
        }
        let Ok(index) = read.log.binary_search_by(|copy| copy.at.cmp(&decision.log)) else {
            let detail = format!("{} is not in the log", decision.log);
            report.fault(FaultKind::SignalPhantom, &decision.at, detail);
            continue;
        };
        // A signal can come of an event on which no rule fired. What has no fate yet was reported with the fates: what is
        // joined is written later than a decision.
        if fates[index].is_some_and(|fate| !matches!(fate, Fate::Decision | Fate::NoRule)) {
            let detail = format!("{} was not decided on", decision.log);
            report.fault(FaultKind::SignalPhantom, &decision.at, detail);
        }
    }
}
