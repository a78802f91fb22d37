//! Intake: from source topics to the log. Keeps nothing between steps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use segue_intake::{Addresses, Intake, Outcome, Taken};
use segue_log::{Append, Error, Happening, Record, Step, TopicPartition, Worker};
use segue_model::Timestamp;
use segue_telemetry::{Counter, Gauge, IntakeResult, Loop, StepResult, Timing};

use crate::clock::Reader;
use crate::databases::Databases;
use crate::standing::Follower;
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

/// As [`run`], and goes over to the bundle that decide is told to decide by. Where that is fed from other topics, `connect`
/// makes a worker that reads them. Addresses are looked up in these databases, as they are when an event comes in.
///
/// # Errors
/// As [`run`].
pub fn run_following(
    connect: &mut dyn FnMut(Vec<String>) -> Result<Box<dyn Worker>, Error>,
    intake: Intake,
    follower: Follower,
    databases: Arc<Databases>,
    clock: Reader,
    around: &Around,
) -> Result<(), Error> {
    let worker = connect(intake.topics().map(str::to_owned).collect())?;
    let mut turns = Turns::new(worker, intake, clock, around.clone()).following(follower).asking(databases);
    while !around.is_stopped() {
        turns.turn()?;
        if turns.reads_other_topics() {
            let next = connect(turns.topics())?;
            turns.go_over(next);
        }
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
    follower: Option<Follower>,
    /// Where addresses are looked up, and what was there when it looked last.
    databases: Option<(Arc<Databases>, Arc<Addresses>)>,
    /// What its worker reads.
    read: BTreeSet<String>,
    /// True if it is to read other topics than its worker reads.
    is_astray: bool,
    /// The sources that are paused: their topics are not read.
    paused: BTreeSet<String>,
    /// What is wrong with the bundle that it should go over to.
    refused: Option<String>,
}

/// What becomes of records: what is written, and how many there were by source and result.
#[derive(Default)]
struct Results {
    appends: Vec<Append>,
    counted: BTreeMap<(Arc<str>, &'static str), (IntakeResult, u64)>,
    has_failed: bool,
}

/// How often topics that are missing are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often topics that were there are looked for.
const LOOK_AGAIN_EVERY: Duration = Duration::from_secs(30);

impl Turns {
    /// A loop that owns no partition yet.
    pub fn new(worker: Box<dyn Worker>, intake: Intake, clock: Reader, around: Around) -> Turns {
        let read = intake.topics().map(str::to_owned).collect();
        let (owned, missing, looked_at) = (0, Vec::new(), None);
        let (follower, refused, is_astray, paused) = (None, None, false, BTreeSet::new());
        Turns {
            worker,
            intake,
            clock,
            owned,
            missing,
            looked_at,
            around,
            follower,
            databases: None,
            read,
            is_astray,
            paused,
            refused,
        }
    }

    /// Goes over to the bundle that stands, whenever that is another.
    #[must_use]
    pub fn following(self, follower: Follower) -> Turns {
        Turns { follower: Some(follower), ..self }
    }

    /// Looks addresses up in these databases.
    #[must_use]
    pub fn asking(self, databases: Arc<Databases>) -> Turns {
        let addresses = databases.current();
        let intake = self.intake.asking(addresses.clone());
        Turns { intake, databases: Some((databases, addresses)), ..self }
    }

    /// True if it is to read other topics than its worker reads.
    pub fn reads_other_topics(&self) -> bool {
        self.is_astray
    }

    /// What it is to read: what the bundle is fed from, but for the topics of sources that are paused. A topic of several
    /// sources rests if one of them does, since its order is kept.
    pub fn topics(&self) -> Vec<String> {
        let sources = self.intake.bundle().sources.values();
        let resting: BTreeSet<&String> = sources
            .filter(|source| self.paused.contains(&source.id))
            .flat_map(|source| &source.topics)
            .collect();
        let all = self.intake.topics().map(str::to_owned);
        all.filter(|topic| !resting.contains(topic)).collect()
    }

    fn compare_topics(&mut self) {
        self.is_astray = !self.topics().iter().eq(&self.read);
    }

    /// Goes on with a worker that reads what it is to read.
    pub fn go_over(&mut self, worker: Box<dyn Worker>) {
        std::mem::replace(&mut self.worker, worker).close();
        (self.read, self.is_astray) = (self.topics().into_iter().collect(), false);
        (self.owned, self.missing, self.looked_at) = (0, Vec::new(), None);
    }

    /// One turn: polls, and logs what came. A step that did not happen is undone, and the next turn goes on.
    ///
    /// # Errors
    /// As [`run`].
    pub fn turn(&mut self) -> Result<(), Error> {
        self.around.health.tick();
        self.look_at_databases();
        let turned = match self.poll() {
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

    /// Goes over to databases that are newer. Between two steps: what a step is done again with is no matter, since what is
    /// in the log is what one of them wrote.
    fn look_at_databases(&mut self) {
        let Some((databases, known)) = &mut self.databases else { return };
        if let Some(addresses) = databases.look(known) {
            *known = addresses.clone();
            self.intake.ask(addresses);
        }
    }

    fn poll(&mut self) -> Result<Happening, Error> {
        let _ = self.look(false)?;
        if self.is_astray && self.follower.is_some() {
            // What is polled now may be of a source that is paused.
            return Ok(Happening::Records(Vec::new()));
        }
        self.worker.poll(self.around.records_max, self.around.wait)
    }

    /// Looks which bundle stands; true if it went over to another.
    fn look(&mut self, must: bool) -> Result<bool, Error> {
        let Some(follower) = &mut self.follower else { return Ok(false) };
        let known = self.intake.bundle();
        let Some(news) = follower.look(known, must, &mut *self.worker)? else { return Ok(false) };
        if let Some(paused) = news.paused.filter(|paused| *paused != self.paused) {
            tracing::info!(sources = ?paused, "the sources that are paused have changed");
            self.paused = paused;
        }
        let is_another = match news.bundle {
            None => false,
            Some(Ok(bundle)) => {
                tracing::info!(bundle = %bundle.digest, former = %known.digest, "intake goes over to another bundle");
                let metrics = &self.around.metrics;
                for (bundle, value) in [(&known.digest, 0), (&bundle.digest, 1)] {
                    metrics.set(Gauge::BundleInfo { of: Loop::Intake, bundle }, value);
                }
                self.intake = self.intake.by(bundle);
                self.refused = None;
                true
            }
            Some(Err(detail)) => {
                tracing::error!(detail, "bundle cannot be used: intake goes on with the former one");
                self.refused =
                    Some(format!("the bundle that stands cannot be used, the former goes on: {detail}"));
                false
            }
        };
        self.compare_topics();
        Ok(is_another)
    }

    fn say_ready(&self) {
        match &self.refused {
            None => self.around.health.ready(),
            Some(reason) => self.around.health.ready_but(reason),
        }
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
        self.say_ready();
        Ok(())
    }

    fn step(&mut self, records: &[Record]) -> Result<(), Error> {
        let began = Instant::now();
        // One stamp for the whole batch: time is read once, in the shell.
        let now = self.clock.now();
        let mut results = self.take(records, now);
        // What fails by this bundle may be what another one was deployed for a moment ago.
        if results.has_failed && self.look(true)? {
            results = self.take(records, now);
        }
        let step = Step { appends: results.appends, progress: progress::of(records) };
        let _ = self.worker.commit(step)?;
        let metrics = &self.around.metrics;
        metrics.count(Counter::Steps { of: Loop::Intake, result: StepResult::Committed }, 1);
        metrics.observe(Timing::Step { of: Loop::Intake }, began.elapsed().as_secs_f64());
        for ((source, _), (result, by)) in results.counted {
            metrics.count(Counter::IntakeRecords { source: &source, result }, by);
        }
        // A step that was written shows that the log can be written again.
        self.say_ready();
        Ok(())
    }

    fn take(&self, records: &[Record], now: Timestamp) -> Results {
        let mut results = Results { appends: Vec::with_capacity(records.len()), ..Results::default() };
        for record in records {
            let mut taken = Taken::default();
            self.intake.take(record, now, &mut taken);
            results.appends.append(&mut taken.appends);
            let (name, result) = match taken.outcome {
                Outcome::Logged { .. } => ("logged", IntakeResult::Logged),
                Outcome::Ignored => ("ignored", IntakeResult::Ignored),
                Outcome::Failed(_) => ("failed", IntakeResult::Failed),
            };
            results.has_failed |= name == "failed";
            let source = taken.source.unwrap_or_else(|| Arc::from(""));
            results.counted.entry((source, name)).or_insert((result, 0)).1 += 1;
        }
        results
    }
}
