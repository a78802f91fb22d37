//! Which failed events are asked for.

use std::collections::BTreeSet;

use segue_model::Timestamp;

use super::{FailedEvent, FailedId};

/// What a failed event must be to be asked for: all that is said of it must be true.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// One of these, where any are named.
    pub ids: BTreeSet<FailedId>,
    /// Failed with one of these codes, where any are named.
    pub codes: BTreeSet<String>,
    /// Of this source.
    pub source: Option<String>,
    /// From this topic.
    pub topic: Option<String>,
    /// Logged at this instant or later.
    pub since: Option<Timestamp>,
    /// Logged before this instant.
    pub until: Option<Timestamp>,
}

impl Selection {
    /// True if nothing is said.
    pub fn is_all(&self) -> bool {
        self.ids.is_empty()
            && self.codes.is_empty()
            && [&self.source, &self.topic].into_iter().all(Option::is_none)
            && [self.since, self.until].into_iter().all(|at| at.is_none())
    }

    /// True if a failed event is asked for.
    pub fn has(&self, event: &FailedEvent) -> bool {
        let reason = &event.reason;
        (self.ids.is_empty() || self.ids.contains(&event.id))
            && (self.codes.is_empty() || self.codes.contains(&reason.code))
            && self.source.as_ref().is_none_or(|source| reason.source.as_ref() == Some(source))
            && self.topic.as_ref().is_none_or(|topic| reason.topic == *topic)
            && self.since.is_none_or(|since| reason.at >= since)
            && self.until.is_none_or(|until| reason.at < until)
    }
}
