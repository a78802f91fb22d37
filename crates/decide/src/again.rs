//! Tasks that were decided before and come up again: those held, when they may leave; and those that left, when they are
//! brought up again.

use std::collections::BTreeSet;

use segue_bundle::bundle::Action;
use segue_expr::Scope;
use segue_model::agenda::Released;
use segue_model::{Candidate, Live, Stage, Task};

use crate::candidates::{Ranked, rank, rejected, unfit, unmet};
use crate::cap::Taken;
use crate::decide::{Made, Matter, add, decision, facts, scope};
use crate::settle::settle_again;
use crate::treat::Which;
use crate::{priority, rules, treat};

/// A held task and the matter that it is: each has an event of its own.
#[derive(Clone, Copy, Debug)]
pub struct Again<'a> {
    /// The task.
    pub task: &'a Live,
    /// Its matter: the release timer, and what the task goes back to.
    pub matter: Matter<'a>,
}

/// Decides held tasks of one subject that come due together, best first, in the context of now. `when` and `choose` are
/// not asked again. What is not among the lives that are made is withdrawn, and its candidate says why.
pub fn decide_again<'a>(again: &[Again<'a>]) -> Made<'a> {
    let mut made = Made::default();
    let Some(first) = again.first() else { return made };
    let rules: BTreeSet<&str> = again.iter().map(|again| again.task.rule.as_str()).collect();
    let mut decision = decision(&first.matter, rules.into_iter().collect());
    let mut rejected = Vec::new();
    let mut ranked: Vec<(Ranked<'a>, &Again<'a>, Scope<'a>)> = Vec::new();
    for again in again {
        let scope = scope(&again.matter);
        match in_the_running(again, &scope) {
            Ok(candidate) => ranked.push((candidate, again, scope)),
            Err(out) => {
                made.erred.extend(out.is_error.then_some(again.task.rule.as_str()));
                rejected.push(out.candidate);
            }
        }
    }
    ranked.sort_by(|(a, ..), (b, ..)| {
        let by_score = b.priority.score.total_cmp(&a.priority.score);
        let by_value = b.priority.value.total_cmp(&a.priority.value);
        by_score.then(by_value).then_with(|| a.action.id.cmp(&b.action.id))
    });
    let mut taken = Taken::default();
    for (place, (mut candidate, again, scope)) in ranked.into_iter().enumerate() {
        candidate.priority.rank = place as u32 + 1;
        let Stage::Held(held) = &again.task.stage else { continue };
        let (matter, task) = (&again.matter, again.task);
        let settled = settle_again(matter, &scope, candidate, task, held.not_before, &taken, &mut made.erred);
        add(settled, &mut decision, &mut made, &mut taken);
    }
    decision.candidates.extend(rejected);
    for again in again.iter().filter(|again| again.matter.is_observed) {
        // Each is a matter of its own, and the decision that of the first.
        let own = decision.candidates.iter().filter(|one| one.task == Some(again.task.id));
        let own: Vec<Candidate<'_>> = own.cloned().collect();
        let mut asked = Vec::new();
        rules::observed_actions(&again.matter, &own, &scope(&again.matter), &mut asked);
        rules::name(&first.matter, &mut asked);
        made.asked.append(&mut asked);
    }
    made.decision = Some(decision);
    made
}

/// A held task that is turned down.
struct Out<'a> {
    candidate: Candidate<'a>,
    /// True if something ended in an error.
    is_error: bool,
}

/// The candidate that a held task is now, or how it was turned down.
fn in_the_running<'a>(again: &Again<'a>, scope: &Scope<'a>) -> Result<Ranked<'a>, Box<Out<'a>>> {
    let task = again.task;
    let Some(action) = again.matter.bundle.actions.get(&task.action) else {
        // Another bundle has come since, and it has no such action.
        let candidate = Candidate {
            action: &task.action,
            rule: &task.rule,
            verdict: segue_model::Verdict::Rejected,
            stage: "eligible",
            by: Some("eligible"),
            detail: Some("the bundle has no such action any more".to_owned()),
            priority: None,
            channel: task.channel.as_deref(),
            learned: None,
            task: Some(task.id),
        };
        return Err(Box::new(Out { candidate, is_error: true }));
    };
    let scope = scope.with_action(facts(action));
    if let Some(unfit) = unfit(&again.matter, action, &scope, &mut Vec::new()) {
        let is_error = unfit.is_error;
        let candidate = Candidate {
            channel: task.channel.as_deref(),
            task: Some(task.id),
            ..rejected(action, &task.rule, unfit)
        };
        return Err(Box::new(Out { candidate, is_error }));
    }
    let scored = priority::score(action, again.matter.counted(&action.id), || task.id, &scope);
    let mut one = [Ranked::of(action, &task.rule, scored)];
    rank(&mut one);
    let [one] = one;
    Ok(one)
}

/// What becomes of a task that is to be brought up again: the reminder, or why it is withdrawn.
///
/// # Errors
/// The condition that is false by now, with the error that it ended in, if it did.
pub fn remind<'a>(matter: &Matter<'a>, task: &'a Live) -> Result<Task<'a>, (&'static str, Option<String>)> {
    let Some(action) = matter.bundle.actions.get(&task.action) else {
        return Err(("eligible", Some("the bundle has no such action any more".to_owned())));
    };
    let scope = scope(matter).with_action(facts(action));
    match unmet(action, &scope) {
        Some(unfit) => Err((unfit.by, unfit.detail)),
        None => Ok(told(matter, &scope, task, action)),
    }
}

/// A task as its destination is told that it is withdrawn.
pub fn withdrawn<'a>(matter: &Matter<'a>, task: &'a Live) -> Option<Task<'a>> {
    let action = matter.bundle.actions.get(&task.action)?;
    let scope = scope(matter).with_action(facts(action));
    Some(told(matter, &scope, task, action))
}

/// A task that has left, as it is told of anew.
fn told<'a>(matter: &Matter<'a>, scope: &Scope<'_>, task: &'a Live, action: &'a Action) -> Task<'a> {
    let Live { id, decision, priority, .. } = *task;
    let which = Which { id, rule: &task.rule, journey: &task.journey, decision };
    let released = match &task.stage {
        Stage::Released(released) => released.clone(),
        _ => Released { at: matter.now, ..Released::default() },
    };
    let channel = task.channel.as_deref();
    treat::task(matter, scope, which, &released, (action, channel), priority, &mut Vec::new())
}
