//! One stimulus, from the rules that look at it to the tasks that leave.

use std::collections::BTreeMap;

use segue_bundle::Bundle;
use segue_bundle::bundle::{Action, Rule};
use segue_expr::{ActionFacts, Facts, Scope};
use segue_model::{
    Candidate, Decision, Event, Priority, Profile, Rows, Stimulus, Subject, Task, Timestamp, Verdict, id,
};

use crate::rules::Asked;
use crate::{priority, rules, treat};

/// All that a decision depends on. The profile and the rows have taken in the event already.
#[derive(Clone, Copy, Debug)]
pub struct Matter<'a> {
    /// The rules of the house.
    pub bundle: &'a Bundle,
    /// What set the decision off.
    pub event: &'a Event,
    /// Where it stands in the log: partition and offset.
    pub place: (u32, u64),
    /// Whom it is about.
    pub subject: &'a Subject,
    /// What is known of the subject.
    pub profile: &'a Profile,
    /// The rows that everyone sees, by table.
    pub everyone: &'a BTreeMap<String, Rows>,
    /// The time of the log.
    pub now: Timestamp,
    /// The time zone of a subject that has none.
    pub zone: &'a str,
    /// True if what every rule said is wanted, part by part.
    pub is_observed: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Made {
    /// The record, where a rule fired or a condition ended in an error; `None` where nothing of the kind happened.
    pub decision: Option<Decision>,
    /// The tasks that leave, best first.
    pub tasks: Vec<Task>,
    /// What every rule said, where the matter is observed.
    pub asked: Vec<Asked>,
}

/// Decides. The same matter gives the same result, to the byte.
pub fn decide(matter: &Matter<'_>) -> Made {
    let bundle = matter.bundle;
    let Some(rule_ids) = bundle.rules_by_type.get(&matter.event.kind) else {
        return Made::default();
    };
    let scope = scope(matter);
    let mut asked = Vec::new();
    let observer = matter.is_observed.then_some(&mut asked);
    let fired = rules::fired(rule_ids.iter().filter_map(|id| bundle.rules.get(id)), &scope, observer);
    if fired.rules.is_empty() && fired.errors.is_empty() {
        return Made { asked, ..Made::default() };
    }
    let mut decision = Decision {
        id: id::decision(&matter.event.source, &matter.event.id, matter.subject),
        at: matter.now,
        subject: matter.subject.clone(),
        stimulus: stimulus(matter),
        bundle: bundle.digest.clone(),
        rules: fired.rules.iter().map(|rule| rule.id.clone()).collect(),
        errors: fired.errors,
        candidates: Vec::new(),
    };
    let mut tasks = Vec::new();
    for ranked in ranked(bundle, &fired.rules, &scope) {
        let (candidate, task) = release(matter, &scope, &decision.id, ranked);
        decision.candidates.push(candidate);
        tasks.extend(task);
    }
    Made { decision: Some(decision), tasks, asked }
}

/// A candidate with its score, before it is settled.
struct Ranked<'a> {
    action: &'a Action,
    rule: &'a str,
    priority: Priority,
    errors: Vec<String>,
}

/// Joins what the rules propose into one candidate an action, and ranks them best first.
fn ranked<'a>(bundle: &'a Bundle, fired: &[&'a Rule], scope: &Scope<'a>) -> Vec<Ranked<'a>> {
    let mut by_action = BTreeMap::new();
    for rule in fired {
        for action in &rule.propose {
            let _ = by_action.entry(action.as_str()).or_insert(rule.id.as_str());
        }
    }
    let mut ranked: Vec<Ranked<'a>> = by_action
        .into_iter()
        .filter_map(|(action, rule)| {
            let action = bundle.actions.get(action)?;
            let scored = priority::score(&action.priority, &scope.with_action(facts(action)));
            Some(Ranked { action, rule, priority: scored.priority, errors: scored.errors })
        })
        .collect();
    ranked.sort_by(|a, b| {
        let by_score = b.priority.score.total_cmp(&a.priority.score);
        let by_value = b.priority.value.total_cmp(&a.priority.value);
        by_score.then(by_value).then_with(|| a.action.id.cmp(&b.action.id))
    });
    for (place, candidate) in ranked.iter_mut().enumerate() {
        candidate.priority.rank = place as u32 + 1;
    }
    ranked
}

fn release<'a>(
    matter: &Matter<'_>,
    scope: &Scope<'a>,
    decision: &str,
    ranked: Ranked<'a>,
) -> (Candidate, Option<Task>) {
    let Ranked { action, rule, priority, mut errors } = ranked;
    let task =
        treat::task(matter, &scope.with_action(facts(action)), decision, action, rule, priority, &mut errors);
    let candidate = Candidate {
        action: action.id.clone(),
        rule: rule.to_owned(),
        verdict: Verdict::Released,
        stage: "release",
        by: None,
        detail: (!errors.is_empty()).then(|| errors.join("; ")),
        priority: Some(priority),
        task: Some(task.id.clone()),
    };
    (candidate, Some(task))
}

fn facts(action: &Action) -> ActionFacts<'_> {
    ActionFacts { id: &action.id, group: None }
}

fn scope<'a>(matter: &Matter<'a>) -> Scope<'a> {
    let facts = Facts {
        event: matter.event,
        cause: Some(matter.event),
        who: matter.profile.who.as_deref(),
        own: &matter.profile.tables,
        everyone: matter.everyone,
        past: &matter.profile.past,
        now: matter.now,
        zone: matter.zone,
        action: None,
    };
    Scope::new(&matter.bundle.layout, facts)
}

fn stimulus(matter: &Matter<'_>) -> Stimulus {
    Stimulus {
        source: matter.event.source.clone(),
        event: matter.event.id.clone(),
        kind: matter.event.kind.clone(),
        partition: matter.place.0,
        offset: matter.place.1,
    }
}
