//! Orders are kept, and keyed records lie where their key belongs.

use std::collections::BTreeMap;

use segue_log::{Record, partition_of};

use super::fates::{Fate, Fates};
use super::read::{CopyKind, Position, Read, Said, Way};
use super::report::{FaultKind, Report};
use super::{Evidence, LOG};

pub(super) fn check(evidence: &Evidence, read: &Read<'_>, fates: &Fates, report: &mut Report) {
    log(read, fates, report);
    decisions(read, report);
    tasks(read, report);
    places(evidence, read, report);
}

/// In a log partition, what was taken of one source partition stands in the order of that source partition.
fn log(read: &Read<'_>, fates: &Fates, report: &mut Report) {
    // By log partition and source partition with its life: the offset and copy reached.
    let mut reached = BTreeMap::<_, (u64, u64)>::new();
    for (copy, fate) in read.log.iter().zip(fates) {
        let (Some(origin), Some(fate)) = (&copy.origin, fate) else { continue };
        if *fate == Fate::Seen {
            continue;
        }
        let from = (&*origin.at.topic, origin.incarnation, origin.at.partition);
        let stream = (&*copy.at.topic, copy.at.partition, from.0, from.1, from.2);
        let here = (origin.at.offset, origin.n);
        let before = reached.insert(stream, here);
        if let Some(before) = before.filter(|before| here < *before) {
            let detail = format!("{} stands after offset {} of the same partition", origin.at, before.0);
            report.fault(FaultKind::OrderChanged, &copy.at, detail);
        }
    }
}

/// The decisions of one subject stand in the order of the log, and that on an event before those on what follows from it.
fn decisions(read: &Read<'_>, report: &mut Report) {
    let mut reached: BTreeMap<_, (&Position, bool)> = BTreeMap::new();
    for decision in &read.decisions {
        let copy = read.copy(&decision.log).and_then(|copy| copy.event.as_ref());
        let [source, id, kind] = &decision.cause;
        // What a timer leads to stands before what was being taken when it fired, or after.
        let is_of_event = copy.is_some_and(|event| event.name() == [source, id, kind]);
        let here = (&decision.log, decision.way == Way::Follows && is_of_event);
        let before = reached.insert((decision.at.partition, &*decision.subject), here);
        let Some((log, followed)) = before else { continue };
        let is_wrong = match decision.way {
            Way::Event | Way::Passed => (log, followed) > here,
            _ => log > here.0,
        };
        if is_wrong {
            let detail = format!("what came of {} stands after what came of {log}", here.0);
            report.fault(FaultKind::OrderChanged, &decision.at, detail);
        }
    }
}

/// The tasks of one subject in one topic stand in the order of the log, those of one record of it in that of the
/// decisions (its signals' come after its own), and within a decision in that of their rank.
fn tasks(read: &Read<'_>, report: &mut Report) {
    let mut ranks: BTreeMap<&str, (&Position, u64, usize)> = BTreeMap::new();
    for decision in &read.decisions {
        for (rank, candidate) in decision.released.iter().enumerate() {
            let _ = ranks.insert(&candidate.task, (&decision.log, decision.at.offset, rank));
        }
    }
    let mut tasks: Vec<_> = read.tasks.iter().filter(|task| task.said == Said::Released).collect();
    tasks.sort_by(|a, b| a.at.cmp(&b.at));
    let mut reached = BTreeMap::new();
    for task in tasks {
        let Some(here) = ranks.get(&*task.id).copied() else { continue };
        let before = reached.insert((&*task.at.topic, &*task.subject), (task.at.partition, here));
        let Some((partition, before)) = before else { continue };
        if partition != task.at.partition {
            report.fault(
                FaultKind::WrongPartition,
                &task.at,
                format!("its subject's others lie in {partition}"),
            );
        } else if here < before {
            report.fault(FaultKind::OrderChanged, &task.at, format!("{} stands after {}", here.0, before.0));
        }
    }
}

fn places(evidence: &Evidence, read: &Read<'_>, report: &mut Report) {
    // Rows and ticks are written to a partition by its number; failures are spread by their origin.
    let log = evidence.log.iter().filter(|record| {
        let at = Position::of(record);
        let found = read.log.binary_search_by(|copy| copy.at.cmp(&at));
        &*record.topic == LOG
            && found.is_ok_and(|index| matches!(read.log[index].kind, CopyKind::Event | CopyKind::Signal))
    });
    for record in log.chain(&evidence.decisions).chain(&evidence.tasks).chain(&evidence.statuses) {
        if let Some(right) = right_place(evidence, record).filter(|right| *right != record.partition) {
            let detail = format!("its key belongs to partition {right}");
            report.fault(FaultKind::WrongPartition, Position::of(record), detail);
        }
    }
}

fn right_place(evidence: &Evidence, record: &Record) -> Option<u32> {
    let partitions = evidence.partitions.get(&*record.topic)?;
    Some(partition_of(record.key.as_deref()?, *partitions))
}
