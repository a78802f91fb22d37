//! What destinations say became of tasks.

use segue_model::agenda::Over;
use segue_model::{Live, Outcome, OutcomeKind, Stage};

use super::Run;
use super::timers::over;

/// The subject has no such task, or has it no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unknown;

impl Run<'_> {
    /// Takes in an outcome. One that says what was said last is no news.
    pub(super) fn settle(&mut self, outcome: &Outcome) -> Result<(), Unknown> {
        let is_it = |task: &&Live| *task.id == *outcome.task && !matches!(task.stage, Stage::Held(_));
        let mut task = self.profile.agenda.tasks.iter().find(is_it).cloned().ok_or(Unknown)?;
        let word = outcome.kind.as_str();
        let stage = match &task.stage {
            Stage::Held(_) => return Err(Unknown),
            Stage::Released(released) if outcome.kind == OutcomeKind::Accepted => {
                let mut released = released.clone();
                released.remind.clear();
                Stage::Released(released)
            }
            Stage::Released(released) => over(released, word),
            Stage::Over(known) if known.by == word => return Ok(()),
            // What is over stays over; the last word counts.
            Stage::Over(known) if outcome.kind.is_end() => {
                Stage::Over(Over { by: word.to_owned(), ..known.clone() })
            }
            Stage::Over(known) => Stage::Over(known.clone()),
        };
        self.news(&mut task, word, outcome.reason.as_deref(), outcome.answer.as_deref());
        self.remember_outcome(&task, outcome);
        task.stage = stage;
        if let Some(known) = self.agenda().tasks.iter_mut().find(|known| known.id == task.id) {
            *known = task;
        }
        Ok(())
    }
}
