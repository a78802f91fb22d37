//! Learned figures are those of a plain recount: of each task the last of what became of it, added up.
//!
//! What became of tasks is what [`super::lives`] has lived through, in the order of the log: what time brings comes before
//! the record that moves the time on. Of what falls due before one record the order is not known here, so for a timer's
//! decision any state on the way will do.

use std::collections::{BTreeMap, BTreeSet};

use super::LOG;
use super::clock::Clock;
use super::lives::Told;
use super::read::{Counted, Position, Read, Way};
use super::report::{FaultKind, Report};

/// A place in the log, and whether it is the record itself rather than what is due before it.
type Point = (u64, bool);

/// What a partition has counted of each action, by when: in order.
type Counts<'r> = BTreeMap<(u32, &'r str), Vec<(Point, Counted)>>;

/// What a partition has been told of an action: where that stands in the log, by which other partition, and what.
type Heard<'r> = BTreeMap<(u32, &'r str), Vec<(u64, u32, Counted)>>;

pub(super) fn check(read: &Read<'_>, told: &[Told<'_>], clock: &Clock, report: &mut Report) {
    let counts = recounted(told, clock);
    let heard = heard(read, &counts, clock, report);
    for decision in &read.decisions {
        for verdict in &decision.verdicts {
            let Some(learned) = verdict.learned else { continue };
            report.count("learned figures", 1);
            let (partition, offset) = (decision.log.partition, decision.log.offset);
            let mut others: BTreeMap<u32, Counted> = BTreeMap::new();
            let of_action = heard.get(&(partition, verdict.action.as_str())).into_iter().flatten();
            for (_, other, counted) in of_action.filter(|(at, ..)| *at < offset) {
                let _ = others.insert(*other, *counted);
            }
            let others = others.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            let (from, to) = match decision.way {
                // Before the record and after it something may be due.
                Way::Timer(_) => ((offset, false), (offset, true)),
                _ => ((offset, true), (offset, false)),
            };
            let mut right = states(&counts, partition, &verdict.action, from, to);
            right.iter_mut().for_each(|own| *own = (own.0 + others.0, own.1 + others.1));
            if !right.contains(&learned) {
                wrong(report, &decision.at, &verdict.action, learned, &right);
            }
        }
    }
}

/// What other partitions have told each partition of an action, each by where it stands in the log; what they told is
/// looked at.
fn heard<'r>(read: &'r Read<'_>, counts: &Counts<'_>, clock: &Clock, report: &mut Report) -> Heard<'r> {
    let shares = || read.log.iter().flat_map(|copy| copy.shares.iter().map(move |share| (copy, share)));
    let mut said = BTreeSet::new();
    for (copy, share) in shares().filter(|(copy, _)| &*copy.at.topic != LOG) {
        report.count("shares told", 1);
        let _ = said.insert((share.partition, &share.action, share.counted));
        let (first, after) = (
            clock.first_at(share.partition, copy.logged_at_ms),
            clock.first_at(share.partition, copy.logged_at_ms + 1),
        );
        let own = states(counts, share.partition, &share.action, (first, false), (after, false));
        if !own.contains(&share.counted) {
            wrong(report, &copy.at, &share.action, share.counted, &own);
        }
    }
    let mut heard = Heard::new();
    for (copy, share) in shares().filter(|(copy, _)| &*copy.at.topic == LOG) {
        if !said.contains(&(share.partition, &share.action, share.counted)) {
            wrong(report, &copy.at, &share.action, share.counted, &[]);
        }
        let of = heard.entry((copy.at.partition, &share.action)).or_default();
        of.push((copy.at.offset, share.partition, share.counted));
    }
    heard
}

/// Adds up what became of tasks: each counts once, by what became of it last.
fn recounted<'r>(told: &[Told<'r>], clock: &Clock) -> Counts<'r> {
    let point = |told: &Told<'_>| match told.said_at {
        Some(offset) => (offset, true),
        None => (clock.first_at(told.partition, told.at_ms), false),
    };
    let mut in_order: Vec<(Point, &Told<'r>)> = told.iter().map(|told| (point(told), told)).collect();
    in_order.sort_by_key(|(point, told)| (*point, told.at_ms));
    let mut by_task: BTreeMap<&str, Counted> = BTreeMap::new();
    let mut counts = Counts::new();
    for (point, told) in in_order {
        let is = match told.stage {
            "accepted" | "completed" | "answered" => (1, 1),
            "declined" | "expired" => (0, 1),
            "failed" | "withdrawn" => (0, 0),
            _ => continue,
        };
        let was = by_task.insert(told.task, is).unwrap_or_default();
        let states = counts.entry((told.partition, told.action)).or_default();
        let (positives, responses) = states.last().map_or((0, 0), |(_, last)| *last);
        states.push((point, (positives + is.0 - was.0, responses + is.1 - was.1)));
    }
    counts
}

/// The states that a count is in from one point to another: that before the first, and all that follow up to the second;
/// where the second is not after the first, only the state at the second.
fn states(counts: &Counts<'_>, partition: u32, action: &str, from: Point, to: Point) -> Vec<Counted> {
    let all = counts.get(&(partition, action)).map_or(&[][..], Vec::as_slice);
    let last = all.partition_point(|(at, _)| *at <= to);
    let first = all.partition_point(|(at, _)| *at < from).min(last);
    let before = first.checked_sub(1).map_or((0, 0), |before| all[before].1);
    std::iter::once(before).chain(all[first..last].iter().map(|(_, counted)| *counted)).collect()
}

fn wrong(report: &mut Report, at: &Position, action: &str, found: Counted, right: &[Counted]) {
    let detail = format!("{action}: {found:?} positive and all responses, and a recount gives {right:?}");
    report.fault(FaultKind::LearnedWrong, at, detail);
}
