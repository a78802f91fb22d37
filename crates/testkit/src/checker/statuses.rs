//! Sources are told what became of their events, stage by stage, and rules hear each piece of news once.

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::Evidence;
use super::absences::{Taken, taken};
use super::clock::Clock;
use super::fates::Fates;
use super::lives::Told;
use super::read::{Decision, Position, Read, Way, Word};
use super::report::{FaultKind, Report};

/// Whom the router's own events come from.
const OWN_SOURCE: &str = "segue";

pub(super) fn check(
    evidence: &Evidence,
    read: &Read<'_>,
    fates: &Fates,
    clock: &Clock,
    told: &[Told<'_>],
    report: &mut Report,
) {
    let times = &evidence.times;
    if !times.told.is_empty() {
        // Event, subject, stage, task, time.
        type Name<'r> = (&'r str, &'r str, &'r str, Option<&'r str>, i64);
        let mut expected: BTreeMap<Name<'_>, usize> = BTreeMap::new();
        for told in told.iter().filter(|told| times.told.contains(&told.cause[0])) {
            let name = (told.cause[1].as_str(), told.subject, told.stage, Some(told.task), told.at_ms);
            *expected.entry(name).or_default() += 1;
        }
        let decisions = by_place(read);
        for ((_, subject), events) in &taken(read, fates, clock) {
            for taken in events.iter().filter(|taken| times.told.contains(&taken.event.source)) {
                let stage = if acts(&decisions, taken) { "decided" } else { "no-action" };
                let name = (taken.event.id.as_str(), *subject, stage, None, taken.now_ms);
                *expected.entry(name).or_default() += 1;
            }
        }
        let found = read.statuses.iter().map(|status| {
            let (event, subject, stage) =
                (status.event.as_str(), status.subject.as_str(), status.stage.as_str());
            (event, subject, stage, status.task.as_deref(), status.at_ms)
        });
        report.count("statuses", read.statuses.len());
        compare(FaultKind::StatusWrong, expected, found, report);
    }
    let mut expected: BTreeMap<_, usize> = BTreeMap::new();
    for told in told {
        let kind = format!("task.{}", told.stage);
        if times.news.contains(&kind) {
            *expected.entry((told.subject, kind, event(told.cause), told.at_ms)).or_default() += 1;
        }
    }
    let news = read
        .decisions
        .iter()
        .filter(|decision| decision.way == Way::Follows && times.news.contains(&decision.stimulus[2]));
    report.count("decisions on news", news.clone().count());
    let found = news.map(|decision| {
        let kind = decision.stimulus[2].clone();
        (decision.subject.as_str(), kind, event(&decision.cause), decision.at_ms)
    });
    compare(FaultKind::NewsWrong, expected, found, report);
}

/// The event that something goes back to; of a moment none, since what it began may be called by its own news.
fn event(cause: &[String; 3]) -> &str {
    if cause[0] == OWN_SOURCE { "" } else { &cause[1] }
}

fn by_place<'r>(read: &'r Read<'_>) -> BTreeMap<(&'r Position, &'r str), Vec<&'r Decision>> {
    let mut decisions: BTreeMap<_, Vec<&Decision>> = BTreeMap::new();
    for decision in &read.decisions {
        decisions.entry((&decision.log, decision.subject.as_str())).or_default().push(decision);
    }
    decisions
}

/// True if a task came of an event, now or later: of itself, or of what followed from it at once. What a timer leads to
/// that it set, and that was due at once, comes after and does not count.
fn acts(decisions: &BTreeMap<(&Position, &str), Vec<&Decision>>, taken: &Taken<'_>) -> bool {
    let subject = taken.event.subject.as_deref().unwrap_or_default();
    let here = decisions.get(&(&taken.copy.at, subject)).map_or(&[][..], Vec::as_slice);
    let is_of_event = |decision: &&&Decision| {
        let [source, id, kind] = &decision.cause;
        taken.event.name() == [source, id, kind]
    };
    let at_once =
        here.iter().filter(is_of_event).take_while(|decision| !matches!(decision.way, Way::Timer(_)));
    at_once.flat_map(|decision| &decision.verdicts).any(|verdict| verdict.word != Word::Rejected)
}

/// Holds what must be there, and how often, against what is there.
fn compare<K: Ord + Debug>(
    kind: FaultKind,
    mut expected: BTreeMap<K, usize>,
    found: impl Iterator<Item = K>,
    report: &mut Report,
) {
    for name in found {
        match expected.get_mut(&name) {
            Some(count) if *count > 0 => *count -= 1,
            _ => report.fault(kind, format!("{name:?}"), "it is there, and must not be"),
        }
    }
    for (name, count) in expected.into_iter().filter(|(_, count)| *count > 0) {
        report.fault(kind, format!("{name:?}"), format!("{count} of it are not there"));
    }
}
