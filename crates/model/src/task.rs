//! A task: the next best action, ready to leave for a destination.

use crate::event::Cause;
use crate::id::Id;
use crate::subject::Subject;
use crate::time::Timestamp;

/// How a candidate was ranked: score = propensity x context x value x lever.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Priority {
    /// The product of the four.
    pub score: f64,
    /// Its place in its decision, best first, from 1.
    pub rank: u32,
    /// How likely the action is to be taken up.
    pub propensity: f64,
    /// How well the situation suits.
    pub context: f64,
    /// What taking it up is worth.
    pub value: f64,
    /// What the business adds by hand.
    pub lever: f64,
}

/// What a destination is told of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Said {
    /// That it is to be done.
    #[default]
    Released,
    /// That it is still to be done: the first time, the second, ...
    Reminder(u32),
    /// That it is not to be done any more.
    Withdrawn,
}

/// What a task asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// The question.
    pub text: String,
    /// The answers to choose from.
    pub answers: &'a [String],
}

/// The next best action, for one destination. It lives as long as what it is made from: it is written at once.
#[derive(Clone, Debug)]
pub struct Task<'a> {
    /// What is told of it.
    pub said: Said,
    /// The task's id; see [`crate::id::task`].
    pub id: Id,
    /// The action's id.
    pub action: &'a str,
    /// The rule that proposed it, the first by id.
    pub rule: &'a str,
    /// Whom it is about.
    pub subject: &'a Subject,
    /// The matter it belongs to.
    pub journey: &'a str,
    /// How it was ranked.
    pub priority: Priority,
    /// What to do, in one line.
    pub what: String,
    /// How to do it, step by step.
    pub how: Vec<String>,
    /// The tone to take.
    pub tone: Option<String>,
    /// Who is to do it.
    pub assignee: Option<String>,
    /// The channel it is done on, where one was chosen.
    pub channel: Option<&'a str>,
    /// Where the person is reached on it, if the destination may know.
    pub address: Option<String>,
    /// What is to be asked.
    pub question: Option<Question<'a>>,
    /// When it left.
    pub released_at: Timestamp,
    /// When it is to be ended, as promised.
    pub due_at: Option<Timestamp>,
    /// When it is over.
    pub expires_at: Option<Timestamp>,
    /// What the destination is told of the context: an object, nested by path, as JSON.
    pub shared: String,
    /// The event that began it.
    pub cause: Cause<'a>,
    /// The decision it comes from.
    pub decision: Id,
    /// The bundle that decided.
    pub bundle: &'a str,
    /// The destination's id.
    pub destination: &'a str,
    /// The topic it goes to: the destination's own or that of a lane.
    pub topic: &'a str,
    /// The W3C trace context of its cause.
    pub traceparent: Option<&'a str>,
}
