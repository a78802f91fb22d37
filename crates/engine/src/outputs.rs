//! The records that a decision leads to.

use std::collections::BTreeSet;
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_log::{Append, Header, Place};
use segue_model::{Decision, Task};
use segue_wire::topics::DECISIONS;
use segue_wire::{Outgoing, decision, task};

/// Where decisions and tasks go: the topics' names, made once.
#[derive(Debug)]
pub(crate) struct Outputs {
    decisions: Arc<str>,
    tasks: BTreeSet<Arc<str>>,
}

impl Outputs {
    /// The topics of a bundle.
    pub(crate) fn new(bundle: &Bundle) -> Outputs {
        let topics = bundle.destinations.values().flat_map(|destination| {
            let lanes = destination.lanes.iter().map(|lane| &lane.topic);
            std::iter::once(&destination.topic).chain(lanes)
        });
        Outputs { decisions: DECISIONS.into(), tasks: topics.map(|topic| topic.as_str().into()).collect() }
    }

    /// Adds the records of a decision and of its tasks.
    pub(crate) fn add(&self, decided: Option<&Decision<'_>>, tasks: &[Task<'_>], appends: &mut Vec<Append>) {
        appends.reserve(tasks.len() + 1);
        appends.extend(decided.map(|decided| append(&self.decisions, Place::Key, decision::encode(decided))));
        appends.extend(tasks.iter().map(|made| {
            let topic = self.tasks.get(made.topic).cloned().unwrap_or_else(|| made.topic.into());
            append(&topic, Place::Key, task::encode(made))
        }));
    }
}

/// A record on its way to a topic.
pub(crate) fn append(topic: &Arc<str>, place: Place, out: Outgoing) -> Append {
    let headers = out.headers.into_iter().map(|(name, value)| Header { name, value }).collect();
    Append { topic: topic.clone(), place, key: out.key, value: out.value, headers }
}
