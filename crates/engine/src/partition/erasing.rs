//! A person who is erased: what is known goes at once, and a mark stays that says from when on. The mark is a hash; it is what
//! an event meets that comes late.
//!
//! The command reaches every partition. Where it finds that one id went by another, the other is to be erased as well: that
//! takes the same way, so that it comes behind whatever is being handed over between the two.

use segue_log::{Append, Place};
use segue_model::id::{self, Mark};
use segue_model::{Profile, Span, Subject, Timestamp};
use segue_wire::command::Says;
use segue_wire::topics::SHARED;
use segue_wire::{Command, LogRecord, log_record};

use super::Partition;
use crate::effects::Effects;

/// How long it stays known that somebody was erased: no less than sources keep events that could still come.
pub(super) const ERASED_FOR: Span = Span(30 * 86_400_000);

impl Partition {
    /// Erases a person, and whoever goes by their id; true, since others are to do the same.
    pub(super) fn erase(&mut self, id: &str, given_at: Timestamp, effects: &mut Effects) -> bool {
        // What the log has brought by now is from before, whatever clock the command was given by.
        let at = self.state.now.max(given_at);
        let key = Subject::person(id).inner_key();
        for gone in self.known.forwards.to(id) {
            let _ = self.erase_one(&gone, at, effects);
            self.erase_elsewhere(&Subject::of_inner_key(&gone).id, given_at, effects);
            // What it brought along may be on its way still.
            self.erase_elsewhere(id, given_at, effects);
        }
        if let Some(to) = self.erase_one(&key, at, effects) {
            self.erase_elsewhere(&to, given_at, effects);
        }
        true
    }

    /// True if a record is about somebody who was erased, and from before that. What was known of another id and is being handed
    /// over to theirs goes with it, and so does that id.
    pub(super) fn is_erased(&mut self, record: &LogRecord, effects: &mut Effects) -> bool {
        if self.known.erased.is_empty() {
            return false;
        }
        let event = match record {
            LogRecord::Event { event, .. } => event,
            LogRecord::Signal(passed) => &passed.event,
            LogRecord::Linked(linked) => &linked.event,
            LogRecord::Outcome { outcome, .. } => {
                return self.erased_at(&mark_of_task(&outcome.task)).is_some();
            }
            _ => return false,
        };
        let Some(subject) = &event.subject else { return false };
        let erased_at = self.erased_at(&mark_of(&subject.inner_key()));
        let Some(erased_at) = erased_at.filter(|at| event.instant() < *at) else { return false };
        if let LogRecord::Linked(linked) = record
            && linked.known.is_some()
        {
            self.erase_elsewhere(&linked.with, erased_at, effects);
        }
        true
    }

    /// From when on what a mark is of is erased, as long as that is known: where steps end changes nothing.
    fn erased_at(&self, mark: &Mark) -> Option<Timestamp> {
        let erased_at = self.known.erased.set_at(mark);
        erased_at.filter(|at| self.state.now.since(*at) < ERASED_FOR)
    }

    /// Erases one id here, and returns by which other it went.
    fn erase_one(&mut self, key: &str, at: Timestamp, effects: &mut Effects) -> Option<String> {
        self.known.erased.set(mark_of(key), at);
        let known = self.known.profiles.known(key)?;
        for task in tasks(&known) {
            self.known.erased.set(mark_of_task(&task), at);
        }
        effects.tally.erased += 1;
        let found = self.known.profiles.find(key);
        self.known.remove(&self.bundle.sides, key.to_owned(), &found);
        known.forward.as_ref().map(|forward| forward.to.clone())
    }

    /// Has every partition erase an id.
    fn erase_elsewhere(&mut self, id: &str, given_at: Timestamp, effects: &mut Effects) {
        let origin = Some(self.next_origin());
        let command = Command { given_at, says: Says::Erase(id.to_owned()), origin };
        effects.appends.push(Append {
            topic: SHARED.into(),
            place: Place::Partition(0),
            key: None,
            value: Some(log_record::encode_command(&command).into_bytes()),
            headers: Vec::new(),
        });
    }
}

/// The mark of a subject that was erased.
pub(crate) fn mark_of(key: &str) -> Mark {
    id::mark("erased", "subject", key)
}

fn mark_of_task(task: &str) -> Mark {
    id::mark("erased", "task", task)
}

/// The tasks of a subject, and those that went elsewhere with it.
fn tasks(profile: &Profile) -> Vec<String> {
    let own = profile.agenda.tasks.iter().map(|task| task.id);
    let gone = profile.forward.iter().flat_map(|forward| forward.tasks.iter().map(|(task, _)| *task));
    own.chain(gone).map(|task| task.to_string()).collect()
}
