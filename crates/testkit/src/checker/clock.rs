//! The time of the log, told by the log itself: the greatest stamp so far of each partition. Decisions are made by it, and
//! timers fire when they are due: with the first record that comes then or later, and before it.

use std::collections::BTreeMap;

use super::LOG;
use super::read::{Position, Read, Way};
use super::report::{FaultKind, Report};

/// The time of the log at each of its records.
pub(super) struct Clock {
    /// By partition: offset and time, in order.
    partitions: BTreeMap<u32, Vec<(u64, i64)>>,
}

impl Clock {
    pub(super) fn of(read: &Read<'_>) -> Clock {
        let mut partitions: BTreeMap<u32, Vec<(u64, i64)>> = BTreeMap::new();
        for copy in read.log.iter().filter(|copy| &*copy.at.topic == LOG) {
            let times = partitions.entry(copy.at.partition).or_default();
            let before = times.last().map_or(i64::MIN, |(_, time)| *time);
            times.push((copy.at.offset, before.max(copy.logged_at_ms)));
        }
        Clock { partitions }
    }

    /// The time at a record of the log, and that at the record before it.
    pub(super) fn at(&self, place: &Position) -> Option<(i64, i64)> {
        let times = self.partitions.get(&place.partition)?;
        let index = times.binary_search_by_key(&place.offset, |(offset, _)| *offset).ok()?;
        let before = index.checked_sub(1).map_or(i64::MIN, |before| times[before].1);
        Some((times[index].1, before))
    }

    /// The first record of a partition at or after that time: what is due then comes before it.
    pub(super) fn first_at(&self, partition: u32, at_ms: i64) -> u64 {
        let times = self.partitions.get(&partition).map_or(&[][..], Vec::as_slice);
        let first = times.partition_point(|(_, time)| *time < at_ms);
        times.get(first).map_or(u64::MAX, |(offset, _)| *offset)
    }

    /// The time at the end of a partition.
    pub(super) fn end(&self, partition: u32) -> i64 {
        self.partitions.get(&partition).and_then(|times| times.last()).map_or(i64::MIN, |(_, time)| *time)
    }
}

pub(super) fn check(clock: &Clock, read: &Read<'_>, report: &mut Report) {
    for decision in &read.decisions {
        // What is not in the log was reported elsewhere.
        let Some((now, before)) = clock.at(&decision.log) else { continue };
        let at = decision.at_ms;
        let (is_right, told) = match decision.way {
            Way::Event | Way::Everyone | Way::Passed => {
                (at == now, "it is not made at the time of its event".to_owned())
            }
            Way::Follows => (before <= at && at <= now, "it is not made at the time of its cause".to_owned()),
            Way::Timer(due) => {
                report.count("timers", 1);
                let told = format!("due at {due}, fired when the log went on from {before} to {now}");
                (at == due && before <= due && due <= now, told)
            }
        };
        if !is_right {
            report.fault(FaultKind::WrongTime, &decision.at, format!("made at {at}: {told}"));
        }
    }
}
