//! A partition that was assigned begins with what was kept of it: from its store as far as that goes, from the changelog
//! beyond that.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use segue_engine::{Partition, RestoreError, Role, changelog};
use segue_log::{Error, TopicPartition, Worker};
use segue_store::Batch;
use segue_telemetry::Counter;
use segue_wire::topics::{PROFILES, SHARED};

use crate::Around;
use crate::decide::Rules;
use crate::disk::{Disk, OnDisk, Trouble};
use crate::state::Stores;

/// After how many records of a restore it says that it is alive.
const TICK_EVERY: u64 = 1_000;
/// So many records, or bytes of values, are applied to a store at once.
const BATCH_RECORDS_MAX: usize = 1_000;
const BATCH_BYTES_MAX: usize = 4 << 20;
/// How often it is tried with a store before the partition is kept in memory.
const ATTEMPTS_MAX: usize = 3;

/// What restoring needs of the loop.
pub(crate) struct Restoring<'a> {
    pub(crate) worker: &'a mut dyn Worker,
    pub(crate) rules: &'a Rules,
    pub(crate) stores: &'a mut Stores,
    pub(crate) around: &'a Around,
}

impl Restoring<'_> {
    /// Reads what was kept of a partition.
    ///
    /// # Errors
    /// The log cannot be read, or what was kept in it cannot be, or has gone.
    pub(crate) fn partition(&mut self, place: &TopicPartition) -> Result<Partition, Error> {
        let began = Instant::now();
        let role = match &*place.topic {
            SHARED => Role::Shared { partitions: self.rules.partitions },
            _ => Role::Log,
        };
        // One more partition would keep its state where that of another is kept, and hold other subjects than before.
        let count = if role == Role::Log { self.rules.partitions } else { 1 };
        if place.partition >= count {
            return Err(Error::Environment(format!(
                "topic {} has grown beyond its {count} partitions: their number is fixed once it is made, since subjects are placed by it",
                place.topic
            )));
        }
        let changelog =
            TopicPartition { topic: PROFILES.into(), partition: changelog::place(role, place.partition) };
        // Asked before the changelog is read: where the partition has gone to another meanwhile, which this worker
        // hears of only later, the group's position grows on, and would seem to be ahead of what was read.
        let decided_to = self.worker.group_position(place)?.unwrap_or(0);
        let (machine, resumed_at) = match self.read_disk(place, &changelog, role)? {
            Some(restored) => restored,
            None => (self.read_changelog(place, &changelog, role)?, None),
        };
        let machine = self.by_its_bundle(place, machine)?;
        let machine = self.with_its_shadow(place, machine)?;
        refuse_lost_state(place, &changelog, decided_to, machine.next().unwrap_or(0))?;
        tracing::info!(
            topic = %place.topic,
            partition = place.partition,
            bundle = %machine.bundle().digest,
            profiles = machine.profiles(),
            resumed_at,
            took_ms = began.elapsed().as_millis() as u64,
            "partition restored"
        );
        self.around.metrics.count(Counter::PartitionsRestored, 1);
        Ok(machine)
    }

    /// From the whole changelog, into memory.
    fn read_changelog(
        &mut self,
        place: &TopicPartition,
        changelog: &TopicPartition,
        role: Role,
    ) -> Result<Partition, Error> {
        let mut machine = self.machine(place, role);
        let mut fault = None;
        let mut tick = self.tick();
        let _ = self.worker.scan(changelog, 0, &mut |record| {
            tick();
            if fault.is_none() {
                fault = machine.restore(&record).err();
            }
        })?;
        fault.map_or(Ok(machine), |fault| Err(unreadable(&fault)))
    }

    /// From the partition's store and what the changelog has beyond it, with the place where that began; `None` where it is
    /// kept in memory.
    fn read_disk(
        &mut self,
        place: &TopicPartition,
        changelog: &TopicPartition,
        role: Role,
    ) -> Result<Option<(Partition, Option<u64>)>, Error> {
        for _ in 0..ATTEMPTS_MAX {
            let partitions = self.rules.partitions;
            let Some(disk) = self.stores.open(self.worker, place, changelog, partitions, self.around)? else {
                return Ok(None);
            };
            let from = disk.borrow().next();
            match self.catch_up(place, changelog, role, &disk)? {
                Ok(machine) => return Ok(Some((machine, Some(from)))),
                Err(trouble) => self.stores.give_up(place, &trouble, &self.around.metrics),
            }
        }
        Ok(None)
    }

    fn catch_up(
        &mut self,
        place: &TopicPartition,
        changelog: &TopicPartition,
        role: Role,
        disk: &Rc<RefCell<Disk>>,
    ) -> Result<Result<Partition, Trouble>, Error> {
        let mut machine = self.machine(place, role);
        machine.keep_on(Box::new(OnDisk(disk.clone())));
        let mut tick = self.tick();
        if let Err(trouble) = disk.borrow().load(&mut machine, &mut tick) {
            return Ok(Err(trouble));
        }
        let from = disk.borrow().next();
        let (mut fault, mut changes, mut records, mut bytes) = (None, Batch::default(), 0, 0);
        let extent = self.worker.scan(changelog, from, &mut |record| {
            tick();
            if fault.is_some() {
                return;
            }
            fault = machine.restore(&record).err();
            (records, bytes) = (records + 1, bytes + record.value.as_ref().map_or(0, Vec::len));
            let key = record.key.unwrap_or_default();
            match record.value {
                Some(value) => changes.put(key, value),
                None => changes.remove(key),
            }
            if records >= BATCH_RECORDS_MAX || bytes >= BATCH_BYTES_MAX {
                (records, bytes) = (0, 0);
                disk.borrow_mut().apply(record.offset + 1, std::mem::take(&mut changes));
            }
        })?;
        if from > extent.end {
            let end = extent.end;
            return Ok(Err(Trouble::Damaged(format!("it is at {from}, past the changelog's end {end}"))));
        }
        if from > 0 && from < extent.start {
            let start = extent.start;
            return Ok(Err(Trouble::Useless(format!(
                "it is at {from}, and the changelog begins at {start}"
            ))));
        }
        if let Some(fault) = fault {
            return Err(unreadable(&fault));
        }
        disk.borrow_mut().apply(extent.end, changes);
        let trouble = disk.borrow().trouble().cloned();
        Ok(trouble.map_or(Ok(machine), Err))
    }

    fn machine(&self, place: &TopicPartition, role: Role) -> Partition {
        let first = self.rules.bundles.first().clone();
        Partition::new(role, place.partition, first, self.rules.settings.clone())
    }

    /// Lets a partition go on by the bundle that it was told to decide by.
    fn by_its_bundle(&mut self, place: &TopicPartition, mut machine: Partition) -> Result<Partition, Error> {
        let Some(digest) = machine.told_bundle().filter(|told| *told != machine.bundle().digest) else {
            return Ok(machine);
        };
        let TopicPartition { topic, partition } = place;
        match self.rules.bundles.find(digest, self.worker)? {
            Ok(bundle) => machine.adopt(bundle),
            Err(detail) => {
                return Err(Error::Environment(format!(
                    "{topic}/{partition} decides by the bundle {digest}, which was deployed, and it cannot be used here: {detail}; run the version that deployed it"
                )));
            }
        }
        Ok(machine)
    }

    /// Lets the bundle decide beside a partition's own that it was told of. Without it the partition goes on all the same.
    fn with_its_shadow(
        &mut self,
        place: &TopicPartition,
        mut machine: Partition,
    ) -> Result<Partition, Error> {
        let Some(digest) = machine.told_shadow() else { return Ok(machine) };
        match self.rules.bundles.find(digest, self.worker)? {
            Ok(bundle) => machine.adopt_shadow(bundle),
            Err(detail) => {
                let TopicPartition { topic, partition } = place;
                tracing::error!(%topic, partition, bundle = %digest, detail, "bundle cannot be used: it does not decide beside the one that counts");
            }
        }
        Ok(machine)
    }

    /// Says now and then that a long restore is at work, and does not hang.
    fn tick(&self) -> impl FnMut() + use<> {
        let (health, mut read) = (self.around.health.clone(), 0u64);
        move || {
            read += 1;
            if read.is_multiple_of(TICK_EVERY) {
                health.tick();
            }
        }
    }
}

fn unreadable(fault: &RestoreError) -> Error {
    Error::Environment(format!(
        "{fault}; it was written by another version or is damaged: run the version that wrote it"
    ))
}

/// Refuses to begin where the group had read further than the state knows: they are written together, so the changelog
/// has lost what was kept. To go on would forget profiles without a word.
fn refuse_lost_state(
    partition: &TopicPartition,
    changelog: &TopicPartition,
    decided_to: u64,
    next: u64,
) -> Result<(), Error> {
    if decided_to <= next {
        return Ok(());
    }
    let TopicPartition { topic, partition } = partition;
    Err(Error::Environment(format!(
        "{topic}/{partition} was decided up to {decided_to}, but its changelog {}/{} knows of {next} only: restore the topic; or, to begin again with nothing known, remove the offsets of group segue.decide",
        changelog.topic, changelog.partition,
    )))
}
