//! What falls due for a subject at one instant, in this order: tasks that are over, those that expire, questions without
//! an answer, tasks overdue, reminders, releases; then the rules: absences, moments. So nothing is brought up again that
//! is over, and a rule sees the tasks as they are.

use segue_bundle::bundle::Rule;
use segue_decide::{Again, Made, Matter, Timer, again, decide_again, decide_timer};
use segue_model::agenda::{Over, Released};
use segue_model::task::Said;
use segue_model::{Begun, Candidate, Live, Stage, Task, Timestamp, Verdict, Wait, id};

use super::{Out, Run, is_held};

impl Run<'_> {
    /// Does all that is due at `now`.
    pub(super) fn fire(&mut self) {
        self.forget();
        self.age();
        self.follow();
        self.release();
        self.follow();
        self.fire_waits();
        self.fire_moments();
    }

    /// Forgets tasks of which nothing more may be heard.
    fn forget(&mut self) {
        let now = self.around.now;
        let is_over = |task: &Live| match &task.stage {
            Stage::Held(_) => false,
            Stage::Released(released) => released.forget <= now,
            Stage::Over(over) => over.forget <= now,
        };
        if self.profile.agenda.tasks.iter().any(is_over) {
            self.agenda().tasks.retain(|task| !is_over(task));
        }
    }

    /// Lets the tasks that have left grow older.
    fn age(&mut self) {
        let now = self.around.now;
        let is_due = |task: &Live| matches!(task.stage, Stage::Released(_)) && task.stage.due() <= now;
        if !self.profile.agenda.tasks.iter().any(is_due) {
            return;
        }
        let tasks = std::mem::take(&mut self.agenda().tasks);
        let mut kept = Vec::with_capacity(tasks.len());
        for task in tasks {
            kept.extend(if is_due(&task) { self.age_one(task) } else { Some(task) });
        }
        // What followed from a task may have entered others meanwhile.
        kept.append(&mut self.agenda().tasks);
        self.agenda().tasks = kept;
    }

    fn age_one(&mut self, mut task: Live) -> Option<Live> {
        let now = self.around.now;
        let Stage::Released(mut released) = task.stage.clone() else { return Some(task) };
        if released.expires.is_some_and(|at| at <= now) {
            self.news(&mut task, "expired", None, None);
            task.stage = over(&released, "expired");
            return Some(task);
        }
        if released.silence.take_if(|at| *at <= now).is_some() {
            self.news(&mut task, "unanswered", None, None);
        }
        if released.due.take_if(|at| *at <= now).is_some() {
            self.news(&mut task, "overdue", None, None);
        }
        let reminders = released.remind.len();
        released.remind.retain(|at| *at > now);
        let is_reminded = released.remind.len() < reminders;
        task.stage = Stage::Released(released.clone());
        if !is_reminded {
            return Some(task);
        }
        let begun = task.begun.clone();
        let said = again::remind(&matter_of(self, &begun, timer("", "reminder")), &task);
        match said {
            Ok(told) => {
                let number = self.reminders(&task, released.remind.len());
                self.done.out.push(Out::Task(Box::new(Task { said: Said::Reminder(number), ..told })));
                Some(task)
            }
            Err((by, detail)) => {
                self.decide_withdrawn(&task, by, detail);
                self.withdraw(task.clone(), by);
                task.news += 1;
                task.stage = over(&released, "withdrawn");
                Some(task)
            }
        }
    }

    /// Writes down why a task is withdrawn rather than brought up again.
    fn decide_withdrawn(&mut self, task: &Live, by: &'static str, detail: Option<String>) {
        let stimulus = id::timer(&task.id, None, self.around.now, self.subject);
        let matter = matter_of(self, &task.begun, timer(&stimulus, "reminder"));
        let mut decision = segue_decide::decision(&matter, vec![task.rule.clone()]);
        decision.candidates.push(Candidate {
            action: task.action.clone(),
            rule: task.rule.clone(),
            verdict: Verdict::Rejected,
            stage: by,
            by: Some(by.to_owned()),
            detail,
            priority: Some(task.priority),
            task: Some(task.id.clone()),
        });
        self.done.out.push(Out::Decision(Box::new(decision)));
    }

    /// Which reminder of a task it is, from 1, if so many are left.
    fn reminders(&self, task: &Live, left: usize) -> u32 {
        let all = self.around.bundle.actions.get(&task.action).map_or(0, |action| action.remind.len());
        (all.saturating_sub(left) as u32).max(1)
    }

    /// Decides the held tasks that come due together.
    fn release(&mut self) {
        let now = self.around.now;
        let is_due = |task: &Live| is_held(&task.stage) && task.stage.due() <= now;
        let due: Vec<Live> = self.profile.agenda.tasks.iter().filter(|task| is_due(task)).cloned().collect();
        if due.is_empty() {
            return;
        }
        let stimulus = id::timer("", None, now, self.subject);
        let made = {
            let again: Vec<Again<'_>> = due
                .iter()
                .map(|task| Again { task, matter: matter_of(self, &task.begun, timer(&stimulus, "release")) })
                .collect();
            decide_again(&again)
        };
        let is_kept = |task: &Live| {
            made.lives.iter().any(|live| live.id == task.id) || made.tasks.iter().any(|t| t.id == task.id)
        };
        // Those that leave and of which no more is heard are kept no longer.
        let gone: Vec<Live> = due.iter().filter(|task| !is_kept(task)).cloned().collect();
        let reasons = reasons(&made, &gone);
        self.agenda().tasks.retain(|task| !is_due(task));
        self.take_again(made, &due);
        for (task, reason) in gone.into_iter().zip(reasons) {
            self.withdraw(task, &reason);
        }
    }

    /// Keeps what was decided again: each task goes back to an event of its own.
    fn take_again(&mut self, made: Made, due: &[Live]) {
        let Made { decision, tasks, lives, erred, asked, .. } = made;
        self.take(Made { decision, erred, asked, ..Made::default() }, None, None, 0);
        for task in tasks {
            let begun = due.iter().find(|live| live.id == task.id).map(|live| live.begun.clone());
            let begun = begun.unwrap_or_default();
            let mine = lives.iter().filter(|live| live.id == task.id).cloned().collect();
            let made = Made { tasks: vec![task], lives: mine, ..Made::default() };
            self.take(made, begun.event.as_deref(), begun.cause(), begun.steps);
        }
        let held = lives.into_iter().filter(|live| is_held(&live.stage)).collect();
        self.enter(held, &[], None, None, 0);
    }

    fn fire_waits(&mut self) {
        let now = self.around.now;
        let is_due = |wait: &Wait| wait.due <= now;
        if !self.profile.agenda.waits.iter().any(is_due) {
            return;
        }
        let waits = std::mem::take(&mut self.agenda().waits);
        let (due, kept): (Vec<Wait>, Vec<Wait>) = waits.into_iter().partition(is_due);
        self.agenda().waits = kept;
        for wait in due {
            self.fire_rule(&wait.rule, "absence", wait.begun, wait.due);
        }
    }

    fn fire_moments(&mut self) {
        let now = self.around.now;
        let due: Vec<(String, Timestamp)> = self
            .profile
            .agenda
            .moments
            .iter()
            .filter(|(_, moment)| !moment.is_over && moment.at <= now)
            .map(|(rule, moment)| (rule.clone(), moment.at))
            .collect();
        for (rule, at) in due {
            if let Some(moment) = self.agenda().moments.get_mut(&rule) {
                moment.is_over = true;
            }
            self.fire_rule(&rule, "moment", Begun::default(), at);
        }
    }

    /// Fires a rule, unless another bundle has come since that has it no more.
    fn fire_rule(&mut self, rule: &str, kind: &'static str, begun: Begun, due: Timestamp) {
        let bundle = self.around.bundle;
        let Some(rule): Option<&Rule> = bundle.rules.get(rule).map(|rule| &**rule) else { return };
        let began = begun.cause().map(|cause| (cause.namespace(), cause.id.as_str()));
        let stimulus = id::timer(&rule.id, began, due, self.subject);
        let steps = if begun.event.is_some() { begun.steps + 1 } else { 0 };
        let fired = Begun { steps, ..begun };
        let made = decide_timer(&matter_of(self, &fired, timer(&stimulus, kind)), rule);
        self.take(made, fired.event.as_deref(), fired.cause(), fired.steps);
        self.follow();
    }
}

fn timer<'a>(id: &'a str, kind: &'static str) -> Timer<'a> {
    Timer { id, kind }
}

/// What a timer decides on: the matter of what began it.
fn matter_of<'m>(run: &'m Run<'_>, begun: &'m Begun, timer: Timer<'m>) -> Matter<'m> {
    Matter { event: begun.event.as_deref(), cause: begun.cause(), ..run.matter(Some(timer), begun.steps) }
}

/// Why each of these was not kept, by what the decision says of it.
fn reasons(made: &Made, gone: &[Live]) -> Vec<String> {
    let candidates = made.decision.iter().flat_map(|decision| &decision.candidates);
    let reason = |task: &Live| {
        let candidate = candidates.clone().find(|candidate| candidate.task.as_deref() == Some(&task.id));
        candidate
            .or_else(|| candidates.clone().find(|candidate| candidate.action == task.action))
            .and_then(|candidate| candidate.by.clone())
            .unwrap_or_default()
    };
    gone.iter().map(reason).collect()
}

/// A task that is over, and known for as long as it was to be.
pub(super) fn over(released: &Released, by: &str) -> Stage {
    Stage::Over(Over { released: released.at, by: by.to_owned(), forget: released.forget })
}
