//! What is remembered of a subject's past: of each type of event, and of each action, only what rules ask for.
//!
//! Shape: [`Remembered`] holds events of a window as [`Seen`]s, and running figures ([`Running`]) where all the past is
//! asked for. What is kept is decided elsewhere; here it is put in, taken out and merged.
//! Invariants: events stand by their instant, those of one instant in the order of the log; the figures are those of
//! all events ever added; a merge counts no event twice that both sides still know by its id.

mod figures;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use segue_document::Document;

use crate::event::Surroundings;
use crate::time::Timestamp;

pub use figures::{Datum, Figures, KEYS_MAX, PathFigures, Running, field, key, value_at};

/// The most events of one type that are remembered of one subject; over it, the oldest go.
pub const SEEN_MAX: usize = 10_000;
/// How many of the latest events are known by their ids beside running figures, so that a merge counts none twice.
pub const RECENT_MAX: usize = 8;

/// What is remembered of a subject's past.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// Events, by type. Kept apart by reference, since an event changes what is remembered of one type only.
    pub events: BTreeMap<String, Arc<Remembered>>,
    /// Tasks released to the subject, by action. Of each, its id, when it was released, and the journey and fields of
    /// its cause.
    pub released: BTreeMap<String, Arc<Remembered>>,
    /// What destinations said became of them, by action and outcome. Of each, the task's id, when it was said, and the
    /// journey and fields of the task's cause.
    pub outcomes: BTreeMap<String, Arc<Remembered>>,
    /// How many places have been given to events and tasks: the last one given.
    pub placed: u64,
}

/// What is remembered of one type of event, or of one action.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Remembered {
    /// Events: by instant, then in the order of the log.
    pub seen: Vec<Arc<Seen>>,
    /// Running figures, one for each list of paths on which events must agree.
    pub running: Vec<Running>,
}

/// A remembered event: which one it is, and those of its fields that rules ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The id of the source's document.
    pub source: String,
    /// The CloudEvents `source`, where the event gave one.
    pub namespace: Option<String>,
    /// The event's id, unique within its namespace.
    pub id: String,
    /// When it happened, as the source says.
    pub time: Timestamp,
    /// When it was logged.
    pub logged_at: Timestamp,
    /// The matter it belongs to.
    pub journey: String,
    /// The fields of its data that are kept: an object, nested by path.
    pub data: Document,
    /// Where its subject was and with which device, as far as rules ask for it.
    pub surroundings: Surroundings,
    /// Where it stands in the order of the log, among all that is remembered of its subject. It is no offset: several
    /// signals may follow from one record, and a profile may go from one log to another.
    pub place: u64,
}

impl Seen {
    /// The instant that windows go by: the earlier of its time and the time it was logged.
    pub fn instant(&self) -> Timestamp {
        self.time.min(self.logged_at)
    }

    /// What its id is unique within: the CloudEvents source, else the document's id.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or(&self.source)
    }

    /// True if both are the same event.
    pub fn is(&self, namespace: &str, id: &str) -> bool {
        self.id == id && self.namespace() == namespace
    }

    /// Where it stands among others: by instant, then in the order of the log. (When it was logged does not serve: the
    /// clocks of those who log differ.)
    pub fn order(&self) -> (Timestamp, u64) {
        (self.instant(), self.place)
    }
}

impl Past {
    /// True if nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.released.is_empty() && self.outcomes.is_empty()
    }

    /// The place of what is remembered next.
    pub fn next_place(&mut self) -> u64 {
        self.placed += 1;
        self.placed
    }

    /// Unites the pasts of two subjects that turned out to be one.
    pub fn merge(&mut self, other: &Past) {
        self.placed = self.placed.max(other.placed);
        let all = [
            (&mut self.events, &other.events),
            (&mut self.released, &other.released),
            (&mut self.outcomes, &other.outcomes),
        ];
        for (mine, theirs) in all {
            for (name, theirs) in theirs {
                Arc::make_mut(mine.entry(name.clone()).or_default()).merge(theirs);
            }
        }
    }
}

impl Remembered {
    /// Puts an event in its place and adds it to the figures.
    pub fn add(&mut self, seen: Arc<Seen>) {
        for running in &mut self.running {
            running.add(&seen);
        }
        self.insert(seen);
    }

    /// Forgets the events up to the instant `until`, but not the latest [`RECENT_MAX`] where there are figures; and the
    /// oldest over [`SEEN_MAX`]. The number of those is returned: they were asked for.
    pub fn forget(&mut self, until: Timestamp) -> usize {
        let old = self.seen.partition_point(|seen| seen.instant() <= until);
        let recent = if self.running.is_empty() { 0 } else { RECENT_MAX };
        let _ = self.seen.drain(..old.min(self.seen.len().saturating_sub(recent)));
        let over = self.seen.len().saturating_sub(SEEN_MAX);
        let _ = self.seen.drain(..over);
        over
    }

    /// Unites what is remembered of two subjects that turned out to be one.
    pub fn merge(&mut self, other: &Remembered) {
        let mine: BTreeSet<(&str, &str)> =
            self.seen.iter().map(|seen| (seen.namespace(), seen.id.as_str())).collect();
        let (both, new): (Vec<_>, Vec<_>) =
            other.seen.iter().partition(|seen| mine.contains(&(seen.namespace(), &seen.id)));
        for theirs in &other.running {
            let mut theirs = theirs.clone();
            both.iter().for_each(|seen| theirs.take_back(seen));
            match self.running.iter_mut().find(|mine| mine.same == theirs.same) {
                Some(mine) => mine.merge(&theirs),
                None => self.running.push(theirs),
            }
        }
        self.running.sort_by(|a, b| a.same.cmp(&b.same));
        new.into_iter().for_each(|seen| self.insert(seen.clone()));
    }

    fn insert(&mut self, seen: Arc<Seen>) {
        let at = self.seen.partition_point(|other| other.order() <= seen.order());
        self.seen.insert(at, seen);
    }
}
