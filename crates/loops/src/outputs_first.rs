//! Without transactions: what leaves is safe before the state is kept that knows of it.
//!
//! A step's records go to many partitions at once, and a kill in their midst leaves some of them. Were the state among
//! those and a task not, the restart would go on behind the task, and it would be lost. So a step is written in two: a
//! kill between them has the outputs again, which is what at-least-once means.

use std::ops::Range;
use std::time::Duration;

use segue_log::{Append, Error, Happening, Identity, Progress, Record, Step, TopicPartition, Worker};
use segue_wire::topics::PROFILES;

/// A worker whose steps are written outputs first.
pub struct OutputsFirst(Box<dyn Worker>);

impl OutputsFirst {
    /// Wraps a worker that does not make steps all-or-nothing.
    #[must_use]
    pub fn new(worker: Box<dyn Worker>) -> OutputsFirst {
        OutputsFirst(worker)
    }
}

impl Worker for OutputsFirst {
    fn poll(&mut self, records_max: usize, wait: Duration) -> Result<Happening, Error> {
        self.0.poll(records_max, wait)
    }

    fn start(&mut self, partitions: &[(TopicPartition, Option<u64>)]) -> Result<(), Error> {
        self.0.start(partitions)
    }

    fn commit(&mut self, step: Step) -> Result<Vec<Progress>, Error> {
        let is_kept = |append: &Append| &*append.topic == PROFILES;
        let (kept, outputs): (Vec<_>, Vec<_>) = step.appends.into_iter().partition(is_kept);
        if !outputs.is_empty() && !kept.is_empty() {
            let mut ends = self.0.commit(Step { appends: outputs, progress: Vec::new() })?;
            ends.append(&mut self.0.commit(Step { appends: kept, progress: step.progress })?);
            return Ok(ends);
        }
        self.0.commit(Step { appends: [outputs, kept].concat(), progress: step.progress })
    }

    fn rewind(&mut self) -> Result<(), Error> {
        self.0.rewind()
    }

    fn scan(
        &mut self,
        partition: &TopicPartition,
        from: u64,
        visit: &mut dyn FnMut(Record),
    ) -> Result<Range<u64>, Error> {
        self.0.scan(partition, from, visit)
    }

    fn identity(&mut self, topic: &str) -> Result<Option<Identity>, Error> {
        self.0.identity(topic)
    }

    fn partitions(&mut self, topic: &str) -> Result<Option<u32>, Error> {
        self.0.partitions(topic)
    }

    fn group_position(&mut self, partition: &TopicPartition) -> Result<Option<u64>, Error> {
        self.0.group_position(partition)
    }

    fn committed(&self) -> Vec<Progress> {
        self.0.committed()
    }

    fn close(self: Box<Self>) {
        self.0.close();
    }
}
