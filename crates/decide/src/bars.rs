//! What keeps tasks from leaving, whatever their actions say: the router is behind, or their topic cannot be written.

use std::collections::BTreeMap;

use segue_bundle::Bundle;
use segue_bundle::bundle::Destination;
use segue_model::{Live, Timestamp};

/// What a task is held by while the router is behind.
pub const BEHIND: &str = "behind";
/// What a task is held by whose topic cannot be written.
pub const DESTINATION_CLOSED: &str = "destination-closed";

/// What keeps tasks from leaving.
#[derive(Clone, Copy, Debug)]
pub struct Bars<'a> {
    /// The router is behind: nothing leaves before this time of the log, by which it had caught up, or says again that it
    /// is behind.
    pub behind: Option<Timestamp>,
    /// The topics that cannot be written, each with the offset of the log record that found it so.
    pub closed: &'a BTreeMap<String, u64>,
}

impl Bars<'_> {
    /// True if a topic cannot be written.
    pub fn is_closed(&self, topic: &str) -> bool {
        self.closed.contains_key(topic)
    }
}

impl Default for Bars<'_> {
    fn default() -> Self {
        static NONE: BTreeMap<String, u64> = BTreeMap::new();
        Bars { behind: None, closed: &NONE }
    }
}

/// The topic that a task goes to by the score it was ranked with last; `None` where the bundle has its action no more.
pub fn topic_of<'b>(bundle: &'b Bundle, task: &Live) -> Option<&'b str> {
    let action = bundle.actions.get(&task.action)?;
    Some(topic(bundle.destinations.get(&action.to)?, task.priority.score))
}

/// The topic for a score: the lane with the highest bar that the score reaches, else the destination's own.
pub(crate) fn topic(destination: &Destination, score: f64) -> &str {
    // Lanes stand with the highest bar first.
    destination
        .lanes
        .iter()
        .find(|lane| score >= lane.at_least)
        .map_or(&destination.topic, |lane| &lane.topic)
}
