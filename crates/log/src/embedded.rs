//! The embedded adapter: the whole log in one process, in memory or durable in a directory.
//!
//! It keeps the port's promise by writing every step, its appends and its progress together, as one entry of one
//! journal: an entry is there whole or not at all, and what workers and observers see is what the journal holds.
//! [`Embedded`] is a cheap handle that threads share; [`EmbeddedWorker`] serves the port [`crate::Worker`].
//!
//! Read in this order: `topics` (what the journal says), `groups` (who reads what), `worker` (the port), `entry` and
//! `frame` (the format on disk), `journal` (segments and recovery).
//!
//! Limits: the index of all records is in memory, at some 24 bytes a record; nothing is compacted or expires.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::record::{Append, Progress, Record};
use crate::worker::Error;

mod entry;
mod error;
mod frame;
mod groups;
mod id;
mod journal;
mod state;
mod topics;
mod worker;

pub use error::OpenError;
pub use journal::Torn;
pub use worker::EmbeddedWorker;

use groups::MemberId;
use journal::Journal;
use state::State;

/// Tells the time for the records' stamps, in milliseconds since the epoch, UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// When an entry of the journal is forced to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Before the commit returns. Nothing committed is lost when the machine loses power.
    EachStep,
    /// At most this long after, so that many steps share one write to the disk. Nothing committed is lost when the
    /// process dies; the last steps may be when the machine does.
    Batched(Duration),
}

/// How an embedded log behaves.
#[derive(Clone)]
pub struct Options {
    /// Stamps what is appended. The system's clock unless told; tests and simulations move their own by hand.
    pub clock: Clock,
    /// When entries are forced to the disk; [`Durability::EachStep`] unless told.
    pub durability: Durability,
    /// A new segment is begun when the last one has reached this size, in bytes; 64 MiB unless told.
    pub segment_bytes_max: u64,
    /// The largest append: key, value and headers together, in bytes; 1 MiB unless told, as Kafka's brokers do.
    pub append_bytes_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Arc::new(system_clock),
            durability: Durability::EachStep,
            segment_bytes_max: 64 << 20,
            append_bytes_max: 1 << 20,
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Options")
            .field("durability", &self.durability)
            .field("segment_bytes_max", &self.segment_bytes_max)
            .field("append_bytes_max", &self.append_bytes_max)
            .finish_non_exhaustive()
    }
}

/// What the next commit of a worker shall suffer, for simulations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashPoint {
    /// The commit returns [`Error::Lost`] and the step has not happened.
    BeforeWrite,
    /// The commit returns [`Error::Lost`] though the step has happened.
    AfterWrite,
    /// The commit returns [`Error::Rewound`]: the step has not happened, and the worker keeps its partitions.
    Rewound,
}

/// Where an append came to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The partition that its place named.
    pub partition: u32,
    /// Its offset there.
    pub offset: u64,
}

/// A log within this process. Clones are handles to the same log.
///
/// ```
/// use segue_log::embedded::Embedded;
/// use segue_log::{Append, Place};
///
/// let log = Embedded::in_memory();
/// let _ = log.create_topic("greetings", 1)?;
/// let append = Append {
///     topic: "greetings".into(),
///     place: Place::Key,
///     key: Some(b"ada".to_vec()),
///     value: Some(b"hello".to_vec()),
///     headers: Vec::new(),
/// };
/// let positions = log.append(vec![append.clone()])?;
/// assert_eq!(positions[0].offset, 0);
/// assert_eq!(log.read("greetings", 0, 0, 10)?[0].value.as_deref(), Some(&b"hello"[..]));
///
/// let elsewhere = Append { topic: "nowhere".into(), ..append };
/// assert!(log.append(vec![elsewhere]).is_err());
/// # Ok::<(), segue_log::Error>(())
/// ```
#[derive(Clone)]
pub struct Embedded {
    shared: Arc<Shared>,
}

/// What all handles and workers of one log share.
struct Shared {
    state: Mutex<State>,
    /// Signalled whenever records were appended or partitions changed hands.
    changed: Condvar,
    clock: Clock,
    torn: Option<Torn>,
    /// Which log this is: no two have the same.
    id: String,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics while it holds the log")
    }
}

impl Embedded {
    /// Makes an empty log that lives in memory and is gone with its last handle.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::in_memory_with(Options::default())
    }

    /// Makes an empty log in memory, with options.
    #[must_use]
    pub fn in_memory_with(options: Options) -> Self {
        let state = State::new(Journal::Memory(Vec::new()), options.append_bytes_max);
        Self::over(state, options.clock, None, id::new())
    }

    /// Opens the log that is kept in a directory; makes both where they are missing.
    ///
    /// # Errors
    /// When the directory cannot be used, belongs to another process, or holds a journal that is damaged other than
    /// by a crash during its last write. Nothing was changed then.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(dir, Options::default())
    }

    /// Opens the log that is kept in a directory, with options.
    ///
    /// # Errors
    /// As [`Embedded::open`].
    pub fn open_with(dir: impl AsRef<Path>, options: Options) -> Result<Self, OpenError> {
        let mut state = State::new(Journal::Memory(Vec::new()), options.append_bytes_max);
        let (files, torn) = journal::Files::open(
            dir.as_ref(),
            options.durability,
            options.segment_bytes_max,
            &mut |framed, location| state.replay(framed, location),
        )?;
        state.journal = Journal::Files(files);
        let id = id::of(dir.as_ref())?;
        Ok(Self::over(state, options.clock, torn, id))
    }

    fn over(state: State, clock: Clock, torn: Option<Torn>, id: String) -> Self {
        let shared = Shared { state: Mutex::new(state), changed: Condvar::new(), clock, torn, id };
        Self { shared: Arc::new(shared) }
    }

    /// Says what was cut off the journal's end when it was opened: a write that a crash had interrupted.
    #[must_use]
    pub fn torn(&self) -> Option<&Torn> {
        self.shared.torn.as_ref()
    }

    /// Makes a topic. Returns whether it is new; one that is there with as many partitions is left as it is.
    ///
    /// # Errors
    /// [`Error::Environment`] when the topic is there with another count, when `partitions` is 0, or when the journal
    /// cannot be written.
    pub fn create_topic(&self, name: &str, partitions: u32) -> Result<bool, Error> {
        let made = self.shared.lock().create_topic(name, partitions)?;
        self.shared.changed.notify_all();
        Ok(made)
    }

    /// Removes a topic, its records, and what groups have committed of it. Returns whether it was there.
    ///
    /// # Errors
    /// [`Error::Environment`] when the journal cannot be written.
    pub fn delete_topic(&self, name: &str) -> Result<bool, Error> {
        let gone = self.shared.lock().delete_topic(name)?;
        self.shared.changed.notify_all();
        Ok(gone)
    }

    /// Closes a topic to all writers, or opens it again: appends to it are [`Error::Unwritable`] in between. This is
    /// not kept on disk.
    pub fn set_writable(&self, name: &str, writable: bool) {
        self.shared.lock().set_writable(name, writable);
    }

    /// Returns all topics with the number of their partitions.
    #[must_use]
    pub fn topics(&self) -> BTreeMap<Arc<str>, u32> {
        self.shared.lock().topics.counts()
    }

    /// Appends records that belong to no step: all of them or none. Returns where each came to lie.
    ///
    /// # Errors
    /// [`Error::Unwritable`], [`Error::TooLarge`] or [`Error::Environment`]; nothing was appended then.
    pub fn append(&self, appends: Vec<Append>) -> Result<Vec<Position>, Error> {
        let now = (self.shared.clock)();
        let positions = self.shared.lock().append(&appends, now)?;
        self.shared.changed.notify_all();
        Ok(positions)
    }

    /// Returns at most `records_max` records of a partition, from offset `from` on, without being a worker.
    ///
    /// # Errors
    /// [`Error::Environment`] when there is no such partition, or the journal cannot be read.
    pub fn read(
        &self,
        topic: &str,
        partition: u32,
        from: u64,
        records_max: usize,
    ) -> Result<Vec<Record>, Error> {
        self.shared.lock().read(topic, partition, from, records_max)
    }

    /// Returns the offset that the next record of a partition will get; `None` where there is no such partition.
    #[must_use]
    pub fn end(&self, topic: &str, partition: u32) -> Option<u64> {
        self.shared.lock().topics.end(topic, partition)
    }

    /// Returns what a group has committed.
    #[must_use]
    pub fn committed(&self, group: &str) -> Vec<Progress> {
        self.shared.lock().topics.committed(group)
    }

    /// Joins a group as a new worker that reads these topics, also such as are made later.
    #[must_use]
    pub fn worker(&self, group: &str, topics: &[&str]) -> EmbeddedWorker {
        EmbeddedWorker::join(self.shared.clone(), group, topics)
    }

    /// Takes a worker for dead, as a log does with one that does not poll: its partitions go to others at once, its
    /// open step will be [`Error::Lost`], and it joins again when it polls.
    pub fn expel(&self, worker: u64) {
        self.shared.lock().leave(MemberId(worker));
        self.shared.changed.notify_all();
    }

    /// Arms a fault: the next commit of any worker suffers it, once.
    pub fn fail_next_commit(&self, point: CrashPoint) {
        self.shared.lock().fault = Some(point);
    }

    /// Forces everything written so far to the disk, whatever the [`Durability`].
    ///
    /// # Errors
    /// [`Error::Environment`] when the disk refuses; the log can then only be read until it is opened again.
    pub fn sync(&self) -> Result<(), Error> {
        self.shared.lock().sync()
    }
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Embedded").field("topics", &self.topics()).finish_non_exhaustive()
    }
}

fn system_clock() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Names a segment's file.
fn segment_path(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("journal-{number:010}.log"))
}

#[cfg(test)]
mod tests;
