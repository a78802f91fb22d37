//! A log that does not always answer what a worker asks while it restores what it keeps.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use segue_log::{Error, Happening, Identity, Progress, Record, Step, TopicPartition, Worker};

/// Which questions stay without an answer. Clones are handles to the same.
#[derive(Clone, Default)]
pub(crate) struct Silence {
    /// How many are answered until one is not; 0: all are.
    answered: Arc<AtomicU64>,
    met: Arc<AtomicU64>,
}

impl Silence {
    /// Lets the question after so many others go without an answer, once.
    pub(crate) fn after(&self, answered: u64) {
        self.answered.store(answered + 1, Ordering::Relaxed);
    }

    /// How many went without an answer.
    pub(crate) fn met(&self) -> u64 {
        self.met.load(Ordering::Relaxed)
    }

    fn meets(&self) -> bool {
        let left = self.answered.load(Ordering::Relaxed);
        self.answered.store(left.saturating_sub(1), Ordering::Relaxed);
        let meets = left == 1;
        let _ = self.met.fetch_add(u64::from(meets), Ordering::Relaxed);
        meets
    }
}

/// Decide's hold on the log as Kafka gives it: a question that is not answered in time undoes the step at hand.
pub(crate) struct Unanswered {
    pub(crate) inner: Box<dyn Worker>,
    pub(crate) silence: Silence,
}

impl Unanswered {
    fn ask(&mut self) -> Result<(), Error> {
        if !self.silence.meets() {
            return Ok(());
        }
        self.inner.rewind()?;
        Err(Error::Rewound { reason: "no-answer" })
    }
}

impl Worker for Unanswered {
    fn poll(&mut self, records_max: usize, wait: Duration) -> Result<Happening, Error> {
        self.inner.poll(records_max, wait)
    }
    fn start(&mut self, partitions: &[(TopicPartition, Option<u64>)]) -> Result<(), Error> {
        self.inner.start(partitions)
    }
    fn commit(&mut self, step: Step) -> Result<Vec<Progress>, Error> {
        self.inner.commit(step)
    }
    fn rewind(&mut self) -> Result<(), Error> {
        self.inner.rewind()
    }
    fn scan(
        &mut self,
        partition: &TopicPartition,
        from: u64,
        visit: &mut dyn FnMut(Record),
    ) -> Result<Range<u64>, Error> {
        self.ask()?;
        self.inner.scan(partition, from, visit)
    }
    fn identity(&mut self, topic: &str) -> Result<Option<Identity>, Error> {
        // Asked only where state is on disk; which must come to the same as where it is in memory.
        self.inner.identity(topic)
    }
    fn partitions(&mut self, topic: &str) -> Result<Option<u32>, Error> {
        self.ask()?;
        self.inner.partitions(topic)
    }
    fn group_position(&mut self, partition: &TopicPartition) -> Result<Option<u64>, Error> {
        self.ask()?;
        self.inner.group_position(partition)
    }
    fn committed(&self) -> Vec<Progress> {
        self.inner.committed()
    }
    fn close(self: Box<Self>) {
        self.inner.close();
    }
}
