//! The port itself: one worker's hold on the log.

use std::ops::Range;
use std::time::Duration;

use crate::record::{Identity, Progress, Record, Step, TopicPartition};

/// What a poll can bring.
#[derive(Debug)]
pub enum Happening {
    /// These partitions now belong to the worker. None of their records is polled before the worker has called
    /// [`Worker::start`] for them.
    Assigned(Vec<TopicPartition>),
    /// These partitions no longer belong to the worker. What it kept of them is to be dropped.
    Revoked(Vec<TopicPartition>),
    /// Records, each partition's in order of its offsets; empty when nothing came within the wait.
    Records(Vec<Record>),
}

/// Why a poll or a commit did not succeed, by what the worker has to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The step did not happen, and reading goes on from the last commit. The worker drops what the step changed in
    /// memory and polls again.
    #[error("step undone ({reason})")]
    Rewound {
        /// A word for counting, such as `rebalance` or `timeout`.
        reason: &'static str,
    },
    /// Whether the step happened is not known, or another took over. The worker drops everything that it keeps of
    /// its partitions; they are assigned to it anew if they are still its own.
    #[error("hold lost ({reason})")]
    Lost {
        /// A word for counting, such as `fenced` or `unknown-outcome`.
        reason: &'static str,
    },
    /// The step did not happen because this topic cannot be written: it is gone, or the worker may not. Reading goes
    /// on from the last commit.
    #[error("cannot write to topic {topic}: {detail}")]
    Unwritable {
        /// The topic.
        topic: String,
        /// What the log said.
        detail: String,
    },
    /// One append is larger than its topic takes. The step did not happen; reading goes on from the last commit.
    #[error("append {index} of the step is too large for topic {topic}")]
    TooLarge {
        /// The topic.
        topic: String,
        /// Which append of the step.
        index: usize,
    },
    /// The log cannot be used at all: it cannot be reached, or a setting is wrong. The worker stops.
    #[error("{0}")]
    Environment(String),
}

/// One worker's hold on a log: it reads what is assigned to it and commits steps. Used by one thread.
pub trait Worker {
    /// Waits at most `wait` for something to happen, and returns at most `records_max` records.
    ///
    /// Called again and again, at least every few seconds, also while nothing is read: the log takes a worker that
    /// does not poll for dead.
    ///
    /// # Errors
    /// See [`Error`]; after any of them but [`Error::Environment`] the worker polls again.
    fn poll(&mut self, records_max: usize, wait: Duration) -> Result<Happening, Error>;

    /// Begins to read partitions that were assigned: from `next` where it is given, else from where the worker's
    /// group has committed, else from the first record there is. One that is read already is read on.
    ///
    /// # Errors
    /// As [`Worker::poll`].
    fn start(&mut self, partitions: &[(TopicPartition, Option<u64>)]) -> Result<(), Error>;

    /// Makes the step happen. When it returns `Ok`, all of it is durable and visible. Returns, of each partition that
    /// the step appended to, an offset behind its appends there: the next one, or a lower one; a partition of which
    /// none is known is left out. Who reads on from there misses nothing of later steps.
    ///
    /// # Errors
    /// See [`Error`]: each says whether the step happened.
    fn commit(&mut self, step: Step) -> Result<Vec<Progress>, Error>;

    /// Undoes the step at hand, of which nothing was committed: what was polled since the last commit comes again.
    ///
    /// # Errors
    /// As [`Worker::poll`].
    fn rewind(&mut self) -> Result<(), Error>;

    /// Reads one partition from `from`, or from its first record where that comes later, to its present end, and returns
    /// the place of the first record and that end: to restore what the worker keeps. Where `from` is past the end,
    /// nothing is read. The end counts committed records of others too; an open step of another is waited for.
    ///
    /// # Errors
    /// As [`Worker::poll`].
    fn scan(
        &mut self,
        partition: &TopicPartition,
        from: u64,
        visit: &mut dyn FnMut(Record),
    ) -> Result<Range<u64>, Error>;

    /// Says which log a topic is of, and which life of it; `None` where the log cannot tell lives apart, or there is
    /// no such topic.
    ///
    /// # Errors
    /// As [`Worker::poll`].
    fn identity(&mut self, topic: &str) -> Result<Option<Identity>, Error>;

    /// Says how many partitions a topic has; `None` where there is no such topic.
    ///
    /// # Errors
    /// As [`Worker::poll`].
    fn partitions(&mut self, topic: &str) -> Result<Option<u32>, Error>;

    /// Says up to where the worker's group has committed a partition, whoever reads it now: the offset of the next
    /// record to read. `None` where the group has never committed it.
    ///
    /// # Errors
    /// As [`Worker::poll`].
    fn group_position(&mut self, partition: &TopicPartition) -> Result<Option<u64>, Error>;

    /// Returns what was read last, as the worker's group has it: for tests and health.
    fn committed(&self) -> Vec<Progress>;

    /// Leaves: the worker's partitions go to others at once. What was not committed is undone.
    fn close(self: Box<Self>);
}
