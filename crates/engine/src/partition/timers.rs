//! Timers come due: each subject's at its own time, in slices.

use std::panic::{AssertUnwindSafe, catch_unwind};

use segue_decide::Scratch;
use segue_document::Writer;
use segue_model::{Agenda, FailureCode, Subject, Timestamp};
use segue_wire::topics::LOG;
use segue_wire::{Failed, Origin, profile};

use super::Partition;
use crate::consider::{fire, give_up};
use crate::effects::Effects;
use crate::profiles::Found;

impl Partition {
    /// Fires the timers that are due by `until`, each at its own time, but for no more subjects than are `left`; false if
    /// there are more.
    pub(super) fn fire_timers(&mut self, until: Timestamp, left: &mut usize, effects: &mut Effects) -> bool {
        while let Some((due, key)) = self.known.dues.first().filter(|(due, _)| *due <= until) {
            if *left == 0 {
                return false;
            }
            *left -= 1;
            let subject = Subject::of_inner_key(key);
            let key = key.to_owned();
            self.state.now = self.state.now.max(due);
            self.known.expire(self.state.now);
            self.fire_subject(&subject, effects);
            // Nothing that fires leaves something due at the same instant. If it did, time would stand still.
            if self.known.dues.first() == Some((due, &key)) {
                let found = self.known.profiles.find(&key);
                self.give_up(
                    &subject,
                    &found,
                    FailureCode::Internal,
                    "they would fall due again at once",
                    effects,
                );
            }
        }
        true
    }

    fn fire_subject(&mut self, subject: &Subject, effects: &mut Effects) {
        let key = subject.inner_key();
        let found = self.known.profiles.find(&key);
        let (around, scratch) = self.around(self.at, effects);
        let fired = catch_unwind(AssertUnwindSafe(|| fire(&around, subject, &found.profile, scratch)));
        let (code, detail) = match fired {
            Ok(considered) => match self.keep(key, &found, considered, effects) {
                Ok(_) => return,
                Err(detail) => (FailureCode::TooLarge, detail),
            },
            Err(_) => {
                self.scratch = Scratch::default();
                (FailureCode::Internal, "what was due broke off".to_owned())
            }
        };
        self.give_up(subject, &found, code, &detail, effects);
    }

    /// What cannot be done must not come up again and again: it is given up, and said to be.
    pub(super) fn give_up(
        &mut self,
        subject: &Subject,
        found: &Found,
        code: FailureCode,
        detail: &str,
        effects: &mut Effects,
    ) {
        let given_up = given_up(&found.profile.agenda, self.state.now);
        let (around, scratch) = self.around(self.at, effects);
        let (profile, mut told) = give_up(&around, subject, &found.profile, scratch, code);
        let written = profile::encode(&profile);
        self.known.change(&self.bundle.sides, subject.inner_key(), found, profile, written);
        effects.appends.append(&mut told);
        let origin =
            Origin { topic: LOG.to_owned(), incarnation: 0, partition: self.number, offset: self.at, n: 0 };
        let key = Some(subject.key().into_bytes());
        self.fail(
            Failed {
                at: self.state.now,
                origin,
                source: None,
                code,
                detail: format!("timers of a subject were given up: {detail}"),
                pointer: None,
                key,
                headers: Vec::new(),
                value: Some(given_up.into_bytes()),
                left_out: 0,
            },
            effects,
        );
    }
}

/// What is due by `now`, named: `{"tasks": [...], "rules": [...]}`.
fn given_up(agenda: &Agenda, now: Timestamp) -> String {
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("tasks").begin_array();
    for task in agenda.tasks.iter().filter(|task| task.stage.due() <= now) {
        let _ = writer.string(&task.id);
    }
    let _ = writer.end_array().key("rules").begin_array();
    let moments = agenda.moments.iter().filter(|(_, moment)| !moment.is_over && moment.at <= now);
    let waits = agenda.waits.iter().filter(|wait| wait.due <= now).map(|wait| &wait.rule);
    for rule in waits.chain(moments.map(|(rule, _)| rule)) {
        let _ = writer.string(rule);
    }
    let _ = writer.end_array().end_object();
    writer.finish()
}
