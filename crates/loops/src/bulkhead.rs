//! Topics that cannot be written: found closed, noted, tried again, opened. One of them stops nothing but itself.
//!
//! A topic is found closed when a step fails because of it. The step is undone, and done again with a note that the topic
//! is closed; what would go there waits. After a while the cluster is asked whether the topic is there, and one partition is
//! told to open it, which tries it with one task in a step of its own. Once that has worked, the other partitions are told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use segue_bundle::Bundle;
use segue_log::TopicPartition;

/// The longest wait between two tries.
const TRY_WITHIN: Duration = Duration::from_secs(60);

/// The topics that cannot be written, as far as this worker knows.
#[derive(Debug)]
pub(crate) struct Bulkhead {
    /// The topics that may be closed: of tasks, and of statuses. Without the router's own, nothing goes on.
    closable: BTreeSet<String>,
    closed: BTreeMap<String, Closed>,
    /// How long it waits before the first try.
    try_after: Duration,
}

#[derive(Debug)]
struct Closed {
    try_at: Instant,
    wait: Duration,
    /// The partition that was told to open it.
    trying: Option<TopicPartition>,
}

/// What is to be done about a topic.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It is to be looked for, and then this partition is to try it.
    Try(TopicPartition),
    /// It can be written: these partitions are to open it as well.
    Open(Vec<TopicPartition>),
}

impl Bulkhead {
    /// Nothing is closed yet.
    pub(crate) fn new(bundle: &Bundle, try_after: Duration) -> Bulkhead {
        let mut bulkhead = Bulkhead { closable: BTreeSet::new(), closed: BTreeMap::new(), try_after };
        bulkhead.admit(bundle);
        bulkhead
    }

    /// Knows the topics of another bundle as well.
    pub(crate) fn admit(&mut self, bundle: &Bundle) {
        let tasks = bundle.destinations.values().flat_map(|destination| {
            let lanes = destination.lanes.iter().map(|lane| &lane.topic);
            lanes.chain([&destination.topic])
        });
        let statuses = bundle.sources.values().filter_map(|source| source.status.as_ref());
        self.closable.extend(tasks.chain(statuses).cloned());
    }

    /// A step failed since a topic cannot be written; false if nothing goes on without it.
    pub(crate) fn found(&mut self, topic: &str) -> bool {
        if !self.closable.contains(topic) {
            return false;
        }
        let wait = match self.closed.get(topic) {
            Some(known) if known.trying.is_some() => (known.wait * 2).min(TRY_WITHIN),
            Some(known) => known.wait,
            None => self.try_after,
        };
        let closed = Closed { try_at: Instant::now() + wait, wait, trying: None };
        let _ = self.closed.insert(topic.to_owned(), closed);
        true
    }

    /// A partition knows of a topic that it is closed, from before.
    pub(crate) fn adopt(&mut self, topic: &str) {
        let (try_at, wait) = (Instant::now() + self.try_after, self.try_after);
        let _ = self.closed.entry(topic.to_owned()).or_insert(Closed { try_at, wait, trying: None });
    }

    /// The topics that are not to be written.
    pub(crate) fn shut(&self) -> impl Iterator<Item = &str> {
        self.closed.iter().filter(|(_, closed)| closed.trying.is_none()).map(|(topic, _)| topic.as_str())
    }

    /// All topics that are closed, those that are tried among them.
    pub(crate) fn all(&self) -> Vec<&str> {
        self.closed.keys().map(String::as_str).collect()
    }

    /// What is to be done about the topics; `closed_in` says which partitions have a topic closed. A topic of which
    /// nothing is left to do is forgotten, and named in the second list.
    pub(crate) fn next(
        &mut self,
        closed_in: impl Fn(&str) -> Vec<TopicPartition>,
    ) -> (Vec<(String, Next)>, Vec<String>) {
        let (mut next, mut gone) = (Vec::new(), Vec::new());
        for (topic, closed) in &self.closed {
            let mut partitions = closed_in(topic);
            match &closed.trying {
                Some(trying) if !partitions.contains(trying) => {
                    next.push((topic.clone(), Next::Open(partitions)));
                    gone.push(topic.clone());
                }
                _ if Instant::now() < closed.try_at => {}
                _ if partitions.is_empty() => gone.push(topic.clone()),
                _ => next.push((topic.clone(), Next::Try(partitions.swap_remove(0)))),
            }
        }
        for topic in &gone {
            let _ = self.closed.remove(topic);
        }
        (next, gone)
    }

    /// A topic was looked for: it is not there, or this partition is told to try it.
    pub(crate) fn looked(&mut self, topic: &str, trying: Option<TopicPartition>) {
        if let Some(closed) = self.closed.get_mut(topic) {
            closed.try_at = Instant::now() + closed.wait;
            closed.trying = trying;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulkhead() -> Bulkhead {
        let closable = ["desk".to_owned(), "desk.urgent".to_owned()].into();
        Bulkhead { closable, closed: BTreeMap::new(), try_after: Duration::ZERO }
    }

    fn partition(number: u32) -> TopicPartition {
        TopicPartition { topic: "segue.log".into(), partition: number }
    }

    #[test]
    fn a_topic_is_tried_by_one_partition_and_then_opened_in_all() {
        let mut bulkhead = bulkhead();
        assert!(!bulkhead.found("segue.decisions") && bulkhead.found("desk"));
        assert_eq!(bulkhead.shut().collect::<Vec<_>>(), ["desk"]);
        let both = |_: &str| vec![partition(0), partition(1)];
        assert_eq!(bulkhead.next(both).0, [("desk".to_owned(), Next::Try(partition(0)))]);
        bulkhead.looked("desk", Some(partition(0)));
        assert_eq!((bulkhead.shut().count(), bulkhead.all()), (0, vec!["desk"]));
        let other = |_: &str| vec![partition(1)];
        let opened = (vec![("desk".to_owned(), Next::Open(other("")))], vec!["desk".to_owned()]);
        assert_eq!(bulkhead.next(other), opened);
        assert_eq!(bulkhead.all(), Vec::<&str>::new());
    }

    #[test]
    fn a_try_that_failed_is_followed_by_a_longer_wait_and_a_look_that_found_nothing_by_the_same() {
        let mut bulkhead = Bulkhead { try_after: Duration::from_secs(40), ..bulkhead() };
        assert!(bulkhead.found("desk"));
        assert_eq!(bulkhead.next(|_| vec![partition(0)]).0, [], "it is too early");
        bulkhead.looked("desk", None);
        assert_eq!(bulkhead.closed["desk"].wait, Duration::from_secs(40));
        bulkhead.looked("desk", Some(partition(0)));
        assert!(bulkhead.found("desk"));
        assert_eq!(bulkhead.closed["desk"].wait, TRY_WITHIN);
        assert_eq!(bulkhead.shut().count(), 1);
    }

    #[test]
    fn a_topic_that_no_partition_of_this_worker_has_closed_is_forgotten() {
        let mut bulkhead = bulkhead();
        bulkhead.adopt("desk");
        assert_eq!(bulkhead.next(|_| Vec::new()), (Vec::new(), vec!["desk".to_owned()]));
    }
}
