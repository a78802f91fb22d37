//! What a stimulus leads to: what it changes of its subject's profile, and what is decided on it and on what follows from
//! it (signals, and the news of tasks), each as an event of its own.
//!
//! Order: an event is taken into the profile and remembered; what it ends is ended, and what it begins is begun; its
//! rules and signals are asked; the tasks released are remembered; then comes the first of what follows, in the same
//! way. So what follows sees what was decided before it, and no rule sees it before it is its turn. Last, moments are
//! computed anew.

mod absence;
mod lives;
mod moments;
mod outcome;
mod timers;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_decide::{Asked, Made, Matter, Scratch, Timer, decide, decide_each};
use segue_expr::past;
use segue_model::event::OWN_SOURCE;
use segue_model::{
    Agenda, Candidate, Decision, Event, Live, Outcome, Profile, Rows, Seen, Stage, Status, Subject, Task,
    Timestamp,
};

use crate::known::{drop_expired, take_in};

pub(crate) use outcome::Unknown;

/// The most steps from an event to what follows from it. What is farther away raises nothing and releases nothing.
const STEPS_MAX: u32 = 16;
const TOO_FAR: &str = "more than 16 signals from its cause";
/// How many signals may follow from one event, all steps together. What is over it raises and releases nothing either.
const SIGNALS_MAX: usize = 256;
const TOO_MANY: &str = "more than 256 signals follow from its cause";

/// What a stimulus meets.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) everyone: &'a BTreeMap<String, Rows>,
    /// Where the event stands in the log, or what moved the time on: partition and offset.
    pub(crate) place: (u32, u64),
    pub(crate) now: Timestamp,
    pub(crate) zone: &'a str,
    pub(crate) is_observed: bool,
}

/// What is written because of a stimulus.
#[derive(Debug)]
pub(crate) enum Out {
    Decision(Box<Decision>),
    Task(Box<Task>),
    Status(Box<Status>),
}

/// What a stimulus leads to.
#[derive(Debug, Default)]
pub(crate) struct Considered {
    /// The profile, if it has changed.
    pub(crate) changed: Option<Profile>,
    /// What is written, in order.
    pub(crate) out: Vec<Out>,
    /// True if there is a decision on the stimulus itself: what follows from it is not of its log record.
    pub(crate) is_decided: bool,
    /// The rules whose candidates met errors in their actions or policies.
    pub(crate) erred: Vec<String>,
    /// What every rule said, where it is observed.
    pub(crate) asked: Vec<Asked>,
    /// How many remembered events were given up since there were too many of their type.
    pub(crate) forgotten: BTreeMap<String, u64>,
}

/// Considers an event of a subject, of whom this is known.
pub(crate) fn consider(
    around: &Around<'_>,
    event: &Event,
    subject: &Subject,
    known: &Profile,
    scratch: &mut Scratch,
) -> Considered {
    let mut profile = known.clone();
    drop_expired(around.bundle, &mut profile, around.now);
    let is_changed = take_in(around.bundle, event, &mut profile);
    let mut run = Run::new(around, subject, profile, scratch);
    run.is_changed = is_changed;
    run.step(event, event, 0);
    run.done.is_decided = run.done.out.iter().any(|out| matches!(out, Out::Decision(_)));
    run.follow();
    run.tell_decided(event);
    run.end()
}

/// Considers an event about everyone for one subject, of whom this is known.
pub(crate) fn consider_each(
    around: &Around<'_>,
    event: &Event,
    subject: &Subject,
    known: &Profile,
    scratch: &mut Scratch,
) -> Considered {
    let mut run = Run::new(around, subject, known.clone(), scratch);
    let made = decide_each(&Matter { event: Some(event), cause: Some(event), ..run.matter(None, 0) });
    run.take(made, Some(event), Some(event), 0);
    run.follow();
    run.end()
}

/// Does all that falls due for a subject at `around.now`, and what follows from it.
pub(crate) fn fire(
    around: &Around<'_>,
    subject: &Subject,
    known: &Profile,
    scratch: &mut Scratch,
) -> Considered {
    let mut run = Run::new(around, subject, known.clone(), scratch);
    run.fire();
    run.end()
}

/// Takes in what a destination says became of a task.
///
/// # Errors
/// If the subject has no such task, or has it no more.
pub(crate) fn settle(
    around: &Around<'_>,
    outcome: &Outcome,
    subject: &Subject,
    known: &Profile,
    scratch: &mut Scratch,
) -> Result<Considered, Unknown> {
    let mut run = Run::new(around, subject, known.clone(), scratch);
    run.settle(outcome)?;
    run.follow();
    Ok(run.end())
}

/// What follows from a stimulus and waits for its turn.
struct Next {
    event: Event,
    cause: Arc<Event>,
    steps: u32,
}

struct Run<'a> {
    around: &'a Around<'a>,
    scratch: &'a mut Scratch,
    subject: &'a Subject,
    profile: Profile,
    is_changed: bool,
    next: VecDeque<Next>,
    /// How many have followed so far.
    followed: usize,
    done: Considered,
}

impl<'a> Run<'a> {
    fn new(
        around: &'a Around<'a>,
        subject: &'a Subject,
        mut profile: Profile,
        scratch: &'a mut Scratch,
    ) -> Run<'a> {
        drop_expired(around.bundle, &mut profile, around.now);
        let (next, done) = (VecDeque::new(), Considered::default());
        Run { around, scratch, subject, profile, is_changed: false, next, followed: 0, done }
    }

    /// Takes what follows, one after the other, until nothing does.
    fn follow(&mut self) {
        while let Some(Next { event, cause, steps }) = self.next.pop_front() {
            self.followed += 1;
            self.step(&event, &cause, steps);
        }
    }

    /// Remembers an event and decides on it.
    fn step(&mut self, event: &Event, cause: &Event, steps: u32) {
        self.remember(event);
        let ended = self.end_absences(event);
        self.begin_absences(event, cause, steps);
        let mut scratch = std::mem::take(self.scratch);
        let matter = Matter { event: Some(event), cause: Some(cause), ..self.matter(None, steps) };
        let mut made = decide(&matter, &mut scratch);
        if !ended.is_empty() {
            let decision = made.decision.get_or_insert_with(|| segue_decide::decision(&matter, Vec::new()));
            decision.candidates.extend(ended);
        }
        *self.scratch = scratch;
        self.take(made, Some(event), Some(cause), steps);
    }

    /// What is decided on, but for the event: a timer, if one is named.
    fn matter<'m>(&'m self, timer: Option<Timer<'m>>, steps: u32) -> Matter<'m> {
        let stopped = match () {
            () if steps > STEPS_MAX => Some(TOO_FAR),
            () if self.followed > SIGNALS_MAX => Some(TOO_MANY),
            () => None,
        };
        let Around { bundle, everyone, place, now, zone, is_observed } = *self.around;
        let (subject, profile) = (self.subject, &self.profile);
        Matter {
            bundle,
            event: None,
            cause: None,
            timer,
            steps,
            stopped,
            place,
            subject,
            profile,
            everyone,
            now,
            zone,
            is_observed,
        }
    }

    /// Keeps what was decided, and what it leads to for what follows.
    fn take(&mut self, made: Made, event: Option<&Event>, cause: Option<&Event>, steps: u32) {
        let Made { decision, tasks, lives, signals, erred, asked } = made;
        self.done.erred.extend(erred);
        self.done.asked.extend(asked);
        self.done.out.extend(decision.map(Box::new).map(Out::Decision));
        for task in &tasks {
            self.remember_released(task, event);
        }
        self.done.out.extend(tasks.iter().cloned().map(Box::new).map(Out::Task));
        self.enter(lives, &tasks, event, cause, steps);
        if let Some(cause) = cause.filter(|_| !signals.is_empty()) {
            let cause = Arc::new(cause.clone());
            let next = |event| Next { event, cause: cause.clone(), steps: steps + 1 };
            self.next.extend(signals.into_iter().map(next));
        }
    }

    fn remember(&mut self, event: &Event) {
        let Some(needs) = self.around.bundle.needs.events.get(&event.kind) else { return };
        let kept = &mut self.profile.past;
        let seen = Seen { place: kept.next_place(), ..past::seen(event, needs) };
        let remembered = Arc::make_mut(kept.events.entry(event.kind.clone()).or_default());
        let over = past::remember(remembered, needs, seen, self.around.now);
        if over > 0 {
            *self.done.forgotten.entry(event.kind.clone()).or_default() += over as u64;
        }
        self.is_changed = true;
    }

    fn remember_released(&mut self, task: &Task, event: Option<&Event>) {
        let Some(needs) = self.around.bundle.needs.released.get(&task.action) else { return };
        let nothing = segue_document::Document::empty_object();
        let data = event.map_or(&nothing, |event| &event.data);
        let kept = &mut self.profile.past;
        let seen = Seen {
            source: OWN_SOURCE.to_owned(),
            namespace: None,
            id: task.id.clone(),
            time: task.released_at,
            logged_at: task.released_at,
            journey: task.journey.clone(),
            data: past::kept(data.root(), needs),
            place: kept.next_place(),
        };
        let remembered = Arc::make_mut(kept.released.entry(task.action.clone()).or_default());
        let over = past::remember(remembered, needs, seen, self.around.now);
        if over > 0 {
            *self.done.forgotten.entry(task.action.clone()).or_default() += over as u64;
        }
        self.is_changed = true;
    }

    fn remember_outcome(&mut self, task: &Live, outcome: &Outcome) {
        let name = past::outcome_name(&task.action, outcome.kind.as_str());
        let Some(needs) = self.around.bundle.needs.outcomes.get(&name) else { return };
        let nothing = segue_document::Document::empty_object();
        let data = task.begun.event.as_deref().map_or(&nothing, |event| &event.data);
        let place = self.profile.past.next_place();
        let seen = Seen {
            source: OWN_SOURCE.to_owned(),
            namespace: None,
            id: task.id.clone(),
            time: outcome.time,
            logged_at: outcome.logged_at,
            journey: task.journey.clone(),
            data: past::kept(data.root(), needs),
            place,
        };
        let remembered = Arc::make_mut(self.profile.past.outcomes.entry(name.clone()).or_default());
        let over = past::remember(remembered, needs, seen, self.around.now);
        if over > 0 {
            *self.done.forgotten.entry(name).or_default() += over as u64;
        }
        self.is_changed = true;
    }

    /// The agenda, to be changed.
    fn agenda(&mut self) -> &mut Agenda {
        self.is_changed = true;
        Arc::make_mut(&mut self.profile.agenda)
    }

    /// Tells the source of an event, if it wants to know, whether anything came of it.
    fn tell_decided(&mut self, event: &Event) {
        let acts = |out: &Out| match out {
            Out::Task(_) => true,
            Out::Decision(decision) => decision.candidates.iter().any(Candidate::is_kept),
            Out::Status(_) => false,
        };
        let stage = if self.done.out.iter().any(acts) { "decided" } else { "no-action" };
        let Some(status) = self.status(event, stage, None, None) else { return };
        // It comes before what is said of its tasks.
        let at = self.done.out.iter().position(|out| matches!(out, Out::Status(_)));
        self.done.out.insert(at.unwrap_or(self.done.out.len()), Out::Status(Box::new(status)));
    }

    fn end(mut self) -> Considered {
        if self.is_changed {
            // What only a former bundle asked for goes with the next change.
            let needs = &self.around.bundle.needs;
            self.profile.past.events.retain(|kind, _| needs.events.contains_key(kind));
            self.profile.past.released.retain(|action, _| needs.released.contains_key(action));
            self.profile.past.outcomes.retain(|name, _| needs.outcomes.contains_key(name));
            self.renew_moments();
        }
        self.done.changed = self.is_changed.then_some(self.profile);
        self.done
    }
}

/// True if a task waits for its release.
fn is_held(stage: &Stage) -> bool {
    matches!(stage, Stage::Held(_))
}
