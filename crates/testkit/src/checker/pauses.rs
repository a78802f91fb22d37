//! Nothing leaves of which a part is paused at its place of the log, and nothing is kept back as paused that is not.

use std::collections::{BTreeMap, BTreeSet};

use super::fates::{Fate, Fates};
use super::read::{Position, Read, Verdict, Word};
use super::report::{FaultKind, Report};
use super::{Evidence, LOG};

/// By partition: where something was paused or resumed, and what rests from there on.
type Pauses = BTreeMap<u32, Vec<(u64, BTreeSet<String>)>>;

pub(super) fn check(evidence: &Evidence, read: &Read<'_>, fates: &Fates, report: &mut Report) {
    let mut pauses = Pauses::new();
    for (copy, fate) in read.log.iter().zip(fates).filter(|(copy, _)| &*copy.at.topic == LOG) {
        let Some((part, rests)) = &copy.rests else { continue };
        if *fate == Some(Fate::Seen) {
            continue;
        }
        report.count("pauses and ends of pauses", 1);
        let all = pauses.entry(copy.at.partition).or_default();
        let mut paused = all.last().map(|(_, paused)| paused.clone()).unwrap_or_default();
        let _ = if *rests { paused.insert(part.clone()) } else { paused.remove(part) };
        all.push((copy.at.offset, paused));
    }
    for decision in &read.decisions {
        // At a command, what was due before it is decided as before.
        let both = [rests(&pauses, &decision.log, 0), rests(&pauses, &decision.log, 1)];
        for verdict in &decision.verdicts {
            let parts = parts(evidence, verdict);
            let is_paused = |paused: &&BTreeSet<String>| parts.iter().any(|part| paused.contains(part));
            let paused = both.iter().filter(|paused| is_paused(paused)).count();
            let wrong = match (verdict.word, verdict.stage.as_str()) {
                (Word::Released, _) => (paused == both.len()).then_some("left though it was paused"),
                (_, "paused") => (paused == 0).then_some("said to be paused, and was not"),
                _ => None,
            };
            if let Some(wrong) = wrong {
                report.fault(FaultKind::PauseWrong, &decision.at, format!("{}: {wrong}", verdict.action));
            }
            match (verdict.word, verdict.stage.as_str()) {
                (Word::Rejected, "paused") => report.count("turned down since paused", 1),
                (Word::Held, "paused") => report.count("held since paused", 1),
                _ => {}
            }
        }
    }
}

/// What may be paused of a candidate. One that is turned down has not come as far as its destination.
fn parts(evidence: &Evidence, verdict: &Verdict) -> Vec<String> {
    let to = evidence.destinations.get(&verdict.action).filter(|_| verdict.word != Word::Rejected);
    let of =
        [Some(("rule", &verdict.rule)), Some(("action", &verdict.action)), to.map(|to| ("destination", to))];
    of.into_iter().flatten().map(|(kind, id)| format!("{kind}/{id}")).collect()
}

/// What rests before a place of the log, or with what stands there.
fn rests<'p>(pauses: &'p Pauses, at: &Position, more: u64) -> &'p BTreeSet<String> {
    static NONE: BTreeSet<String> = BTreeSet::new();
    let all = pauses.get(&at.partition).map_or(&[][..], Vec::as_slice);
    let count = all.partition_point(|(offset, _)| *offset < at.offset + more);
    count.checked_sub(1).map_or(&NONE, |last| &all[last].1)
}
