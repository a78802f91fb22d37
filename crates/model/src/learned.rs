//! What is learned from what became of tasks: of each action, how many were responded to, and how many of these well.

use crate::agenda::Stage;

/// How the tasks of an action were responded to: each task counts once, by what became of it last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Responses {
    /// Those that were accepted, completed or answered.
    pub positives: u64,
    /// All: these, and those that were declined or expired.
    pub responses: u64,
}

/// How the tasks of an action were responded to in one partition of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The partition.
    pub partition: u32,
    /// The action's id.
    pub action: String,
    /// All that it has counted so far.
    pub counted: Responses,
}

/// The figures from which a propensity was computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learned {
    /// How the action's tasks were responded to, as far as the partition knew.
    pub counted: Responses,
    /// The propensity to begin with.
    pub start: f64,
    /// How many responses that is worth.
    pub evidence: f64,
    /// What was drawn from the distribution instead of its mean, if it was explored.
    pub drawn: Option<f64>,
}

impl Responses {
    /// Puts what a task counts as by now in the place of what it counted as before.
    pub fn change(&mut self, before: Responses, after: Responses) {
        self.positives = self.positives.saturating_add(after.positives).saturating_sub(before.positives);
        self.responses = self.responses.saturating_add(after.responses).saturating_sub(before.responses);
    }
}

impl Stage {
    /// What a task counts as: nothing yet, while nobody responded; nothing either if it could not be done or was withdrawn,
    /// since nobody was asked then.
    pub fn response(&self) -> Responses {
        let said = match self {
            Stage::Held(_) => None,
            Stage::Released(released) => released.is_accepted.then_some(true),
            Stage::Over(over) => match over.by.as_str() {
                "accepted" | "completed" | "answered" => Some(true),
                "declined" | "expired" => Some(false),
                _ => None,
            },
        };
        Responses { positives: u64::from(said == Some(true)), responses: u64::from(said.is_some()) }
    }
}
