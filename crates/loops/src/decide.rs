//! Decide: from the log to tasks. One state machine a partition; what a step changes is kept once it is committed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use segue_bundle::bundle::{Control, Policy, PolicyKind};
use segue_engine::{Effects, Partition, Settings, Tally};
use segue_log::{Append, Error, Happening, Place, Progress, Record, Step, TopicPartition, Worker};
use segue_model::{Span, Timestamp};
use segue_telemetry::{Arm, CopyResult, Counter, Gauge, Loop, StepResult, Timing};
use segue_wire::topics::{LOG, SHARED};
use segue_wire::{LogRecord, log_record};

use crate::bulkhead::Bulkhead;
use crate::bundles::Bundles;
use crate::clock::Reader;
use crate::disk::Trouble;
use crate::pseudonyms::Pseudonyms;
use crate::restore::Restoring;
use crate::state::{self, Stores};
use crate::{Around, progress};

mod commands;
mod notes;

/// What the loop decides by.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The bundle to begin with, and those that were deployed.
    pub bundles: Bundles,
    /// The settings of decisions.
    pub settings: Settings,
    /// How many partitions the log has.
    pub partitions: u32,
    /// How old what is decided next may be before nothing is released until the router has caught up; `None`: as old as
    /// it may be, as for a clock that is moved by hand, in leaps.
    pub behind_after: Option<Span>,
    /// How long a topic that cannot be written is left alone before it is tried again.
    pub try_after: Duration,
    /// What the keys of what leaves are made pseudonyms with, if they are to be.
    pub pseudonyms: Option<Pseudonyms>,
}

/// How long a topic that cannot be written is left alone, unless something else is said.
pub const TRY_AFTER: Duration = Duration::from_secs(5);
/// How many times smaller steps are cut while a bundle decides beside the one that counts.
const SHADOW_SHARE: usize = 8;
/// How old what is decided next may be, unless something else is said.
pub const BEHIND_AFTER: Span = Span(60_000);

/// Runs until it is told to stop, then leaves.
///
/// # Errors
/// The log cannot be used at all, or what was kept in it cannot be read; nothing is lost.
pub fn run(
    worker: Box<dyn Worker>,
    rules: Rules,
    state: Option<state::Settings>,
    clock: Reader,
    around: &Around,
) -> Result<(), Error> {
    let mut decide = Decide::new(worker, rules, state, clock, around.clone());
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
    /// Those that were assigned and are not restored yet. What keeps one from being restored passes, so it stays here
    /// until it is, or belongs to another.
    assigned: VecDeque<TopicPartition>,
    /// Those that are restored.
    owned: BTreeMap<TopicPartition, Partition>,
    /// What is kept of them on disk.
    stores: Stores,
    /// For which due time a partition's tick has been appended, so that it is appended once.
    ticked: BTreeMap<TopicPartition, Timestamp>,
    bulkhead: Bulkhead,
    /// What is wrong with a bundle that was deployed and cannot be used.
    refused: Option<String>,
    /// The bundles that are decided by, as they are shown.
    shown: BTreeSet<String>,
    /// The parts that are paused, as they are shown.
    shown_paused: BTreeSet<String>,
    around: Around,
}

impl Decide {
    /// A loop that owns no partition yet.
    pub fn new(
        worker: Box<dyn Worker>,
        rules: Rules,
        state: Option<state::Settings>,
        clock: Reader,
        around: Around,
    ) -> Decide {
        let bulkhead = Bulkhead::new(rules.bundles.first(), rules.try_after);
        let (assigned, owned, ticked) = (VecDeque::new(), BTreeMap::new(), BTreeMap::new());
        let stores = Stores::new(state);
        let (refused, shown, shown_paused) = (None, BTreeSet::new(), BTreeSet::new());
        Decide {
            worker,
            rules,
            clock,
            assigned,
            owned,
            stores,
            ticked,
            bulkhead,
            refused,
            shown,
            shown_paused,
            around,
        }
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

    /// Arms a fault in each store that is open: the next use of it suffers it, once.
    pub fn fail_state(&mut self, suffers: state::Suffers) {
        self.stores.fail_next(suffers);
    }

    /// Leaves the log: the partitions go to others at once.
    pub fn close(mut self) {
        self.assigned.clear();
        self.owned.clear();
        self.stores.close_all();
        self.worker.close();
    }

    /// How many records a step takes at most. A bundle that decides beside may take long: then a step is cut smaller, so that
    /// this loop still ticks.
    fn records_max(&self) -> usize {
        let has_shadow = self.owned.values().any(|owned| owned.shadow().is_some());
        let share = if has_shadow { SHADOW_SHARE } else { 1 };
        (self.around.records_max / share).max(1)
    }

    fn take_turn(&mut self) -> Result<(), Error> {
        self.mend()?;
        let mut polled = Vec::new();
        let wait = if self.stores.is_forgetting() { Duration::ZERO } else { self.around.wait };
        match self.worker.poll(self.records_max(), wait)? {
            Happening::Assigned(partitions) => {
                let is_new = |place: &TopicPartition| !self.assigned.contains(place);
                let new: Vec<_> = partitions.into_iter().filter(is_new).collect();
                self.assigned.extend(new);
            }
            Happening::Revoked(partitions) => {
                tracing::info!(count = partitions.len(), "log partitions revoked");
                self.assigned.retain(|place| !partitions.contains(place));
                for partition in &partitions {
                    let _ = self.owned.remove(partition);
                    let _ = self.ticked.remove(partition);
                    self.stores.close(partition);
                }
            }
            Happening::Records(records) => polled = records,
        }
        self.restore()?;
        if !polled.is_empty() {
            self.step(&polled)?;
        }
        self.tick()?;
        self.open_topics()?;
        self.stores.forget(&self.around.metrics);
        self.stores.look_after(&self.around.metrics);
        self.show();
        Ok(())
    }

    /// Reads what was kept of the partitions that were assigned, and begins to read each where that leaves off. One that
    /// cannot be restored now is tried again with the next turn, after the others.
    fn restore(&mut self) -> Result<(), Error> {
        if self.assigned.is_empty() {
            return Ok(());
        }
        while let Some(partition) = self.assigned.front().cloned() {
            self.assigned.rotate_left(1);
            let machine = self.restoring().partition(&partition)?;
            self.worker.start(&[(partition.clone(), machine.next())])?;
            for topic in machine.closed() {
                self.bulkhead.adopt(topic);
                self.around.metrics.set(Gauge::TopicClosed { topic }, 1);
            }
            self.bulkhead.admit(machine.bundle());
            let _ = self.owned.insert(partition, machine);
            let _ = self.assigned.pop_back();
        }
        self.say_ready();
        Ok(())
    }

    fn restoring(&mut self) -> Restoring<'_> {
        let Decide { worker, rules, stores, around, .. } = self;
        Restoring { worker: &mut **worker, rules, stores, around }
    }

    /// Gives up the partitions whose state on disk has failed, to restore them. Until then nothing of them is committed.
    fn mend(&mut self) -> Result<(), Error> {
        let fault = |place: &TopicPartition, machine: &Partition| {
            let unread = || machine.fault().map(|detail| Trouble::Refused(detail.to_owned()));
            Some((place.clone(), self.stores.trouble(place).or_else(unread)?))
        };
        let failed: Vec<_> = self.owned.iter().filter_map(|(place, machine)| fault(place, machine)).collect();
        if failed.is_empty() {
            return Ok(());
        }
        self.worker.rewind()?;
        for (place, trouble) in failed {
            self.stores.give_up(&place, &trouble, &self.around.metrics);
            let _ = self.owned.remove(&place);
            self.assigned.push_back(place);
        }
        Ok(())
    }

    /// Steps records that are no commands, or one that is.
    fn step_together(&mut self, records: &[Record]) -> Result<(), Error> {
        let mut began = Instant::now();
        let mut effects = Effects::default();
        let mut noted = Vec::new();
        let mut from = 0;
        for (at, record) in records.iter().enumerate() {
            self.note(record, &mut noted, &mut effects);
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
        // What could not be read was taken for unknown: nothing that follows from that may leave.
        if self.owned.values().any(|machine| machine.fault().is_some()) {
            return Err(Error::Rewound { reason: "state" });
        }
        for (_, machine) in self.owned.iter_mut().filter(|(place, _)| read(place)) {
            machine.finish(&mut effects);
        }
        let Effects { mut appends, tally, .. } = effects;
        if let Some(pseudonyms) = &self.rules.pseudonyms {
            pseudonyms.veil(&mut appends);
        }
        let changes = self.stores.gather(&appends);
        let ends = self.worker.commit(Step { appends, progress: progress.clone() })?;
        for (place, machine) in self.owned.iter_mut().filter(|(place, _)| read(place)) {
            machine.settle();
            if machine.due_at().is_some_and(|due| due <= machine.now()) {
                // What is left over of one instant waits for a tick of its own.
                let _ = self.ticked.remove(place);
            }
        }
        self.stores.apply(changes, &ends);
        self.around.metrics.observe(Timing::Step { of: Loop::Decide }, began.elapsed().as_secs_f64());
        self.count(&tally);
        // A step that was written shows that what it writes to can be written again.
        self.say_ready();
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
            self.assigned.clear();
            self.owned.clear();
            self.stores.close_all();
        }
        for machine in self.owned.values_mut() {
            machine.undo();
        }
        if let Error::Unwritable { topic, .. } = error
            && self.bulkhead.found(topic)
        {
            self.around.closed(Loop::Decide, topic, error);
            return;
        }
        self.around.undone(Loop::Decide, error);
    }

    fn show(&mut self) {
        let metrics = &self.around.metrics;
        metrics.set(Gauge::PartitionsOwned { of: Loop::Decide }, self.owned.len() as i64);
        let profiles: usize = self.owned.values().map(Partition::profiles).sum();
        metrics.set(Gauge::Profiles, profiles as i64);
        let behind = self.owned.values().filter(|machine| machine.is_behind()).count();
        metrics.set(Gauge::PartitionsBehind, behind as i64);
        self.show_controls();
        self.show_bundles();
        self.show_paused();
    }

    /// Shows what control policies have shown in the partitions that are owned: over all instances, all of it.
    fn show_controls(&self) {
        let metrics = &self.around.metrics;
        let decided_by = self.owned.values().map(Partition::bundle);
        let policies =
            decided_by.chain([self.rules.bundles.first()]).flat_map(|bundle| bundle.policies.values());
        let shows =
            |policy: &&Policy| matches!(&policy.kind, PolicyKind::Control(Control { goal: Some(_), .. }));
        let controls: BTreeSet<&str> = policies.filter(shows).map(|policy| policy.id.as_str()).collect();
        for policy in controls {
            for (is_control, arm) in [(true, Arm::Control), (false, Arm::Others)] {
                let of = |machine: &Partition| machine.arm(policy, is_control);
                let (subjects, goals) = self
                    .owned
                    .values()
                    .map(of)
                    .fold((0, 0), |(subjects, goals), arm| (subjects + arm.subjects, goals + arm.goals));
                metrics.set(Gauge::ControlSubjects { policy, arm }, subjects as i64);
                metrics.set(Gauge::ControlGoals { policy, arm }, goals as i64);
            }
        }
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
                "erased" => CopyResult::Erased,
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
        for (topic, by) in &tally.untold {
            metrics.count(Counter::StatusesUntold { topic }, *by);
        }
        for (result, by) in &tally.shadow {
            metrics.count(Counter::ShadowDecisions { result }, *by);
        }
        for ((rule, difference), by) in &tally.differences {
            metrics.count(Counter::ShadowDifferences { rule, difference }, *by);
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

/// The topics that a decide worker reads.
pub const TOPICS: [&str; 2] = [LOG, SHARED];
