//! Which rules fire on a stimulus.

use std::ops::Range;

use segue_bundle::Scratch;
use segue_bundle::bundle::Action;
use segue_bundle::bundle::Rule;
use segue_bundle::watchers::Watchers;
use segue_expr::{Claim, Expression, Scope};
use segue_model::Candidate;

use crate::decide::{Matter, facts, stimulus};

/// A rule or signal that was asked, for those who want to see more than what became of it: tests that count what they
/// have reached. It comes of the very evaluation that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What kind of document it is.
    pub kind: AskedKind,
    /// The document's id.
    pub id: String,
    /// Whether it fired, was raised or was met; `None`: its condition ended in an error.
    pub fired: Option<bool>,
    /// The error, if it ended in one.
    pub error: Option<String>,
    /// The parts of its condition, in the order of its source; none if it has no condition.
    pub clauses: Vec<Clause>,
    /// On what it was asked.
    pub stimulus: Named,
}

/// A stimulus and its subject, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The id that a decision on it has, whether there is one or not.
    pub decision: String,
    /// The source of the event, or the router's own.
    pub source: String,
    /// The event's id, or the timer's.
    pub event: String,
    /// The event's type, or the kind of timer.
    pub kind: String,
    /// The subject's key.
    pub subject: String,
    /// The event of a source that began it, as source and id, where that is another.
    pub cause: Option<(String, String)>,
}

/// What kind of document was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AskedKind {
    /// A rule.
    Rule,
    /// A signal.
    Signal,
    /// The `eligible` of an action.
    Eligible,
    /// The `applicable` of an action.
    Applicable,
    /// The `suitable` of an action.
    Suitable,
}

/// A part of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Which bytes of the condition's source it is.
    pub place: Range<usize>,
    /// What it came to; `None`: an error.
    pub truth: Option<bool>,
    /// The error, if it ended in one.
    pub error: Option<String>,
    /// What it says of single facts.
    pub claims: Vec<Claim>,
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
    let claims = when.into_iter().flat_map(|when| when.claims(scope));
    let parts = when.into_iter().flat_map(|when| when.explain(scope)).zip(claims);
    let clauses = parts.map(|((place, truth), claims)| Clause {
        place,
        error: truth.as_ref().err().map(ToString::to_string),
        truth: truth.ok(),
        claims,
    });
    let error = match (when, fired) {
        (Some(when), None) => when.truth(scope).err().map(|error| error.to_string()),
        _ => None,
    };
    let (id, clauses) = (id.to_owned(), clauses.collect());
    Asked { kind, id, fired, error, clauses, stimulus: Named::default() }
}

/// What the conditions of the actions of these candidates said, asked once more.
pub(crate) fn observed_actions<'a>(
    matter: &Matter<'a>,
    candidates: &[Candidate<'_>],
    scope: &Scope<'a>,
    asked: &mut Vec<Asked>,
) {
    for candidate in candidates {
        let Some(action) = matter.bundle.actions.get(candidate.action) else { continue };
        let scope = scope.with_action(facts(action));
        for (kind, condition) in conditions(action) {
            let Some(condition) = condition else { continue };
            let truth = condition.truth(&scope).ok();
            asked.push(observed(kind, &action.id, Some(condition), truth, &scope));
        }
    }
}

/// The conditions of an action, in the order in which they are asked.
fn conditions(action: &Action) -> [(AskedKind, &Option<Expression>); 3] {
    [
        (AskedKind::Eligible, &action.eligible),
        (AskedKind::Applicable, &action.applicable),
        (AskedKind::Suitable, &action.suitable),
    ]
}

/// Says of what was asked on which matter that was.
pub(crate) fn name(matter: &Matter<'_>, asked: &mut [Asked]) {
    if asked.is_empty() {
        return;
    }
    let stimulus = stimulus(matter);
    let named = Named {
        decision: segue_model::id::decision(stimulus.source, stimulus.event, matter.subject).to_string(),
        source: stimulus.source.to_owned(),
        event: stimulus.event.to_owned(),
        kind: stimulus.kind.to_owned(),
        subject: matter.subject.key(),
        cause: stimulus.cause.map(|cause| (cause.source.to_owned(), cause.event.to_owned())),
    };
    asked.iter_mut().for_each(|one| one.stimulus = named.clone());
}
