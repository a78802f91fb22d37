//! What destinations say became of tasks.

use segue_model::agenda::{Over, Released};
use segue_model::{Live, Outcome, OutcomeKind, Stage};

use super::Run;
use super::timers::over;

/// Why an outcome counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The subject has no such task, or has it no more, or it is another destination's.
    Unknown,
    /// The task offers other answers.
    NoSuchAnswer,
}

impl Run<'_> {
    /// Takes in an outcome. One that says what was said last is no news.
    pub(super) fn settle(&mut self, outcome: &Outcome) -> Result<(), Refused> {
        let is_it = |task: &&Live| *task.id == *outcome.task && !matches!(task.stage, Stage::Held(_));
        let mut task = self.profile.agenda.tasks.iter().find(is_it).cloned().ok_or(Refused::Unknown)?;
        self.is_of(&task, outcome)?;
        self.is_offered(&task, outcome)?;
        let word = outcome.kind.as_str();
        let stage = match &task.stage {
            Stage::Held(_) => return Err(Refused::Unknown),
            // That somebody is at it is said once, and not of what is over.
            Stage::Released(released) if outcome.kind == OutcomeKind::Accepted && released.is_accepted => {
                return Ok(());
            }
            Stage::Over(_) if outcome.kind == OutcomeKind::Accepted => return Ok(()),
            Stage::Released(released) if outcome.kind == OutcomeKind::Accepted => {
                let released = Released { remind: Vec::new(), is_accepted: true, ..released.clone() };
                Stage::Released(released)
            }
            Stage::Released(released) => over(released, word),
            Stage::Over(known) if known.by == word => return Ok(()),
            // What is over stays over; the last word counts.
            Stage::Over(known) => Stage::Over(Over { by: word.to_owned(), ..known.clone() }),
        };
        self.news(&mut task, word, outcome.reason.as_deref(), outcome.answer.as_deref());
        self.remember_outcome(&task, outcome);
        task.stage = stage;
        if let Some(known) = self.agenda().tasks.iter_mut().find(|known| known.id == task.id) {
            *known = task;
        }
        Ok(())
    }

    /// Only the destination of a task says what became of it, or one that shares its topic.
    fn is_of(&self, task: &Live, outcome: &Outcome) -> Result<(), Refused> {
        let bundle = self.around.bundle;
        let topic = |to: &str| bundle.destinations.get(to).and_then(|to| to.outcomes.as_deref());
        // An action that the bundle has no more went somewhere that is not known by now.
        let Some(action) = bundle.actions.get(&task.action) else { return Ok(()) };
        let (own, said_on) = (topic(&action.to), topic(&outcome.destination));
        let is_same = action.to == outcome.destination || own.is_some() && own == said_on;
        if is_same { Ok(()) } else { Err(Refused::Unknown) }
    }

    /// Of a question, only an answer that it offers is one.
    fn is_offered(&self, task: &Live, outcome: &Outcome) -> Result<(), Refused> {
        let asked = self.around.bundle.actions.get(&task.action).and_then(|action| action.ask.as_ref());
        match (asked, &outcome.answer) {
            (Some(ask), Some(answer)) if outcome.kind == OutcomeKind::Answered => {
                if ask.answers.contains(answer) { Ok(()) } else { Err(Refused::NoSuchAnswer) }
            }
            _ => Ok(()),
        }
    }
}
