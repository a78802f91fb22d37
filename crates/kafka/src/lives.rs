//! Knows which life each topic is in: the id that the cluster gave to the topic when it was made.
//!
//! The Rust client shows no topic ids, but librdkafka logs one when it learns it, and logs each change of it. It fetches
//! by id, so the line comes before the first record of another life: whoever looks here before taking a record never
//! takes one for a record of the life before. Needs Kafka 3.1; with an older one nothing is ever known here.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What librdkafka calls the id of a topic that it knows nothing of.
const UNKNOWN: &str = "AAAAAAAAAAAAAAAAAAAAAA";
/// How many former ids of a topic are kept, to recognise what a broker that lags behind still says.
const FORMER_MAX: usize = 8;

/// What the clients of one worker have learned, shared by them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lives(Arc<Noted>);

#[derive(Debug, Default)]
struct Noted {
    topics: Mutex<BTreeMap<String, Life>>,
    changes: AtomicU64,
}

#[derive(Debug)]
struct Life {
    id: Arc<str>,
    former: VecDeque<Arc<str>>,
}

impl Lives {
    /// Takes in a line of librdkafka's log, if it is about the id of a topic.
    pub(crate) fn note(&self, message: &str) {
        let Some((topic, from, to)) = parse(message) else { return };
        let mut topics = self.0.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(life) = topics.get_mut(topic) else {
            let _ = topics.insert(topic.to_owned(), Life { id: Arc::from(to), former: VecDeque::new() });
            let _ = self.0.changes.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let succeeds = from != UNKNOWN;
        // A client that has just begun with a topic may have asked a broker that lags behind.
        if *life.id == *to || !succeeds && life.former.iter().any(|former| **former == *to) {
            return;
        }
        life.former.retain(|former| **former != *to);
        life.former.push_back(std::mem::replace(&mut life.id, Arc::from(to)));
        if life.former.len() > FORMER_MAX {
            let _ = life.former.pop_front();
        }
        let _ = self.0.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the present id of a topic, as far as it is known.
    pub(crate) fn of(&self, topic: &str) -> Option<Arc<str>> {
        let topics = self.0.topics.lock().unwrap_or_else(PoisonError::into_inner);
        topics.get(topic).map(|life| life.id.clone())
    }

    /// Counts what was learned: who has seen this number need not look again.
    pub(crate) fn changes(&self) -> u64 {
        self.0.changes.load(Ordering::Relaxed)
    }
}

/// Reads the topic, its former and its present id out of a line of librdkafka's log.
fn parse(message: &str) -> Option<(&str, &str, &str)> {
    let (before, ids) = message.split_once(" changed id from ")?;
    let (_, topic) = before.rsplit_once("Topic ")?;
    let (from, to) = ids.trim_end().split_once(" to ")?;
    Some((topic, from, to)).filter(|(.., to)| *to != UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbb";

    fn note(lives: &Lives, from: &str, to: &str) {
        lives.note(&format!("[thrd:main]: Topic orders changed id from {from} to {to}"));
    }

    #[test]
    fn the_last_id_that_was_learned_is_the_present_one() {
        let lives = Lives::default();
        assert_eq!(lives.of("orders"), None);
        note(&lives, UNKNOWN, A);
        assert_eq!(lives.of("orders").as_deref(), Some(A));
        note(&lives, A, B);
        assert_eq!((lives.of("orders").as_deref(), lives.changes()), (Some(B), 2));
        assert_eq!(lives.of("Topic orders"), None);
    }

    #[test]
    fn a_client_that_begins_with_a_former_id_lags_behind() {
        let lives = Lives::default();
        note(&lives, UNKNOWN, A);
        note(&lives, A, B);
        note(&lives, UNKNOWN, A);
        assert_eq!((lives.of("orders").as_deref(), lives.changes()), (Some(B), 2));
    }

    #[test]
    fn a_first_look_that_lagged_behind_is_put_right() {
        let lives = Lives::default();
        note(&lives, UNKNOWN, B);
        note(&lives, UNKNOWN, A);
        note(&lives, A, B);
        assert_eq!(lives.of("orders").as_deref(), Some(B));
    }

    #[test]
    fn other_lines_are_passed_over() {
        let lives = Lives::default();
        lives.note("Topic orders partition 0 Leader 1 Epoch 0");
        lives.note("Topic orders changed id from a");
        assert_eq!(lives.changes(), 0);
    }
}
