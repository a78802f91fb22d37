//! What the owner of a partition finds out while it decides: that it is behind, that a topic cannot be written.
//!
//! Such a note counts from the record on that is decided next, and stands at the end of the log, in the same transaction as
//! what was decided by it first. So what leaves stays a function of the log: who runs a log again looks for the notes
//! first, and [`Partition::foretell`]s them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use segue_decide::Scratch;
use segue_log::{Append, Place, Record};
use segue_model::{FailureCode, Subject, Timestamp};
use segue_wire::note::{From, Says};
use segue_wire::topics::LOG;
use segue_wire::{Note, log_record};

use super::Partition;
use crate::consider::open;
use crate::effects::Effects;
use crate::state::Broadcast;

/// How many topics can be closed at once: more than a bundle is likely to name.
const CLOSED_MAX: usize = 1_000;

impl Partition {
    /// The time of the log at which what comes next is decided: that of the record, or of what is due before it. While the
    /// router is known to be behind, nothing leaves before that is over, so that is what counts.
    pub fn next_at(&self, record: &Record) -> Timestamp {
        let stamp = log_record::stamp(record.value.as_deref().unwrap_or_default());
        let first = stamp.into_iter().chain(self.own_due_at()).min().unwrap_or(self.state.now);
        first.max(self.state.now).max(self.state.behind.unwrap_or(first))
    }

    /// True if nothing leaves since the router is behind.
    pub fn is_behind(&self) -> bool {
        self.state.behind.is_some_and(|until| self.state.now < until)
    }

    /// The topics that cannot be written.
    pub fn closed(&self) -> impl Iterator<Item = &str> {
        self.state.closed.keys().map(String::as_str)
    }

    /// Notes that from `record` on, which is the next, nothing leaves before `now`, the time of a clock: the router is
    /// behind.
    pub fn note_behind(&mut self, record: &Record, now: Timestamp, effects: &mut Effects) {
        let says = Says::Behind(self.from(record));
        self.note(Note { at: now, says }, effects);
    }

    /// Notes that from `record` on, which is the next, a topic cannot be written.
    pub fn note_closed(&mut self, record: &Record, topic: &str, now: Timestamp, effects: &mut Effects) {
        let says = Says::Closed(self.from(record), topic.to_owned());
        self.note(Note { at: now, says }, effects);
    }

    /// The record that says that a topic can be written again: it counts once it is read.
    pub fn opening(&self, topic: &str, now: Timestamp) -> Append {
        self.append(&Note { at: now, says: Says::Open(topic.to_owned()) })
    }

    /// Tells of a note that stands further on in the log, and counts before: those of a partition in any order, and before
    /// the first record is stepped.
    pub fn foretell(&mut self, note: &Note) {
        let at = self.foretold.partition_point(|other| other.from() > note.from());
        self.foretold.insert(at, note.clone());
    }

    fn from(&self, record: &Record) -> From {
        From { offset: record.offset, slices: self.state.slices }
    }

    fn note(&mut self, note: Note, effects: &mut Effects) {
        self.heed(&note);
        effects.appends.push(self.append(&note));
    }

    fn append(&self, note: &Note) -> Append {
        Append {
            topic: LOG.into(),
            place: Place::Partition(self.number),
            key: None,
            value: Some(log_record::encode_note(note).into_bytes()),
            headers: Vec::new(),
        }
    }

    /// Lets the foretold notes count that do so by now.
    pub(super) fn heed_foretold(&mut self, offset: u64) {
        let here = From { offset, slices: self.state.slices };
        while self.foretold.last().is_some_and(|note| note.from() <= Some(here)) {
            let Some(note) = self.foretold.pop() else { return };
            self.heed(&note);
        }
    }

    fn heed(&mut self, note: &Note) {
        match &note.says {
            Says::Behind(_) => self.state.behind = self.state.behind.max(Some(note.at)),
            Says::Closed(from, topic) if self.state.closed.len() < CLOSED_MAX => {
                let _ = self.state.closed.insert(topic.clone(), from.offset);
            }
            Says::Closed(..) | Says::Open(_) | Says::Learned(_) | Says::Reached(_) => {}
        }
    }

    /// Opens a topic by the record at `offset`, and lets go what waited for it, subject by subject; false if there is more
    /// of it, and the record is to be given again.
    ///
    /// The topic is open once a first slice has done nothing else, and a second lets go one subject's tasks alone: so a
    /// step of its own tries whether the topic can be written. Where it cannot, a note closes it from this very record on.
    pub(super) fn open(&mut self, topic: &str, offset: u64, left: &mut usize, effects: &mut Effects) -> bool {
        let resumed = self.state.broadcast.take().filter(|broadcast| broadcast.offset == offset);
        let Some(Broadcast { mut after, .. }) = resumed else {
            if self.state.closed.get(topic).is_none_or(|from| *from >= offset) {
                return true;
            }
            let _ = self.state.closed.remove(topic);
            self.state.broadcast = Some(Broadcast { offset, ..Broadcast::default() });
            return false;
        };
        if self.state.closed.contains_key(topic) {
            return true;
        }
        if after.is_empty() {
            *left = 1.min(*left);
        }
        while let Some(key) = self.known.shut.after(&after).map(str::to_owned) {
            if *left == 0 {
                self.state.broadcast = Some(Broadcast { offset, after, ..Broadcast::default() });
                return false;
            }
            *left -= 1;
            self.open_for(&Subject::of_inner_key(&key), "open", effects);
            if after.is_empty() {
                self.state.broadcast = Some(Broadcast { offset, after: key, ..Broadcast::default() });
                return false;
            }
            after = key;
        }
        true
    }

    /// Lets go what waits for a subject, by a record that says so.
    pub(super) fn open_for(&mut self, subject: &Subject, by: &str, effects: &mut Effects) {
        let key = subject.inner_key();
        let found = self.known.profiles.find(&key);
        let (around, scratch) = self.around(self.at, effects);
        let opened = catch_unwind(AssertUnwindSafe(|| open(&around, subject, &found.profile, scratch, by)));
        let (code, detail) = match opened {
            Ok(considered) => match self.keep(key, &found, considered, effects) {
                Ok(_) => return,
                Err(detail) => (FailureCode::TooLarge, detail),
            },
            Err(_) => {
                self.scratch = Scratch::default();
                (FailureCode::Internal, "letting go its tasks broke off".to_owned())
            }
        };
        self.give_up(subject, &found, code, &detail, effects);
    }
}
