//! Which rules fire on a stimulus.

use std::ops::Range;

use segue_bundle::Scratch;
use segue_bundle::bundle::Rule;
use segue_bundle::watchers::Watchers;
use segue_expr::{Expression, Scope};

/// A rule or signal that was asked, for those who want to see more than what became of it: tests that count what they
/// have reached. It comes of the very evaluation that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What kind of document it is.
    pub kind: AskedKind,
    /// The document's id.
    pub id: String,
    /// Whether it fired, or was raised; `None`: its condition ended in an error.
    pub fired: Option<bool>,
    /// The parts of its condition, in the order of its source; none if it has no condition.
    pub clauses: Vec<Clause>,
}

/// What kind of document was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AskedKind {
    /// A rule.
    Rule,
    /// A signal.
    Signal,
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
    pub errors: Vec<(&'a str, String)>,
}

/// Asks the rules of a type of event that decide for subjects of this kind. One whose condition ends in an error counts as not fired, and the error is kept.
/// Those whose condition is false by the index are left out, unless what each rule said is wanted in `asked`: then every
/// one is asked, with the same result.
pub fn fired<'a>(
    rules: &'a Watchers<Rule>,
    per: &str,
    scope: &Scope<'_>,
    scratch: &mut Scratch,
    asked: Option<&mut Vec<Asked>>,
) -> Fired<'a> {
    let of_kind = to_ask(rules, scope, scratch, asked.is_some()).filter(|(rule, _)| rule.per == per);
    fired_of(of_kind, scope, asked)
}

/// Asks these rules, each with whether it is known to be true.
pub(crate) fn fired_of<'a>(
    rules: impl IntoIterator<Item = (&'a Rule, bool)>,
    scope: &Scope<'_>,
    mut asked: Option<&mut Vec<Asked>>,
) -> Fired<'a> {
    let mut fired = Fired::default();
    for (rule, is_true) in rules {
        let truth =
            if is_true { Ok(true) } else { rule.when.as_ref().map_or(Ok(true), |when| when.truth(scope)) };
        if let Some(asked) = asked.as_deref_mut() {
            let fired = truth.as_ref().ok().copied();
            asked.push(observed(AskedKind::Rule, &rule.id, rule.when.as_ref(), fired, scope));
        }
        match truth {
            Ok(true) => fired.rules.push(rule),
            Ok(false) => {}
            Err(error) => fired.errors.push((&rule.id, error.to_string())),
        }
    }
    fired
}

/// All that look at the event if each is wanted; else those whose condition may be true or an error, and of each whether
/// it is known to be true.
pub(crate) fn to_ask<'w, T>(
    watchers: &'w Watchers<T>,
    scope: &Scope<'_>,
    scratch: &mut Scratch,
    is_each_wanted: bool,
) -> impl Iterator<Item = (&'w T, bool)> {
    let all = is_each_wanted.then(|| watchers.all().map(|one| (one, false)));
    let survivors = (!is_each_wanted).then(|| watchers.judged(scope, scratch));
    all.into_iter().flatten().chain(survivors.into_iter().flatten())
}

/// What a condition said, part by part.
pub(crate) fn observed(
    kind: AskedKind,
    id: &str,
    when: Option<&Expression>,
    fired: Option<bool>,
    scope: &Scope<'_>,
) -> Asked {
    let parts = when.into_iter().flat_map(|when| when.explain(scope));
    let clauses = parts.map(|(place, truth)| Clause { place, truth: truth.ok() }).collect();
    Asked { kind, id: id.to_owned(), fired, clauses }
}
