//! Every copy in the log has exactly one fate, and one that fits what it is.

use std::collections::{BTreeMap, BTreeSet};

use super::read::{Copy, CopyKind, Decision, Origin, Position, Read, Way};
use super::report::{FaultKind, Report};
use super::{Evidence, LOG, SHARED};

/// What became of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Decision,
    NoRule,
    Duplicate,
    Seen,
    Failed,
    Tick,
    Copied,
    Unchanged,
    Erased,
}

impl Fate {
    const ALL: [(Fate, &'static str); 9] = [
        (Fate::Decision, "decision"),
        (Fate::NoRule, "no_rule"),
        (Fate::Duplicate, "duplicate"),
        (Fate::Seen, "seen"),
        (Fate::Failed, "failed"),
        (Fate::Tick, "tick"),
        (Fate::Copied, "copied"),
        (Fate::Unchanged, "unchanged"),
        (Fate::Erased, "erased"),
    ];

    fn of_list(name: &str) -> Option<Fate> {
        Self::ALL.iter().skip(1).find(|(_, text)| *text == name).map(|(fate, _)| *fate)
    }

    fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(fate, _)| *fate == self).map_or("?", |(_, text)| *text)
    }

    /// Which fates a copy of that kind can have in that topic.
    fn fits(self, copy: &Copy) -> bool {
        let shared = &*copy.at.topic == SHARED;
        match (self, copy.kind) {
            (Fate::Seen, kind) => kind != CopyKind::Tick,
            (Fate::Decision, kind) => {
                matches!(kind, CopyKind::Event | CopyKind::Signal | CopyKind::Link) && !shared
            }
            (Fate::Tick, CopyKind::Command) => !shared,
            (Fate::Tick, kind) => kind == CopyKind::Tick,
            (Fate::Failed, kind) => !matches!(kind, CopyKind::Tick | CopyKind::Command),
            (Fate::NoRule, kind) => {
                !matches!(kind, CopyKind::Failed | CopyKind::Tick | CopyKind::Command) && !shared
            }
            (Fate::Duplicate, kind) => {
                matches!(kind, CopyKind::Event | CopyKind::Signal | CopyKind::Link)
            }
            (Fate::Erased, kind) => {
                let is_of_one = matches!(kind, CopyKind::Event | CopyKind::Signal);
                (is_of_one || matches!(kind, CopyKind::Link | CopyKind::Outcome)) && !shared
            }
            (Fate::Copied | Fate::Unchanged, kind) => {
                matches!(kind, CopyKind::Event | CopyKind::Command) && shared
            }
        }
    }
}

/// The fate of each copy, in the order of [`Read::log`]; `None` for one that has none yet.
pub(super) type Fates = Vec<Option<Fate>>;

/// Gathers the fates from decisions and joined records.
pub(super) fn settle(evidence: &Evidence, read: &Read<'_>, report: &mut Report) -> Fates {
    let mut fates: Fates = vec![None; read.log.len()];
    let mut give = |log: &Position, fate: Fate, by: &Position, report: &mut Report| match read
        .log
        .binary_search_by(|copy| copy.at.cmp(log))
    {
        Err(_) => report.fault(FaultKind::PhantomFate, by, format!("{log} is not in the log")),
        Ok(index) => match fates[index].replace(fate) {
            None => report.count(&format!("fate {}", fate.as_str()), 1),
            Some(first) => {
                let detail = format!("{} and, in {by}, {}", first.as_str(), fate.as_str());
                report.fault(FaultKind::CountedTwice, log, detail);
            }
        },
    };
    let is_fate = |decision: &&Decision| matches!(decision.way, Way::Event | Way::Passed);
    for decision in read.decisions.iter().filter(is_fate) {
        give(&decision.log, Fate::Decision, &decision.at, report);
    }
    for joined in &read.joined {
        for (list, first, last) in &joined.ranges {
            let Some(fate) = Fate::of_list(list) else {
                report.fault(FaultKind::Unreadable, &joined.at, format!("no known list: {list}"));
                continue;
            };
            for offset in *first..=*last {
                let log = Position { topic: joined.topic.clone(), partition: joined.partition, offset };
                give(&log, fate, &joined.at, report);
            }
        }
    }
    for (copy, _) in read.log.iter().zip(&fates).filter(|(_, fate)| fate.is_none()) {
        if evidence.undecided_allowed {
            report.count("undecided", 1);
        } else {
            report.fault(FaultKind::Undecided, &copy.at, "in no decision and no joined record");
        }
    }
    fates
}

pub(super) fn check(evidence: &Evidence, read: &Read<'_>, fates: &Fates, report: &mut Report) {
    for (copy, fate) in read.log.iter().zip(fates) {
        if let Some(fate) = fate.filter(|fate| !fate.fits(copy)) {
            report.fault(FaultKind::WrongFate, &copy.at, format!("{} on a {:?}", fate.as_str(), copy.kind));
        }
    }
    taken_once(read, fates, report);
    erased(read, fates, report);
    duplicates(evidence, read, fates, report);
    shared(evidence, read, fates, report);
}

/// Of the copies of one origin exactly one is taken. A row goes to every partition, so it is taken once in each.
fn taken_once(read: &Read<'_>, fates: &Fates, report: &mut Report) {
    let mut taken: BTreeMap<(&Origin, Option<u32>), (usize, bool)> = BTreeMap::new();
    for (copy, fate) in read.log.iter().zip(fates) {
        let Some(origin) = &copy.origin else { continue };
        let is_for_all = matches!(copy.kind, CopyKind::Row | CopyKind::Command);
        let partition = is_for_all.then_some(copy.at.partition);
        let (count, undecided) = taken.entry((origin, partition)).or_default();
        match fate {
            Some(Fate::Seen) => {}
            Some(_) => *count += 1,
            None => *undecided = true,
        }
    }
    for ((origin, _), (count, undecided)) in taken {
        if count > 1 {
            let detail = format!("copy {} of it was taken {count} times", origin.n);
            report.fault(FaultKind::TakenTwice, &origin.at, detail);
        } else if count == 0 && !undecided {
            let detail = format!("every copy {} of it was passed over as seen", origin.n);
            report.fault(FaultKind::NeverTaken, &origin.at, detail);
        }
    }
}

/// What is dropped since its subject was erased stands behind a command in its partition that says so.
fn erased(read: &Read<'_>, fates: &Fates, report: &mut Report) {
    let mut gone: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for (copy, fate) in read.log.iter().zip(fates).filter(|(copy, _)| &*copy.at.topic == LOG) {
        let here = gone.entry(copy.at.partition).or_default();
        if let Some(subject) = &copy.erases {
            let _ = here.insert(subject);
        }
        let subject = copy.event.as_ref().and_then(|event| event.subject.as_deref());
        let is_known = subject.map_or(!here.is_empty(), |subject| here.contains(subject));
        if *fate == Some(Fate::Erased) && !is_known {
            report.fault(FaultKind::WrongFate, &copy.at, "nobody of that id was erased before it");
        }
    }
}

/// What is called a duplicate came before in its partition, and what came before within the window is called one.
fn duplicates(evidence: &Evidence, read: &Read<'_>, fates: &Fates, report: &mut Report) {
    type Name<'r> = (&'r str, u32, &'r str, &'r str, Option<&'r str>);
    // When an event of that name was last taken as a new one.
    let mut taken: BTreeMap<Name<'_>, i64> = BTreeMap::new();
    for (copy, fate) in read.log.iter().zip(fates) {
        let (CopyKind::Event | CopyKind::Signal, Some(event), Some(fate)) = (copy.kind, &copy.event, fate)
        else {
            continue;
        };
        let namespace = event.namespace.as_deref().unwrap_or(&event.source);
        let name = (&*copy.at.topic, copy.at.partition, namespace, &*event.id, event.subject.as_deref());
        let earlier = taken.get(&name).copied();
        match fate {
            Fate::Duplicate if earlier.is_none() => {
                report.fault(FaultKind::WrongFate, &copy.at, "a duplicate of nothing that came before it");
            }
            Fate::Duplicate | Fate::Seen | Fate::Erased => {}
            _ => {
                let age_ms = earlier.map(|earlier| copy.logged_at_ms - earlier);
                if age_ms.is_some_and(|age| evidence.dedup_ms.is_some_and(|window| age < window)) {
                    report.fault(FaultKind::DuplicateMissed, &copy.at, "the same event was taken before it");
                }
                let _ = taken.insert(name, copy.logged_at_ms);
            }
        }
    }
}

/// What is copied from the shared partition reaches every partition of the log, and nothing else does.
fn shared(evidence: &Evidence, read: &Read<'_>, fates: &Fates, report: &mut Report) {
    let mut reached: BTreeMap<&Position, BTreeSet<u32>> = BTreeMap::new();
    let is_for_all = |copy: &&Copy| matches!(copy.kind, CopyKind::Row | CopyKind::Command);
    for copy in read.log.iter().filter(|copy| is_for_all(copy) && &*copy.at.topic == LOG) {
        if let Some(origin) = &copy.origin {
            let _ = reached.entry(&origin.at).or_default().insert(copy.at.partition);
        }
    }
    let partitions = evidence.partitions.get(LOG).map(|count| *count as usize);
    for (copy, fate) in read.log.iter().zip(fates).filter(|(copy, _)| &*copy.at.topic == SHARED) {
        let reached = reached.remove(&copy.at).map_or(0, |partitions| partitions.len());
        let wrong = match fate {
            Some(Fate::Copied) => reached == 0 || partitions.is_some_and(|all| all != reached),
            Some(_) => reached > 0,
            // Its copies may be on their way.
            None => false,
        };
        if wrong {
            let fate = fate.map_or("undecided", Fate::as_str);
            report.fault(
                FaultKind::CopiesWrong,
                &copy.at,
                format!("{fate}, and it reached {reached} partitions"),
            );
        }
    }
    for (origin, partitions) in reached {
        let detail = format!("rows in {} partitions name it, and it is not there", partitions.len());
        report.fault(FaultKind::PhantomRecord, origin, detail);
    }
}
