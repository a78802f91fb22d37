//! The accounting checker: reads what a run has left in Kafka and says what does not add up.
//!
//! Shape: [`Evidence`] -> [`check`] -> [`Report`]. A pure function over records; it has its own reading of the formats
//! and shares no code with what it checks, so that a misunderstanding there is not repeated here.
//!
//! What must hold: every input record ends in exactly one intake result (logged, failed, or ignored where that is
//! declared), and every copy in the log in exactly one fate (a decision, or one list of one joined record); contents
//! and orders are kept; tasks and decisions name one another one to one; a signal comes of a record of the log that was
//! decided on, and is decided on once; no cap is exceeded, and none holds back what it has room for; what is due happens
//! once, not before its time, and whatever was held ends once; learned figures are those of the outcomes; a replay of the log gives the same tasks.
//!
//! Read in this order: `report` (what can be wrong), `read` (the formats), `input` (what a source has written),
//! `intake`, `fates`, `failed`, `tasks`, `signals`, `caps`, `channels`, `order`, `bundles`, `clock`, `absences`, `lives`, `learned`, `statuses`, `replay` (one
//! group of checks each).

use std::collections::{BTreeMap, BTreeSet};

use segue_log::Record;

mod absences;
mod bundles;
mod caps;
mod channels;
mod clock;
mod failed;
mod fates;
mod input;
mod instant;
mod intake;
mod learned;
mod lives;
mod order;
mod read;
mod replay;
mod report;
mod signals;
mod statuses;
mod tasks;

pub use instant::instant as instant_ms;
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
    /// The records of the topics on which sources are told what became of their events.
    pub statuses: Vec<Record>,
    /// The tasks, and the statuses too where it gave them, that a replay of the log gave, in its order; `None` if there was no
    /// replay.
    pub replayed: Option<Vec<Output>>,
    /// What is declared of each source topic.
    pub declared: BTreeMap<String, Declared>,
    /// The topics on which destinations say what became of tasks; their records are among the inputs.
    pub outcomes: BTreeSet<String>,
    /// What the bundle says of time.
    pub times: Times,
    /// How many partitions the topics have: keyed records of those named here must lie where their key belongs.
    pub partitions: BTreeMap<String, u32>,
    /// The window in which an event that comes again is a duplicate, in milliseconds; `None`: duplicates that were
    /// not recognised are not looked for.
    pub dedup_ms: Option<i64>,
    /// The caps of the bundle that have no `unless`.
    pub caps: Vec<Cap>,
    /// The channels of the bundle, in the order in which its actions name them, and all of one weight; none: which one was chosen is
    /// not looked at.
    pub channels: Vec<Channel>,
    /// The bundles of the run; `None`: which one decided is not looked at.
    pub bundles: Option<Bundles>,
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
    /// The actions that count; of a cap on a channel, those that can be done on it.
    pub actions: BTreeSet<String>,
    /// The channel that it counts on, of whatever action; `None`: it counts by action.
    pub channel: Option<String>,
    /// How many tasks.
    pub at_most: u64,
    /// In how long, in milliseconds by the time of the log; a task released exactly so long ago no longer counts.
    pub per_ms: i64,
}

/// A channel as the bundle has it. Times of day are those of UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its id.
    pub id: String,
    /// The actions that can be done on it.
    pub actions: BTreeSet<String>,
    /// The type of event that says of persons whether they can be reached on it and agree to that.
    pub told_by: String,
    /// Where it says so: a JSON Pointer into the data, to a text that is never empty.
    pub pointer: String,
    /// What has to stand there; none: anything.
    pub words: BTreeSet<String>,
    /// From which minute of the day until which it is quiet.
    pub quiet: (i64, i64),
}

/// What a bundle says of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// The rules with `unless`; none of them may have a `when`, and none may look at signals or news.
    pub absences: Vec<Absence>,
    /// How tasks live, by action. What is held and what came of tasks is counted again for these actions only.
    pub lives: BTreeMap<String, Life>,
    /// The sources that are told what became of their events.
    pub told: BTreeSet<String>,
    /// The types of news on which exactly one rule fires, and that without a `when`.
    pub news: BTreeSet<String>,
}

/// A rule that fires when something did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// The rule's id.
    pub rule: String,
    /// The types that begin the waiting.
    pub on: BTreeSet<String>,
    /// The types that end it.
    pub unless: BTreeSet<String>,
    /// How long it waits, in milliseconds.
    pub within_ms: i64,
    /// Where both must agree: a JSON Pointer into the data.
    pub same: Option<String>,
}

/// How the tasks of an action live; all in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// How long a task is held.
    pub hold_ms: i64,
    /// When it is overdue, after its release.
    pub due_ms: Option<i64>,
    /// When it is over.
    pub expires_ms: Option<i64>,
    /// When it is brought up again.
    pub remind_ms: Vec<i64>,
    /// When its question counts as not answered.
    pub wait_ms: Option<i64>,
    /// The answers that it offers; no other is one. None if it asks nothing.
    pub answers: BTreeSet<String>,
    /// True if its destination says what became of it.
    pub has_outcomes: bool,
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

/// The bundles of a run, by their digests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundles {
    /// The one that every router was started with.
    pub first: String,
    /// Those that can be switched to.
    pub usable: BTreeSet<String>,
    /// What each task of a bundle says at its end, by digest; tasks of the others say none of it.
    pub marks: BTreeMap<String, String>,
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
    bundles::check(evidence, &read, &fates, &mut report);
    let clock = clock::Clock::of(&read);
    clock::check(&clock, &read, &mut report);
    // What has not happened yet cannot be counted again.
    if !evidence.undecided_allowed {
        absences::check(evidence, &read, &fates, &clock, &mut report);
        let told = lives::check(evidence, &read, &fates, &clock, &mut report);
        learned::check(&read, &told, &clock, &mut report);
        statuses::check(evidence, &read, &fates, &clock, &told, &mut report);
    }
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
