//! One stimulus, from the rules that look at it to the tasks that leave or wait.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_bundle::bundle::{Action, Begins, Rule};
use segue_bundle::{Bundle, Scratch};
use segue_document::Document;
use segue_expr::{ActionFacts, AroundFacts, ChannelFacts, Facts, Scope};
use segue_model::{
    Decision, Event, Latest, Live, Profile, Responses, Rows, Stimulus, Subject, Surroundings, Task,
    Timestamp, id,
};

use crate::bars::Bars;
use crate::candidates::{Candidates, ranked};
use crate::cap::Taken;
use crate::control::Met;
use crate::rules::{Asked, Fired};
use crate::settle::{Settled, settle};
use crate::signals::Raised;
use crate::{rules, signals};

/// All that a decision depends on. The profile and the rows have taken in the event already.
#[derive(Clone, Copy, Debug)]
pub struct Matter<'a> {
    /// The rules of the house.
    pub bundle: &'a Bundle,
    /// What is decided on: an event of a source, a signal, or a piece of news; of a timer the event that began it, and
    /// of a moment none.
    pub event: Option<&'a Event>,
    /// The event of a source that began it: the same, unless something lies between.
    pub cause: Option<&'a Event>,
    /// The timer that is the stimulus, rather than the event.
    pub timer: Option<Timer<'a>>,
    /// How many signals, timers and news it is away from its cause.
    pub steps: u32,
    /// Why nothing may follow from it any more, in words, if so: it raises no signal, and its candidates are rejected.
    pub stopped: Option<&'static str>,
    /// True if the event stands in the log itself, though it has a cause: a signal about another subject than its event's.
    pub is_logged: bool,
    /// Where its cause stands in the log, or of a timer what moved the time on: partition and offset.
    pub place: (u32, u64),
    /// Whom it is about.
    pub subject: &'a Subject,
    /// What is known of the subject.
    pub profile: &'a Profile,
    /// The rows that everyone sees, by table.
    pub everyone: &'a BTreeMap<String, Rows>,
    /// How the tasks of each action were responded to, as far as the partition knows.
    pub learned: &'a BTreeMap<String, Responses>,
    /// The time of the log; of a timer, when it was due.
    pub now: Timestamp,
    /// The time zone of a subject that has none.
    pub zone: &'a str,
    /// What keeps tasks from leaving, whatever their actions say.
    pub bars: Bars<'a>,
    /// True if what every rule said is wanted, part by part.
    pub is_observed: bool,
}

impl Matter<'_> {
    /// How the tasks of an action were responded to.
    pub(crate) fn counted(&self, action: &str) -> Responses {
        self.learned.get(action).copied().unwrap_or_default()
    }
}

/// A timer that has come due.
#[derive(Clone, Copy, Debug)]
pub struct Timer<'a> {
    /// Names it: see [`id::timer`].
    pub id: &'a str,
    /// What it was: `absence`, `moment`, `release` or `reminder`.
    pub kind: &'static str,
}

/// What came of it. It borrows from the matter.
#[derive(Debug, Default)]
pub struct Made<'a> {
    /// The record, where a rule fired or a condition ended in an error; `None` where nothing of the kind happened.
    pub decision: Option<Decision<'a>>,
    /// The tasks that leave, best first.
    pub tasks: Vec<Task<'a>>,
    /// The tasks that the subject's agenda keeps: all that wait, and those that left and of which more may be heard.
    pub lives: Vec<Live>,
    /// The signals that follow from the event.
    pub signals: Vec<Event>,
    /// Those that are about another subject.
    pub passed: Vec<Event>,
    /// The control policies that candidates came as far as, when they were decided on for the first time.
    pub met: Vec<Met<'a>>,
    /// The rules whose candidates met errors in their actions or policies, once each candidate.
    pub erred: Vec<&'a str>,
    /// What every rule said, where the matter is observed.
    pub asked: Vec<Asked>,
}

/// Decides on an event. The same matter gives the same result, to the byte, whatever `scratch` was used for before and
/// whether the matter is observed or not.
pub fn decide<'a>(matter: &Matter<'a>, scratch: &mut Scratch) -> Made<'a> {
    let bundle = matter.bundle;
    let Some(event) = matter.event else { return Made::default() };
    let rules = bundle.rules_by_type.get(&event.kind);
    let signals = bundle.signals_by_type.get(&event.kind);
    if rules.is_none() && signals.is_none() {
        return Made::default();
    }
    let scope = scope(matter);
    let mut asked = Vec::new();
    let mut observer = matter.is_observed.then_some(&mut asked);
    let mut fired = Fired::default();
    if let Some(rules) = rules {
        fired = rules::fired(rules, &matter.subject.kind, &scope, scratch, observer.as_deref_mut());
    }
    let mut raised = Raised::default();
    if let Some(signals) = signals {
        raised = match matter.stopped {
            None => signals::raised(matter, event, signals, &scope, scratch, observer),
            Some(why) => signals::stopped(signals, why),
        };
    }
    fired.errors.extend(raised.errors);
    let made = made(matter, fired, &scope);
    Made { signals: raised.signals, passed: raised.passed, ..told(matter, made, asked, &scope) }
}

/// Decides on a timer that a rule has set: its condition is asked now.
pub fn decide_timer<'a>(matter: &Matter<'a>, rule: &'a Rule) -> Made<'a> {
    let scope = scope(matter);
    let mut asked = Vec::new();
    let fired = rules::fired_of([(rule, false)], &scope, matter.is_observed.then_some(&mut asked));
    told(matter, made(matter, fired, &scope), asked, &scope)
}

/// Decides on an event about everyone for one subject: of each rule, first whether the subject is concerned.
pub fn decide_each<'a>(matter: &Matter<'a>) -> Made<'a> {
    let Some(rules) = matter.event.and_then(|event| matter.bundle.each_by_type.get(&event.kind)) else {
        return Made::default();
    };
    let scope = scope(matter);
    // A subject of whom it is an error is not known to be concerned, which is no error of the rule.
    let concerned = |rule: &&Rule| match &rule.begins {
        Begins::Each(each) => each.condition.truth(&scope).unwrap_or(false),
        _ => false,
    };
    let of_kind = rules.iter().map(|rule| &**rule).filter(|rule| rule.per == matter.subject.kind);
    let concerned = of_kind.filter(concerned).map(|rule| (rule, false));
    let mut asked = Vec::new();
    let fired = rules::fired_of(concerned, &scope, matter.is_observed.then_some(&mut asked));
    told(matter, made(matter, fired, &scope), asked, &scope)
}

/// Where the matter is observed, adds what was asked to what was made, that of the candidates' actions too.
fn told<'a>(matter: &Matter<'a>, made: Made<'a>, mut asked: Vec<Asked>, scope: &Scope<'a>) -> Made<'a> {
    if matter.is_observed {
        let candidates = made.decision.as_ref().map_or(&[][..], |decision| &decision.candidates);
        rules::observed_actions(matter, candidates, scope, &mut asked);
        rules::name(matter, &mut asked);
    }
    Made { asked, ..made }
}

/// What comes of the rules that fired.
fn made<'a>(matter: &Matter<'a>, fired: Fired<'a>, scope: &Scope<'a>) -> Made<'a> {
    let mut made = Made::default();
    if fired.rules.is_empty() && fired.errors.is_empty() {
        return made;
    }
    let mut decision = decision(matter, fired.rules.iter().map(|rule| rule.id.as_str()).collect());
    decision.errors = fired.errors;
    let Candidates { ranked, rejected, met } = ranked(matter, &fired.rules, scope, &mut made.erred);
    let mut taken = Taken::default();
    for candidate in ranked {
        let settled = settle(matter, scope, &decision, candidate, &taken, &mut made.erred);
        add(settled, &mut decision, &mut made, &mut taken);
    }
    decision.candidates.extend(rejected);
    made.met = met;
    made.decision = Some(decision);
    made
}

/// Adds what became of one candidate.
pub(crate) fn add<'a>(
    settled: Settled<'a>,
    decision: &mut Decision<'a>,
    made: &mut Made<'a>,
    taken: &mut Taken<'a>,
) {
    taken.add(&settled.candidate);
    decision.candidates.push(settled.candidate);
    made.tasks.extend(settled.task);
    made.lives.extend(settled.live);
}

/// The record of a decision, without candidates yet.
pub fn decision<'a>(matter: &Matter<'a>, rules: Vec<&'a str>) -> Decision<'a> {
    let stimulus = stimulus(matter);
    Decision {
        id: id::decision(stimulus.source, stimulus.event, matter.subject),
        at: matter.now,
        subject: matter.subject,
        stimulus,
        bundle: &matter.bundle.digest,
        rules,
        errors: Vec::new(),
        candidates: Vec::new(),
    }
}

pub(crate) fn facts(action: &Action) -> ActionFacts<'_> {
    ActionFacts {
        id: &action.id,
        group: action.group.as_deref(),
        complexity: action.complexity.as_str(),
        sensitivity: action.sensitivity.as_str(),
        transactional: action.transactional,
    }
}

/// Where a person is heard and seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Near<'a> {
    /// The channel.
    pub(crate) channel: Option<ChannelFacts<'a>>,
    /// The place.
    pub(crate) place: Option<AroundFacts<'a>>,
    /// The device.
    pub(crate) device: Option<AroundFacts<'a>>,
}

/// Where the person of a matter is heard and seen.
pub(crate) fn near<'a>(matter: &Matter<'a>) -> Near<'a> {
    Near { channel: heard(matter), place: place(matter), device: device(matter) }
}

/// What expressions see of a matter.
pub fn scope<'a>(matter: &Matter<'a>) -> Scope<'a> {
    let facts = Facts {
        event: matter.event,
        cause: matter.cause,
        is_timer: matter.timer.is_some(),
        who: matter.profile.who.as_deref(),
        own: &matter.profile.tables,
        everyone: matter.everyone,
        channel: heard(matter),
        place: place(matter),
        device: device(matter),
        past: &matter.profile.past,
        now: matter.now,
        zone: matter.zone,
        action: None,
    };
    Scope::new(&matter.bundle.layout, facts)
}

/// The channel that the person was last heard on: that of the event, if it is about the subject itself and came in on one,
/// else the last that is known.
fn heard<'a>(matter: &Matter<'a>) -> Option<ChannelFacts<'a>> {
    if !matter.bundle.hears {
        return None;
    }
    let event = matter.event.filter(|event| matter.timer.is_none() && event.subject.is_some());
    let own = event.and_then(|event| {
        let id = matter.bundle.channel_of(event)?;
        Some(ChannelFacts { id, at: event.instant() })
    });
    let last = || matter.profile.heard.as_ref();
    own.or_else(|| last().map(|heard| ChannelFacts { id: &heard.channel, at: heard.at }))
}

/// Where the person is, as the event says that is about it, else where it was last.
pub(crate) fn place<'a>(matter: &Matter<'a>) -> Option<AroundFacts<'a>> {
    around(matter, &matter.profile.place, |of| &of.place)
}

/// The device that the person is at, as the event says that is about it, else the last that is known.
fn device<'a>(matter: &Matter<'a>) -> Option<AroundFacts<'a>> {
    around(matter, &matter.profile.device, |of| &of.device)
}

fn around<'a>(
    matter: &Matter<'a>,
    last: &'a Option<Latest>,
    of: impl Fn(&'a Surroundings) -> &'a Option<Arc<Document>>,
) -> Option<AroundFacts<'a>> {
    let event = matter.event.filter(|event| matter.timer.is_none() && event.subject.is_some());
    let own = event.and_then(|event| {
        let facts = of(&event.surroundings).as_deref()?;
        Some(AroundFacts { facts, at: event.instant() })
    });
    own.or_else(|| last.as_ref().map(|last| AroundFacts { facts: &last.facts, at: last.at }))
}

pub(crate) fn stimulus<'a>(matter: &Matter<'a>) -> Stimulus<'a> {
    let (source, event, kind) = match (matter.timer, matter.event) {
        (Some(timer), _) => (OWN_SOURCE, timer.id, timer.kind),
        (None, Some(event)) => (event.source.as_str(), event.id.as_str(), event.kind.as_str()),
        (None, None) => (OWN_SOURCE, "", ""),
    };
    Stimulus {
        source,
        event,
        kind,
        partition: matter.place.0,
        offset: matter.place.1,
        cause: matter.cause.filter(|_| matter.steps > 0 || matter.timer.is_some()).map(Event::cause),
        is_logged: matter.is_logged,
        due: matter.timer.map(|_| matter.now),
        is_everyones: matter.timer.is_none() && matter.event.is_some_and(|event| event.subject.is_none()),
    }
}

/// Whom the router's own stimuli come from.
const OWN_SOURCE: &str = segue_model::event::OWN_SOURCE;
