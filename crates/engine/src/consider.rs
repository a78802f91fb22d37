//! What an event leads to: what it changes of its subject's profile, and what is decided on it and on the signals that
//! follow from it, each as an event of its own.
//!
//! Order: the event is taken into the profile and remembered; its rules and signals are asked; the tasks released are
//! remembered; then comes the first of its signals, in the same way. So a signal sees what was decided before it, and no
//! rule sees a signal before it is its turn.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_decide::{Asked, Made, Matter, Scratch, decide};
use segue_expr::past;
use segue_log::Append;
use segue_model::event::OWN_SOURCE;
use segue_model::{Event, Profile, Remembered, Rows, Seen, Subject, Task, Timestamp};

use crate::effects::Counted;
use crate::known::take_in;
use crate::outputs::Outputs;

/// The most steps from an event to what follows from it. What is farther away raises nothing and releases nothing.
const STEPS_MAX: u32 = 16;
const TOO_FAR: &str = "more than 16 signals from its cause";
/// How many signals may follow from one event, all steps together. What is over it raises and releases nothing either.
const SIGNALS_MAX: usize = 256;
const TOO_MANY: &str = "more than 256 signals follow from its cause";

/// What an event meets.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) everyone: &'a BTreeMap<String, Rows>,
    pub(crate) outputs: &'a Outputs,
    /// Where the event stands in the log: partition and offset.
    pub(crate) place: (u32, u64),
    pub(crate) now: Timestamp,
    pub(crate) zone: &'a str,
    pub(crate) is_observed: bool,
}

/// What an event leads to.
#[derive(Default)]
pub(crate) struct Considered {
    /// The profile, if it has changed.
    pub(crate) changed: Option<Profile>,
    /// The records of what was decided on the event, and then on each signal.
    pub(crate) appends: Vec<Append>,
    /// True if there is a decision on the event itself. What signals led to is not of its log record.
    pub(crate) is_decided: bool,
    /// What is to be counted.
    pub(crate) counted: Counted,
    /// What every rule said, where that is wanted.
    pub(crate) asked: Vec<Asked>,
}

/// Considers an event of a subject, of whom this is known.
pub(crate) fn consider(
    around: &Around<'_>,
    event: &Event,
    subject: &Subject,
    known: &Profile,
    scratch: &mut Scratch,
) -> Considered {
    let mut profile = Cow::Borrowed(known);
    take_in(around.bundle, event, &mut profile);
    let mut run = Run { around, scratch, cause: event, subject, profile, considered: Considered::default() };
    let mut waiting: VecDeque<(Event, u32)> =
        run.step(event, 0, None).into_iter().map(|raised| (raised, 1)).collect();
    run.considered.is_decided = !run.considered.appends.is_empty();
    let mut count = 0;
    while let Some((signal, steps)) = waiting.pop_front() {
        count += 1;
        let stopped = match () {
            () if steps > STEPS_MAX => Some(TOO_FAR),
            () if count > SIGNALS_MAX => Some(TOO_MANY),
            () => None,
        };
        waiting.extend(run.step(&signal, steps, stopped).into_iter().map(|raised| (raised, steps + 1)));
    }
    run.end()
}

struct Run<'a> {
    around: &'a Around<'a>,
    scratch: &'a mut Scratch,
    cause: &'a Event,
    subject: &'a Subject,
    /// The profile, a copy of its own once it has changed.
    profile: Cow<'a, Profile>,
    considered: Considered,
}

impl Run<'_> {
    /// Remembers an event and decides on it; returns the signals that it raises.
    fn step(&mut self, event: &Event, steps: u32, stopped: Option<&'static str>) -> Vec<Event> {
        let around = self.around;
        self.remember(event);
        let matter = Matter {
            bundle: around.bundle,
            event,
            cause: self.cause,
            steps,
            stopped,
            place: around.place,
            subject: self.subject,
            profile: &self.profile,
            everyone: around.everyone,
            now: around.now,
            zone: around.zone,
            is_observed: around.is_observed,
        };
        let Made { decision, tasks, signals, erred, mut asked } = decide(&matter, self.scratch);
        around.outputs.add(decision.as_ref(), &tasks, &mut self.considered.appends);
        self.considered.counted.add(decision.as_ref(), &tasks, &erred);
        self.considered.asked.append(&mut asked);
        let released: Vec<(String, Seen)> =
            tasks.iter().filter_map(|task| self.released(task, event)).collect();
        for (action, seen) in released {
            self.remember_released(action, seen);
        }
        signals
    }

    fn remember(&mut self, event: &Event) {
        let Some(needs) = self.around.bundle.needs.events.get(&event.kind) else { return };
        let kept = &mut self.profile.to_mut().past;
        let seen = Seen { place: kept.next_place(), ..past::seen(event, needs) };
        let remembered = Arc::make_mut(entry(&mut kept.events, &event.kind));
        let over = past::remember(remembered, needs, seen, self.around.now);
        self.forgotten(&event.kind, over);
    }

    /// What is remembered of a task, if anything.
    fn released(&self, task: &Task<'_>, event: &Event) -> Option<(String, Seen)> {
        let needs = self.around.bundle.needs.released.get(task.action)?;
        let seen = Seen {
            source: OWN_SOURCE.to_owned(),
            namespace: None,
            id: task.id.to_string(),
            time: task.released_at,
            logged_at: task.released_at,
            journey: task.journey.to_owned(),
            data: past::kept(event.data.root(), needs),
            place: 0,
        };
        Some((task.action.to_owned(), seen))
    }

    fn remember_released(&mut self, action: String, seen: Seen) {
        let Some(needs) = self.around.bundle.needs.released.get(&action) else { return };
        let kept = &mut self.profile.to_mut().past;
        let seen = Seen { place: kept.next_place(), ..seen };
        let remembered = Arc::make_mut(entry(&mut kept.released, &action));
        let over = past::remember(remembered, needs, seen, self.around.now);
        self.forgotten(&action, over);
    }

    fn forgotten(&mut self, name: &str, over: usize) {
        if over > 0 {
            *self.considered.counted.forgotten.entry(name.to_owned()).or_default() += over as u64;
        }
    }

    fn end(self) -> Considered {
        let changed = match self.profile {
            Cow::Borrowed(_) => None,
            Cow::Owned(mut profile) => {
                // What only a former bundle asked for goes with the next change.
                let needs = &self.around.bundle.needs;
                profile.past.events.retain(|kind, _| needs.events.contains_key(kind));
                profile.past.released.retain(|action, _| needs.released.contains_key(action));
                Some(profile)
            }
        };
        Considered { changed, ..self.considered }
    }
}

/// What is remembered under a name, which is copied only if it is new.
fn entry<'p>(all: &'p mut BTreeMap<String, Arc<Remembered>>, name: &str) -> &'p mut Arc<Remembered> {
    if !all.contains_key(name) {
        let _ = all.insert(name.to_owned(), Arc::default());
    }
    all.get_mut(name).expect("it is there by now")
}
