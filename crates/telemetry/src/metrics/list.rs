//! The list itself: every metric and its labels.

use super::Definition;
use super::family::Label::{self, Closed, Open};
pub use super::words::{Arm, CopyResult, IntakeResult, Loop, ReadFrom, StepResult};

/// What is counted. Fields are labels; those of type `&str` hold names of the bundle or of the closed lists of the
/// contract, never anything of a subject.
#[derive(Clone, Copy, Debug)]
pub enum Counter<'a> {
    /// Records read from source topics.
    IntakeRecords {
        /// The source's id.
        source: &'a str,
        /// What became of them.
        result: IntakeResult,
    },
    /// Failed events.
    FailedEvents {
        /// The code, of the contract's closed list.
        code: &'a str,
    },
    /// Copies of events in the log, read by decide.
    LogCopies {
        /// What became of them.
        result: CopyResult,
    },
    /// Decisions.
    Decisions {
        /// The decision's result, such as `released` or `no-action`.
        result: &'a str,
    },
    /// Tasks that left.
    Tasks {
        /// The action's id.
        action: &'a str,
        /// The destination's id.
        destination: &'a str,
    },
    /// Decisions in which an expression of a rule, or of an action that it proposed, ended in an error.
    ExpressionErrors {
        /// The rule's id.
        rule: &'a str,
    },
    /// Remembered events and tasks that were given up while rules still ask for them.
    Forgotten {
        /// The type of event, or the action.
        of: &'a str,
    },
    /// Statuses that were not told, since their topic cannot be written.
    StatusesUntold {
        /// The topic.
        topic: &'a str,
    },
    /// Steps of a loop.
    Steps {
        /// The loop.
        of: Loop,
        /// What became of them.
        result: StepResult,
    },
    /// Steps that did not happen, or of which that was not known.
    StepsUndone {
        /// The loop.
        of: Loop,
        /// A word for the reason, such as `fenced` or `rebalance`.
        reason: &'a str,
    },
    /// Partitions whose state was read back from the changelog.
    PartitionsRestored,
    /// Profiles that were asked for where state is kept on disk.
    ProfileReads {
        /// Where they were read.
        from: ReadFrom,
    },
    /// State on disk that was given up, and restored from the changelog.
    StateGivenUp {
        /// A word for the reason, such as `damaged` or `too-old`.
        reason: &'a str,
    },
    /// State of a partition on disk that was written anew, since somebody was erased.
    StateRewritten,
    /// Decisions of a bundle that decides beside the one that counts, and what went wrong with it.
    ShadowDecisions {
        /// What became of them, such as `written`.
        result: &'a str,
    },
    /// How what it decides differs.
    ShadowDifferences {
        /// The rule's id.
        rule: &'a str,
        /// `added`, `removed` or `changed`.
        difference: &'a str,
    },
    /// Files with databases of addresses.
    AddressDatabases {
        /// `read` or `refused`.
        result: &'a str,
    },
}

/// What is shown as it stands.
#[derive(Clone, Copy, Debug)]
pub enum Gauge<'a> {
    /// Partitions that this process reads.
    PartitionsOwned {
        /// The loop.
        of: Loop,
    },
    /// Profiles that this process keeps.
    Profiles,
    /// Partitions in which nothing is released, since the router is behind.
    PartitionsBehind,
    /// Whether a topic of tasks or statuses cannot be written: 1, or 0 once it can again.
    TopicClosed {
        /// The topic.
        topic: &'a str,
    },
    /// Whether a loop works by a bundle: 1, or 0 once it does no more.
    BundleInfo {
        /// The loop.
        of: Loop,
        /// The bundle's digest.
        bundle: &'a str,
    },
    /// For how many workers a topic of a source or of outcomes is missing.
    TopicMissing {
        /// The topic.
        topic: &'a str,
    },
    /// Whether a part is paused in a partition of this process: 1, or 0 once it is not any more.
    Paused {
        /// The part, such as `rule/ID`.
        part: &'a str,
    },
    /// How often subjects were seen to under a control policy.
    ControlSubjects {
        /// The policy's id.
        policy: &'a str,
        /// Which of them.
        arm: Arm,
    },
    /// How many of these reached the goal.
    ControlGoals {
        /// The policy's id.
        policy: &'a str,
        /// Which of them.
        arm: Arm,
    },
    /// What state takes on disk.
    StateDiskBytes,
    /// When a database of addresses was made, in seconds since the epoch.
    AddressDatabaseBuilt {
        /// Its file, as the settings name it.
        file: &'a str,
    },
    /// Always 1; the labels say what runs. Set with [`super::Metrics::set_build_info`].
    BuildInfo {
        /// The router's version.
        version: &'a str,
        /// The bundle's version.
        bundle: &'a str,
    },
}

/// What is timed.
#[derive(Clone, Copy, Debug)]
pub enum Timing {
    /// One step, from the records polled to the commit returned.
    Step {
        /// The loop.
        of: Loop,
    },
    /// From intake's stamp on an event to the commit of a task that it caused at once.
    EventToTask,
}

pub(super) const COUNTERS: [Definition; 17] = [
    define(
        "segue_intake_records_total",
        "Records read from source topics, by what became of them.",
        &[Open("source"), Closed("result")],
    ),
    define("segue_failed_events_total", "Events that could not be used, by code.", &[Open("code")]),
    define(
        "segue_log_copies_total",
        "Copies of events in the log that were read, by what became of them.",
        &[Closed("result")],
    ),
    define("segue_decisions_total", "Decisions, by result.", &[Open("result")]),
    define(
        "segue_tasks_total",
        "Tasks that left, by action and destination.",
        &[Open("action"), Open("destination")],
    ),
    define(
        "segue_expression_errors_total",
        "Decisions in which an expression of a rule, or of an action that it proposed, ended in an error.",
        &[Open("rule")],
    ),
    define(
        "segue_steps_total",
        "Steps of a loop, by what became of them.",
        &[Closed("loop"), Closed("result")],
    ),
    define(
        "segue_steps_undone_total",
        "Steps of a loop that did not happen, by reason.",
        &[Closed("loop"), Open("reason")],
    ),
    define(
        "segue_partitions_restored_total",
        "Partitions whose state was read back from the changelog.",
        &[],
    ),
    define(
        "segue_forgotten_total",
        "Remembered events and tasks given up while still asked for, by type of event or action.",
        &[Open("of")],
    ),
    define(
        "segue_statuses_untold_total",
        "Statuses that were not told since their topic cannot be written, by topic.",
        &[Open("topic")],
    ),
    define(
        "segue_profile_reads_total",
        "Profiles asked for where state is kept on disk, by where they were.",
        &[Closed("from")],
    ),
    define(
        "segue_state_given_up_total",
        "State on disk that was given up and restored from the changelog, by reason.",
        &[Open("reason")],
    ),
    define(
        "segue_state_rewritten_total",
        "State of a partition on disk that was written anew, since somebody was erased.",
        &[],
    ),
    define(
        "segue_shadow_decisions_total",
        "Decisions of a bundle that decides beside the one that counts, by what became of them.",
        &[Open("result")],
    ),
    define(
        "segue_shadow_differences_total",
        "Tasks that it would have added, left out or changed, by rule.",
        &[Open("rule"), Open("difference")],
    ),
    define(
        "segue_address_databases_total",
        "Files with databases of addresses, by what became of them.",
        &[Open("result")],
    ),
];

pub(super) const GAUGES: [Definition; 12] = [
    define("segue_partitions_owned", "Partitions that this process reads.", &[Closed("loop")]),
    define("segue_profiles", "Profiles that this process keeps.", &[]),
    define("segue_build_info", "Always 1; the labels say what runs.", &[Open("version"), Open("bundle")]),
    define(
        "segue_partitions_behind",
        "Partitions in which nothing is released, since the router is behind.",
        &[],
    ),
    define(
        "segue_topic_closed",
        "Workers for which a topic of tasks or statuses cannot be written; 0 once it can be again.",
        &[Open("topic")],
    ),
    define("segue_state_disk_bytes", "What state takes on disk.", &[]),
    define(
        "segue_bundle_info",
        "1 for a bundle that a loop works by, 0 for one that it works by no more.",
        &[Closed("loop"), Open("bundle")],
    ),
    define(
        "segue_topic_missing",
        "Workers for which a topic of a source or of outcomes is not there; 0 once it is.",
        &[Open("topic")],
    ),
    define(
        "segue_control_subjects",
        "Times that a subject came as far as a control policy, since the beginning, in the partitions that this process reads.",
        &[Open("policy"), Closed("arm")],
    ),
    define(
        "segue_control_goals",
        "Those of them in which the subject reached the policy's goal.",
        &[Open("policy"), Closed("arm")],
    ),
    define(
        "segue_paused",
        "1 for a part that is paused in a partition of this process, 0 once it is not any more.",
        &[Open("part")],
    ),
    define(
        "segue_address_database_built_seconds",
        "When a database of addresses was made, in seconds since the epoch.",
        &[Open("file")],
    ),
];

/// Upper ends in seconds. Steps take milliseconds; ten seconds is the transaction's own limit.
const STEP_BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Upper ends in seconds. Past a minute the router is behind.
const EVENT_TO_TASK_BUCKETS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

pub(super) const TIMINGS: [(Definition, &[f64]); 2] = [
    (define("segue_step_seconds", "Duration of a step.", &[Closed("loop")]), STEP_BUCKETS),
    (
        define("segue_event_to_task_seconds", "From an event's arrival to its task's commit.", &[]),
        EVENT_TO_TASK_BUCKETS,
    ),
];

const fn define(name: &'static str, help: &'static str, labels: &'static [Label]) -> Definition {
    Definition { name, help, labels }
}

impl<'a> Counter<'a> {
    /// Returns the place in [`COUNTERS`], and the labels' values in its order.
    pub(super) fn series(self) -> (usize, Vec<&'a str>) {
        match self {
            Self::IntakeRecords { source, result } => (0, vec![source, result.name()]),
            Self::FailedEvents { code } => (1, vec![code]),
            Self::LogCopies { result } => (2, vec![result.name()]),
            Self::Decisions { result } => (3, vec![result]),
            Self::Tasks { action, destination } => (4, vec![action, destination]),
            Self::ExpressionErrors { rule } => (5, vec![rule]),
            Self::Steps { of, result } => (6, vec![of.name(), result.name()]),
            Self::StepsUndone { of, reason } => (7, vec![of.name(), reason]),
            Self::PartitionsRestored => (8, Vec::new()),
            Self::Forgotten { of } => (9, vec![of]),
            Self::StatusesUntold { topic } => (10, vec![topic]),
            Self::ProfileReads { from } => (11, vec![from.name()]),
            Self::StateGivenUp { reason } => (12, vec![reason]),
            Self::StateRewritten => (13, Vec::new()),
            Self::ShadowDecisions { result } => (14, vec![result]),
            Self::ShadowDifferences { rule, difference } => (15, vec![rule, difference]),
            Self::AddressDatabases { result } => (16, vec![result]),
        }
    }
}

impl<'a> Gauge<'a> {
    /// Returns the place in [`GAUGES`], and the labels' values in its order.
    pub(super) fn series(self) -> (usize, Vec<&'a str>) {
        match self {
            Self::PartitionsOwned { of } => (0, vec![of.name()]),
            Self::Profiles => (1, Vec::new()),
            Self::BuildInfo { version, bundle } => (2, vec![version, bundle]),
            Self::PartitionsBehind => (3, Vec::new()),
            Self::TopicClosed { topic } => (4, vec![topic]),
            Self::StateDiskBytes => (5, Vec::new()),
            Self::TopicMissing { topic } => (7, vec![topic]),
            Self::BundleInfo { of, bundle } => (6, vec![of.name(), bundle]),
            Self::ControlSubjects { policy, arm } => (8, vec![policy, arm.name()]),
            Self::ControlGoals { policy, arm } => (9, vec![policy, arm.name()]),
            Self::Paused { part } => (10, vec![part]),
            Self::AddressDatabaseBuilt { file } => (11, vec![file]),
        }
    }
}

impl Timing {
    /// Returns the place in [`TIMINGS`], and the labels' values in its order.
    pub(super) fn series(self) -> (usize, Vec<&'static str>) {
        match self {
            Self::Step { of } => (0, vec![of.name()]),
            Self::EventToTask => (1, Vec::new()),
        }
    }
}
