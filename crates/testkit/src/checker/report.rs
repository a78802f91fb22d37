//! What a check has found, as a list for tests and as a table for people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How many faults of one kind the table shows.
const SHOWN_MAX: usize = 5;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What can be wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FaultKind { $($(#[$doc])* $name,)* }

        impl FaultKind {
            /// The kind's name in the table.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(FaultKind::$name => $text,)* }
            }
        }
    };
}

kinds! {
    /// There is less to check than was expected.
    TooLittle = "too-little",
    /// A record does not have the form that its topic promises.
    Unreadable = "unreadable",
    /// An input record has no intake result.
    LostRecord = "lost-record",
    /// An input record of an undeclared type has no intake result, and nothing allows to ignore it.
    IgnoredUndeclared = "ignored-undeclared",
    /// An event was logged though its type is not declared.
    LoggedUndeclared = "logged-undeclared",
    /// An input record was both logged and failed, or its copies have a gap.
    TwoResults = "two-results",
    /// A record of the log names an input record that is not there.
    PhantomRecord = "phantom-record",
    /// One life of a source topic appears in the log as several.
    IncarnationChanged = "incarnation-changed",
    /// A content differs from what it was made from.
    ContentChanged = "content-changed",
    /// A record of the log has no fate.
    Undecided = "undecided",
    /// A record of the log has more than one fate.
    CountedTwice = "counted-twice",
    /// A fate is told of a record that is not in the log.
    PhantomFate = "phantom-fate",
    /// A fate that a record of that kind cannot have, or a duplicate of nothing.
    WrongFate = "wrong-fate",
    /// More than one of the copies that came from one origin was taken.
    TakenTwice = "taken-twice",
    /// All copies that came from one origin were passed over.
    NeverTaken = "never-taken",
    /// An event that came again within the window was not recognised.
    DuplicateMissed = "duplicate-missed",
    /// A record for everyone did not reach every partition, or one that must not be copied was.
    CopiesWrong = "copies-wrong",
    /// A failed event is missing.
    FailedEventLost = "failed-event-lost",
    /// A failed event is there that nothing in the log accounts for.
    FailedEventPhantom = "failed-event-phantom",
    /// A failed event is there more than once.
    FailedEventTwice = "failed-event-twice",
    /// A failed event is not what came in, or does not say what it must.
    FailedEventChanged = "failed-event-changed",
    /// A task is there more than once, or is named more than once.
    TaskTwice = "task-twice",
    /// A task that no decision names.
    TaskPhantom = "task-phantom",
    /// A decision released a task that is not there.
    TaskLost = "task-lost",
    /// A decision's id is there more than once.
    DecisionTwice = "decision-twice",
    /// A signal was decided on more than once.
    SignalTwice = "signal-twice",
    /// A signal is said to come of a record of the log that was not decided on.
    SignalPhantom = "signal-phantom",
    /// A subject got more tasks than a cap allows.
    CapExceeded = "cap-exceeded",
    /// A candidate was turned down by a cap under which there was room, or that does not hold for it.
    CapShort = "cap-short",
    /// A task went on another channel than it had to, or on one that was quiet, or on none though one would have done.
    ChannelWrong = "channel-wrong",
    /// A decision was not made at the time of the log, or a timer not when it was due.
    WrongTime = "wrong-time",
    /// What did not happen was not decided on, or what did.
    AbsenceMissing = "absence-missing",
    /// An absence was decided on that is none.
    AbsencePhantom = "absence-phantom",
    /// A task that was held or has left did not go on as it must.
    LifeWrong = "life-wrong",
    /// A propensity was learned from other figures than those of the outcomes.
    LearnedWrong = "learned-wrong",
    /// What became of a task was not taken in as it must be.
    OutcomeWrong = "outcome-wrong",
    /// A source was not told what it must be told, or something else.
    StatusWrong = "status-wrong",
    /// A piece of news has no decision, or several.
    NewsWrong = "news-wrong",
    /// A decision or a task names another bundle than the one that was to be decided by there.
    WrongBundle = "wrong-bundle",
    /// Records do not stand in the order of what they were made from.
    OrderChanged = "order-changed",
    /// A keyed record does not lie in the partition of its key.
    WrongPartition = "wrong-partition",
    /// A replay of the log gives other tasks.
    ReplayDiffers = "replay-differs",
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of thing.
    pub kind: FaultKind,
    /// Where: a record as `topic/partition/offset`, or an id.
    pub place: String,
    /// What exactly. Ids and counts, never contents.
    pub detail: String,
}

/// What a check has found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// All that is wrong, in the order of the checks.
    pub faults: Vec<Fault>,
    /// How much was looked at, by name, such as `inputs` or `fate no_rule`.
    pub counts: BTreeMap<String, usize>,
}

impl Report {
    /// Says whether everything adds up.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    /// The kinds of fault that were found.
    #[must_use]
    pub fn kinds(&self) -> BTreeSet<FaultKind> {
        self.faults.iter().map(|fault| fault.kind).collect()
    }

    /// How much there was of something; 0 of what was never counted.
    #[must_use]
    pub fn counted(&self, name: &str) -> usize {
        self.counts.get(name).copied().unwrap_or(0)
    }

    /// Goes on if everything adds up.
    ///
    /// # Panics
    /// With the table, if anything does not.
    pub fn assert_clean(&self) {
        assert!(self.is_clean(), "{self}");
    }

    pub(super) fn fault(&mut self, kind: FaultKind, place: impl fmt::Display, detail: impl fmt::Display) {
        self.faults.push(Fault { kind, place: place.to_string(), detail: detail.to_string() });
    }

    pub(super) fn count(&mut self, name: &str, more: usize) {
        match self.counts.get_mut(name) {
            Some(count) => *count += more,
            None => {
                let _ = self.counts.insert(name.to_owned(), more);
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "accounting: {} faults", self.faults.len())?;
        for (name, count) in &self.counts {
            writeln!(f, "  {count:>9} {name}")?;
        }
        for kind in self.kinds() {
            let of_kind: Vec<&Fault> = self.faults.iter().filter(|fault| fault.kind == kind).collect();
            writeln!(f, "  {:>9} {}", of_kind.len(), kind.as_str())?;
            for fault in of_kind.iter().take(SHOWN_MAX) {
                writeln!(f, "            {}: {}", fault.place, fault.detail)?;
            }
            if of_kind.len() > SHOWN_MAX {
                writeln!(f, "            and {} more", of_kind.len() - SHOWN_MAX)?;
            }
        }
        Ok(())
    }
}
