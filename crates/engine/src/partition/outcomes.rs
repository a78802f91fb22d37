//! What destinations say of tasks.

use std::panic::{AssertUnwindSafe, catch_unwind};

use segue_decide::Scratch;
use segue_model::{FailureCode, Outcome, Subject};
use segue_wire::{Failed, Origin};

use super::Partition;
use crate::consider::{Refused, settle};
use crate::effects::Effects;
use crate::joined::Ending;

impl Partition {
    /// Takes in what a destination says became of a task; `sent_to`: it was sent on to the person of that id.
    pub(super) fn settle_task(
        &mut self,
        outcome: &Outcome,
        sent_to: Option<String>,
        origin: Origin,
        effects: &mut Effects,
    ) -> Option<Ending> {
        // Where it was sent is not looked up again: ids only ever go to lesser ones, so that this ends.
        let known = || self.known.tasks.subject(&outcome.task).map(str::to_owned);
        let Some(key) = sent_to.or_else(known) else {
            self.fail_outcome(
                outcome,
                origin,
                FailureCode::UnknownTask,
                "no task of that id is known",
                effects,
            );
            return Some(Ending::Failed);
        };
        let (subject, key) = (Subject::of_inner_key(&key), key);
        let found = self.known.profiles.find(&key);
        if let Some(forward) = &found.profile.forward {
            // The task has gone with its subject, and what is said of it goes after it.
            self.send_outcome(outcome, &Subject::person(&forward.to), effects);
            return Some(Ending::NoRule);
        }
        let (around, scratch) = self.around(self.at, effects);
        let settled =
            catch_unwind(AssertUnwindSafe(|| settle(&around, outcome, &subject, &found.profile, scratch)));
        let (code, detail) = match settled {
            Ok(Ok(considered)) => match self.keep(key, &found, considered, effects) {
                Ok(_) => return Some(Ending::NoRule),
                Err(detail) => (FailureCode::TooLarge, detail),
            },
            Ok(Err(Refused::NoSuchAnswer)) => {
                (FailureCode::BadOutcome, "the answer is none of those that the task offers".to_owned())
            }
            Ok(Err(Refused::Unknown)) => (
                FailureCode::UnknownTask,
                "the task has not left yet, or is another destination's".to_owned(),
            ),
            Err(_) => {
                self.scratch = Scratch::default();
                (FailureCode::Internal, "taking in the outcome broke off".to_owned())
            }
        };
        self.fail_outcome(outcome, origin, code, &detail, effects);
        Some(Ending::Failed)
    }

    pub(super) fn fail_outcome(
        &mut self,
        outcome: &Outcome,
        origin: Origin,
        code: FailureCode,
        detail: &str,
        effects: &mut Effects,
    ) {
        let copy = Failed {
            at: self.state.now,
            origin,
            source: None,
            code,
            detail: detail.to_owned(),
            pointer: None,
            key: None,
            headers: Vec::new(),
            value: Some(segue_wire::outcome::encode(outcome).into_bytes()),
            left_out: 0,
        };
        self.fail(copy, effects);
    }
}
