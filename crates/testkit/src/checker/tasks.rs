//! Tasks and decisions name one another, one to one, and agree.

use std::collections::BTreeMap;

use super::read::{Candidate, Decision, Read, Task};
use super::report::{FaultKind, Report};

pub(super) fn check(read: &Read<'_>, report: &mut Report) {
    report.count("decisions", read.decisions.len());
    decisions(read, report);
    let mut named: BTreeMap<&str, Vec<(&Decision, &Candidate, usize)>> = BTreeMap::new();
    for decision in &read.decisions {
        for (index, candidate) in decision.released.iter().enumerate() {
            named.entry(&candidate.task).or_default().push((decision, candidate, index));
        }
    }
    let mut tasks: BTreeMap<&str, Vec<&Task>> = BTreeMap::new();
    for task in &read.tasks {
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
                    compare(task, naming[0].0, naming[0].1, report);
                }
            }
        }
    }
}

/// A decision's id is unique, and a decision tells of its stimulus what the log holds of it.
fn decisions(read: &Read<'_>, report: &mut Report) {
    let mut ids: BTreeMap<&str, &Decision> = BTreeMap::new();
    for decision in &read.decisions {
        if let Some(first) = ids.insert(&decision.id, decision) {
            report.fault(FaultKind::DecisionTwice, &decision.id, format!("{} and {}", first.at, decision.at));
        }
        // A stimulus that is not in the log was reported with the fates.
        let Ok(index) = read.log.binary_search_by(|copy| copy.at.cmp(&decision.log)) else { continue };
        let Some(event) = &read.log[index].event else { continue };
        // A signal's cause is told as the stimulus of an event is.
        let [source, id, kind] = &decision.cause;
        let same = (source, id, kind) == (&event.source, &event.id, &event.kind);
        // A row of everyone can matter to a subject that it does not name.
        if !same || event.subject.as_ref().is_some_and(|subject| *subject != decision.subject) {
            report.fault(FaultKind::ContentChanged, &decision.at, "it is not about the event in the log");
        }
    }
}

fn compare(task: &Task, decision: &Decision, candidate: &Candidate, report: &mut Report) {
    let differences = [
        ("subject", task.subject != decision.subject),
        ("cause", task.cause != decision.cause),
        ("decision", task.decision != decision.id),
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
