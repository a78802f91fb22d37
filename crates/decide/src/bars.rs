//! What keeps tasks from leaving, whatever their actions say: the router is behind, their topic cannot be written, or what
//! they are of is paused.

use std::collections::{BTreeMap, BTreeSet};

use segue_bundle::Bundle;
use segue_bundle::bundle::Destination;
use segue_model::{Live, Timestamp};

/// What a task is held by while the router is behind.
pub const BEHIND: &str = "behind";
/// What a candidate is turned down by whose rule or action is paused, and what a task is held by whose rule, action or
/// destination is.
pub const PAUSED: &str = "paused";
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
    /// What is paused: `rule/ID`, `action/ID`, `destination/ID`.
    pub paused: &'a BTreeSet<String>,
}

impl<'a> Bars<'a> {
    /// True if a topic cannot be written.
    pub fn is_closed(&self, topic: &str) -> bool {
        self.closed.contains_key(topic)
    }

    /// The rule or the action, in this order, if one of them is paused: as `rule/ID` or `action/ID`.
    pub fn resting(&self, rule: &str, action: &str) -> Option<&'a str> {
        self.find("rule", rule).or_else(|| self.find("action", action))
    }

    /// What of a task is paused, if anything is: its rule, its action, or the destination of that.
    pub fn paused(&self, bundle: &Bundle, rule: &str, action: &str) -> Option<&'a str> {
        let to = || bundle.actions.get(action).map(|action| action.to.as_str());
        self.resting(rule, action).or_else(|| self.find("destination", to()?))
    }

    fn find(&self, kind: &str, id: &str) -> Option<&'a str> {
        if self.paused.is_empty() {
            return None;
        }
        self.paused.get(&format!("{kind}/{id}")).map(String::as_str)
    }
}

impl Default for Bars<'_> {
    fn default() -> Self {
        static NONE: BTreeMap<String, u64> = BTreeMap::new();
        static NOTHING: BTreeSet<String> = BTreeSet::new();
        Bars { behind: None, closed: &NONE, paused: &NOTHING }
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
