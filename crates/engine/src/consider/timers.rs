//! What falls due for a subject at one instant, in this order: tasks that are over, those that expire, questions without
//! an answer, tasks overdue, reminders, releases; then the rules: absences, moments. So nothing is brought up again that
//! is over, and a rule sees the tasks as they are.

use segue_bundle::bundle::Rule;
use segue_decide::{Again, Made, Matter, Timer, again, decide_again, decide_timer};
use segue_model::agenda::{Over, Released};
use segue_model::task::Said;
use segue_model::{Begun, Candidate, Live, Stage, Task, Timestamp, Verdict, Wait, id};

use super::kept::{Kept, Left};
use super::opening::reminded_once_open;
use super::{Run, is_held};

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
    pub(super) fn forget(&mut self) {
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
        self.begin_stimulus();
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
        if self.is_closed(&task) {
            task.stage = reminded_once_open(released);
            return Some(task);
        }
        self.bring_up(task, &released)
    }

    /// Reminds of a task that has left, or withdraws it.
    pub(super) fn bring_up(&mut self, mut task: Live, released: &Released) -> Option<Live> {
        let now = self.around.now;
        let begun = task.begun.clone();
        let number = self.reminders(&task, released.remind.len());
        let mut appends = Vec::new();
        let said = again::remind(&matter_of(self, &begun, timer("", "reminder")), &task).map(|told| {
            let told = Task { said: Said::Reminder(number), ..told };
            self.around.outputs.add(None, &[told], now, &mut appends);
        });
        self.done.appends.append(&mut appends);
        match said {
            Ok(()) => Some(task),
            Err((by, detail)) => {
                self.decide_withdrawn(&task, "reminder", by, detail);
                self.withdraw(task.clone(), by);
                task.news += 1;
                task.stage = over(released, "withdrawn");
                Some(task)
            }
        }
    }

    /// Writes down why a task is withdrawn rather than brought up again or released.
    pub(super) fn decide_withdrawn(
        &mut self,
        task: &Live,
        kind: &'static str,
        by: &'static str,
        detail: Option<String>,
    ) {
        let stimulus = id::timer(&task.id, None, self.around.now, self.subject);
        let matter = matter_of(self, &task.begun, timer(&stimulus, kind));
        let mut decision = segue_decide::decision(&matter, vec![&task.rule]);
        decision.candidates.push(Candidate {
            action: &task.action,
            rule: &task.rule,
            verdict: Verdict::Rejected,
            stage: by,
            by: Some(by),
            detail,
            priority: Some(task.priority),
            channel: task.channel.as_deref(),
            learned: None,
            task: Some(task.id),
        });
        let mut appends = Vec::new();
        self.around.outputs.add(Some(&decision), &[], self.around.now, &mut appends);
        self.done.appends.append(&mut appends);
    }

    /// Which reminder of a task it is, from 1, if so many are left.
    fn reminders(&self, task: &Live, left: usize) -> u32 {
        let all = self.around.bundle.actions.get(&task.action).map_or(0, |action| action.remind.len());
        (all.saturating_sub(left) as u32).max(1)
    }

    /// Decides the held tasks that come due together.
    fn release(&mut self) {
        let now = self.around.now;
        self.release_those("", |task| is_held(&task.stage) && task.stage.due() <= now);
    }

    /// Decides these held tasks together; `opened` names what lets them come up, if it is not their time.
    pub(super) fn release_those(&mut self, opened: &str, is_due: impl Fn(&Live) -> bool) {
        let now = self.around.now;
        let due: Vec<Live> = self.profile.agenda.tasks.iter().filter(|task| is_due(task)).cloned().collect();
        if due.is_empty() {
            return;
        }
        let stimulus = id::timer(opened, None, now, self.subject);
        let (kept, gone) = {
            let again: Vec<Again<'_>> = due
                .iter()
                .map(|task| Again { task, matter: matter_of(self, &task.begun, timer(&stimulus, "release")) })
                .collect();
            let made = decide_again(&again);
            let gone = gone(&made, &due);
            let event = |task: &Task<'_>| due.iter().find(|live| live.id == task.id)?.begun.event.as_deref();
            (self.keep(made, event), gone)
        };
        self.agenda().tasks.retain(|task| !is_due(task));
        self.take_again(kept, &due);
        for (task, reason) in gone {
            self.begin_stimulus();
            self.withdraw(task, &reason);
        }
    }

    /// Keeps what was decided again: each task goes back to an event of its own.
    fn take_again(&mut self, kept: Kept, due: &[Live]) {
        let Kept { mut lives, mut left, .. } = self.write(kept);
        for task in due {
            let is_it = |live: &Live| live.id == task.id;
            let mine: Vec<Live> = lives.extract_if(.., |live| is_it(live)).collect();
            let gone: Vec<Left> = left.extract_if(.., |left| left.id == task.id).collect();
            let begun = &task.begun;
            self.begin_stimulus();
            self.enter(mine, gone, begun.event.as_deref(), begun.cause(), begun.steps);
        }
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
            // The context may have changed without an event: a row is gone by now, say.
            let is_now = self.around.bundle.rules.get(&rule).and_then(|rule| self.moment(rule)) == Some(at);
            if let Some(moment) = self.agenda().moments.get_mut(&rule) {
                moment.is_over = true;
                moment.fired = if is_now { Some(at) } else { moment.fired };
            }
            if !is_now {
                continue;
            }
            self.fire_rule(&rule, "moment", Begun::default(), at);
        }
    }

    /// Fires a rule, unless another bundle has come since that has it no more.
    fn fire_rule(&mut self, rule: &str, kind: &'static str, begun: Begun, due: Timestamp) {
        let bundle = self.around.bundle;
        self.begin_stimulus();
        let rule: Option<&Rule> = bundle.rules.get(rule).map(|rule| &**rule);
        let Some(rule) = rule.filter(|rule| rule.per == self.subject.kind) else { return };
        // Not of the cause, as the contract has it: two waits that go back to one cause would be one task.
        let began = begun.event.as_deref().map(|event| (event.namespace(), event.id.as_str()));
        let stimulus = id::timer(&rule.id, began, due, self.subject);
        let steps = if begun.event.is_some() { begun.steps + 1 } else { 0 };
        let fired = Begun { steps, ..begun };
        let kept = {
            let made = decide_timer(&matter_of(self, &fired, timer(&stimulus, kind)), rule);
            self.keep(made, |_| fired.event.as_deref())
        };
        self.take(kept, fired.event.as_deref(), fired.cause(), fired.steps);
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

/// The held tasks that are neither held longer nor released, each with what the decision says of it.
fn gone(made: &Made<'_>, due: &[Live]) -> Vec<(Live, String)> {
    let gone = |task: &Live| {
        let mut candidates = made.decision.iter().flat_map(|decision| &decision.candidates);
        let candidate = candidates.find(|candidate| candidate.task == Some(task.id))?;
        let reason = candidate.by.unwrap_or_default().to_owned();
        (!candidate.is_kept()).then(|| (task.clone(), reason))
    };
    due.iter().filter_map(gone).collect()
}

/// A task that is over, and known for as long as it was to be.
pub(super) fn over(released: &Released, by: &str) -> Stage {
    Stage::Over(Over { released: released.at, by: by.to_owned(), forget: released.forget })
}
