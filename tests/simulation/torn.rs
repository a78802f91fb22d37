//! A log on which a part of a step can be there though the step has not happened.

use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use segue_log::embedded::{CrashPoint, Embedded};
use segue_log::{Error, Happening, Identity, Progress, Record, Step, TopicPartition, Worker};

/// Intake's hold on the log as Kafka gives it: what is appended and how far was read are not one step. Now and then a
/// part of a step is there, and the step has not happened.
pub(crate) struct Torn {
    pub(crate) inner: Box<dyn Worker>,
    pub(crate) log: Embedded,
    pub(crate) next: Arc<Mutex<Option<u64>>>,
}

impl Worker for Torn {
    fn poll(&mut self, records_max: usize, wait: Duration) -> Result<Happening, Error> {
        self.inner.poll(records_max, wait)
    }
    fn start(&mut self, partitions: &[(TopicPartition, Option<u64>)]) -> Result<(), Error> {
        self.inner.start(partitions)
    }
    fn commit(&mut self, step: Step) -> Result<Vec<Progress>, Error> {
        if let Some(share) = self.next.lock().unwrap().take() {
            let written = step.appends.len() * (share as usize) / 100;
            let _ = self.log.append(step.appends[..written].to_vec())?;
            self.log.fail_next_commit(CrashPoint::Rewound);
        }
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
        self.inner.scan(partition, from, visit)
    }
    fn identity(&mut self, topic: &str) -> Result<Option<Identity>, Error> {
        self.inner.identity(topic)
    }
    fn partitions(&mut self, topic: &str) -> Result<Option<u32>, Error> {
        self.inner.partitions(topic)
    }
    fn group_position(&mut self, partition: &TopicPartition) -> Result<Option<u64>, Error> {
        self.inner.group_position(partition)
    }
    fn committed(&self) -> Vec<Progress> {
        self.inner.committed()
    }
    fn close(self: Box<Self>) {
        self.inner.close();
    }
}
