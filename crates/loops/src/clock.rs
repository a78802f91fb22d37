//! The clock that stamps what comes in: the only one that decisions ever depend on, by way of the log.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use segue_model::Timestamp;

/// Where the time comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A file that holds one RFC 3339 instant: moved by hand, for tests. While the file cannot be read, time stands.
    File(PathBuf),
    /// A hand in this process: for stories.
    Hand(Hand),
}

/// A clock that stands until it is set. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct Hand(Arc<AtomicI64>);

impl Hand {
    /// A clock that stands at that time.
    pub fn new(at: Timestamp) -> Hand {
        Hand(Arc::new(AtomicI64::new(at.0)))
    }

    /// Sets it.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.0, Ordering::SeqCst);
    }

    /// The time it shows.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

impl PartialEq for Hand {
    fn eq(&self, other: &Hand) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Hand {}

/// Reads a [`Clock`], and never lets it go back.
#[derive(Debug)]
pub struct Reader {
    clock: Clock,
    last: Timestamp,
}

impl Reader {
    /// A reader of that clock.
    pub fn new(clock: Clock) -> Reader {
        Reader { clock, last: Timestamp(0) }
    }

    /// The time now; the latest one read before, where the clock has gone back.
    pub fn now(&mut self) -> Timestamp {
        let read = match &self.clock {
            Clock::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Some(Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
            }
            Clock::Hand(hand) => Some(hand.now()),
            Clock::File(path) => {
                std::fs::read_to_string(path).ok().and_then(|text| Timestamp::parse(text.trim()))
            }
        };
        self.last = read.unwrap_or(self.last).max(self.last);
        self.last
    }
}
