//! Decide: from the log to tasks. One state machine a partition; what a step changes is kept once it is committed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use segue_bundle::Bundle;
use segue_engine::{Effects, Partition, Role, Settings, Tally, changelog};
use segue_log::{Append, Error, Happening, Place, Progress, Record, Step, TopicPartition, Worker};
use segue_model::Timestamp;
use segue_telemetry::{CopyResult, Counter, Gauge, Loop, StepResult, Timing};
use segue_wire::topics::{LOG, PROFILES, SHARED};
use segue_wire::{LogRecord, log_record};

use crate::clock::Reader;
use crate::{Around, progress};

/// After how many records of a restore it says that it is alive.
const TICK_EVERY: u64 = 1_000;

/// What the loop decides by.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The bundle.
    pub bundle: Arc<Bundle>,
    /// The settings of decisions.
    pub settings: Settings,
    /// How many partitions the log has.
    pub partitions: u32,
}

/// Runs until it is told to stop, then leaves.
///
/// # Errors
/// The log cannot be used at all, or what was kept in it cannot be read; nothing is lost.
pub fn run(worker: Box<dyn Worker>, rules: Rules, clock: Reader, around: &Around) -> Result<(), Error> {
    let mut decide = Decide::new(worker, rules, clock, around.clone());
    while !around.is_stopped() {
        decide.turn()?;
    }
    decide.close();
    Ok(())
}

/// The loop between two turns.
pub struct Decide {
    worker: Box<dyn Worker>,
    rules: Rules,
    clock: Reader,
    owned: BTreeMap<TopicPartition, Partition>,
    /// For which due time a partition's tick has been appended, so that it is appended once.
    ticked: BTreeMap<TopicPartition, Timestamp>,
    around: Around,
}

impl Decide {
    /// A loop that owns no partition yet.
    pub fn new(worker: Box<dyn Worker>, rules: Rules, clock: Reader, around: Around) -> Decide {
        Decide { worker, rules, clock, owned: BTreeMap::new(), ticked: BTreeMap::new(), around }
    }

    /// One turn: polls, does what came, and appends the ticks that are due. A step that did not happen is undone, and
    /// the next turn goes on.
    ///
    /// # Errors
    /// As [`run`].
    pub fn turn(&mut self) -> Result<(), Error> {
        self.around.health.tick();
        match self.take_turn() {
            Ok(()) => Ok(()),
            Err(error @ Error::Environment(_)) => Err(error),
            Err(error) => {
                self.undo(&error);
                Ok(())
            }
        }
    }

    /// Leaves the log: the partitions go to others at once.
    pub fn close(self) {
        self.worker.close();
    }

    fn take_turn(&mut self) -> Result<(), Error> {
        match self.worker.poll(self.around.records_max, self.around.wait)? {
            Happening::Assigned(partitions) => self.restore(&partitions)?,
            Happening::Revoked(partitions) => {
                tracing::info!(count = partitions.len(), "log partitions revoked");
                for partition in &partitions {
                    let _ = self.owned.remove(partition);
                    let _ = self.ticked.remove(partition);
                }
            }
            Happening::Records(records) if records.is_empty() => {}
            Happening::Records(records) => self.step(&records)?,
        }
        self.tick()?;
        self.show();
        Ok(())
    }

    /// Reads what was kept of the partitions, then begins to read them where that leaves off.
    fn restore(&mut self, partitions: &[TopicPartition]) -> Result<(), Error> {
        let mut starts = Vec::new();
        for partition in partitions {
            let began = Instant::now();
            let role = match &*partition.topic {
                SHARED => Role::Shared { partitions: self.rules.partitions },
                _ => Role::Log,
            };
            // One more partition would keep its state where that of another is kept, and hold other subjects than before.
            let count = if role == Role::Log { self.rules.partitions } else { 1 };
            if partition.partition >= count {
                return Err(Error::Environment(format!(
                    "topic {} has grown beyond its {count} partitions: their number is fixed once it is made, since subjects are placed by it",
                    partition.topic
                )));
            }
            let mut machine = Partition::new(
                role,
                partition.partition,
                self.rules.bundle.clone(),
                self.rules.settings.clone(),
            );
            let changelog = TopicPartition {
                topic: PROFILES.into(),
                partition: changelog::place(role, partition.partition),
            };
            // Asked before the changelog is read: where the partition has gone to another meanwhile, which this worker
            // hears of only later, the group's position grows on, and would seem to be ahead of what was read.
            let decided_to = self.worker.group_position(partition)?.unwrap_or(0);
            let mut fault = None;
            let mut read = 0u64;
            let health = &self.around.health;
            let _ = self.worker.scan(&changelog, 0, &mut |record| {
                // A long restore is at work, not hanging.
                read += 1;
                if read.is_multiple_of(TICK_EVERY) {
                    health.tick();
                }
                if fault.is_none() {
                    fault = machine.restore(&record).err();
                }
            })?;
            if let Some(fault) = fault {
                return Err(Error::Environment(format!(
                    "{fault}; it was written by another version or is damaged: run the version that wrote it"
                )));
            }
            refuse_lost_state(partition, &changelog, decided_to, machine.next().unwrap_or(0))?;
            tracing::info!(
                topic = %partition.topic,
                partition = partition.partition,
                profiles = machine.profiles(),
                took_ms = began.elapsed().as_millis() as u64,
                "partition restored"
            );
            self.around.metrics.count(Counter::PartitionsRestored, 1);
            starts.push((partition.clone(), machine.next()));
            let _ = self.owned.insert(partition.clone(), machine);
        }
        self.worker.start(&starts)?;
        self.around.health.ready();
        Ok(())
    }

    fn step(&mut self, records: &[Record]) -> Result<(), Error> {
        let mut began = Instant::now();
        let mut effects = Effects::default();
        let mut from = 0;
        for (at, record) in records.iter().enumerate() {
            let place = TopicPartition { topic: record.topic.clone(), partition: record.partition };
            while self.owned.get_mut(&place).is_some_and(|machine| !machine.step_some(record, &mut effects)) {
                // There is more due before this record than one commit should hold. Its own offset goes along, though
                // it is not passed yet: so another owner of the partition would fence this one.
                let mut progress = progress::of(&records[from..at]);
                progress.retain(|read| read.topic != place.topic || read.partition != place.partition);
                progress.push(Progress {
                    topic: place.topic.clone(),
                    partition: place.partition,
                    next: record.offset,
                });
                self.commit(progress, std::mem::take(&mut effects), began)?;
                (from, began) = (at, Instant::now());
            }
        }
        self.commit(progress::of(&records[from..]), effects, began)
    }

    /// Commits what `effects` has, made since `began`, of the partitions that were read.
    fn commit(&mut self, progress: Vec<Progress>, mut effects: Effects, began: Instant) -> Result<(), Error> {
        let read = |place: &TopicPartition| {
            progress.iter().any(|read| read.topic == place.topic && read.partition == place.partition)
        };
        for (_, machine) in self.owned.iter_mut().filter(|(place, _)| read(place)) {
            machine.finish(&mut effects);
        }
        let Effects { appends, tally, .. } = effects;
        let _ = self.worker.commit(Step { appends, progress: progress.clone() })?;
        for (place, machine) in self.owned.iter_mut().filter(|(place, _)| read(place)) {
            machine.settle();
            if machine.due_at().is_some_and(|due| due <= machine.now()) {
                // What is left over of one instant waits for a tick of its own.
                let _ = self.ticked.remove(place);
            }
        }
        self.around.metrics.observe(Timing::Step { of: Loop::Decide }, began.elapsed().as_secs_f64());
        self.count(&tally);
        // A step that was written shows that what it writes to can be written again.
        self.around.health.ready();
        Ok(())
    }

    /// Appends a tick to each partition in which something is due: time goes on only when it is read back.
    fn tick(&mut self) -> Result<(), Error> {
        let now = self.clock.now();
        let mut appends = Vec::new();
        for (place, machine) in &self.owned {
            let Some(due) = machine.due_at().filter(|due| *due <= now) else { continue };
            if self.ticked.insert(place.clone(), due) == Some(due) {
                continue;
            }
            appends.push(Append {
                topic: place.topic.clone(),
                place: Place::Partition(place.partition),
                key: None,
                value: Some(log_record::encode(&LogRecord::Tick { at: now }).into_bytes()),
                headers: Vec::new(),
            });
        }
        if appends.is_empty() {
            return Ok(());
        }
        self.worker.commit(Step { appends, progress: Vec::new() }).map(|_| ())
    }

    /// A step did not happen: what it changed in memory is forgotten, and where that is not enough, all of it.
    fn undo(&mut self, error: &Error) {
        self.ticked.clear();
        if matches!(error, Error::Lost { .. }) {
            self.owned.clear();
        }
        for machine in self.owned.values_mut() {
            machine.undo();
        }
        self.around.undone(Loop::Decide, error);
    }

    fn show(&self) {
        let metrics = &self.around.metrics;
        metrics.set(Gauge::PartitionsOwned { of: Loop::Decide }, self.owned.len() as i64);
        let profiles: usize = self.owned.values().map(Partition::profiles).sum();
        metrics.set(Gauge::Profiles, profiles as i64);
    }

    fn count(&mut self, tally: &Tally) {
        let metrics = &self.around.metrics;
        metrics.count(Counter::Steps { of: Loop::Decide, result: StepResult::Committed }, 1);
        let now = self.clock.now();
        for released_at in &tally.released {
            let seconds = now.since(*released_at).0.max(0) as f64 / 1000.0;
            metrics.observe(Timing::EventToTask, seconds);
        }
        for (ending, by) in &tally.endings {
            let result = match *ending {
                "duplicate" | "seen" => CopyResult::Duplicate,
                "failed" => CopyResult::Failed,
                _ => CopyResult::Decision,
            };
            metrics.count(Counter::LogCopies { result }, *by);
            metrics.count(Counter::Decisions { result: ending }, *by);
        }
        for ((action, destination), by) in &tally.tasks {
            metrics.count(Counter::Tasks { action, destination }, *by);
        }
        for (code, by) in &tally.failed {
            metrics.count(Counter::FailedEvents { code }, *by);
        }
        for (rule, by) in &tally.rule_errors {
            metrics.count(Counter::ExpressionErrors { rule }, *by);
        }
        for (of, by) in &tally.forgotten {
            metrics.count(Counter::Forgotten { of }, *by);
        }
        if !tally.forgotten.is_empty() {
            // One line a step: whom it is about must not be said, and a busy subject would fill the log.
            let of: Vec<&str> = tally.forgotten.keys().map(String::as_str).collect();
            let count: u64 = tally.forgotten.values().sum();
            tracing::warn!(of = of.join(" "), count, "remembered events given up while still asked for");
        }
    }
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

/// The topics that a decide worker reads.
pub const TOPICS: [&str; 2] = [LOG, SHARED];
