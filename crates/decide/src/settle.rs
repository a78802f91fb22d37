//! What becomes of a candidate: a task that leaves, one that waits, or none, with what turned it down.

use std::sync::Arc;

use segue_bundle::bundle::Action;
use segue_expr::Scope;
use segue_model::agenda::{Held, NEVER, Released};
use segue_model::id::{self, Id};
use segue_model::{Begun, Candidate, Decision, Event, Live, Stage, Task, Timestamp, Verdict};

use crate::bars::{DESTINATION_CLOSED, PAUSED};
use crate::candidates::Ranked;
use crate::cap::Taken;
use crate::channel::{Chosen, QUIET};
use crate::decide::{Matter, facts};
use crate::hold::Wait;
use crate::treat::Which;
use crate::{cap, channel, choose, hold, treat};

/// What became of a candidate.
#[derive(Debug)]
pub(crate) struct Settled<'a> {
    pub(crate) candidate: Candidate<'a>,
    /// The task, if it leaves now.
    pub(crate) task: Option<Task<'a>>,
    /// The task as the agenda keeps it.
    pub(crate) live: Option<Live>,
}

/// What turns a candidate down.
pub(crate) struct Refused<'a> {
    pub(crate) stage: &'static str,
    pub(crate) by: &'a str,
    pub(crate) detail: String,
}

/// Settles a candidate of a rule that has just fired.
pub(crate) fn settle<'a>(
    matter: &Matter<'a>,
    scope: &Scope<'a>,
    decision: &Decision<'a>,
    mut ranked: Ranked<'a>,
    taken: &Taken<'_>,
    erred: &mut Vec<&'a str>,
) -> Settled<'a> {
    let (action, rule) = (ranked.action, ranked.rule);
    let scope = &scope.with_action(facts(action));
    let stopped = matter.stopped.map(|why| Refused { stage: "loop", by: "loop", detail: why.to_owned() });
    let refused = stopped.or_else(|| beaten(matter, &mut ranked, &decision.candidates, scope));
    let (on, refused) = match refused {
        Some(refused) => (None, Some(refused)),
        None => fits(matter, &mut ranked, Some(&decision.candidates), taken, scope),
    };
    let not_before = match &refused {
        Some(_) => matter.now,
        None => hold::not_before(action, scope, matter.now, &mut ranked.errors),
    };
    let priority = ranked.priority;
    let which =
        || Which { id: task_id(matter, rule, action), rule, journey: journey(matter), decision: decision.id };
    let fresh = |which: Which<'_>| Live {
        id: which.id,
        action: action.id.clone(),
        rule: rule.to_owned(),
        decision: which.decision,
        journey: which.journey.to_owned(),
        channel: on.map(|on| on.id.to_owned()),
        priority,
        begun: begun(matter),
        news: 0,
        stage: Stage::Held(Held { until: not_before, not_before, by: String::new() }),
    };
    let end = match refused {
        Some(refused) => End::Refused(refused),
        None => release(matter, (rule, action), priority.score, not_before, on),
    };
    finish(matter, scope, (ranked, on), end, (which, fresh), erred)
}

/// Settles a task that was held and is decided again.
pub(crate) fn settle_again<'a>(
    matter: &Matter<'a>,
    scope: &Scope<'a>,
    mut ranked: Ranked<'a>,
    held: &'a Live,
    not_before: Timestamp,
    taken: &Taken<'_>,
    erred: &mut Vec<&'a str>,
) -> Settled<'a> {
    let (action, rule) = (ranked.action, ranked.rule);
    let scope = &scope.with_action(facts(action));
    let (on, refused) = fits(matter, &mut ranked, None, taken, scope);
    let end = match refused {
        Some(refused) => End::Refused(refused),
        None => release(matter, (rule, action), ranked.priority.score, not_before, on),
    };
    let priority = ranked.priority;
    let which = || Which { id: held.id, rule, journey: &held.journey, decision: held.decision };
    let channel = || on.map(|on| on.id.to_owned());
    let known = |_: Which<'_>| Live { priority, channel: channel(), ..held.clone() };
    let settled = finish(matter, scope, (ranked, on), end, (which, known), erred);
    // The task has a name already, also where it is turned down now.
    let candidate = Candidate { task: Some(held.id), ..settled.candidate };
    Settled { candidate, ..settled }
}

/// Whether better candidates leave room.
fn beaten<'a>(
    matter: &Matter<'a>,
    ranked: &mut Ranked<'_>,
    settled: &[Candidate<'_>],
    scope: &Scope<'_>,
) -> Option<Refused<'a>> {
    let full = choose::full(matter.bundle, ranked.action, settled, None, scope, &mut ranked.errors)?;
    Some(Refused { stage: "choose", by: full.policy, detail: full.detail })
}

/// The channel that a candidate goes on, if it names some, and what turns it down, if no channel will do or a cap is full.
fn fits<'a>(
    matter: &Matter<'a>,
    ranked: &mut Ranked<'a>,
    settled: Option<&[Candidate<'_>]>,
    taken: &Taken<'_>,
    scope: &Scope<'_>,
) -> (Option<Chosen<'a>>, Option<Refused<'a>>) {
    match channel::choose(matter, ranked, settled, taken, scope) {
        Ok(on) => (on, full(matter, ranked, taken, scope)),
        Err((id, refused)) => (Some(Chosen { id, opens: None }), Some(refused)),
    }
}

/// Whether there is room under the caps of its action and group.
fn full<'a>(
    matter: &Matter<'a>,
    ranked: &mut Ranked<'_>,
    taken: &Taken<'_>,
    scope: &Scope<'_>,
) -> Option<Refused<'a>> {
    let full = cap::full(matter, ranked.action, None, taken, scope, &mut ranked.errors)?;
    Some(Refused { stage: "cap", by: full.policy, detail: full.detail })
}

/// How a candidate ends.
enum End<'a> {
    Refused(Refused<'a>),
    Held { held: Held, by: &'a str, stage: &'static str, detail: String },
    Released,
}

fn release<'a>(
    matter: &Matter<'a>,
    of: (&str, &'a Action),
    score: f64,
    not_before: Timestamp,
    on: Option<Chosen<'a>>,
) -> End<'a> {
    let held = |until, by: &'a str, stage, detail| {
        let held = Held { until, not_before, by: by.to_owned() };
        End::Held { held, by, stage, detail }
    };
    let opens = on.and_then(|on| on.opens);
    let wait = match (hold::wait(matter, of, score, not_before), opens) {
        (Some(Wait::Never(by)), _) => Some(Wait::Never(by)),
        (Some(Wait::Until(until, by, stage)), Some(opens)) if until >= opens => {
            Some(Wait::Until(until, by, stage))
        }
        (_, Some(opens)) => Some(Wait::Until(opens, QUIET, channel::STAGE)),
        (wait, None) => wait,
    };
    match wait {
        None => End::Released,
        Some(Wait::Until(until, by, stage)) => held(until, by, stage, format!("until {until}")),
        Some(Wait::Paused(part)) => held(NEVER, PAUSED, PAUSED, format!("until {part} is resumed")),
        Some(Wait::Closed(topic)) => {
            let detail = format!("until topic {topic} can be written");
            held(NEVER, DESTINATION_CLOSED, "destination", detail)
        }
        Some(Wait::Never(by)) => {
            let detail = "it does not open within 400 days".to_owned();
            End::Refused(Refused { stage: "during", by, detail })
        }
    }
}

/// Ends a candidate. Which task it is, and what the agenda keeps of it, is made only where it is asked for: most tasks
/// leave and are not heard of again.
fn finish<'a>(
    matter: &Matter<'a>,
    scope: &Scope<'_>,
    (ranked, on): (Ranked<'a>, Option<Chosen<'a>>),
    end: End<'a>,
    (which, live): (impl FnOnce() -> Which<'a>, impl FnOnce(Which<'a>) -> Live),
    erred: &mut Vec<&'a str>,
) -> Settled<'a> {
    let Ranked { action, rule, priority, learned, mut errors } = ranked;
    let channel = on.map(|on| on.id);
    let (mut task, mut kept, mut named) = (None, None, None);
    let (verdict, stage, by, detail) = match end {
        End::Refused(refused) => (Verdict::Rejected, refused.stage, Some(refused.by), Some(refused.detail)),
        End::Held { held, by, stage, detail } => {
            let live = Live { stage: Stage::Held(held), ..live(which()) };
            (named, kept) = (Some(live.id), Some(live));
            (Verdict::Held, stage, Some(by), Some(detail))
        }
        End::Released => {
            let (released, which) = (released(action, matter.now), which());
            named = Some(which.id);
            task =
                Some(treat::task(matter, scope, which, &released, (action, channel), priority, &mut errors));
            kept =
                is_heard_of(matter, action).then(|| Live { stage: Stage::Released(released), ..live(which) });
            (Verdict::Released, "release", None, None)
        }
    };
    if !errors.is_empty() {
        erred.push(rule);
    }
    errors.extend(detail);
    let candidate = Candidate {
        action: &action.id,
        rule,
        verdict,
        stage,
        by,
        detail: (!errors.is_empty()).then(|| errors.join("; ")),
        priority: Some(priority),
        channel,
        learned,
        task: named,
    };
    Settled { candidate, task, live: kept }
}

/// What lies before a task that leaves at `now`.
fn released(action: &Action, now: Timestamp) -> Released {
    use segue_model::agenda::{KNOWN_AFTER_EXPIRY, KNOWN_AFTER_RELEASE};
    let expires = action.expires.map(|span| now.plus(span));
    Released {
        at: now,
        due: action.due.map(|span| now.plus(span)),
        expires,
        remind: action.remind.iter().map(|span| now.plus(*span)).collect(),
        is_accepted: false,
        silence: action.ask.as_ref().map(|ask| now.plus(ask.wait)),
        forget: expires.map_or(now.plus(KNOWN_AFTER_RELEASE), |at| at.plus(KNOWN_AFTER_EXPIRY)),
    }
}

/// True if more may be heard of a task once it has left: its destination says what became of it, or time does.
fn is_heard_of(matter: &Matter<'_>, action: &Action) -> bool {
    let to = matter.bundle.destinations.get(&action.to);
    to.is_some_and(|to| to.outcomes.is_some())
        || action.due.is_some()
        || action.expires.is_some()
        || !action.remind.is_empty()
        || action.ask.is_some()
}

/// The task that would come of an action.
pub(crate) fn task_id(matter: &Matter<'_>, rule: &str, action: &Action) -> Id {
    let (source, event) = match (matter.timer, matter.event) {
        (Some(timer), _) => (segue_model::event::OWN_SOURCE, timer.id),
        (None, Some(event)) => (event.source.as_str(), event.id.as_str()),
        (None, None) => ("", ""),
    };
    id::task(source, event, rule, &action.id, matter.subject)
}

/// The matter that its tasks belong to: that of the event, or of a moment its own.
fn journey<'a>(matter: &Matter<'a>) -> &'a str {
    match (matter.event, matter.timer) {
        (Some(event), _) => &event.journey,
        (None, timer) => timer.map(|timer| timer.id).unwrap_or_default(),
    }
}

/// What its tasks go back to.
fn begun(matter: &Matter<'_>) -> Begun {
    let shared = |event: &Event| Arc::new(event.clone());
    let is_same = match (matter.event, matter.cause) {
        (Some(event), Some(cause)) => event.source == cause.source && event.id == cause.id,
        _ => false,
    };
    Begun {
        event: matter.event.map(shared),
        cause: matter.cause.filter(|_| !is_same).map(shared),
        steps: matter.steps,
    }
}
