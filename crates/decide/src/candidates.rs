//! From the rules that fired to candidates: each action once, those that may be done scored and ranked.

use std::collections::BTreeMap;

use segue_bundle::bundle::{Action, Rule};
use segue_expr::{Expression, Scope};
use segue_model::{Candidate, Learned, Priority, Verdict};

use crate::bars::PAUSED;
use crate::control::Met;
use crate::decide::{Matter, facts};
use crate::priority::Scored;
use crate::settle::task_id;
use crate::{control, priority, suppress};

/// A candidate with its score, before it is settled.
#[derive(Debug)]
pub(crate) struct Ranked<'a> {
    pub(crate) action: &'a Action,
    pub(crate) rule: &'a str,
    pub(crate) priority: Priority,
    pub(crate) learned: Option<Learned>,
    pub(crate) errors: Vec<String>,
}

impl<'a> Ranked<'a> {
    pub(crate) fn of(action: &'a Action, rule: &'a str, scored: Scored) -> Ranked<'a> {
        let Scored { priority, learned, errors } = scored;
        Ranked { action, rule, priority, learned, errors }
    }
}

/// The candidates of a decision.
#[derive(Debug, Default)]
pub(crate) struct Candidates<'a> {
    /// Those in the running, best first.
    pub(crate) ranked: Vec<Ranked<'a>>,
    /// Those that may not be done, by action.
    pub(crate) rejected: Vec<Candidate<'a>>,
    /// The control policies that they met.
    pub(crate) met: Vec<Met<'a>>,
}

/// Joins what the rules propose into one candidate an action, turns down what may not be done, and ranks the others
/// best first. Rules whose candidates met errors in what turned them down go to `erred`.
pub(crate) fn ranked<'a>(
    matter: &Matter<'a>,
    fired: &[&'a Rule],
    scope: &Scope<'a>,
    erred: &mut Vec<&'a str>,
) -> Candidates<'a> {
    let mut by_action = BTreeMap::new();
    // What a paused rule proposes is turned down, unless another rule proposes it as well.
    let (still, active): (Vec<&Rule>, Vec<&Rule>) =
        fired.iter().partition(|rule| matter.bars.resting(&rule.id, "").is_some());
    for rule in active.into_iter().chain(still) {
        for action in &rule.propose {
            let _ = by_action.entry(action.as_str()).or_insert(rule.id.as_str());
        }
    }
    let mut candidates = Candidates::default();
    for (action, rule) in by_action {
        let Some(action) = matter.bundle.actions.get(action) else { continue };
        let scope = scope.with_action(facts(action));
        let resting = matter.bars.resting(rule, &action.id).map(resting);
        match resting.or_else(|| unfit(matter, action, &scope, &mut candidates.met)) {
            Some(unfit) => {
                erred.extend(unfit.is_error.then_some(rule));
                candidates.rejected.push(rejected(action, rule, unfit));
            }
            None => {
                let counted = matter.counted(&action.id);
                let scored = priority::score(action, counted, || task_id(matter, rule, action), &scope);
                candidates.ranked.push(Ranked::of(action, rule, scored));
            }
        }
    }
    rank(&mut candidates.ranked);
    candidates
}

/// Why a candidate is turned down whose rule or action is paused.
fn resting(part: &str) -> Unfit<'static> {
    Unfit { stage: PAUSED, by: PAUSED, detail: Some(format!("{part} is paused")), is_error: false }
}

/// Puts candidates best first, and says so in their ranks.
pub(crate) fn rank(ranked: &mut [Ranked<'_>]) {
    ranked.sort_by(|a, b| {
        let by_score = b.priority.score.total_cmp(&a.priority.score);
        let by_value = b.priority.value.total_cmp(&a.priority.value);
        by_score.then(by_value).then_with(|| a.action.id.cmp(&b.action.id))
    });
    for (place, candidate) in ranked.iter_mut().enumerate() {
        candidate.priority.rank = place as u32 + 1;
    }
}

/// Why an action may not be done for this subject now.
#[derive(Debug)]
pub(crate) struct Unfit<'a> {
    /// Where it was turned down: `paused`, `eligible`, `applicable`, `suitable`, `suppress`, `control`.
    pub(crate) stage: &'static str,
    /// What turned it down: the stage, or the policy's id.
    pub(crate) by: &'a str,
    /// The error that the condition ended in, if it did: it then counts as false. Of a policy, what it goes by.
    pub(crate) detail: Option<String>,
    /// True if something ended in an error.
    pub(crate) is_error: bool,
}

/// Asks `eligible`, `applicable` and `suitable`, in this order, then what suppresses, and last who is to be left alone: the
/// control policies that the subject meets go to `met`.
pub(crate) fn unfit<'a>(
    matter: &Matter<'a>,
    action: &Action,
    scope: &Scope<'_>,
    met: &mut Vec<Met<'a>>,
) -> Option<Unfit<'a>> {
    unmet(action, scope).or_else(|| {
        let mut errors = Vec::new();
        let (bundle, past, now) = (matter.bundle, &matter.profile.past, matter.now);
        let paused =
            suppress::paused(bundle, action, past, now, scope, &mut errors).map(|by| ("suppress", by));
        let alone = || {
            Some(("control", control::left_alone(bundle, action, matter.subject, scope, &mut errors, met)?))
        };
        let (stage, by) = paused.or_else(alone)?;
        let is_error = !errors.is_empty();
        errors.push(by.detail);
        Some(Unfit { stage, by: by.policy, detail: Some(errors.join("; ")), is_error })
    })
}

/// Asks `eligible`, `applicable` and `suitable`, in this order.
pub(crate) fn unmet(action: &Action, scope: &Scope<'_>) -> Option<Unfit<'static>> {
    let asked: [(&'static str, &Option<Expression>); 3] =
        [("eligible", &action.eligible), ("applicable", &action.applicable), ("suitable", &action.suitable)];
    asked.into_iter().find_map(|(by, condition)| match condition.as_ref()?.truth(scope) {
        Ok(true) => None,
        Ok(false) => Some(Unfit { stage: by, by, detail: None, is_error: false }),
        Err(error) => Some(Unfit { stage: by, by, detail: Some(format!("{by}: {error}")), is_error: true }),
    })
}

pub(crate) fn rejected<'a>(action: &'a Action, rule: &'a str, unfit: Unfit<'a>) -> Candidate<'a> {
    Candidate {
        action: &action.id,
        rule,
        verdict: Verdict::Rejected,
        stage: unfit.stage,
        by: Some(unfit.by),
        detail: unfit.detail,
        priority: None,
        channel: None,
        learned: None,
        task: None,
    }
}
