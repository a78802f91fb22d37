//! Each decision and each task is of the bundle that its partition had been told to decide by, at its place of the log.

use std::collections::BTreeMap;

use super::fates::{Fate, Fates};
use super::read::{Position, Read};
use super::report::{FaultKind, Report};
use super::{Bundles, Evidence, LOG};

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
    for decision in &read.decisions {
        let (before, after) = stands(bundles, &switches, &decision.log);
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
