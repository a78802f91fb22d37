//! What an event leads to: what it changes of its subject's profile, and what is decided on it and on the signals that
//! follow from it, each as an event of its own.
//!
//! Order: the event is taken into the profile and remembered; its rules and signals are asked; the tasks released are
//! remembered; then comes the first of its signals, in the same way. So a signal sees what was decided before it, and no
//! rule sees a signal before it is its turn.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_decide::{Made, Matter, Scratch, decide};
use segue_expr::past;
use segue_model::event::OWN_SOURCE;
use segue_model::{Event, Profile, Rows, Seen, Subject, Task, Timestamp};

use crate::known::take_in;

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
    /// Where the event stands in the log: partition and offset.
    pub(crate) place: (u32, u64),
    pub(crate) now: Timestamp,
    pub(crate) zone: &'a str,
    pub(crate) is_observed: bool,
}

/// What an event leads to.
pub(crate) struct Considered {
    /// The profile, if it has changed.
    pub(crate) changed: Option<Profile>,
    /// What was decided on the event, and then on each signal.
    pub(crate) made: Vec<Made>,
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
    let is_changed = take_in(around.bundle, event, &mut profile);
    let mut run = Run {
        around,
        scratch,
        cause: event,
        subject,
        profile,
        is_changed,
        made: Vec::new(),
        forgotten: BTreeMap::new(),
    };
    let mut waiting: VecDeque<(Event, u32)> =
        run.step(event, 0, None).into_iter().map(|raised| (raised, 1)).collect();
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
    profile: Profile,
    is_changed: bool,
    made: Vec<Made>,
    forgotten: BTreeMap<String, u64>,
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
        let mut made = decide(&matter, self.scratch);
        for task in &made.tasks {
            self.remember_released(task, event);
        }
        let signals = std::mem::take(&mut made.signals);
        self.made.push(made);
        signals
    }

    fn remember(&mut self, event: &Event) {
        let Some(needs) = self.around.bundle.needs.events.get(&event.kind) else { return };
        let kept = &mut self.profile.past;
        let seen = Seen { place: kept.next_place(), ..past::seen(event, needs) };
        let remembered = Arc::make_mut(kept.events.entry(event.kind.clone()).or_default());
        let over = past::remember(remembered, needs, seen, self.around.now);
        if over > 0 {
            *self.forgotten.entry(event.kind.clone()).or_default() += over as u64;
        }
        self.is_changed = true;
    }

    fn remember_released(&mut self, task: &Task, event: &Event) {
        let Some(needs) = self.around.bundle.needs.released.get(&task.action) else { return };
        let kept = &mut self.profile.past;
        let seen = Seen {
            source: OWN_SOURCE.to_owned(),
            namespace: None,
            id: task.id.clone(),
            time: task.released_at,
            logged_at: task.released_at,
            journey: task.journey.clone(),
            data: past::kept(event.data.root(), needs),
            place: kept.next_place(),
        };
        let remembered = Arc::make_mut(kept.released.entry(task.action.clone()).or_default());
        let over = past::remember(remembered, needs, seen, self.around.now);
        if over > 0 {
            *self.forgotten.entry(task.action.clone()).or_default() += over as u64;
        }
        self.is_changed = true;
    }

    fn end(mut self) -> Considered {
        if self.is_changed {
            // What only a former bundle asked for goes with the next change.
            let needs = &self.around.bundle.needs;
            self.profile.past.events.retain(|kind, _| needs.events.contains_key(kind));
            self.profile.past.released.retain(|action, _| needs.released.contains_key(action));
        }
        let changed = self.is_changed.then_some(self.profile);
        Considered { changed, made: self.made, forgotten: self.forgotten }
    }
}
