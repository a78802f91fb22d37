//! What the journal says: the topics, where each record lies, and how far groups have read.
//!
//! Everything here changes through [`Topics::apply`] alone, with an entry that is already in the journal. Opening a
//! directory applies the same entries in the same order, so it arrives at the same state.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::embedded::entry::Entry;
use crate::embedded::journal::Location;
use crate::record::{Progress, TopicPartition};

/// The topics and the groups' progress.
#[derive(Debug, Default)]
pub(super) struct Topics {
    topics: BTreeMap<Arc<str>, Topic>,
    committed: BTreeMap<String, BTreeMap<TopicPartition, u64>>,
    /// How many entries were applied.
    entries: u64,
}

/// One topic.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) name: Arc<str>,
    /// The number of the entry that made it: no two lives of a topic share it, and it is the same in every run.
    pub(super) incarnation: u64,
    /// For each partition, where the bodies of its records lie.
    pub(super) partitions: Vec<Vec<Location>>,
}

impl Topics {
    /// Applies an entry of the journal. `framed` tells where its bytes lie.
    ///
    /// # Errors
    /// When it does not fit what came before; nothing was changed then.
    pub(super) fn apply(&mut self, entry: &Entry<'_>, framed: Location) -> Result<(), String> {
        match entry {
            Entry::TopicMade { name, partitions } => {
                let name: Arc<str> = (*name).into();
                let partitions = vec![Vec::new(); *partitions as usize];
                let topic = Topic { name: name.clone(), incarnation: self.entries + 1, partitions };
                if self.topics.contains_key(&name) {
                    return Err(format!("topic {name} is made twice"));
                }
                let _ = self.topics.insert(name, topic);
            }
            Entry::TopicGone { name } => {
                let _ = self.topics.remove(*name);
                for progress in self.committed.values_mut() {
                    progress.retain(|of, _| &*of.topic != *name);
                }
            }
            Entry::Step { group, appends, progress } => {
                let known = |topic: &str, partition: u32| match self.partition(topic, partition) {
                    Some(_) => Ok(()),
                    None => Err(format!("there is no partition {partition} of a topic {topic}")),
                };
                appends.iter().try_for_each(|append| known(append.topic, append.partition))?;
                progress.iter().try_for_each(|read| known(read.topic, read.partition))?;
                for append in appends {
                    let topic = self.topics.get_mut(append.topic).expect("it was looked up above");
                    topic.partitions[append.partition as usize].push(Location {
                        segment: framed.segment,
                        position: framed.position + append.at as u64,
                        length: append.length as u32,
                    });
                }
                for read in progress {
                    let topic = self.topics[read.topic].name.clone();
                    let of = TopicPartition { topic, partition: read.partition };
                    let group = self.committed.entry(group.unwrap_or_default().to_owned()).or_default();
                    let _ = group.insert(of, read.next);
                }
            }
        }
        self.entries += 1;
        Ok(())
    }

    /// Finds a topic.
    pub(super) fn get(&self, topic: &str) -> Option<&Topic> {
        self.topics.get(topic)
    }

    /// Returns all topics with the number of their partitions.
    pub(super) fn counts(&self) -> BTreeMap<Arc<str>, u32> {
        self.topics.iter().map(|(name, topic)| (name.clone(), topic.partitions.len() as u32)).collect()
    }

    /// Returns where a partition ends.
    pub(super) fn end(&self, topic: &str, partition: u32) -> Option<u64> {
        self.partition(topic, partition).map(|records| records.len() as u64)
    }

    /// Returns what a group has committed of a partition.
    pub(super) fn committed_of(&self, group: &str, of: &TopicPartition) -> Option<u64> {
        self.committed.get(group)?.get(of).copied()
    }

    /// Returns all that a group has committed.
    pub(super) fn committed(&self, group: &str) -> Vec<Progress> {
        let all = self.committed.get(group).into_iter().flatten();
        all.map(|(of, next)| Progress { topic: of.topic.clone(), partition: of.partition, next: *next })
            .collect()
    }

    fn partition(&self, topic: &str, partition: u32) -> Option<&Vec<Location>> {
        self.topics.get(topic)?.partitions.get(partition as usize)
    }
}
