//! A load that is over in a moment and keeps routers busy for minutes: each of its events sets timers, and these fall due
//! one after the other, evenly spread.
//!
//! Shape: [`Timers`] -> the records, and [`Expected`]: how many of what must have happened when the last timer has fired.
//! A planned visit waits for one that was done, in vain but for every tenth; then its task is held, leaves, and is brought
//! up again, overdue and over: five timers. A contract has a moment, and its task is held: two more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use segue_log::{Append, Place};

use crate::checker::{Absence, Declared, Life, Times};
use crate::load::{header, rfc3339};
use crate::scene::Scene;

/// How long a planned visit waits for one that was done.
const WITHIN_MS: i64 = 15 * 60 * 1_000;
/// How long a task of a visit is held, and after its release expires; how long one of a contract is held.
const HELD_MS: i64 = 5_000;
const EXPIRES_MS: i64 = 4_000;
const CONTRACT_HELD_MS: i64 = 3_000;
/// Of so many visits, one was done.
const DONE_EACH: u64 = 10;
/// Of so many subjects, one has a contract.
const CONTRACT_EACH: u64 = 2;

/// What is to be published.
#[derive(Clone, Copy, Debug)]
pub struct Timers {
    /// How many visits are planned.
    pub visits: u64,
    /// How many persons they are about.
    pub subjects: u64,
    /// When the first timer falls due, in milliseconds since the epoch; not later than 15 minutes after the events are
    /// taken in, less `spread_ms`.
    pub first_due_ms: i64,
    /// How much later the last of the first timers of each visit falls due.
    pub spread_ms: i64,
}

/// What must have happened in the end, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Absences that fire.
    pub absences: u64,
    /// Tasks that are held, and released later.
    pub released: u64,
    /// Reminders.
    pub reminders: u64,
    /// Moments that fire.
    pub moments: u64,
    /// Timers, all kinds together.
    pub timers: u64,
}

impl Timers {
    /// The records in the order in which they are published: each visit before the one that was done.
    pub fn records(self) -> impl Iterator<Item = Append> {
        let contracts = (0..self.contracts()).map(move |number| self.contract(number));
        contracts.chain((0..self.visits).flat_map(move |number| self.visit(number)))
    }

    /// How many records there are.
    #[must_use]
    pub fn events(self) -> u64 {
        self.visits + self.done() + self.contracts()
    }

    /// What must have happened in the end.
    #[must_use]
    pub fn expected(self) -> Expected {
        let (absences, moments) = (self.visits - self.done(), self.contracts());
        Expected {
            absences,
            released: absences + moments,
            reminders: absences,
            moments,
            timers: 5 * absences + 2 * moments,
        }
    }

    /// When the last timer falls due that is due by a visit or a contract, if none is late.
    #[must_use]
    pub fn last_due_ms(self) -> i64 {
        self.first_due_ms + self.spread_ms + HELD_MS + EXPIRES_MS
    }

    /// The visits that nobody made and the subjects with a contract: each gets exactly one task.
    #[must_use]
    pub fn awaited(self) -> BTreeSet<String> {
        let visits = (0..self.visits).filter(|number| !number.is_multiple_of(DONE_EACH));
        let contracts = (0..self.contracts()).map(subject);
        visits.map(|number| format!("visit-{number}")).chain(contracts).collect()
    }

    fn done(self) -> u64 {
        self.visits.div_ceil(DONE_EACH)
    }

    fn contracts(self) -> u64 {
        self.subjects / CONTRACT_EACH
    }

    /// When the first timer of the visit or contract falls due that is number so many of so many.
    fn due_ms(self, number: u64, of: u64) -> i64 {
        self.first_due_ms + self.spread_ms * number as i64 / of.max(1) as i64
    }

    fn visit(self, number: u64) -> impl Iterator<Item = Append> {
        let subject = subject(number % self.subjects.max(1));
        let planned_ms = self.due_ms(number, self.visits) - WITHIN_MS;
        let data = format!(r#"{{"visit_id":"visit-{number}"}}"#);
        let planned = event("visit.planned", &format!("planned-{number}"), &subject, planned_ms, &data);
        let done = number
            .is_multiple_of(DONE_EACH)
            .then(|| event("visit.done", &format!("done-{number}"), &subject, planned_ms + 1, &data));
        [planned].into_iter().chain(done)
    }

    fn contract(self, number: u64) -> Append {
        let ends_at = rfc3339(self.due_ms(number, self.contracts()));
        let data = format!(r#"{{"ends_at":"{ends_at}"}}"#);
        let known_ms = self.first_due_ms - WITHIN_MS;
        event("contract.changed", &format!("contract-{number}"), &subject(number), known_ms, &data)
    }
}

fn subject(number: u64) -> String {
    format!("person-{number:05}")
}

fn event(kind: &str, id: &str, subject: &str, time_ms: i64, data: &str) -> Append {
    let time = rfc3339(time_ms);
    let value = format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/visits","type":"{kind}","subject":"{subject}","time":"{time}","data":{data}}}"#
    );
    Append {
        topic: Arc::from("visits.events"),
        place: Place::Key,
        key: Some(subject.as_bytes().to_vec()),
        value: Some(value.into_bytes()),
        headers: vec![header("content-type", "application/cloudevents+json")],
    }
}

/// The bundle of this load, and what whoever follows and checks a run on it wants told.
#[must_use]
pub fn scene() -> Scene {
    let types = ["visit.planned", "visit.done", "contract.changed"].map(str::to_owned).into();
    let declared = Declared { types, ignore_undeclared: false, envelope: None };
    Scene {
        bundle: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/timers/bundle"),
        sources: vec!["visits.events"],
        tasks: vec!["visits.tasks"],
        outcomes: Vec::new(),
        statuses: vec!["visits.status"],
        declared: BTreeMap::from([("visits.events".to_owned(), declared)]),
        times: times(),
        caps: Vec::new(),
        channels: Vec::new(),
    }
}

fn times() -> Times {
    let set = |name: &str| BTreeSet::from([name.to_owned()]);
    let ask = Life {
        hold_ms: HELD_MS,
        due_ms: Some(3_000),
        expires_ms: Some(EXPIRES_MS),
        remind_ms: vec![2_000],
        ..Life::default()
    };
    let talk = Life { hold_ms: CONTRACT_HELD_MS, ..Life::default() };
    let lives = [("ask-about-visit", ask), ("talk-about-contract", talk)];
    Times {
        absences: vec![Absence {
            rule: "visit-not-done".to_owned(),
            on: set("visit.planned"),
            unless: set("visit.done"),
            within_ms: WITHIN_MS,
            same: Some("/visit_id".to_owned()),
        }],
        lives: lives.into_iter().map(|(action, life)| (action.to_owned(), life)).collect(),
        told: set("visits"),
        news: BTreeSet::new(),
    }
}
