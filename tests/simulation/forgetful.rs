//! A log that gives back profiles without what was released to them, and a checker that must notice: whoever was restored
//! counts caps from nothing.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use segue_log::{Error, Happening, Identity, Progress, Record, Step, TopicPartition, Worker};
use segue_testkit::checker::{FaultKind, check};
use segue_testkit::load::bundle_dir;
use segue_wire::topics::PROFILES;
use serde_json::{Value, json};

use crate::run_in;
use crate::world::World;

/// Decide's hold on a log that forgets.
pub(crate) struct Forgetful<W> {
    pub(crate) inner: W,
}

fn without_released(mut record: Record) -> Record {
    let value = record.value.as_deref().and_then(|value| serde_json::from_slice::<Value>(value).ok());
    if let Some(mut value) = value
        && let Some(released) = value.pointer_mut("/past/released")
    {
        *released = json!({});
        record.value = Some(value.to_string().into_bytes());
    }
    record
}

impl<W: Worker> Worker for Forgetful<W> {
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
        let forgets = &*partition.topic == PROFILES;
        self.inner.scan(partition, from, &mut |record| {
            visit(if forgets { without_released(record) } else { record });
        })
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
        Box::new(self.inner).close();
    }
}

#[test]
fn caps_that_are_counted_from_nothing_after_a_restore_are_caught() {
    let bundle = Arc::new(segue_bundle::load(&bundle_dir()).unwrap().bundle);
    let is_caught = |seed| {
        let world = run_in(World { is_forgetful: true, ..World::new(seed, &bundle) }, seed);
        let mut evidence = world.evidence();
        evidence.replayed = None;
        check(&evidence).kinds().contains(&FaultKind::CapExceeded)
    };
    let caught = (0..40).filter(|seed| is_caught(*seed)).count();
    assert!(caught >= 4, "of 40 schedules only {caught} have met it");
}
