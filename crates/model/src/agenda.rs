//! What waits for a subject: absences that a rule watches for, moments that were computed, and tasks that live.
//!
//! Shape: an [`Agenda`] is part of a profile; [`Agenda::due`] says when its next entry falls due. Entries are plain data:
//! what is to be done when one falls due is decided elsewhere.
//! Invariants: waits and tasks stand in the order in which they were entered, so that what falls due in one instant has
//! one order; nothing that is over stays for longer than its outcome may come.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::Event;
use crate::id::Id;
use crate::task::Priority;
use crate::time::{Span, Timestamp};

/// How long after its expiry the outcome of a task is still known for one.
pub const KNOWN_AFTER_EXPIRY: Span = Span(30 * DAY);
/// How long after its release, of a task that does not expire.
pub const KNOWN_AFTER_RELEASE: Span = Span(60 * DAY);
/// When a task is decided again, or brought up, whose destination is closed: no time comes so far, so that it waits until the
/// log says that the destination is open. The last instant that can be written.
pub const NEVER: Timestamp = Timestamp(253_402_207_199_999);
const DAY: i64 = 24 * 60 * 60 * 1000;

/// What waits for a subject.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agenda {
    /// Absences that rules watch for.
    pub waits: Vec<Wait>,
    /// The latest moment of each rule that computes one, by the rule's id.
    pub moments: BTreeMap<String, Moment>,
    /// Tasks that are held, were released, or are over and still known.
    pub tasks: Vec<Live>,
}

/// What a timer or a task goes back to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Begun {
    /// The event that set it off; none under a moment.
    pub event: Option<Arc<Event>>,
    /// The event of a source that began it, where that is another.
    pub cause: Option<Arc<Event>>,
    /// How many signals, timers and news lie between the cause and the event.
    pub steps: u32,
}

impl Begun {
    /// The event of a source that began it.
    pub fn cause(&self) -> Option<&Event> {
        self.cause.as_deref().or(self.event.as_deref())
    }
}

/// An absence that a rule watches for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// The rule's id.
    pub rule: String,
    /// When it fires, unless what it waits for comes before.
    pub due: Timestamp,
    /// The event that began it.
    pub begun: Begun,
}

/// A moment that a rule has computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The moment.
    pub at: Timestamp,
    /// True if it has fired, or was past already when it became known.
    pub is_over: bool,
    /// Which moment of the rule fired last: it does not fire again, should it come back.
    pub fired: Option<Timestamp>,
}

/// A task from its decision until nothing can come of it any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// The task's id.
    pub id: Id,
    /// The action's id.
    pub action: String,
    /// The rule that proposed it.
    pub rule: String,
    /// The decision that held or released it first.
    pub decision: Id,
    /// The matter it belongs to.
    pub journey: String,
    /// The channel that was chosen for it last, if one was.
    pub channel: Option<String>,
    /// How it was ranked last.
    pub priority: Priority,
    /// What it goes back to.
    pub begun: Begun,
    /// How many news of it there have been: each has an id of its own.
    pub news: u32,
    /// How far it has come.
    pub stage: Stage,
}

/// How far a task has come.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// It waits to be released.
    Held(Held),
    /// It has left, and its destination is at it.
    Released(Released),
    /// It is over.
    Over(Over),
}

/// A task that waits to be released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// When it is decided again.
    pub until: Timestamp,
    /// The earliest release, by the action's `hold`; asked once.
    pub not_before: Timestamp,
    /// What holds it: `hold`, the id of a calendar, `quiet`, `behind`, `paused` or `destination-closed`.
    pub by: String,
}

/// A task that has left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// When it left.
    pub at: Timestamp,
    /// When it is overdue; none: never, or it was said already.
    pub due: Option<Timestamp>,
    /// When it expires.
    pub expires: Option<Timestamp>,
    /// True once somebody is at it.
    pub is_accepted: bool,
    /// When it is reminded of, the next first; a reminder that its destination could not be sent is at [`NEVER`].
    pub remind: Vec<Timestamp>,
    /// When a question counts as not answered; none: nothing is asked, or it was said already.
    pub silence: Option<Timestamp>,
    /// When nothing is known of it any more.
    pub forget: Timestamp,
}

/// A task that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    /// When it had left.
    pub released: Timestamp,
    /// What became of it last: an outcome, `expired` or `withdrawn`.
    pub by: String,
    /// When nothing is known of it any more.
    pub forget: Timestamp,
}

impl Agenda {
    /// True if nothing waits and nothing is known.
    pub fn is_empty(&self) -> bool {
        self.waits.is_empty() && self.moments.is_empty() && self.tasks.is_empty()
    }

    /// True if a task waits for its destination to open.
    pub fn is_shut(&self) -> bool {
        self.tasks.iter().any(|task| task.stage.is_shut())
    }

    /// When its next entry falls due; `None`: nothing waits for its time.
    pub fn due(&self) -> Option<Timestamp> {
        let waits = self.waits.iter().map(|wait| wait.due);
        let moments = self.moments.values().filter(|moment| !moment.is_over).map(|moment| moment.at);
        let tasks = self.tasks.iter().map(|task| task.stage.due());
        waits.chain(moments).chain(tasks).min().filter(|due| *due < NEVER)
    }
}

impl Stage {
    /// When something is to be done about the task next.
    pub fn due(&self) -> Timestamp {
        match self {
            Stage::Held(held) => held.until,
            Stage::Released(released) => released.next(),
            Stage::Over(over) => over.forget,
        }
    }

    /// True if the task waits for its destination to open: to be released, or to be brought up again.
    pub fn is_shut(&self) -> bool {
        match self {
            Stage::Held(held) => held.until >= NEVER,
            Stage::Released(released) => released.remind.last().is_some_and(|at| *at >= NEVER),
            Stage::Over(_) => false,
        }
    }
}

impl Released {
    /// When something is to be done about it next.
    fn next(&self) -> Timestamp {
        let times = [self.due, self.expires, self.remind.first().copied(), self.silence, Some(self.forget)];
        times.into_iter().flatten().min().unwrap_or(self.forget)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_entry_is_the_earliest_that_still_waits() {
        let mut agenda = Agenda::default();
        assert_eq!(agenda.due(), None);
        let _ = agenda.moments.insert("over".into(), Moment { at: Timestamp(1), is_over: true, fired: None });
        assert_eq!(agenda.due(), None);
        let _ =
            agenda.moments.insert("open".into(), Moment { at: Timestamp(9), is_over: false, fired: None });
        agenda.waits.push(Wait { rule: "r".into(), due: Timestamp(7), begun: Begun::default() });
        assert_eq!(agenda.due(), Some(Timestamp(7)));
        let released = Released {
            due: Some(Timestamp(6)),
            remind: vec![Timestamp(5), Timestamp(8)],
            forget: Timestamp(99),
            ..Released::default()
        };
        assert_eq!(Stage::Released(released.clone()).due(), Timestamp(5));
        assert_eq!(
            Stage::Released(Released { remind: Vec::new(), due: None, ..released }).due(),
            Timestamp(99)
        );
    }
}
