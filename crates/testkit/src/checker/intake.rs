//! Every input record ends in exactly one intake result, and what was logged is what came in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use segue_log::Record;
use serde_json::Value;

use super::input::Input;
use super::read::{Copy, CopyKind, Logged, Origin, Position, Read};
use super::report::{FaultKind, Report};
use super::{Evidence, LOG, SHARED, instant};

/// The input records by their place, each with its index.
pub(super) struct Inputs<'e> {
    by_place: BTreeMap<(Position, u64), usize>,
    records: &'e [Record],
}

impl<'e> Inputs<'e> {
    pub(super) fn of(evidence: &'e Evidence, report: &mut Report) -> Inputs<'e> {
        let mut by_place = BTreeMap::new();
        for (index, record) in evidence.inputs.iter().enumerate() {
            let place = (Position::of(record), record.incarnation);
            if by_place.insert(place, index).is_some() {
                report.fault(FaultKind::Unreadable, Position::of(record), "given twice as an input");
            }
        }
        Inputs { by_place, records: &evidence.inputs }
    }

    /// The input that an origin names; where the reader could not tell incarnations, any of them fits.
    pub(super) fn index(&self, origin: &Origin) -> Option<usize> {
        let exact = self.by_place.get(&(origin.at.clone(), origin.incarnation));
        exact.or_else(|| self.by_place.get(&(origin.at.clone(), 0))).copied()
    }

    pub(super) fn get(&self, origin: &Origin) -> Option<&'e Record> {
        self.index(origin).map(|index| &self.records[index])
    }
}

/// What the log holds of one input record: which copies of it as an event, and whether as a failure.
#[derive(Clone, Default)]
struct Outcome {
    copies: BTreeSet<u64>,
    failed: bool,
}

pub(super) fn check(evidence: &Evidence, inputs: &Inputs<'_>, read: &Read<'_>, report: &mut Report) {
    let mut outcomes = vec![Outcome::default(); evidence.inputs.len()];
    for copy in &read.log {
        // Rows in the log come from the shared partition, and signals from the log; whether they do so rightly is looked at
        // with the fates and with signals.
        let is_own = |topic: &str| [SHARED, LOG].contains(&topic);
        let Some(origin) = copy.origin.as_ref().filter(|origin| !is_own(&origin.at.topic)) else {
            continue;
        };
        match inputs.index(origin) {
            None => report.fault(
                FaultKind::PhantomRecord,
                &copy.at,
                format!("its origin {} is not there", origin.at),
            ),
            Some(index) if copy.kind == CopyKind::Failed => outcomes[index].failed = true,
            Some(index) if copy.kind == CopyKind::Link => {
                let _ = outcomes[index].copies.insert(origin.n);
            }
            Some(index) if copy.kind == CopyKind::Outcome => {
                let _ = outcomes[index].copies.insert(origin.n);
                compare_outcome(evidence, &evidence.inputs[index], copy, report);
            }
            Some(index) => {
                let _ = outcomes[index].copies.insert(origin.n);
                compare(evidence, &evidence.inputs[index], copy, report);
            }
        }
    }
    for (record, outcome) in evidence.inputs.iter().zip(&outcomes) {
        settle(evidence, record, outcome, report);
    }
    incarnations(evidence, read, report);
}

/// Holds the copies of one input against one another.
fn settle(evidence: &Evidence, record: &Record, outcome: &Outcome, report: &mut Report) {
    let last = outcome.copies.last().copied();
    match (last, outcome.failed) {
        (Some(_), true) => {
            report.fault(FaultKind::TwoResults, Position::of(record), "both logged and failed")
        }
        (Some(last), false) if last + 1 != outcome.copies.len() as u64 => {
            let detail = format!("{} copies, the last of them number {last}", outcome.copies.len());
            report.fault(FaultKind::TwoResults, Position::of(record), detail);
        }
        (Some(_), false) => report.count("intake logged", 1),
        (None, true) => report.count("intake failed", 1),
        (None, false) => missing(evidence, record, report),
    }
}

/// An input of which the log holds nothing: that is right only where it may be ignored.
fn missing(evidence: &Evidence, record: &Record, report: &mut Report) {
    let place = Position::of(record);
    let Some(declared) = evidence.declared.get(&*record.topic) else {
        // Of what destinations say nothing may be ignored.
        report.fault(FaultKind::LostRecord, place, "no result, and nothing is declared of its topic");
        return;
    };
    let kind = Input::of(record, declared).and_then(|input| input.kind);
    match kind {
        Some(kind) if !declared.types.contains(&kind) && declared.ignore_undeclared => {
            report.count("intake ignored", 1);
        }
        Some(kind) if !declared.types.contains(&kind) => {
            report.fault(
                FaultKind::IgnoredUndeclared,
                place,
                format!("no result; its type {kind} must fail"),
            );
        }
        _ => report.fault(FaultKind::LostRecord, place, "neither logged nor failed nor to be ignored"),
    }
}

/// Holds one logged event against the input that it was made from.
fn compare(evidence: &Evidence, record: &Record, copy: &Copy, report: &mut Report) {
    let (Some(logged), Some(declared)) = (&copy.event, evidence.declared.get(&*record.topic)) else {
        report.fault(FaultKind::LoggedUndeclared, &copy.at, "nothing is declared of its origin's topic");
        return;
    };
    if !declared.types.contains(&logged.kind) {
        report.fault(FaultKind::LoggedUndeclared, &copy.at, format!("type {}", logged.kind));
    }
    let Some(input) = Input::of(record, declared) else {
        report.fault(FaultKind::ContentChanged, &copy.at, "its origin cannot be read as an event");
        return;
    };
    for (name, differs) in differences(logged, &input) {
        if differs {
            report.fault(
                FaultKind::ContentChanged,
                &copy.at,
                format!("{name} differs from that of its origin"),
            );
        }
    }
}

/// Holds what a destination is logged to have said against what it said, bare or as the data of a CloudEvent.
fn compare_outcome(evidence: &Evidence, record: &Record, copy: &Copy, report: &mut Report) {
    let Some(logged) = copy.outcome.as_ref().filter(|_| evidence.outcomes.contains(&*record.topic)) else {
        report.fault(FaultKind::LoggedUndeclared, &copy.at, "its origin is no topic of outcomes");
        return;
    };
    let said = serde_json::from_slice(record.value.as_deref().unwrap_or_default()).unwrap_or(Value::Null);
    let said = if said.get("specversion").is_some() { &said["data"] } else { &said };
    let text = |name: &str| said[name].as_str();
    let differences = [
        ("task", text("task") != Some(&logged.task)),
        ("outcome", text("outcome") != Some(&logged.word)),
        ("answer", text("answer") != logged.answer.as_deref()),
        ("reason", text("reason") != logged.reason.as_deref()),
        ("at", text("at").and_then(instant::instant) != Some(logged.time_ms)),
    ];
    for (name, _) in differences.iter().filter(|(_, differs)| *differs) {
        report.fault(FaultKind::ContentChanged, &copy.at, format!("{name} differs from that of its origin"));
    }
}

fn differences(logged: &Logged, input: &Input) -> [(&'static str, bool); 4] {
    [
        ("id", input.id.as_ref() != Some(&logged.id)),
        ("type", input.kind.as_ref() != Some(&logged.kind)),
        ("namespace", input.namespace != logged.namespace),
        ("data", input.data.as_ref() != Some(&logged.data)),
    ]
}

/// Where the reader could not tell incarnations, it has seen one life of each partition, so the log may show one only.
fn incarnations(evidence: &Evidence, read: &Read<'_>, report: &mut Report) {
    let told: BTreeSet<&str> = evidence
        .inputs
        .iter()
        .filter(|record| record.incarnation != 0)
        .map(|record| &*record.topic)
        .collect();
    let mut lives: BTreeMap<(&Arc<str>, u32), u64> = BTreeMap::new();
    for copy in &read.log {
        let Some(origin) = &copy.origin else { continue };
        if told.contains(&*origin.at.topic) {
            continue;
        }
        let first = *lives.entry((&origin.at.topic, origin.at.partition)).or_insert(origin.incarnation);
        if first != origin.incarnation {
            let detail = format!("{} of life {}, others of life {first}", origin.at, origin.incarnation);
            report.fault(FaultKind::IncarnationChanged, &copy.at, detail);
        }
    }
}
