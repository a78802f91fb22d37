//! What became of one stimulus: the record that answers why. It borrows from what it is made from: it is written at once.

use crate::event::Cause;
use crate::id::Id;
use crate::learned::Learned;
use crate::subject::Subject;
use crate::task::Priority;
use crate::time::Timestamp;

/// What set a decision off, and where it stands in the log; of a signal, where the event stands that began it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stimulus<'a> {
    /// The id of the source's document; of a signal, the router's own.
    pub source: &'a str,
    /// The event's id.
    pub event: &'a str,
    /// The event's type.
    pub kind: &'a str,
    /// The log partition.
    pub partition: u32,
    /// The offset in that partition.
    pub offset: u64,
    /// Of a signal, the event of a source that began it.
    pub cause: Option<Cause<'a>>,
    /// True if it stands in the log itself though it has a cause: a signal about another subject than that of its event.
    pub is_logged: bool,
    /// Of a timer, when it was due; the place in the log is then that of the record that moved the time on.
    pub due: Option<Timestamp>,
    /// True for an event about everyone, which is decided on for each subject that it concerns.
    pub is_everyones: bool,
}

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It left as a task.
    Released,
    /// It waits.
    Held,
    /// It was turned down.
    Rejected,
}

impl Verdict {
    /// The word for it in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Released => "released",
            Verdict::Held => "held",
            Verdict::Rejected => "rejected",
        }
    }
}

/// An action that was in the running.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// The action's id.
    pub action: &'a str,
    /// The rule that proposed it, the first by id.
    pub rule: &'a str,
    /// What became of it.
    pub verdict: Verdict,
    /// Where in the making of the decision that was settled.
    pub stage: &'static str,
    /// What turned it down, if anything did.
    pub by: Option<&'a str>,
    /// More about it, such as the errors of its expressions.
    pub detail: Option<String>,
    /// How it was ranked.
    pub priority: Option<Priority>,
    /// The channel it goes on, where one was chosen; of one that waits for a channel, the one that opens first.
    pub channel: Option<&'a str>,
    /// The figures that its propensity was computed from, where that is learned.
    pub learned: Option<Learned>,
    /// The task it became.
    pub task: Option<Id>,
}

impl Candidate<'_> {
    /// True if a task came of it, now or later.
    pub fn is_kept(&self) -> bool {
        self.verdict != Verdict::Rejected
    }
}

/// What became of one stimulus on which a rule fired, or whose rules ended in errors.
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    /// The decision's id; see [`crate::id::decision`].
    pub id: Id,
    /// The log time at which it was made.
    pub at: Timestamp,
    /// Whom it is about.
    pub subject: &'a Subject,
    /// What set it off.
    pub stimulus: Stimulus<'a>,
    /// The bundle that decided.
    pub bundle: &'a str,
    /// The rules that fired, by id.
    pub rules: Vec<&'a str>,
    /// Rules whose condition ended in an error, with the error: they count as not fired.
    pub errors: Vec<(&'a str, String)>,
    /// The candidates, best first.
    pub candidates: Vec<Candidate<'a>>,
}
