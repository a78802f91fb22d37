//! Absences: what a rule waits for not to happen.
//!
//! What ends the waiting is an event of a type of `unless` that stands after the event that began it, by instant and
//! then by the log, and before its time is over: the window is half open. One that came earlier in the log and stands
//! later in time ends it as well, so it is looked for when the waiting would begin.

use std::borrow::Cow;
use std::sync::Arc;

use segue_bundle::bundle::{Absence, Begins, Rule};
use segue_model::{Begun, Candidate, Event, Live, Verdict, Wait, past};

use super::{Run, is_held};

impl Run<'_> {
    /// Ends what waits for the absence of this event: timers, and tasks that are held because of it: these are
    /// returned, to be withdrawn.
    pub(super) fn end_absences(&mut self, event: &Event) -> Vec<Live> {
        let Some(rules) = self.around.bundle.unless_by_type.get(&event.kind) else { return Vec::new() };
        let ends = |rule: &str, begun: &Begun| {
            let absence = rules.iter().find(|of| of.id == rule).and_then(|of| absence(of));
            let began = begun.event.as_deref();
            absence.zip(began).is_some_and(|(absence, began)| agrees(absence, began, event))
        };
        let in_time = |wait: &Wait| {
            let began = wait.begun.event.as_deref();
            began.is_some_and(|began| began.instant() <= event.instant()) && event.instant() < wait.due
        };
        let agenda = &self.profile.agenda;
        if agenda.waits.iter().any(|wait| in_time(wait) && ends(&wait.rule, &wait.begun)) {
            self.agenda().waits.retain(|wait| !(in_time(wait) && ends(&wait.rule, &wait.begun)));
        }
        let follows =
            |begun: &Begun| begun.event.as_deref().is_some_and(|began| began.instant() <= event.instant());
        let is_ended =
            |task: &Live| is_held(&task.stage) && follows(&task.begun) && ends(&task.rule, &task.begun);
        if !self.profile.agenda.tasks.iter().any(is_ended) {
            return Vec::new();
        }
        let tasks = std::mem::take(&mut self.agenda().tasks);
        let (ended, kept): (Vec<Live>, Vec<Live>) = tasks.into_iter().partition(is_ended);
        self.agenda().tasks = kept;
        ended
    }

    /// Ends what waits for the absence of something that is known by now to have happened: of two subjects that turned out
    /// to be one, the other did it.
    pub(super) fn end_followed(&mut self) {
        let has_followed = |wait: &Wait| {
            let rule = self.around.bundle.rules.get(&wait.rule);
            let Some((absence, began)) = rule.and_then(|rule| absence(rule)).zip(wait.begun.event.as_deref())
            else {
                return false;
            };
            self.has_followed(absence, began, began.instant().plus(absence.within))
        };
        let (ended, kept): (Vec<Wait>, Vec<Wait>) =
            self.profile.agenda.waits.iter().cloned().partition(has_followed);
        if !ended.is_empty() {
            self.agenda().waits = kept;
        }
    }

    /// Begins to wait for what must not follow this event.
    pub(super) fn begin_absences(&mut self, event: &Event, cause: &Event, steps: u32) {
        let Some(rules) = self.around.bundle.absences_by_type.get(&event.kind) else { return };
        let mut begun = None;
        for rule in rules.iter().filter(|rule| rule.per == self.subject.kind) {
            let Some(absence) = absence(rule) else { continue };
            let due = event.instant().plus(absence.within);
            if self.has_followed(absence, event, due) {
                continue;
            }
            let begun = begun.get_or_insert_with(|| {
                let is_same = event.source == cause.source && event.id == cause.id;
                Begun {
                    event: Some(Arc::new(event.clone())),
                    cause: (!is_same).then(|| Arc::new(cause.clone())),
                    steps,
                }
            });
            // One that is over already fires at once, at the time of the record.
            let due = due.max(self.around.now);
            let wait = Wait { rule: rule.id.clone(), due, begun: begun.clone() };
            self.agenda().waits.push(wait);
        }
    }

    /// True if what ends the waiting came before its beginning in the log, though it stands after it in time.
    fn has_followed(&self, absence: &Absence, began: &Event, due: segue_model::Timestamp) -> bool {
        let remembered = absence.unless.iter().filter_map(|kind| self.profile.past.events.get(kind));
        let mut seen = remembered.flat_map(|remembered| &remembered.seen);
        let wanted = absence.same.as_ref().map(|path| past::field(path, &began.journey, &began.data));
        seen.any(|seen| {
            let agrees = match (&absence.same, &wanted) {
                (None, _) => true,
                (Some(path), Some(Some(wanted))) => {
                    past::field(path, &seen.journey, &seen.data).as_ref() == Some(wanted)
                }
                _ => false,
            };
            began.instant() < seen.instant() && seen.instant() < due && agrees
        })
    }
}

fn absence(rule: &Rule) -> Option<&Absence> {
    match &rule.begins {
        Begins::Absence(absence) => Some(absence),
        _ => None,
    }
}

/// True if both events agree where they must. What is missing agrees with nothing.
fn agrees(absence: &Absence, began: &Event, event: &Event) -> bool {
    let Some(path) = &absence.same else { return true };
    let field = |of: &'_ Event| past::field(path, &of.journey, &of.data).map(Cow::into_owned);
    field(began).is_some_and(|wanted| field(event) == Some(wanted))
}

/// What became of a task that was held.
pub(super) fn withdrawn<'a>(task: &'a Live, event: &'a Event) -> Candidate<'a> {
    Candidate {
        action: &task.action,
        rule: &task.rule,
        verdict: Verdict::Rejected,
        stage: "unless",
        by: Some(&event.kind),
        detail: Some("it came while the task was held".to_owned()),
        priority: Some(task.priority),
        channel: task.channel.as_deref(),
        learned: None,
        task: Some(task.id),
    }
}
