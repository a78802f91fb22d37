//! An event about everyone, subject by subject.

use std::panic::{AssertUnwindSafe, catch_unwind};

use segue_decide::Scratch;
use segue_model::{Event, FailureCode, Subject};
use segue_wire::Origin;

use super::Partition;
use crate::consider::consider_each;
use crate::effects::Effects;
use crate::joined::Ending;
use crate::shared;
use crate::state::Broadcast;

impl Partition {
    /// Decides on an event about everyone for each subject that it may concern, in the order of their keys; `None`: there
    /// are more of them than are `left`, and it is to be given again. All at its own `now`, before any later record.
    pub(super) fn broadcast(
        &mut self,
        event: &Event,
        origin: &Origin,
        offset: u64,
        left: &mut usize,
        effects: &mut Effects,
    ) -> Option<Ending> {
        let resumed = self.state.broadcast.take().filter(|broadcast| broadcast.offset == offset);
        let mut done = match resumed {
            Some(broadcast) => broadcast,
            None => {
                if !self.state.origins.admit(origin) {
                    return Some(Ending::Seen);
                }
                let _ = shared::take_in(&self.bundle, event, &mut self.known);
                Broadcast { offset, ..Broadcast::default() }
            }
        };
        for key in self.known.tied.concerned(&self.bundle, event, &done.after) {
            if *left == 0 {
                self.state.broadcast = Some(done);
                return None;
            }
            *left -= 1;
            let (has_fired, has_acted) =
                self.consider_for(event, origin, &Subject::of_inner_key(&key), effects);
            done.reached += u64::from(has_fired);
            done.has_acted |= has_acted;
            done.after = key;
        }
        self.say_reached(event, origin, &done, effects);
        Some(Ending::NoRule)
    }

    /// Decides on it for one subject; says whether a rule fired, and whether a task came of it.
    pub(super) fn consider_for(
        &mut self,
        event: &Event,
        origin: &Origin,
        subject: &Subject,
        effects: &mut Effects,
    ) -> (bool, bool) {
        let key = subject.inner_key();
        let found = self.known.profiles.find(&key);
        let (around, scratch) = self.around(self.at, effects);
        let considered = catch_unwind(AssertUnwindSafe(|| {
            consider_each(&around, event, subject, &found.profile, scratch)
        }));
        let (code, detail) = match considered {
            Ok(considered) => {
                let did = (considered.has_fired, considered.has_acted);
                match self.keep(key, &found, considered, effects) {
                    Ok(_) => return did,
                    Err(detail) => (FailureCode::TooLarge, detail),
                }
            }
            Err(_) => {
                self.scratch = Scratch::default();
                (FailureCode::Internal, "the decision broke off".to_owned())
            }
        };
        let detail = format!("for {}: {detail}", subject.key());
        self.fail_event(event, origin.clone(), code, &detail, effects);
        (false, false)
    }
}
