//! What was due and could not be done: it is given up without asking the bundle anything again, since that is where it
//! broke off.

use segue_model::{Live, Stage, Wait};

use super::timers::over;
use super::{Run, is_held};

impl Run<'_> {
    /// Gives up what is due at `now`. A held task is withdrawn, with a decision that says why. One that has left stays
    /// known, so that what its destination says of it still counts: its source is told what came due, and no reminder
    /// leaves. Rules hear nothing of either: what they lead to may be what broke off.
    pub(super) fn give_up(&mut self, code: &'static str) {
        let now = self.around.now;
        self.forget();
        let tasks = std::mem::take(&mut self.agenda().tasks);
        let mut kept = Vec::with_capacity(tasks.len());
        for task in tasks {
            if task.stage.due() > now {
                kept.push(task);
            } else if is_held(&task.stage) {
                let detail = Some("what was due could not be done".to_owned());
                self.decide_withdrawn(&task, "release", code, detail);
                self.tell_of(&task, "withdrawn", Some(code));
            } else {
                kept.push(self.age_quietly(task));
            }
        }
        let agenda = self.agenda();
        agenda.tasks = kept;
        agenda.waits.retain(|wait: &Wait| wait.due > now);
        for moment in agenda.moments.values_mut().filter(|moment| moment.at <= now) {
            moment.is_over = true;
        }
    }

    /// Strikes what is due of a task that has left.
    fn age_quietly(&mut self, mut task: Live) -> Live {
        let now = self.around.now;
        let Stage::Released(mut released) = task.stage.clone() else { return task };
        if released.expires.is_some_and(|at| at <= now) {
            self.tell_of(&task, "expired", None);
            task.stage = over(&released, "expired");
            return task;
        }
        if released.silence.take_if(|at| *at <= now).is_some() {
            self.tell_of(&task, "unanswered", None);
        }
        if released.due.take_if(|at| *at <= now).is_some() {
            self.tell_of(&task, "overdue", None);
        }
        released.remind.retain(|at| *at > now);
        task.stage = Stage::Released(released);
        task
    }
}
