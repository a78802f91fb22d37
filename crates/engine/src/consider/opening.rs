//! Tasks whose destination cannot be written, or of which something is paused: they wait until that is over, without a
//! time.

use segue_bundle::Bundle;
use segue_decide::{Bars, topic_of};
use segue_model::agenda::{NEVER, Released};
use segue_model::{Live, Stage};

use super::{Run, is_held};

impl Run<'_> {
    /// Lets go what waited for a destination that is open now: reminders first, then releases, as when they fall due. `by` names
    /// what opened it.
    pub(super) fn open(&mut self, by: &str) {
        self.remind_shut();
        self.follow();
        let (bundle, bars) = (self.around.bundle, self.around.bars);
        let is_open = |task: &Live| !is_closed(bundle, &bars, task);
        // Several may open at one instant of the log, one may be resumed then, and other tasks fall due.
        let opened = format!("{by}/{}", self.around.place.1);
        self.release_those(&opened, |task| is_held(&task.stage) && task.stage.is_shut() && is_open(task));
        self.follow();
    }

    /// True if the topic of a task cannot be written, or something of it is paused.
    pub(super) fn is_closed(&self, task: &Live) -> bool {
        is_closed(self.around.bundle, &self.around.bars, task)
    }

    fn remind_shut(&mut self) {
        let is_due = |run: &Self, task: &Live| {
            matches!(task.stage, Stage::Released(_)) && task.stage.is_shut() && !run.is_closed(task)
        };
        if !self.profile.agenda.tasks.iter().any(|task| is_due(self, task)) {
            return;
        }
        let tasks = std::mem::take(&mut self.agenda().tasks);
        let mut kept = Vec::with_capacity(tasks.len());
        for mut task in tasks {
            let Stage::Released(mut released) = task.stage.clone() else {
                kept.push(task);
                continue;
            };
            if is_due(self, &task) {
                self.begin_stimulus();
                released.remind.retain(|at| *at < NEVER);
                task.stage = Stage::Released(released.clone());
                kept.extend(self.bring_up(task, &released));
            } else {
                kept.push(task);
            }
        }
        // What followed from a task may have entered others meanwhile.
        kept.append(&mut self.agenda().tasks);
        self.agenda().tasks = kept;
    }
}

fn is_closed(bundle: &Bundle, bars: &Bars<'_>, task: &Live) -> bool {
    bars.paused(bundle, &task.rule, &task.action).is_some()
        || topic_of(bundle, task).is_some_and(|topic| bars.is_closed(topic))
}

/// A task that is to be brought up once its destination is open: once, however many reminders fall due until then.
pub(super) fn reminded_once_open(mut released: Released) -> Stage {
    if released.remind.last().is_none_or(|at| *at < NEVER) {
        released.remind.push(NEVER);
    }
    Stage::Released(released)
}
