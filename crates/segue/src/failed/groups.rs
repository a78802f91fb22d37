//! Failed events by what they have in common: the code, the source, the topic.

use std::collections::BTreeMap;

use segue_model::Timestamp;

use super::{FailedEvent, FailedId};

/// The most groups that are told apart; what is beyond goes into one without source and topic.
const GROUPS_MAX: usize = 10_000;

/// What a group has in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Common {
    /// The code.
    pub code: String,
    /// The source, where it is known.
    pub source: Option<String>,
    /// The topic; empty where there are too many to tell them apart.
    pub topic: String,
}

/// The failed events that have it in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// How many there are.
    pub events: u64,
    /// How many of them were sent round again.
    pub retried: u64,
    /// When the first was logged.
    pub first: Timestamp,
    /// When the last was logged.
    pub last: Timestamp,
    /// The latest of them, to look at.
    pub sample: FailedId,
    /// What is wrong with that one.
    pub detail: String,
}

/// The groups.
#[derive(Debug, Default)]
pub struct Groups(pub BTreeMap<Common, Group>);

impl Groups {
    /// Counts a failed event.
    pub fn add(&mut self, event: &FailedEvent, is_retried: bool) {
        let reason = &event.reason;
        let mut common =
            Common { code: reason.code.clone(), source: reason.source.clone(), topic: reason.topic.clone() };
        if self.0.len() >= GROUPS_MAX && !self.0.contains_key(&common) {
            common = Common { source: None, topic: String::new(), ..common };
        }
        let group = self.0.entry(common).or_insert_with(|| Group {
            events: 0,
            retried: 0,
            first: reason.at,
            last: reason.at,
            sample: event.id,
            detail: reason.detail.clone(),
        });
        group.events += 1;
        group.retried += u64::from(is_retried);
        group.first = group.first.min(reason.at);
        if reason.at >= group.last {
            group.last = reason.at;
            (group.sample, group.detail) = (event.id, reason.detail.clone());
        }
    }

    /// How many events there are in all groups.
    pub fn events(&self) -> u64 {
        self.0.values().map(|group| group.events).sum()
    }
}
