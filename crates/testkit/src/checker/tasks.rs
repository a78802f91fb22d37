//! Tasks and decisions name one another, one to one, and agree.

use std::collections::BTreeMap;

use super::read::{Candidate, Copy, CopyKind, Decision, Read, Said, Task, Way};
use super::report::{FaultKind, Report};

/// Whom the router's own stimuli come from.
const OWN_SOURCE: &str = "segue";

pub(super) fn check(read: &Read<'_>, report: &mut Report) {
    report.count("decisions", read.decisions.len());
    decisions(read, report);
    let mut named: BTreeMap<&str, Vec<(&Decision, &Candidate, usize)>> = BTreeMap::new();
    for decision in &read.decisions {
        for (index, candidate) in decision.released.iter().enumerate() {
            named.entry(&candidate.task).or_default().push((decision, candidate, index));
        }
    }
    // The decision that named a task first: it may have been held by one and released by another.
    let mut first: BTreeMap<&str, &Decision> = BTreeMap::new();
    for decision in &read.decisions {
        for task in decision.verdicts.iter().filter_map(|verdict| verdict.task.as_deref()) {
            let _ = first.entry(task).or_insert(decision);
        }
    }
    let mut tasks: BTreeMap<&str, Vec<&Task>> = BTreeMap::new();
    for task in read.tasks.iter().filter(|task| task.said == Said::Released) {
        tasks.entry(&task.id).or_default().push(task);
    }
    for (id, naming) in &named {
        if naming.len() > 1 {
            report.fault(FaultKind::TaskTwice, id, format!("{} released candidates name it", naming.len()));
        }
        if !tasks.contains_key(id) {
            report.fault(
                FaultKind::TaskLost,
                id,
                format!("released by {} in {}", naming[0].0.id, naming[0].0.at),
            );
        }
    }
    for (id, tasks) in &tasks {
        if tasks.len() > 1 {
            let detail = format!("{} times, first as {} and {}", tasks.len(), tasks[0].at, tasks[1].at);
            report.fault(FaultKind::TaskTwice, id, detail);
        }
        match named.get(id) {
            None => {
                report.fault(FaultKind::TaskPhantom, &tasks[0].at, format!("{id} is named by no decision"))
            }
            Some(naming) => {
                for task in tasks {
                    compare(task, first[*id], naming[0].0, naming[0].1, report);
                }
            }
        }
    }
}

/// A decision's id is unique, and a decision tells of its stimulus what the log holds of it.
fn decisions(read: &Read<'_>, report: &mut Report) {
    let causes = Causes::of(read);
    let mut ids: BTreeMap<&str, &Decision> = BTreeMap::new();
    for decision in &read.decisions {
        if let Some(first) = ids.insert(&decision.id, decision) {
            report.fault(FaultKind::DecisionTwice, &decision.id, format!("{} and {}", first.at, decision.at));
        }
        // A stimulus that is not in the log was reported with the fates.
        let Some(copy) = read.copy(&decision.log) else { continue };
        let is_right = match decision.way {
            Way::Event => copy.kind == CopyKind::Event && is_about(copy, decision),
            Way::Passed => {
                let is_it = copy.event.as_ref().is_some_and(|event| event.name() == name(&decision.stimulus));
                copy.kind == CopyKind::Signal && is_it && is_begun_by(copy, decision)
            }
            Way::Everyone => copy.kind == CopyKind::Row && is_about(copy, decision),
            // What goes back to an event names one that the log holds, before what was being taken.
            Way::Follows | Way::Timer(_) => is_own(decision) || causes.is_logged(decision),
        };
        if !is_right {
            report.fault(FaultKind::ContentChanged, &decision.at, "it is not about the event in the log");
        }
    }
}

/// True if a decision goes back to a moment, and to no event.
fn is_own(decision: &Decision) -> bool {
    decision.cause[0] == OWN_SOURCE
}

fn is_about(copy: &Copy, decision: &Decision) -> bool {
    let Some(event) = &copy.event else { return false };
    // An event about everyone names no subject.
    event.name() == name(&decision.cause) && event.subject.as_ref().is_none_or(|of| *of == decision.subject)
}

/// True if a signal about the subject of the decision goes back to what the decision goes back to.
fn is_begun_by(copy: &Copy, decision: &Decision) -> bool {
    let subject = copy.event.as_ref().and_then(|event| event.subject.as_ref());
    copy.cause.as_ref() == Some(&decision.cause) && subject == Some(&decision.subject)
}

fn name(cause: &[String; 3]) -> [&str; 3] {
    [&cause[0], &cause[1], &cause[2]]
}

/// The events of the log by what they are called.
struct Causes<'r> {
    /// A signal by what began it.
    logged: BTreeMap<(u32, [&'r str; 3]), Vec<&'r Copy>>,
}

impl<'r> Causes<'r> {
    fn of(read: &'r Read<'_>) -> Causes<'r> {
        let mut logged: BTreeMap<_, Vec<&Copy>> = BTreeMap::new();
        for copy in &read.log {
            let named = match (&copy.cause, &copy.event) {
                (Some(cause), _) => Some(name(cause)),
                (None, event) => event.as_ref().map(|event| event.name()),
            };
            if let Some(named) = named {
                logged.entry((copy.at.partition, named)).or_default().push(copy);
            }
        }
        Causes { logged }
    }

    fn is_logged(&self, decision: &Decision) -> bool {
        let copies = self.logged.get(&(decision.log.partition, name(&decision.cause)));
        copies
            .into_iter()
            .flatten()
            .any(|copy| copy.at <= decision.log && (is_about(copy, decision) || is_begun_by(copy, decision)))
    }
}

fn compare(task: &Task, first: &Decision, decision: &Decision, candidate: &Candidate, report: &mut Report) {
    let differences = [
        ("subject", task.subject != decision.subject),
        ("cause", task.cause != first.cause),
        ("decision", task.decision != first.id),
        ("time", task.said_ms != decision.at_ms),
        ("bundle", task.bundle != decision.bundle),
        ("action", task.action != candidate.action),
        ("rule", task.rule != candidate.rule),
        ("priority", task.priority != candidate.priority),
    ];
    for (name, _) in differences.iter().filter(|(_, differs)| *differs) {
        let detail = format!("{name} differs from that in decision {}", decision.id);
        report.fault(FaultKind::ContentChanged, &task.at, detail);
    }
}
