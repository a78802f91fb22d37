//! One stimulus, from the rules that look at it to the tasks that leave.

use std::collections::BTreeMap;

use segue_bundle::bundle::{Action, Rule};
use segue_bundle::{Bundle, Scratch};
use segue_expr::{ActionFacts, Facts, Scope};
use segue_model::id::{self, Id};
use segue_model::{
    Candidate, Decision, Event, Priority, Profile, Rows, Stimulus, Subject, Task, Timestamp, Verdict,
};

use crate::rules::{Asked, Fired};
use crate::signals::Raised;
use crate::{cap, priority, rules, signals, treat};

/// All that a decision depends on. The profile and the rows have taken in the event already.
#[derive(Clone, Copy, Debug)]
pub struct Matter<'a> {
    /// The rules of the house.
    pub bundle: &'a Bundle,
    /// What set the decision off: an event of a source, or a signal.
    pub event: &'a Event,
    /// The event of a source that began it: the same, unless it is a signal.
    pub cause: &'a Event,
    /// How many signals it is away from its cause.
    pub steps: u32,
    /// Why nothing may follow from it any more, in words, if so: it raises no signal, and its candidates are rejected.
    pub stopped: Option<&'static str>,
    /// Where its cause stands in the log: partition and offset.
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

/// What came of it. It borrows from the matter.
#[derive(Debug, Default)]
pub struct Made<'a> {
    /// The record, where a rule fired or a condition ended in an error; `None` where nothing of the kind happened.
    pub decision: Option<Decision<'a>>,
    /// The tasks that leave, best first.
    pub tasks: Vec<Task<'a>>,
    /// The signals that follow from the event.
    pub signals: Vec<Event>,
    /// The rules whose candidates met errors in their actions or policies, once each candidate.
    pub erred: Vec<&'a str>,
    /// What every rule said, where the matter is observed.
    pub asked: Vec<Asked>,
}

/// Decides. The same matter gives the same result, to the byte, whatever `scratch` was used for before and whether the
/// matter is observed or not.
pub fn decide<'a>(matter: &Matter<'a>, scratch: &mut Scratch) -> Made<'a> {
    let bundle = matter.bundle;
    let rules = bundle.rules_by_type.get(&matter.event.kind);
    let signals = bundle.signals_by_type.get(&matter.event.kind);
    if rules.is_none() && signals.is_none() {
        return Made::default();
    }
    let scope = scope(matter);
    let mut asked = Vec::new();
    let mut observer = matter.is_observed.then_some(&mut asked);
    let mut fired = Fired::default();
    if let Some(rules) = rules {
        fired = rules::fired(rules, &scope, scratch, observer.as_deref_mut());
    }
    let mut raised = Raised::default();
    if let Some(signals) = signals {
        raised = match matter.stopped {
            None => signals::raised(matter, signals, &scope, scratch, observer),
            Some(why) => signals::stopped(signals, why),
        };
    }
    let mut errors = fired.errors;
    errors.extend(raised.errors);
    let mut made = Made { signals: raised.signals, asked, ..Made::default() };
    if fired.rules.is_empty() && errors.is_empty() {
        return made;
    }
    let mut decision = Decision {
        id: id::decision(&matter.event.source, &matter.event.id, matter.subject),
        at: matter.now,
        subject: matter.subject,
        stimulus: stimulus(matter),
        bundle: &bundle.digest,
        rules: fired.rules.iter().map(|rule| rule.id.as_str()).collect(),
        errors,
        candidates: Vec::new(),
    };
    let mut taken = BTreeMap::new();
    for ranked in ranked(bundle, &fired.rules, &scope) {
        let action = ranked.action;
        let scope = scope.with_action(facts(action));
        let (candidate, task) = settle(matter, &scope, decision.id, ranked, &taken, &mut made.erred);
        *taken.entry(action.id.as_str()).or_default() += u64::from(task.is_some());
        decision.candidates.push(candidate);
        made.tasks.extend(task);
    }
    made.decision = Some(decision);
    made
}

/// What turns a candidate down.
struct Refused<'a> {
    stage: &'static str,
    by: &'a str,
    detail: String,
}

fn refused<'a>(
    matter: &Matter<'a>,
    ranked: &mut Ranked<'_>,
    taken: &BTreeMap<&str, u64>,
    scope: &Scope<'_>,
) -> Option<Refused<'a>> {
    if let Some(why) = matter.stopped {
        return Some(Refused { stage: "loop", by: "loop", detail: why.to_owned() });
    }
    let (past, errors) = (&matter.profile.past, &mut ranked.errors);
    let full = cap::full(matter.bundle, &ranked.action.id, past, matter.now, taken, scope, errors)?;
    Some(Refused { stage: "cap", by: full.policy, detail: full.detail })
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

/// What becomes of a candidate: a task, unless it is turned down.
fn settle<'a>(
    matter: &Matter<'a>,
    scope: &Scope<'_>,
    decision: Id,
    mut ranked: Ranked<'a>,
    taken: &BTreeMap<&str, u64>,
    erred: &mut Vec<&'a str>,
) -> (Candidate<'a>, Option<Task<'a>>) {
    let refused = refused(matter, &mut ranked, taken, scope);
    let Ranked { action, rule, priority, mut errors } = ranked;
    let task = match &refused {
        Some(_) => None,
        None => Some(treat::task(matter, scope, decision, action, rule, priority, &mut errors)),
    };
    let (verdict, stage, by) = match &refused {
        Some(refused) => (Verdict::Rejected, refused.stage, Some(refused.by)),
        None => (Verdict::Released, "release", None),
    };
    if !errors.is_empty() {
        erred.push(rule);
    }
    errors.extend(refused.map(|refused| refused.detail));
    let candidate = Candidate {
        action: &action.id,
        rule,
        verdict,
        stage,
        by,
        detail: (!errors.is_empty()).then(|| errors.join("; ")),
        priority: Some(priority),
        task: task.as_ref().map(|task| task.id),
    };
    (candidate, task)
}

fn facts(action: &Action) -> ActionFacts<'_> {
    ActionFacts { id: &action.id, group: action.group.as_deref(), transactional: action.transactional }
}

fn scope<'a>(matter: &Matter<'a>) -> Scope<'a> {
    let facts = Facts {
        event: matter.event,
        cause: Some(matter.cause),
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

fn stimulus<'a>(matter: &Matter<'a>) -> Stimulus<'a> {
    Stimulus {
        source: &matter.event.source,
        event: &matter.event.id,
        kind: &matter.event.kind,
        partition: matter.place.0,
        offset: matter.place.1,
        cause: (matter.steps > 0).then(|| matter.cause.cause()),
    }
}
