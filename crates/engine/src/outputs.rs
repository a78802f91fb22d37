//! The records that a decision leads to.

use std::collections::BTreeSet;
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_log::{Append, Header, Place};
use segue_model::{Decision, Status, Task, Timestamp, id};
use segue_wire::topics::{DECISIONS, KEPT};
use segue_wire::{Outgoing, decision, status, task};

/// Where decisions and tasks go: the topics' names, made once.
#[derive(Debug)]
pub(crate) struct Outputs {
    decisions: Arc<str>,
    kept: Arc<str>,
    tasks: BTreeSet<Arc<str>>,
    /// True if anything in the bundle asks to be told that a task has left.
    is_told: bool,
    /// True of a bundle that decides beside the one that counts: only its decisions are written, as such.
    is_shadow: bool,
}

impl Outputs {
    /// The topics of a bundle.
    pub(crate) fn new(bundle: &Bundle) -> Outputs {
        let topics = bundle.destinations.values().flat_map(|destination| {
            let lanes = destination.lanes.iter().map(|lane| &lane.topic);
            std::iter::once(&destination.topic).chain(lanes)
        });
        let has_status = bundle.sources.values().any(|source| source.status.is_some());
        Outputs {
            decisions: DECISIONS.into(),
            kept: KEPT.into(),
            tasks: topics.map(|topic| topic.as_str().into()).collect(),
            is_told: has_status || bundle.looks_at("task.released"),
            is_shadow: false,
        }
    }

    /// The same, of a bundle that decides beside the one that counts.
    pub(crate) fn of_shadow(bundle: &Bundle) -> Outputs {
        Outputs { is_shadow: true, ..Outputs::new(bundle) }
    }

    /// Adds the records of a decision and of its tasks.
    pub(crate) fn add(
        &self,
        decided: Option<&Decision<'_>>,
        tasks: &[Task<'_>],
        now: Timestamp,
        appends: &mut Vec<Append>,
    ) {
        if self.is_shadow {
            let shadow = |decided| append(&self.decisions, Place::Key, decision::encode_shadow(decided));
            appends.extend(decided.map(shadow));
            return;
        }
        appends.reserve(tasks.len() + 2);
        if let Some(decided) = decided {
            let made = append(&self.decisions, Place::Key, decision::encode(decided));
            let kept = self.kept(decided, &made);
            appends.push(made);
            appends.extend(kept);
        }
        appends.extend(tasks.iter().map(|made| {
            let topic = self.tasks.get(made.topic).cloned().unwrap_or_else(|| made.topic.into());
            append(&topic, Place::Key, task::encode(made, now))
        }));
    }
}

impl Outputs {
    /// A decision that a task came of, or was withdrawn by, once more, by its id, which leads to the partition as it leads to
    /// that of the decisions.
    fn kept(&self, decided: &Decision<'_>, made: &Append) -> Option<Append> {
        let is_of_task = decided.candidates.iter().any(|candidate| candidate.task.is_some());
        is_of_task.then(|| Append {
            topic: self.kept.clone(),
            place: Place::Spread(id::route(&decided.id).unwrap_or_default()),
            key: Some(decided.id.as_bytes().to_vec()),
            value: made.value.clone(),
            headers: made.headers.clone(),
        })
    }

    /// True of a bundle that decides beside the one that counts.
    pub(crate) fn is_shadow(&self) -> bool {
        self.is_shadow
    }

    /// The record of a status.
    pub(crate) fn status(&self, said: &Status) -> Append {
        append(&said.topic.as_str().into(), Place::Key, status::encode(said))
    }

    /// True if anything in the bundle asks to be told that a task has left.
    pub(crate) fn is_told(&self) -> bool {
        self.is_told
    }
}

/// A record on its way to a topic.
pub(crate) fn append(topic: &Arc<str>, place: Place, out: Outgoing) -> Append {
    let headers = out.headers.into_iter().map(|(name, value)| Header { name, value }).collect();
    Append { topic: topic.clone(), place, key: out.key, value: out.value, headers }
}
