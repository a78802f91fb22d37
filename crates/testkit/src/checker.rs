//! The accounting checker: reads what a run has left in Kafka and says what does not add up.
//!
//! Shape: [`Evidence`] -> [`check`] -> [`Report`]. A pure function over records; it has its own reading of the formats
//! and shares no code with what it checks, so that a misunderstanding there is not repeated here.
//!
//! What must hold: every input record ends in exactly one intake result (logged, failed, or ignored where that is
//! declared), and every copy in the log in exactly one fate (a decision, or one list of one joined record); contents
//! and orders are kept; tasks and decisions name one another one to one; a signal comes of a record of the log that was
//! decided on, and is decided on once; no cap is exceeded, and none holds back what it has room for; a replay of the log
//! gives the same tasks.
//!
//! Read in this order: `report` (what can be wrong), `read` (the formats), `input` (what a source has written),
//! `intake`, `fates`, `failed`, `tasks`, `signals`, `caps`, `order`, `replay` (one group of checks each).

use std::collections::{BTreeMap, BTreeSet};

use segue_log::Record;

mod caps;
mod failed;
mod fates;
mod input;
mod intake;
mod order;
mod read;
mod replay;
mod report;
mod signals;
mod tasks;

pub use report::{Fault, FaultKind, Report};

/// The topic of the ordered log.
pub const LOG: &str = "segue.log";
/// The topic of what concerns everyone.
pub const SHARED: &str = "segue.shared";

/// What a run has left behind, each topic read whole and as a reader of committed records sees it.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// All records of all source topics. An incarnation of 0 means that the reader could not tell.
    pub inputs: Vec<Record>,
    /// The records of `segue.log` and `segue.shared`.
    pub log: Vec<Record>,
    /// The records of `segue.decisions`.
    pub decisions: Vec<Record>,
    /// The records of `segue.failed`.
    pub failed: Vec<Record>,
    /// The records of all destinations' topics and lanes.
    pub tasks: Vec<Record>,
    /// The tasks that a replay of the log gave, in its order; `None` if there was no replay.
    pub replayed: Option<Vec<Output>>,
    /// What is declared of each source topic.
    pub declared: BTreeMap<String, Declared>,
    /// How many partitions the topics have: keyed records of those named here must lie where their key belongs.
    pub partitions: BTreeMap<String, u32>,
    /// The window in which an event that comes again is a duplicate, in milliseconds; `None`: duplicates that were
    /// not recognised are not looked for.
    pub dedup_ms: Option<i64>,
    /// The caps of the bundle that have no `unless`.
    pub caps: Vec<Cap>,
    /// True if the run was read while it was still deciding: copies in the log without a fate are no fault then.
    pub undecided_allowed: bool,
    /// How much must be there for the check to count.
    pub at_least: AtLeast,
}

/// What is declared of the records of one source topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The declared types of all its sources.
    pub types: BTreeSet<String>,
    /// True if records of other types may be dropped.
    pub ignore_undeclared: bool,
    /// Where a plain JSON message keeps its envelope; `None` for CloudEvents.
    pub envelope: Option<Envelope>,
}

/// Where a plain JSON message keeps its envelope: JSON Pointers from the message's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// To the type.
    pub kind: String,
    /// To the id.
    pub id: String,
}

/// A cap as the bundle has it: of these actions, one subject gets at most so many tasks in so long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cap {
    /// The policy's id.
    pub policy: String,
    /// The actions that count.
    pub actions: BTreeSet<String>,
    /// How many tasks.
    pub at_most: u64,
    /// In how long, in milliseconds by the time of the log; a task released exactly so long ago no longer counts.
    pub per_ms: i64,
}

/// How much must be there for a check to count: a check of nothing is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtLeast {
    /// Input records.
    pub inputs: usize,
    /// Tasks.
    pub tasks: usize,
}

impl Default for AtLeast {
    fn default() -> Self {
        Self { inputs: 1, tasks: 1 }
    }
}

/// One task as a replay gave it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Output {
    /// Its topic.
    pub topic: String,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value.
    pub value: Option<Vec<u8>>,
}

/// Checks a run. The report is clean exactly if everything adds up.
#[must_use]
pub fn check(evidence: &Evidence) -> Report {
    let mut report = Report::default();
    enough(evidence, &mut report);
    let read = read::Read::of(evidence, &mut report);
    let inputs = intake::Inputs::of(evidence, &mut report);
    intake::check(evidence, &inputs, &read, &mut report);
    let fates = fates::settle(evidence, &read, &mut report);
    fates::check(evidence, &read, &fates, &mut report);
    failed::check(&inputs, &read, &fates, &mut report);
    tasks::check(&read, &mut report);
    signals::check(&read, &fates, &mut report);
    caps::check(evidence, &read, &mut report);
    order::check(evidence, &read, &fates, &mut report);
    replay::check(evidence, &mut report);
    report
}

fn enough(evidence: &Evidence, report: &mut Report) {
    let wanted = [
        ("inputs", evidence.inputs.len(), evidence.at_least.inputs.max(1)),
        ("tasks", evidence.tasks.len(), evidence.at_least.tasks),
    ];
    for (name, found, least) in wanted {
        report.count(name, found);
        if found < least {
            report.fault(FaultKind::TooLittle, name, format!("{found} found, at least {least} expected"));
        }
    }
    report.count("log copies", evidence.log.len());
    report.count("failed events", evidence.failed.len());
}
