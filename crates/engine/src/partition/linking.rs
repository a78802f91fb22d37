//! Ids that turn out to be one person. A link acts where the id is that does not stay: what is known there is handed over
//! through the log to the partition of the other, and what is left is where it went. Whatever comes later for the
//! first id goes on in the same way. A link between two ids of which one goes elsewhere already is sent on until it meets two
//! that stand for themselves; since ids only ever go to lesser ones, that ends.

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use segue_decide::Scratch;
use segue_log::{Append, Place};
use segue_model::identity::{TASKS_MAX, rank};
use segue_model::{Event, FailureCode, Forward, Live, Outcome, Profile, Stage, Subject};
use segue_wire::log_record::{Passed as Signal, RECORD_BYTES_MAX};
use segue_wire::topics::LOG;
use segue_wire::{Failed, Linked, LogRecord, Origin, log_record, profile};

use super::Partition;
use crate::consider::unite;
use crate::effects::Effects;
use crate::joined::Ending;
use crate::state::Passed;

impl Partition {
    /// Where a subject has gone, if it goes by another id now.
    pub(super) fn gone_to(&mut self, subject: &Subject) -> Option<Subject> {
        if !self.known.has_forwards() {
            return None;
        }
        let found = self.known.profiles.find(&subject.inner_key());
        found.profile.forward.as_ref().map(|forward| Subject::person(&forward.to))
    }

    /// Sends an event on to where its subject has gone; `begun` says of a signal what began it.
    pub(super) fn send_on(
        &mut self,
        event: &Event,
        begun: Option<(&Event, u32)>,
        to: Subject,
        effects: &mut Effects,
    ) {
        let origin = self.next_origin();
        let event = Event { subject: Some(to), ..event.clone() };
        let record = match begun {
            None => LogRecord::Event { event, origin },
            Some((cause, steps)) => {
                LogRecord::Signal(Box::new(Signal { event, cause: cause.clone(), steps, origin }))
            }
        };
        effects.appends.push(passed_on(&record));
    }

    /// Sends what a destination says on to where the task's subject has gone.
    pub(super) fn send_outcome(&mut self, outcome: &Outcome, to: &Subject, effects: &mut Effects) {
        let record = LogRecord::Outcome { outcome: outcome.clone(), origin: self.next_origin() };
        effects.appends.push(Append { key: Some(to.key().into_bytes()), ..passed_on(&record) });
    }

    /// Takes in a link, or what was known of an id that does not stay.
    pub(super) fn link(&mut self, linked: Linked, effects: &mut Effects) -> Option<Ending> {
        let Some(subject) = linked.event.subject.clone() else { return Some(Ending::NoRule) };
        match (self.gone_to(&subject), linked.known.is_some()) {
            (Some(to), true) => {
                self.send(Linked { event: about(&linked.event, to), ..linked }, effects);
                Some(Ending::NoRule)
            }
            (Some(to), false) => Some(self.link_two(to.id, linked, effects)),
            (None, true) => self.unite(linked, &subject, effects),
            (None, false) if linked.with == subject.id => {
                // Nothing is new about it, but rules may look at it.
                self.take_event(&linked.event, None, linked.origin, effects)
            }
            (None, false) => Some(self.hand_over(linked, &subject, effects)),
        }
    }

    /// Links the id that a subject goes by now with the other one.
    fn link_two(&mut self, to: String, linked: Linked, effects: &mut Effects) -> Ending {
        let (greater, lesser) = match rank(&to, &linked.with) {
            Ordering::Greater | Ordering::Equal => (to, linked.with),
            Ordering::Less => (linked.with, to),
        };
        let event = about(&linked.event, Subject::person(greater));
        self.send(Linked { event, with: lesser, ..Linked { with: String::new(), ..linked } }, effects);
        Ending::NoRule
    }

    /// Hands over all that is known of a subject, which goes by the id `linked.with` from now on.
    fn hand_over(&mut self, linked: Linked, subject: &Subject, effects: &mut Effects) -> Ending {
        let key = subject.inner_key();
        let found = self.known.profiles.find(&key);
        let to = Subject::person(&linked.with);
        let mut forward = Forward { to: to.id.clone(), tasks: Vec::new() };
        forward.tasks.extend(found.profile.agenda.tasks.iter().map(|task| (task.id, forgotten(task))));
        forward.tasks.sort_by_key(|(_, forget)| std::cmp::Reverse(*forget));
        forward.tasks.truncate(TASKS_MAX);
        let left = Profile { forward: Some(Box::new(forward)), ..Profile::default() };
        let known = Some(Box::new((*found.profile).clone()));
        let event = about(&linked.event, to);
        let handed = Linked { event, with: subject.id.clone(), known, origin: self.next_origin() };
        let append = passed_on(&LogRecord::Linked(Box::new(handed)));
        let bytes = append.value.as_ref().map_or(0, Vec::len);
        if bytes > RECORD_BYTES_MAX {
            let detail = format!("what is known of the id that does not stay takes {bytes} bytes");
            self.fail_event(&linked.event, linked.origin, FailureCode::TooLarge, &detail, effects);
            return Ending::Failed;
        }
        effects.appends.push(append);
        let written = profile::encode(&left);
        self.known.change(&self.bundle.sides, key, &found, left, written);
        Ending::NoRule
    }

    /// Puts what was known of another id to what is known of this subject, and decides on what waits for it anew.
    fn unite(&mut self, linked: Linked, subject: &Subject, effects: &mut Effects) -> Option<Ending> {
        let Linked { event, known, origin, .. } = linked;
        let other = known.unwrap_or_default();
        let key = subject.inner_key();
        let found = self.known.profiles.find(&key);
        let (around, scratch) = self.around(self.at, effects);
        let united = catch_unwind(AssertUnwindSafe(|| {
            unite(&around, &event, subject, &found.profile, &other, scratch)
        }));
        let (code, detail) = match united {
            Ok(considered) => {
                // What became of the other's tasks was counted where they were.
                let counted = Arc::clone(&other.agenda);
                match self.keep_counted(key, &found, considered, &counted, effects) {
                    Ok(true) => return None,
                    Ok(false) => return Some(Ending::NoRule),
                    Err(detail) => (FailureCode::TooLarge, detail),
                }
            }
            Err(_) => {
                self.scratch = Scratch::default();
                (FailureCode::Internal, "uniting two profiles broke off".to_owned())
            }
        };
        // Nothing else has it any more.
        let copy = Failed {
            at: self.state.now,
            origin,
            source: Some(event.source),
            code,
            detail: format!("what was known of another id could not be united with {subject}: {detail}"),
            pointer: None,
            key: Some(subject.key().into_bytes()),
            headers: Vec::new(),
            value: Some(profile::encode(&other).into_bytes()),
            left_out: 0,
        };
        self.fail(copy, effects);
        Some(Ending::Failed)
    }

    fn send(&mut self, linked: Linked, effects: &mut Effects) {
        let origin = self.next_origin();
        effects.appends.push(passed_on(&LogRecord::Linked(Box::new(Linked { origin, ..linked }))));
    }

    /// The origin of what goes on through the log from the record at hand.
    pub(super) fn next_origin(&mut self) -> Origin {
        let known = self.state.passed;
        let n = if known.offset == self.at { known.count } else { 0 };
        self.state.passed = Passed { offset: self.at, count: n + 1 };
        Origin { topic: LOG.to_owned(), incarnation: 0, partition: self.number, offset: self.at, n }
    }
}

fn about(event: &Event, subject: Subject) -> Event {
    Event { subject: Some(subject), ..event.clone() }
}

/// When nothing is known of a task any more; of one that is held, not before it was released.
fn forgotten(task: &Live) -> segue_model::Timestamp {
    match &task.stage {
        Stage::Held(_) => segue_model::agenda::NEVER,
        Stage::Released(released) => released.forget,
        Stage::Over(over) => over.forget,
    }
}

/// A record of the log for the partition of whom it is about.
pub(super) fn passed_on(record: &LogRecord) -> Append {
    let subject = match record {
        LogRecord::Event { event, .. } => event.subject.as_ref(),
        LogRecord::Signal(passed) => passed.event.subject.as_ref(),
        LogRecord::Linked(linked) => linked.event.subject.as_ref(),
        _ => None,
    };
    Append {
        topic: LOG.into(),
        place: Place::Key,
        key: subject.map(|subject| subject.key().into_bytes()),
        value: Some(log_record::encode(record).into_bytes()),
        headers: Vec::new(),
    }
}
