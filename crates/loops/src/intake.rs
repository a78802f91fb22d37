//! Intake: from source topics to the log. Keeps nothing between steps.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use segue_intake::{Intake, Outcome, Taken};
use segue_log::{Error, Happening, Record, Step, TopicPartition, Worker};
use segue_telemetry::{Counter, Gauge, IntakeResult, Loop, StepResult, Timing};

use crate::clock::Reader;
use crate::{Around, progress};

/// Runs until it is told to stop, then leaves.
///
/// # Errors
/// The log cannot be used at all; nothing is lost, and a restart goes on from the last commit.
pub fn run(worker: Box<dyn Worker>, intake: Intake, clock: Reader, around: &Around) -> Result<(), Error> {
    let mut turns = Turns::new(worker, intake, clock, around.clone());
    while !around.is_stopped() {
        turns.turn()?;
    }
    turns.close();
    Ok(())
}

/// The loop between two turns.
pub struct Turns {
    worker: Box<dyn Worker>,
    intake: Intake,
    clock: Reader,
    owned: i64,
    /// The topics that were not there when they were last looked for.
    missing: Vec<String>,
    looked_at: Option<Instant>,
    around: Around,
}

/// How often topics that are missing are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often topics that were there are looked for.
const LOOK_AGAIN_EVERY: Duration = Duration::from_secs(30);

impl Turns {
    /// A loop that owns no partition yet.
    pub fn new(worker: Box<dyn Worker>, intake: Intake, clock: Reader, around: Around) -> Turns {
        Turns { worker, intake, clock, owned: 0, missing: Vec::new(), looked_at: None, around }
    }

    /// One turn: polls, and logs what came. A step that did not happen is undone, and the next turn goes on.
    ///
    /// # Errors
    /// As [`run`].
    pub fn turn(&mut self) -> Result<(), Error> {
        self.around.health.tick();
        let turned = match self.worker.poll(self.around.records_max, self.around.wait) {
            Ok(Happening::Assigned(partitions)) => self.start(partitions),
            Ok(Happening::Revoked(partitions)) => {
                self.owned -= partitions.len() as i64;
                tracing::info!(count = partitions.len(), "source partitions revoked");
                Ok(())
            }
            Ok(Happening::Records(records)) if records.is_empty() => Ok(()),
            Ok(Happening::Records(records)) => self.step(&records),
            Err(error) => Err(error),
        };
        match turned {
            Err(error @ Error::Environment(_)) => return Err(error),
            Err(error) => {
                if matches!(error, Error::Lost { .. }) {
                    self.owned = 0;
                }
                self.around.undone(Loop::Intake, &error);
            }
            Ok(()) => {}
        }
        self.around.metrics.set(Gauge::PartitionsOwned { of: Loop::Intake }, self.owned.max(0));
        self.look_for_topics();
        Ok(())
    }

    /// Says which topics of the sources are missing: a source that is not there slows no other, but someone should know.
    fn look_for_topics(&mut self) {
        let is_settled = self.looked_at.is_some() && self.missing.is_empty() && self.owned > 0;
        let every = if is_settled { LOOK_AGAIN_EVERY } else { LOOK_EVERY };
        if self.looked_at.is_some_and(|at| at.elapsed() < every) {
            return;
        }
        self.looked_at = Some(Instant::now());
        let worker = &mut self.worker;
        let is_missing = |topic: &&str| matches!(worker.partitions(topic), Ok(None));
        let missing: Vec<String> = self.intake.topics().filter(is_missing).map(str::to_owned).collect();
        let gone = self.missing.iter().filter(|topic| !missing.contains(topic)).map(|topic| (topic, 0));
        for (topic, value) in missing.iter().map(|topic| (topic, 1)).chain(gone) {
            self.around.metrics.set(Gauge::TopicMissing { topic }, value);
        }
        if missing != self.missing {
            match missing.is_empty() {
                true => tracing::info!("all topics of the sources are there"),
                false => tracing::warn!(
                    topics = missing.join(", "),
                    "topics of sources are missing; their owners make them"
                ),
            }
        }
        if self.owned <= 0 && !missing.is_empty() {
            self.around.health.starting(&format!("topics of sources are missing: {}", missing.join(", ")));
        }
        self.missing = missing;
    }

    /// Leaves the log: the partitions go to others at once.
    pub fn close(self) {
        self.worker.close();
    }

    fn start(&mut self, partitions: Vec<TopicPartition>) -> Result<(), Error> {
        self.owned += partitions.len() as i64;
        tracing::info!(count = partitions.len(), "source partitions assigned");
        let starts: Vec<_> = partitions.into_iter().map(|partition| (partition, None)).collect();
        self.worker.start(&starts)?;
        self.around.health.ready();
        Ok(())
    }

    fn step(&mut self, records: &[Record]) -> Result<(), Error> {
        let began = Instant::now();
        // One stamp for the whole batch: time is read once, in the shell.
        let now = self.clock.now();
        let mut step = Step { appends: Vec::with_capacity(records.len()), progress: progress::of(records) };
        let mut results: BTreeMap<(Arc<str>, &'static str), (IntakeResult, u64)> = BTreeMap::new();
        for record in records {
            let mut taken = Taken::default();
            self.intake.take(record, now, &mut taken);
            step.appends.append(&mut taken.appends);
            let (name, result) = match taken.outcome {
                Outcome::Logged { .. } => ("logged", IntakeResult::Logged),
                Outcome::Ignored => ("ignored", IntakeResult::Ignored),
                Outcome::Failed(_) => ("failed", IntakeResult::Failed),
            };
            let source = taken.source.unwrap_or_else(|| Arc::from(""));
            results.entry((source, name)).or_insert((result, 0)).1 += 1;
        }
        let _ = self.worker.commit(step)?;
        let metrics = &self.around.metrics;
        metrics.count(Counter::Steps { of: Loop::Intake, result: StepResult::Committed }, 1);
        metrics.observe(Timing::Step { of: Loop::Intake }, began.elapsed().as_secs_f64());
        for ((source, _), (result, by)) in results {
            metrics.count(Counter::IntakeRecords { source: &source, result }, by);
        }
        // A step that was written shows that the log can be written again.
        self.around.health.ready();
        Ok(())
    }
}
