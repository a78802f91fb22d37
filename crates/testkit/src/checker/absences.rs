//! What did not happen is counted again from the events of the log, each that began a waiting against each that may have
//! ended it: exactly those absences have a decision, each one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::clock::Clock;
use super::fates::{Fate, Fates};
use super::read::{Copy, CopyKind, Logged, Position, Read, Way};
use super::report::{FaultKind, Report};
use super::{Absence, Evidence};

/// An event that was taken, with what time has to do with it.
pub(super) struct Taken<'r> {
    pub(super) copy: &'r Copy,
    pub(super) event: &'r Logged,
    /// The time of the log.
    pub(super) now_ms: i64,
    /// By what windows go: when it happened, but not later than it was logged.
    instant_ms: i64,
}

/// The events that were taken, by partition and subject.
pub(super) fn taken<'r>(
    read: &'r Read<'_>,
    fates: &Fates,
    clock: &Clock,
) -> BTreeMap<(u32, &'r str), Vec<Taken<'r>>> {
    let mut taken: BTreeMap<_, Vec<Taken<'_>>> = BTreeMap::new();
    for (copy, fate) in read.log.iter().zip(fates) {
        let (Some(event), CopyKind::Event, Some(Fate::Decision | Fate::NoRule)) =
            (&copy.event, copy.kind, fate)
        else {
            continue;
        };
        let (Some(subject), Some((now_ms, _))) = (event.subject.as_deref(), clock.at(&copy.at)) else {
            continue;
        };
        let instant_ms = event.time_ms.min(copy.logged_at_ms);
        taken.entry((copy.at.partition, subject)).or_default().push(Taken {
            copy,
            event,
            now_ms,
            instant_ms,
        });
    }
    taken
}

/// What names an absence: the rule, its subject, the event that began the waiting, and when it fires.
type Name<'r> = (&'r str, &'r str, [&'r str; 3], i64);

pub(super) fn check(evidence: &Evidence, read: &Read<'_>, fates: &Fates, clock: &Clock, report: &mut Report) {
    let absences = &evidence.times.absences;
    if absences.is_empty() {
        return;
    }
    // How many there must be, and how many there may be.
    let mut expected: BTreeMap<Name<'_>, (usize, usize)> = BTreeMap::new();
    for ((partition, subject), events) in &taken(read, fates, clock) {
        for absence in absences {
            for (index, began) in events.iter().enumerate() {
                if !absence.on.contains(&began.event.kind) {
                    continue;
                }
                let due = (began.instant_ms + absence.within_ms).max(began.now_ms);
                let ended = end(absence, &events[..index], began, &events[index + 1..]);
                if due > clock.end(*partition) || ended == Ended::Yes {
                    report.count("absences that were none", 1);
                    continue;
                }
                let name = (absence.rule.as_str(), *subject, began.event.name(), due);
                let (least, most) = expected.entry(name).or_default();
                *least += usize::from(ended == Ended::No);
                *most += 1;
            }
        }
    }
    let mut found: BTreeMap<Name<'_>, usize> = BTreeMap::new();
    for decision in read.decisions.iter().filter(|decision| decision.stimulus[2] == "absence") {
        let Way::Timer(due) = decision.way else { continue };
        for rule in &decision.rules {
            if absences.iter().any(|absence| absence.rule == *rule) {
                report.count("absences", 1);
                let [source, id, kind] = &decision.cause;
                let name = (rule.as_str(), decision.subject.as_str(), [&**source, &**id, &**kind], due);
                *found.entry(name).or_default() += 1;
            }
        }
    }
    for (name, (least, most)) in &expected {
        let found = found.remove(name).unwrap_or(0);
        let told = || format!("{found} decisions at {} on what {} waits for", name.3, name.2[1]);
        if found < *least {
            report.fault(FaultKind::AbsenceMissing, name.0, told());
        } else if found > *most {
            report.fault(FaultKind::AbsencePhantom, name.0, told());
        }
    }
    for (name, count) in found {
        let detail = format!("{count} decisions at {} on what {} waits for", name.3, name.2[1]);
        report.fault(FaultKind::AbsencePhantom, name.0, detail);
    }
}

/// The first event that ends the waiting of a rule while a task of it is held, from that place in the log on; the waiting
/// was begun by the event of that name.
pub(super) fn withdrawing<'r>(
    absence: &Absence,
    events: &[Taken<'r>],
    began: [&str; 3],
    from: &Position,
) -> Option<&'r Position> {
    let began = events.iter().rfind(|taken| taken.event.name() == began && taken.copy.at <= *from)?;
    let ends = |taken: &&Taken<'r>| {
        taken.copy.at >= *from
            && taken.copy.at != began.copy.at
            && absence.unless.contains(&taken.event.kind)
            && agrees(absence, began.event, taken.event)
    };
    events.iter().find(ends).map(|taken| &taken.copy.at)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Yes,
    /// It was ended by what may be forgotten already, since the beginning came later than the whole waiting would last.
    Maybe,
    No,
}

/// Whether a waiting was ended: by what stands before its beginning in the log and after it in time, or by what came
/// until it fired.
fn end(absence: &Absence, before: &[Taken<'_>], began: &Taken<'_>, after: &[Taken<'_>]) -> Ended {
    let due = began.instant_ms + absence.within_ms;
    let ends = |taken: &&Taken<'_>| {
        absence.unless.contains(&taken.event.kind)
            && taken.instant_ms < due
            && agrees(absence, began.event, taken.event)
    };
    let mut earlier =
        before.iter().filter(|taken| taken.instant_ms > began.instant_ms).filter(ends).peekable();
    if earlier.peek().is_some() {
        let is_kept = earlier.any(|taken| taken.instant_ms > began.now_ms - absence.within_ms);
        return if is_kept { Ended::Yes } else { Ended::Maybe };
    }
    // A timer fires before what comes at its time.
    let mut later = after.iter().take_while(|taken| taken.now_ms < due);
    let is_ended = later.any(|taken| taken.instant_ms >= began.instant_ms && ends(&taken));
    if is_ended { Ended::Yes } else { Ended::No }
}

/// True if both events agree where they must. What is missing agrees with nothing.
fn agrees(absence: &Absence, began: &Logged, other: &Logged) -> bool {
    let Some(pointer) = &absence.same else { return true };
    let wanted = began.data.pointer(pointer).filter(|value| !value.is_null());
    wanted.is_some_and(|wanted: &Value| other.data.pointer(pointer) == Some(wanted))
}
