//! What a source is told of what became of its events.

use crate::subject::Subject;
use crate::time::Timestamp;

/// One stage of what became of an event, for the source that published it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The topic on which the source is told.
    pub topic: String,
    /// The status's own id: the same for the same stage of the same matter.
    pub id: String,
    /// The event's id, as its source gave it.
    pub event: String,
    /// Whom it concerns; `None` where it is about an event for many as a whole.
    pub subject: Option<Subject>,
    /// `decided` or `no-action`, or what happened to a task.
    pub stage: &'static str,
    /// The task, if it is about one: its id and its action.
    pub task: Option<(String, String)>,
    /// Why.
    pub reason: Option<String>,
    /// Of an event for many: how many subjects it reached.
    pub subjects: Option<u64>,
    /// When, by the time of the log.
    pub at: Timestamp,
    /// The W3C trace context of the event.
    pub traceparent: Option<String>,
}
