//! The load generator: what four imaginary systems publish, as much of it as a test asks for.
//!
//! Shape: [`Load`] -> an iterator of records. Record `i` is a function of the seed and `i` alone, so that the same load
//! is the same to the byte, and a duplicate is made by making an earlier record again.
//!
//! The systems use one form each: a CRM binary CloudEvents, billing structured ones, a shop plain JSON, a team that visits
//! structured ones again. The bundle
//! that declares them lies beside this file, in `load/bundle`; about a fifth of the events give a task under it, and some
//! give a signal or meet a cap.
//!
//! Read in this order: `events` (what is published), `garbage` (what should not have been), `outcomes` (what a destination
//! says of its tasks), `lines` (the same as a
//! file for `segue replay`), `marked` (the same bundle in other words), `random`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use segue_log::Append;

use crate::checker::{Absence, Cap, Channel, Declared, Envelope, Life, Times};
use crate::evidence::{SOURCE_TOPICS, TASK_TOPICS};
use crate::scene::Scene;

mod events;
mod garbage;
mod lines;
mod marked;
mod outcomes;
mod random;

pub use garbage::Garbage;
pub use lines::write_lines;
pub use marked::marked;
pub use outcomes::outcomes_of;

pub(crate) use events::{header, rfc3339};
use random::Random;

/// How far back a duplicate reaches, in records.
const DUPLICATE_DISTANCE_MAX: u64 = 1_000;

/// A system that publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// Customers and cases, as binary CloudEvents.
    Crm,
    /// Payments, accounts and tariffs, as structured CloudEvents.
    Billing,
    /// Clicks, as plain JSON.
    Shop,
    /// Visits and contracts, as structured CloudEvents.
    Visits,
}

impl System {
    /// All there are.
    pub const ALL: [System; 4] = [System::Crm, System::Billing, System::Shop, System::Visits];

    /// The topic that it publishes on.
    #[must_use]
    pub fn topic(self) -> &'static str {
        match self {
            System::Crm => "crm.events",
            System::Billing => "billing.events",
            System::Shop => "shop.clicks",
            System::Visits => "visits.events",
        }
    }
}

/// What is to be published.
#[derive(Clone, Debug)]
pub struct Load {
    /// Tells one load from another.
    pub seed: u64,
    /// How many records, garbage and duplicates counted.
    pub events: u64,
    /// How many persons they are about.
    pub subjects: u64,
    /// Which systems publish; garbage about them all comes from billing where that is among them.
    pub systems: Vec<System>,
    /// Of a thousand records, how many cannot be used.
    pub garbage_per_mille: u64,
    /// Of a thousand records, how many are earlier ones again.
    pub duplicates_per_mille: u64,
    /// How long the value of [`Garbage::TooLarge`] is, in bytes. Brokers take 1 MiB unless their topic says otherwise.
    pub large_bytes: usize,
    /// When the first event happened, in milliseconds since the epoch.
    pub started_at_ms: i64,
    /// How much later each next event happened, in milliseconds.
    pub pace_ms: i64,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            seed: 1,
            events: 1_000,
            subjects: 100,
            systems: System::ALL.to_vec(),
            garbage_per_mille: 10,
            duplicates_per_mille: 10,
            large_bytes: 300 << 10,
            // 2026-03-02T10:00:00Z
            started_at_ms: 1_772_445_600_000,
            pace_ms: 1,
        }
    }
}

/// What a record is to the router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// An event that comes for the first time.
    Event,
    /// An event of a type that its source does not declare and that may be ignored.
    Ignored,
    /// An event that came before.
    Duplicate,
    /// What cannot be used.
    Garbage(Garbage),
}

/// A record, and what it is.
#[derive(Clone, Debug)]
pub struct Made {
    /// The record, ready to be published by key.
    pub append: Append,
    /// What it is to the router.
    pub class: Class,
}

impl Load {
    /// The records in the order in which they are published.
    pub fn records(&self) -> impl Iterator<Item = Append> {
        self.made().map(|made| made.append)
    }

    /// The records, each with what it is.
    pub fn made(&self) -> impl Iterator<Item = Made> {
        (0..self.events).map(|index| self.make(index))
    }

    /// When the event at that place happened.
    #[must_use]
    pub fn time_ms(&self, index: u64) -> i64 {
        self.started_at_ms + index as i64 * self.pace_ms
    }

    fn make(&self, index: u64) -> Made {
        match self.draw(index) {
            Draw::Garbage => {
                let mut random = Random::of(self.seed, index);
                let (append, garbage) = garbage::make(self, index, &mut random);
                Made { append, class: Class::Garbage(garbage) }
            }
            Draw::Again(earlier) if matches!(self.draw(earlier), Draw::New) => {
                let made = self.new_event(earlier);
                let class = if made.class == Class::Event { Class::Duplicate } else { made.class };
                Made { append: made.append, class }
            }
            Draw::New | Draw::Again(_) => self.new_event(index),
        }
    }

    fn new_event(&self, index: u64) -> Made {
        let mut random = Random::of(self.seed, index);
        let (append, ignored) = events::make(self, index, &mut random);
        Made { append, class: if ignored { Class::Ignored } else { Class::Event } }
    }

    fn draw(&self, index: u64) -> Draw {
        let mut random = Random::of(!self.seed, index);
        let drawn = random.below(1_000);
        if drawn < self.garbage_per_mille {
            Draw::Garbage
        } else if drawn < self.garbage_per_mille + self.duplicates_per_mille && index > 0 {
            Draw::Again(index - 1 - random.below(index.min(DUPLICATE_DISTANCE_MAX)))
        } else {
            Draw::New
        }
    }

    fn subject(&self, random: &mut Random) -> String {
        format!("person-{:05}", random.below(self.subjects.max(1)))
    }
}

/// What stands at one place of the load.
enum Draw {
    New,
    Again(u64),
    Garbage,
}

/// The bundle that declares the systems, and what whoever follows and checks a run on it wants told.
#[must_use]
pub fn scene() -> Scene {
    Scene {
        bundle: bundle_dir(),
        sources: SOURCE_TOPICS.to_vec(),
        tasks: TASK_TOPICS.to_vec(),
        outcomes: OUTCOME_TOPICS.to_vec(),
        statuses: STATUS_TOPICS.to_vec(),
        declared: declared(),
        times: times(),
        caps: caps(),
        channels: channels(),
    }
}

/// Where the bundle lies that declares the systems.
#[must_use]
pub fn bundle_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/load/bundle")
}

/// What that bundle declares, as the checker wants it told.
#[must_use]
pub fn declared() -> BTreeMap<String, Declared> {
    let envelope = Envelope { kind: "/event_name".to_owned(), id: "/message_id".to_owned() };
    let declare = |system: System| {
        let types = events::types(system).map(str::to_owned).collect();
        let shop = system == System::Shop;
        let declared = Declared { types, ignore_undeclared: shop, envelope: shop.then(|| envelope.clone()) };
        (system.topic().to_owned(), declared)
    };
    System::ALL.into_iter().map(declare).collect()
}

/// The topics on which that bundle's destinations say what became of tasks.
pub const OUTCOME_TOPICS: [&str; 1] = ["visits.outcomes"];
/// The topics on which its sources are told.
pub const STATUS_TOPICS: [&str; 1] = ["visits.status"];

/// What that bundle says of time, as the checker wants it told.
#[must_use]
pub fn times() -> Times {
    const HOUR_MS: i64 = 3_600_000;
    let set = |name: &str| BTreeSet::from([name.to_owned()]);
    let at_once = ["look-at-case", "look-at-customer", "call-about-cases", "call-about-payment"];
    let others = ["ask-about-cart", "call-about-visit", "thank-payer", "look-at-payer", "offer-help"];
    let at_once = at_once.into_iter().chain(others);
    let hours = |hours: i64| hours * HOUR_MS;
    let of_visits = Life { has_outcomes: true, ..Life::default() };
    let ask = Life {
        hold_ms: hours(24),
        due_ms: Some(hours(30)),
        expires_ms: Some(hours(72)),
        remind_ms: vec![hours(24), hours(48)],
        ..of_visits.clone()
    };
    let confirm = Life { due_ms: Some(hours(30)), expires_ms: Some(hours(48)), ..of_visits.clone() };
    let answers = ["goes-on", "ends"].map(str::to_owned).into();
    let talk = Life { wait_ms: Some(hours(36)), answers, ..of_visits };
    let lives = [("ask-about-visit", ask), ("confirm-visit", confirm), ("talk-about-contract", talk)];
    Times {
        absences: vec![Absence {
            rule: "visit-not-done".to_owned(),
            on: set("visit.planned"),
            unless: set("visit.done"),
            within_ms: hours(24),
            same: Some("/visit_id".to_owned()),
        }],
        lives: at_once
            .map(|action| (action, Life::default()))
            .chain(lives)
            .map(|(action, life)| (action.to_owned(), life))
            .collect(),
        told: set("visits"),
        news: set("task.declined"),
    }
}

/// The caps of that bundle, as the checker wants them told.
#[must_use]
pub fn caps() -> Vec<Cap> {
    let cap = |policy: &str, actions: &[&str], at_most, per_ms| Cap {
        policy: policy.to_owned(),
        actions: actions.iter().map(|action| (*action).to_owned()).collect::<BTreeSet<_>>(),
        channel: None,
        at_most,
        per_ms,
    };
    let on = |channel: &str, cap: Cap| Cap { channel: Some(channel.to_owned()), ..cap };
    vec![
        on("phone", cap("few-calls", &["offer-help"], 1, 24 * 3_600_000)),
        cap("few-looks", &["look-at-case", "look-at-customer"], 2, 3_600_000),
        on("app", cap("few-messages", &["offer-help"], 1, 12 * 3_600_000)),
        cap("few-thanks", &["thank-payer"], 1, 3_600_000),
        cap("one-case-at-a-time", &["look-at-case"], 1, 5_000),
    ]
}

/// The channels of that bundle, as the checker wants them told.
#[must_use]
pub fn channels() -> Vec<Channel> {
    let channel = |id: &str, pointer: &str, words: &[&str], quiet| Channel {
        id: id.to_owned(),
        actions: BTreeSet::from(["offer-help".to_owned()]),
        told_by: "customer.changed".to_owned(),
        pointer: pointer.to_owned(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        quiet,
    };
    vec![
        channel("app", "/tier", &["bronze", "gold"], (22 * 60, 6 * 60)),
        channel("phone", "/account_manager", &[], (20 * 60, 8 * 60)),
    ]
}

#[cfg(test)]
mod tests;
