//! What a destination says became of a task.

use crate::time::Timestamp;

/// What a destination says became of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The destination's id.
    pub destination: String,
    /// The task's id, as the destination has it.
    pub task: String,
    /// What became of it.
    pub kind: OutcomeKind,
    /// With `answered`: which answer.
    pub answer: Option<String>,
    /// Why, for people.
    pub reason: Option<String>,
    /// When, as the destination says.
    pub time: Timestamp,
    /// When intake logged it.
    pub logged_at: Timestamp,
}

/// What became of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeKind {
    /// Somebody is at it: it is not reminded of any more.
    Accepted,
    /// It was done.
    Completed,
    /// The person did not want it.
    Declined,
    /// It could not be done.
    Failed,
    /// Its question was answered.
    Answered,
}

impl OutcomeKind {
    /// All of them.
    pub const ALL: [OutcomeKind; 5] = [
        OutcomeKind::Accepted,
        OutcomeKind::Completed,
        OutcomeKind::Declined,
        OutcomeKind::Failed,
        OutcomeKind::Answered,
    ];

    /// The word for it in records.
    pub fn as_str(self) -> &'static str {
        match self {
            OutcomeKind::Accepted => "accepted",
            OutcomeKind::Completed => "completed",
            OutcomeKind::Declined => "declined",
            OutcomeKind::Failed => "failed",
            OutcomeKind::Answered => "answered",
        }
    }

    /// What a word stands for.
    pub fn parse(word: &str) -> Option<OutcomeKind> {
        OutcomeKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// True if the task is over with it.
    pub fn is_end(self) -> bool {
        self != OutcomeKind::Accepted
    }
}

impl Outcome {
    /// The instant that windows go by: the earlier of its time and the time it was logged.
    pub fn instant(&self) -> Timestamp {
        self.time.min(self.logged_at)
    }
}
