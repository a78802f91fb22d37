//! Which rules fire on a stimulus.

use std::ops::Range;

use segue_bundle::bundle::Rule;
use segue_expr::Scope;

/// A rule that was asked, for those who want to see more than what became of it: tests that count what they have
/// reached. It comes of the very evaluation that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The rule's id.
    pub rule: String,
    /// Whether it fired; `None`: its condition ended in an error.
    pub fired: Option<bool>,
    /// The parts of its condition, in the order of its source; none if it has no condition.
    pub clauses: Vec<Clause>,
}

/// A part of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Which bytes of the condition's source it is.
    pub place: Range<usize>,
    /// What it came to; `None`: an error.
    pub truth: Option<bool>,
}

/// What the rules said.
#[derive(Debug, Default)]
pub struct Fired<'a> {
    /// Those that fired, in the order in which they were asked.
    pub rules: Vec<&'a Rule>,
    /// Those whose condition ended in an error, with the error: they did not fire.
    pub errors: Vec<(String, String)>,
}

/// Asks each rule. One whose condition ends in an error counts as not fired, and the error is kept. What each rule said
/// goes to `asked`, where that is wanted.
pub fn fired<'a>(
    rules: impl Iterator<Item = &'a Rule>,
    scope: &Scope<'_>,
    mut asked: Option<&mut Vec<Asked>>,
) -> Fired<'a> {
    let mut fired = Fired::default();
    for rule in rules {
        let truth = rule.when.as_ref().map_or(Ok(true), |when| when.truth(scope));
        if let Some(asked) = asked.as_deref_mut() {
            let (fired, clauses) = (truth.as_ref().ok().copied(), clauses(rule, scope));
            asked.push(Asked { rule: rule.id.clone(), fired, clauses });
        }
        match truth {
            Ok(true) => fired.rules.push(rule),
            Ok(false) => {}
            Err(error) => fired.errors.push((rule.id.clone(), error.to_string())),
        }
    }
    fired
}

fn clauses(rule: &Rule, scope: &Scope<'_>) -> Vec<Clause> {
    let parts = rule.when.iter().flat_map(|when| when.explain(scope));
    parts.map(|(place, truth)| Clause { place, truth: truth.ok() }).collect()
}
