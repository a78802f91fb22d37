//! Each decision and each task is of the bundle that its partition had been told to decide by, at its place of the log;
//! none of what comes of one place is of the former bundle once something was of the next; and a task is worded by the
//! bundle that it names.

use std::collections::{BTreeMap, BTreeSet};

use super::fates::{Fate, Fates};
use super::read::{Decision, Position, Read, Said, Task};
use super::report::{FaultKind, Report};
use super::{Bundles, Evidence, LOG, SHARED};

/// By partition: where it switched, and to what.
type Switches<'r> = BTreeMap<u32, Vec<(u64, &'r str)>>;

pub(super) fn check(evidence: &Evidence, read: &Read<'_>, fates: &Fates, report: &mut Report) {
    let Some(bundles) = &evidence.bundles else { return };
    let mut switches: Switches<'_> = BTreeMap::new();
    for (copy, fate) in read.log.iter().zip(fates).filter(|(copy, _)| &*copy.at.topic == LOG) {
        let Some(bundle) = copy.switch.as_deref() else { continue };
        if *fate == Some(Fate::Seen) {
            continue;
        }
        if bundles.usable.contains(bundle) {
            switches.entry(copy.at.partition).or_default().push((copy.at.offset, bundle));
            report.count("switches", 1);
        } else {
            report.fault(FaultKind::WrongBundle, &copy.at, format!("{bundle} cannot be decided by"));
        }
    }
    let by_name: BTreeSet<&str> = switches.values().flatten().map(|(_, bundle)| *bundle).collect();
    report.count("bundles switched to", by_name.len());
    refused(bundles, read, report);
    // The places of the log of which something was decided by the next bundle.
    let mut gone_over = BTreeSet::new();
    for decision in &read.decisions {
        let (before, after) = stands(bundles, &switches, &decision.log);
        let place = (decision.at.partition, &decision.log);
        if before != after && !goes_on(decision, before, after, gone_over.contains(&place)) {
            let detail = format!("it is of {before}, after others of {} by {after}", decision.log);
            report.fault(FaultKind::WrongBundle, &decision.at, detail);
        }
        if before != after && decision.bundle == after {
            let _ = gone_over.insert(place);
        }
        if decision.bundle != before && decision.bundle != after {
            let detail = format!("it is of {}, and {} is decided by {after}", decision.bundle, decision.log);
            report.fault(FaultKind::WrongBundle, &decision.at, detail);
        }
        if after != bundles.first {
            report.count("decisions by a bundle switched to", 1);
        }
    }
    for task in &read.tasks {
        let known = task.bundle == bundles.first || bundles.usable.contains(&task.bundle);
        if !known {
            report.fault(
                FaultKind::WrongBundle,
                &task.at,
                format!("{} is no bundle of the run", task.bundle),
            );
        }
        if task.said == Said::Released && !is_worded_by_its_bundle(bundles, task) {
            let detail = format!("{} names {}, and is worded by another", task.id, task.bundle);
            report.fault(FaultKind::WrongBundle, &task.at, detail);
        }
    }
}

/// Counts the commands that name a bundle that cannot be used; none of them may have been passed on.
fn refused(bundles: &Bundles, read: &Read<'_>, report: &mut Report) {
    let commands = read.log.iter().filter(|copy| &*copy.at.topic == SHARED && copy.switch.is_some());
    let of_unusable =
        |bundle: &Option<String>| bundle.as_ref().is_some_and(|bundle| !bundles.usable.contains(bundle));
    report.count("switches refused", commands.filter(|copy| of_unusable(&copy.switch)).count());
}

/// True unless a decision goes back to the former bundle at the place of a switch.
fn goes_on(decision: &Decision, before: &str, after: &str, has_gone_over: bool) -> bool {
    !has_gone_over || decision.bundle != before || decision.bundle == after
}

fn is_worded_by_its_bundle(bundles: &Bundles, task: &Task) -> bool {
    match bundles.marks.get(&task.bundle) {
        Some(mark) => task.what.ends_with(mark),
        None => !bundles.marks.values().any(|mark| task.what.ends_with(mark)),
    }
}

/// The bundle before what stands at a place, and the one behind it: at a switch, what was due before it is still decided by
/// the former.
fn stands<'r>(bundles: &'r Bundles, switches: &Switches<'r>, at: &Position) -> (&'r str, &'r str) {
    let all = switches.get(&at.partition).map_or(&[][..], Vec::as_slice);
    let up_to = |offset: u64| {
        let count = all.partition_point(|(switch, _)| *switch < offset);
        count.checked_sub(1).map_or(bundles.first.as_str(), |last| all[last].1)
    };
    (up_to(at.offset), up_to(at.offset + 1))
}
