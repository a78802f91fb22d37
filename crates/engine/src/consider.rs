//! What a stimulus leads to: what it changes of its subject's profile, and what is decided on it and on what follows from
//! it (signals, and the news of tasks), each as an event of its own.
//!
//! Order: an event is taken into the profile and remembered; what it ends is ended, and what it begins is begun; its
//! rules and signals are asked; the tasks released are remembered; then comes the first of what follows, in the same
//! way. So what follows sees what was decided before it, and no rule sees it before it is its turn. Last, moments are
//! computed anew.

mod absence;
mod given_up;
mod kept;
mod linked;
mod lives;
mod moments;
mod opening;
mod outcome;
mod timers;
mod trials;

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_decide::{Asked, Bars, Matter, Scratch, Timer, decide, decide_each, decision};
use segue_document::Document;
use segue_expr::past;
use segue_log::Append;
use segue_model::event::OWN_SOURCE;
use segue_model::{
    Agenda, Event, FailureCode, Live, Outcome, Profile, Remembered, Responses, Rows, Seen, Stage, Subject,
    Surroundings, Timestamp,
};

use crate::effects::{Counted, append};
use crate::known::{drop_expired, hear, locate, take_in};
use crate::outputs::Outputs;
use crate::shadow::Acted;

use kept::Kept;
pub(crate) use linked::unite;
pub(crate) use outcome::Refused;

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
    pub(crate) learned: &'a BTreeMap<String, Responses>,
    pub(crate) outputs: &'a Outputs,
    /// Where the event stands in the log, or what moved the time on: partition and offset.
    pub(crate) place: (u32, u64),
    pub(crate) now: Timestamp,
    pub(crate) zone: &'a str,
    /// What keeps tasks from leaving.
    pub(crate) bars: Bars<'a>,
    pub(crate) is_observed: bool,
    /// True if what comes of it is compared with what another bundle makes of it.
    pub(crate) is_compared: bool,
}

/// What a stimulus leads to.
#[derive(Default)]
pub(crate) struct Considered {
    /// The profile, if it has changed.
    pub(crate) changed: Option<Profile>,
    /// What is written, in order.
    pub(crate) appends: Vec<Append>,
    /// Signals about other subjects.
    pub(crate) passed: Vec<Pass>,
    /// True if there is a decision on the stimulus itself: what follows from it is not of its log record.
    pub(crate) is_decided: bool,
    /// Of an event about everyone: true if a rule fired.
    pub(crate) has_fired: bool,
    /// And if a task came of it, now or later.
    pub(crate) has_acted: bool,
    /// The candidates that became tasks, now or later, where they are compared.
    pub(crate) acted: Vec<Acted>,
    /// What is to be counted.
    pub(crate) counted: Counted,
    /// What every rule said, where that is wanted.
    pub(crate) asked: Vec<Asked>,
}

/// Considers an event of a subject, of whom this is known; `begun` says of a signal about it what began it, and how many
/// steps lie between.
pub(crate) fn consider(
    around: &Around<'_>,
    event: &Event,
    begun: Option<(&Event, u32)>,
    subject: &Subject,
    known: &Profile,
    scratch: &mut Scratch,
) -> Considered {
    let mut profile = Cow::Borrowed(known);
    drop_expired(around.bundle, &mut profile, around.now);
    take_in(around.bundle, event, &mut profile);
    hear(around.bundle, event, &mut profile);
    locate(around.bundle, event, &mut profile);
    let mut run = Run::new(around, subject, profile, scratch);
    let (cause, steps) = begun.unwrap_or((event, 0));
    run.is_logged = begun.is_some();
    run.step(event, cause, steps);
    run.is_logged = false;
    run.done.is_decided = run.has_decided;
    run.follow();
    run.tell_decided(event);
    run.end()
}

/// What a subject begins with, with the moments that follow from it.
pub(crate) fn begin(
    around: &Around<'_>,
    subject: &Subject,
    profile: Profile,
    scratch: &mut Scratch,
) -> Profile {
    let run = Run::new(around, subject, Cow::Owned(profile), scratch);
    run.end().changed.unwrap_or_default()
}

/// Considers an event about everyone for one subject, of whom this is known.
pub(crate) fn consider_each(
    around: &Around<'_>,
    event: &Event,
    subject: &Subject,
    known: &Profile,
    scratch: &mut Scratch,
) -> Considered {
    let mut run = Run::new(around, subject, Cow::Borrowed(known), scratch);
    let (kept, has_fired) = {
        let made = decide_each(&Matter { event: Some(event), cause: Some(event), ..run.matter(None, 0) });
        let has_fired = made.decision.as_ref().is_some_and(|decision| !decision.rules.is_empty());
        (run.keep(made, |_| Some(event)), has_fired)
    };
    run.take(kept, Some(event), Some(event), 0);
    (run.done.has_fired, run.done.has_acted) = (has_fired, run.has_acted);
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
    let mut run = Run::new(around, subject, Cow::Borrowed(known), scratch);
    run.fire();
    run.end()
}

/// Lets the tasks of a subject go that waited for their destination to open, as far as it is open now; `by` names what opened
/// it.
pub(crate) fn open(
    around: &Around<'_>,
    subject: &Subject,
    known: &Profile,
    scratch: &mut Scratch,
    by: &str,
) -> Considered {
    let mut run = Run::new(around, subject, Cow::Borrowed(known), scratch);
    run.open(by);
    run.end()
}

/// Gives up all that is due for a subject at `around.now`, since it could not be done.
pub(crate) fn give_up(
    around: &Around<'_>,
    subject: &Subject,
    known: &Profile,
    scratch: &mut Scratch,
    code: FailureCode,
) -> (Profile, Vec<Append>) {
    let mut run = Run::new(around, subject, Cow::Borrowed(known), scratch);
    run.give_up(code.as_str());
    (run.profile.into_owned(), run.done.appends)
}

/// Takes in what a destination says became of a task.
///
/// # Errors
/// If it counts for nothing: see [`Refused`].
pub(crate) fn settle(
    around: &Around<'_>,
    outcome: &Outcome,
    subject: &Subject,
    known: &Profile,
    scratch: &mut Scratch,
) -> Result<Considered, Refused> {
    let mut run = Run::new(around, subject, Cow::Borrowed(known), scratch);
    run.settle(outcome)?;
    run.follow();
    Ok(run.end())
}

/// What follows from a stimulus and waits for its turn.
struct Next {
    event: Event,
    cause: Arc<Event>,
    steps: u32,
    /// Which stimulus it follows from.
    stimulus: usize,
}

/// A signal about another subject, on its way there.
pub(crate) struct Pass {
    pub(crate) event: Event,
    pub(crate) cause: Arc<Event>,
    pub(crate) steps: u32,
}

struct Run<'a> {
    around: &'a Around<'a>,
    scratch: &'a mut Scratch,
    subject: &'a Subject,
    /// The profile, a copy of its own once it has changed.
    profile: Cow<'a, Profile>,
    next: VecDeque<Next>,
    /// How many have followed so far from each stimulus, and which one is at hand.
    followed: Vec<usize>,
    stimulus: usize,
    /// Where the first status stands among what is written.
    first_status: Option<usize>,
    /// True while a signal is decided on that stands in the log itself.
    is_logged: bool,
    /// True if a decision was made.
    has_decided: bool,
    /// True if a task came of one, now or later.
    has_acted: bool,
    done: Considered,
}

impl<'a> Run<'a> {
    fn new(
        around: &'a Around<'a>,
        subject: &'a Subject,
        mut profile: Cow<'a, Profile>,
        scratch: &'a mut Scratch,
    ) -> Run<'a> {
        drop_expired(around.bundle, &mut profile, around.now);
        let (next, done) = (VecDeque::new(), Considered::default());
        Run {
            around,
            scratch,
            subject,
            profile,
            next,
            followed: vec![0],
            stimulus: 0,
            first_status: None,
            is_logged: false,
            has_decided: false,
            has_acted: false,
            done,
        }
    }

    /// Begins with another stimulus: what follows from it counts for itself.
    fn begin_stimulus(&mut self) {
        self.stimulus = self.followed.len();
        self.followed.push(0);
    }

    /// Takes what follows, one after the other, until nothing does.
    fn follow(&mut self) {
        while let Some(Next { event, cause, steps, stimulus }) = self.next.pop_front() {
            self.stimulus = stimulus;
            self.followed[stimulus] += 1;
            self.step(&event, &cause, steps);
        }
    }

    /// Remembers an event and decides on it.
    fn step(&mut self, event: &Event, cause: &Event, steps: u32) {
        self.reach(event);
        self.remember(event);
        let ended = self.end_absences(event);
        self.begin_absences(event, cause, steps);
        let mut scratch = std::mem::take(self.scratch);
        let kept = {
            let matter = Matter { event: Some(event), cause: Some(cause), ..self.matter(None, steps) };
            let mut made = decide(&matter, &mut scratch);
            if !ended.is_empty() {
                let candidates = ended.iter().map(|task| absence::withdrawn(task, event));
                let decided = made.decision.get_or_insert_with(|| decision(&matter, Vec::new()));
                decided.candidates.extend(candidates);
            }
            self.keep(made, |_| Some(event))
        };
        *self.scratch = scratch;
        self.take(kept, Some(event), Some(cause), steps);
        for task in ended {
            self.withdraw(task, &event.kind);
        }
    }

    /// What is decided on, but for the event: a timer, if one is named.
    fn matter<'m>(&'m self, timer: Option<Timer<'m>>, steps: u32) -> Matter<'m> {
        let stopped = match () {
            () if steps > STEPS_MAX => Some(TOO_FAR),
            () if self.followed[self.stimulus] > SIGNALS_MAX => Some(TOO_MANY),
            () => None,
        };
        let Around { bundle, everyone, learned, place, now, zone, bars, is_observed, .. } = *self.around;
        let (subject, profile) = (self.subject, &*self.profile);
        Matter {
            bundle,
            event: None,
            cause: None,
            timer,
            steps,
            stopped,
            is_logged: self.is_logged,
            place,
            subject,
            profile,
            everyone,
            learned,
            now,
            zone,
            bars,
            is_observed,
        }
    }

    /// Keeps what was decided, and what it leads to for what follows.
    fn take(&mut self, kept: Kept, event: Option<&Event>, cause: Option<&Event>, steps: u32) {
        let Kept { lives, left, signals, passed, met, .. } = self.write(kept);
        self.enrol(&met);
        self.enter(lives, left, event, cause, steps);
        if let Some(cause) = cause.filter(|_| !signals.is_empty() || !passed.is_empty()) {
            let cause = Arc::new(cause.clone());
            let stimulus = self.stimulus;
            self.followed[stimulus] += passed.len();
            let pass = |event| Pass { event, cause: cause.clone(), steps: steps + 1 };
            self.done.passed.extend(passed.into_iter().map(pass));
            let next = |event| Next { event, cause: cause.clone(), steps: steps + 1, stimulus };
            self.next.extend(signals.into_iter().map(next));
        }
    }

    /// Adds what is written and counted; the rest is given back.
    fn write(&mut self, mut kept: Kept) -> Kept {
        append(&mut self.done.appends, &mut kept.appends);
        append(&mut self.done.asked, &mut kept.asked);
        append(&mut self.done.acted, &mut kept.acted);
        self.done.counted.join(std::mem::take(&mut kept.counted));
        self.has_decided |= kept.is_decided;
        self.has_acted |= kept.has_acted;
        kept
    }

    fn remember(&mut self, event: &Event) {
        let Some(needs) = self.around.bundle.needs.events.get(&event.kind) else { return };
        let kept = &mut self.profile.to_mut().past;
        let seen = Seen { place: kept.next_place(), ..past::seen(event, needs) };
        let remembered = Arc::make_mut(entry(&mut kept.events, &event.kind));
        let over = past::remember(remembered, needs, seen, self.around.now);
        self.forgotten(&event.kind, over);
    }

    fn remember_released(&mut self, action: &str, seen: Seen) {
        let Some(needs) = self.around.bundle.needs.released.get(action) else { return };
        let kept = &mut self.profile.to_mut().past;
        let seen = Seen { place: kept.next_place(), ..seen };
        let remembered = Arc::make_mut(entry(&mut kept.released, action));
        let over = past::remember(remembered, needs, seen, self.around.now);
        self.forgotten(action, over);
    }

    fn remember_outcome(&mut self, task: &Live, outcome: &Outcome) {
        let name = past::outcome_name(&task.action, outcome.kind.as_str());
        let Some(needs) = self.around.bundle.needs.outcomes.get(&name) else { return };
        let data = task.begun.event.as_deref().map(|event| past::kept(event.data.root(), needs));
        let kept = &mut self.profile.to_mut().past;
        let seen = Seen {
            source: OWN_SOURCE.to_owned(),
            namespace: None,
            id: task.id.to_string(),
            time: outcome.time,
            logged_at: outcome.logged_at,
            journey: task.journey.clone(),
            data: data.unwrap_or_else(Document::empty_object),
            surroundings: Surroundings::default(),
            place: kept.next_place(),
        };
        let remembered = Arc::make_mut(entry(&mut kept.outcomes, &name));
        let over = past::remember(remembered, needs, seen, self.around.now);
        self.forgotten(&name, over);
    }

    fn forgotten(&mut self, name: &str, over: usize) {
        if over > 0 {
            *self.done.counted.forgotten.entry(name.to_owned()).or_default() += over as u64;
        }
    }

    /// The agenda, to be changed.
    fn agenda(&mut self) -> &mut Agenda {
        Arc::make_mut(&mut self.profile.to_mut().agenda)
    }

    /// Tells the source of an event, if it wants to know, whether anything came of it: before what is said of its tasks.
    fn tell_decided(&mut self, event: &Event) {
        let stage = if self.has_acted { "decided" } else { "no-action" };
        if let Some(status) = self.status(event, stage, None, None) {
            let at = self.first_status.unwrap_or(self.done.appends.len());
            self.done.appends.insert(at, status);
        }
    }

    fn end(mut self) -> Considered {
        if matches!(self.profile, Cow::Owned(_)) {
            // What only a former bundle asked for goes with the next change.
            let needs = &self.around.bundle.needs;
            let past = &mut self.profile.to_mut().past;
            past.events.retain(|kind, _| needs.events.contains_key(kind));
            past.released.retain(|action, _| needs.released.contains_key(action));
            past.outcomes.retain(|name, _| needs.outcomes.contains_key(name));
            let policies = &self.around.bundle.policies;
            self.profile.to_mut().trials.retain(|policy, _| policies.contains_key(policy));
            self.renew_moments();
        }
        let changed = match self.profile {
            Cow::Borrowed(_) => None,
            Cow::Owned(profile) => Some(profile),
        };
        Considered { changed, ..self.done }
    }
}

/// What is remembered under a name, which is copied only if it is new.
fn entry<'p>(all: &'p mut BTreeMap<String, Arc<Remembered>>, name: &str) -> &'p mut Arc<Remembered> {
    if !all.contains_key(name) {
        let _ = all.insert(name.to_owned(), Arc::default());
    }
    all.get_mut(name).expect("it is there by now")
}

/// True if a task waits for its release.
fn is_held(stage: &Stage) -> bool {
    matches!(stage, Stage::Held(_))
}
