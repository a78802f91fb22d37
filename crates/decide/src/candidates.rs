//! From the rules that fired to candidates: each action once, those that may be done scored and ranked.

use std::collections::BTreeMap;

use segue_bundle::bundle::{Action, Rule};
use segue_expr::{Expression, Scope};
use segue_model::{Candidate, Priority, Verdict};

use crate::decide::{Matter, facts};
use crate::priority;

/// A candidate with its score, before it is settled.
#[derive(Debug)]
pub(crate) struct Ranked<'a> {
    pub(crate) action: &'a Action,
    pub(crate) rule: &'a str,
    pub(crate) priority: Priority,
    pub(crate) errors: Vec<String>,
}

/// The candidates of a decision.
#[derive(Debug, Default)]
pub(crate) struct Candidates<'a> {
    /// Those in the running, best first.
    pub(crate) ranked: Vec<Ranked<'a>>,
    /// Those that may not be done, by action.
    pub(crate) rejected: Vec<Candidate<'a>>,
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
    for rule in fired {
        for action in &rule.propose {
            let _ = by_action.entry(action.as_str()).or_insert(rule.id.as_str());
        }
    }
    let mut candidates = Candidates::default();
    for (action, rule) in by_action {
        let Some(action) = matter.bundle.actions.get(action) else { continue };
        let scope = scope.with_action(facts(action));
        match unfit(action, &scope) {
            Some(unfit) => {
                erred.extend(unfit.detail.as_ref().map(|_| rule));
                candidates.rejected.push(rejected(action, rule, unfit));
            }
            None => {
                let scored = priority::score(&action.priority, &scope);
                let (priority, errors) = (scored.priority, scored.errors);
                candidates.ranked.push(Ranked { action, rule, priority, errors });
            }
        }
    }
    rank(&mut candidates.ranked);
    candidates
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
pub(crate) struct Unfit {
    /// Which of its conditions is false: it is the stage and what rejects.
    pub(crate) by: &'static str,
    /// The error that the condition ended in, if it did: it then counts as false.
    pub(crate) detail: Option<String>,
}

/// Asks `eligible`, `applicable` and `suitable`, in this order.
pub(crate) fn unfit(action: &Action, scope: &Scope<'_>) -> Option<Unfit> {
    let asked: [(&'static str, &Option<Expression>); 3] =
        [("eligible", &action.eligible), ("applicable", &action.applicable), ("suitable", &action.suitable)];
    asked.into_iter().find_map(|(by, condition)| match condition.as_ref()?.truth(scope) {
        Ok(true) => None,
        Ok(false) => Some(Unfit { by, detail: None }),
        Err(error) => Some(Unfit { by, detail: Some(format!("{by}: {error}")) }),
    })
}

pub(crate) fn rejected<'a>(action: &'a Action, rule: &'a str, unfit: Unfit) -> Candidate<'a> {
    Candidate {
        action: &action.id,
        rule,
        verdict: Verdict::Rejected,
        stage: unfit.by,
        by: Some(unfit.by),
        detail: unfit.detail,
        priority: None,
        task: None,
    }
}
