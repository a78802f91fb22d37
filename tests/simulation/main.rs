//! Many schedules in one thread: two routers on the embedded log, which are crashed, expelled, and made to write twice,
//! at moments that a seed chooses. After each, everything must add up, and a replay of the log must give the same tasks.
//!
//! The seed of a schedule that fails is printed; `SEGUE_SCHEDULE=SEED` runs it alone, `SEGUE_SCHEDULES=N` runs more.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

mod damage;
mod planted;
mod torn;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use segue::clock::{Clock, Hand, Reader};
use segue::loops::Around;
use segue::loops::decide::{BEHIND_AFTER, Decide, Rules, TOPICS};
use segue::loops::intake::Turns;
use segue::loops::state::{self, Suffers};
use segue::pipeline::Pipeline;
use segue::wiring;
use segue_bundle::Bundle;
use segue_intake::Intake;
use segue_log::embedded::{CrashPoint, Embedded, Options};
use segue_log::{Append, Place, Record};
use segue_model::{Span, Timestamp};
use segue_telemetry::{Health, Metrics};
use segue_testkit::checker::{AtLeast, Evidence, Output, check};
use segue_testkit::load::{
    Load, OUTCOME_TOPICS, STATUS_TOPICS, bundle_dir, caps, declared, outcomes_of, times,
};

use torn::Torn;

const PARTITIONS: u32 = 3;
const EVENTS: u64 = 220;
const HOUR_MS: i64 = 3_600_000;
/// Longer than any schedule lasts: what comes again after the window is an event of its own, and its tasks have the ids
/// of those before.
const DEDUP_MS: i64 = 60 * 24 * HOUR_MS;

fn rules(bundle: &Arc<Bundle>) -> Rules {
    let mut settings = wiring::default_engine_settings();
    settings.dedup = Span(DEDUP_MS);
    let (behind_after, try_after) = (None, Duration::ZERO);
    Rules { bundle: bundle.clone(), settings, partitions: PARTITIONS, behind_after, try_after }
}

/// SplitMix64: the schedule follows from its seed.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// What went wrong on purpose: a schedule in which nothing did shows nothing.
#[derive(Clone, Copy, Debug, Default)]
struct Faults {
    crashes: u64,
    expelled: u64,
    undone: u64,
    written_twice: u64,
    /// What the bundle's memory led to: a schedule in which nothing is remembered shows nothing of it.
    signals: u64,
    capped: u64,
    /// Tasks held since the router was behind, and since their topic could not be written.
    barred: [u64; 2],
    /// And what time brought: absences, tasks held and then released or withdrawn, reminders, outcomes, news.
    time: [u64; 7],
}

/// What the checker has counted of what time brings.
const OF_TIME: [&str; 7] = [
    "absences",
    "absences that were none",
    "held and released",
    "held and withdrawn",
    "reminders",
    "outcomes",
    "decisions on news",
];

/// What the checker has counted of what bars the way of tasks.
const BARRED: [&str; 2] = ["held while behind", "held by a closed destination"];
/// The topics that are closed now and then: those whose tasks are not reminded of, since a reminder that waits comes late.
const CLOSING: [&str; 3] = ["care.tasks", "care.tasks.urgent", "sales.tasks"];

/// The world of one schedule.
struct World {
    /// Whether the router is ever behind, and whether topics are closed.
    is_behind: bool,
    is_closing: bool,
    seeded: Seeded,
    bundle: Arc<Bundle>,
    log: Embedded,
    hand: Hand,
    /// Two of each; `None` while crashed.
    intakes: [Option<(Turns, u64)>; 2],
    decides: [Option<(Decide, u64)>; 2],
    /// How much of intake's next step is written twice, in percent.
    torn: Arc<std::sync::Mutex<Option<u64>>>,
    /// What intake reads: the sources' topics, and those of outcomes.
    sources: Vec<String>,
    /// How many tasks of each partition their destination has seen.
    replied: BTreeMap<u32, u64>,
    /// Where decide keeps its state, each of the two in a directory of its own; `None`: in memory.
    dir: Option<PathBuf>,
    /// When the disk fails, if it does.
    failing: Option<Seeded>,
    metrics: Metrics,
    faults: Faults,
}

impl World {
    fn new(seed: u64, bundle: &Arc<Bundle>) -> World {
        let hand = Hand::new(Timestamp(Load::default().started_at_ms));
        let stamp = hand.clone();
        let clock: Arc<dyn Fn() -> i64 + Send + Sync> = Arc::new(move || stamp.now().0);
        let log = Embedded::in_memory_with(Options { clock, ..Options::default() });
        let intake = Intake::new(bundle.clone(), segue_document::Limits::CONTRACT);
        let sources: BTreeSet<String> = intake.topics().map(str::to_owned).collect();
        let own = [("segue.log", PARTITIONS), ("segue.shared", 1), ("segue.profiles", PARTITIONS + 1)];
        let others = ["segue.decisions", "segue.failed"].map(str::to_owned).into_iter();
        for (topic, partitions) in own {
            let _ = log.create_topic(topic, partitions).unwrap();
        }
        for topic in others.chain(sources.iter().cloned()).chain(told_topics(bundle)) {
            let _ = log.create_topic(&topic, 2).unwrap();
        }
        World {
            is_behind: seed.is_multiple_of(2),
            is_closing: true,
            seeded: Seeded(seed),
            bundle: bundle.clone(),
            log,
            hand,
            intakes: [None, None],
            decides: [None, None],
            torn: Arc::default(),
            sources: sources.into_iter().collect(),
            replied: BTreeMap::new(),
            dir: None,
            failing: None,
            metrics: Metrics::new(),
            faults: Faults::default(),
        }
    }

    fn around(&self, name: &str) -> Around {
        Around {
            stop: Arc::new(AtomicBool::new(false)),
            metrics: self.metrics.clone(),
            health: Health::new().part(name),
            records_max: 1 + (self.seeded.0 % 40) as usize,
            wait: Duration::ZERO,
            said: Default::default(),
        }
    }

    fn begin_intake(&mut self, number: usize) {
        let topics: Vec<&str> = self.sources.iter().map(String::as_str).collect();
        let inner = self.log.worker("segue.intake", &topics);
        let id = inner.id();
        let worker = Torn { inner: Box::new(inner), log: self.log.clone(), next: self.torn.clone() };
        let intake = Intake::new(self.bundle.clone(), segue_document::Limits::CONTRACT);
        let clock = Reader::new(Clock::Hand(self.hand.clone()));
        self.intakes[number] = Some((Turns::new(Box::new(worker), intake, clock, self.around("intake")), id));
    }

    fn begin_decide(&mut self, number: usize) {
        let worker = self.log.worker("segue.decide", &TOPICS);
        let id = worker.id();
        // In every other schedule the router is never behind, however the hours pass.
        let behind_after = self.is_behind.then_some(BEHIND_AFTER);
        let rules = Rules { behind_after, ..rules(&self.bundle) };
        let clock = Reader::new(Clock::Hand(self.hand.clone()));
        // Without room for any, every profile is read from the disk.
        let state = |dir: &PathBuf| state::Settings { dir: dir.join(number.to_string()), cache_bytes: 0 };
        let state = self.dir.as_ref().map(state);
        let decide = Decide::new(Box::new(worker), rules, state, clock, self.around("decide"));
        self.decides[number] = Some((decide, id));
    }

    /// One move, chosen by the seed.
    fn step(&mut self) {
        let number = self.seeded.below(2) as usize;
        match self.seeded.below(100) {
            0..=1 => {
                self.faults.crashes += u64::from(self.intakes[number].take().is_some());
            }
            2..=3 => {
                self.faults.crashes += u64::from(self.decides[number].take().is_some());
            }
            4 => self.expel(number),
            5..=7 => {
                let points = [CrashPoint::BeforeWrite, CrashPoint::AfterWrite, CrashPoint::Rewound];
                self.log.fail_next_commit(points[self.seeded.below(3) as usize]);
                self.faults.undone += 1;
            }
            8..=10 => {
                *self.torn.lock().unwrap() = Some(self.seeded.below(101));
                self.faults.written_twice += 1;
            }
            11..=13 => self.go_on(4_000),
            // Hours pass, as they do while a router is down.
            14 => self.go_on(12 * HOUR_MS),
            15..=16 => self.reply(),
            17 if !self.is_closing => self.reply(),
            17 => {
                let topic = CLOSING[self.seeded.below(3) as usize];
                self.log.set_writable(topic, self.seeded.below(2) == 0);
            }
            18..=52 => self.turn_intake(number),
            _ => self.turn_decide(number),
        }
    }

    /// Moves the clock on, by less than so much.
    fn go_on(&mut self, by_ms: i64) {
        self.hand.set(Timestamp(self.hand.now().0 + self.seeded.below(by_ms as u64) as i64));
    }

    /// Lets the destination of visits say what became of the tasks that it has not seen yet.
    fn reply(&mut self) {
        for number in 0..self.log.topics()["visits.tasks"] {
            let next = self.replied.entry(number).or_default();
            for task in self.log.read("visits.tasks", number, *next, usize::MAX).unwrap() {
                *next = task.offset + 1;
                let _ = self.log.append(outcomes_of(self.seeded.0, &task, self.hand.now().0)).unwrap();
            }
        }
    }

    /// Makes a zombie: the log takes a worker for dead that goes on as if nothing had happened.
    fn expel(&mut self, number: usize) {
        let intake = self.intakes[number].as_ref().map(|(_, id)| *id);
        let decide = self.decides[number].as_ref().map(|(_, id)| *id);
        if let Some(id) = if self.seeded.below(2) == 0 { intake } else { decide } {
            self.log.expel(id);
            self.faults.expelled += 1;
        }
    }

    fn turn_intake(&mut self, number: usize) {
        if self.intakes[number].is_none() {
            self.begin_intake(number);
        }
        let (turns, _) = self.intakes[number].as_mut().unwrap();
        turns.turn().unwrap();
    }

    fn turn_decide(&mut self, number: usize) {
        if self.decides[number].is_none() {
            self.begin_decide(number);
        }
        let (decide, _) = self.decides[number].as_mut().unwrap();
        if let Some(seeded) = self.failing.as_mut()
            && seeded.below(30) == 0
        {
            let all = [Suffers::DamagedRead, Suffers::RefusedRead, Suffers::RefusedWrite];
            decide.fail_state(all[seeded.below(3) as usize]);
        }
        decide.turn().unwrap();
    }

    /// Lets everything come to its end, without further faults, on fresh workers.
    fn drain(&mut self) {
        *self.torn.lock().unwrap() = None;
        CLOSING.iter().for_each(|topic| self.log.set_writable(topic, true));
        self.intakes = [None, None];
        self.decides = [None, None];
        let mut still = 0;
        let mut last = Vec::new();
        // Some schedules end while tasks wait, others long after.
        let mut ahead_ms = [0, HOUR_MS, 24 * HOUR_MS, 200 * HOUR_MS][self.seeded.below(4) as usize];
        // A fault that was ordered and not met yet is met here, so the end is reached when nothing moves any more.
        for _ in 0..10_000 {
            self.turn_intake(0);
            self.turn_decide(0);
            let ends = self.ends();
            still = if ends == last { still + 1 } else { 0 };
            last = ends;
            match still {
                6 => {
                    self.reply();
                    self.hand.set(Timestamp(self.hand.now().0 + 60_000 + std::mem::take(&mut ahead_ms)));
                }
                20 => return,
                _ => {}
            }
        }
        panic!("the routers did not come to rest");
    }

    fn everything(&self) -> Vec<String> {
        // Every step writes to the changelog, also where nothing else comes of it.
        let own = ["segue.log", "segue.shared", "segue.decisions", "segue.failed", "segue.profiles"];
        let own = own.map(str::to_owned);
        own.into_iter().chain(told_topics(&self.bundle)).collect()
    }

    fn ends(&self) -> Vec<Option<u64>> {
        let topics = self.log.topics();
        let end = |topic: &String| {
            let partitions = topics[topic.as_str()];
            (0..partitions).map(|number| self.log.end(topic, number)).collect::<Vec<_>>()
        };
        self.everything().iter().flat_map(end).collect()
    }

    /// What was counted under a metric's name, all of its labels together.
    fn counted(&self, name: &str) -> u64 {
        let rendered = self.metrics.render();
        let lines = rendered.lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum()
    }

    fn read(&self, topic: &str) -> Vec<Record> {
        let partitions = self.log.topics()[topic];
        (0..partitions).flat_map(|number| self.log.read(topic, number, 0, usize::MAX).unwrap()).collect()
    }

    fn evidence(&self) -> Evidence {
        self.evidence_of(EVENTS as usize)
    }

    /// What is checked of so many events.
    fn evidence_of(&self, events: usize) -> Evidence {
        let log = self.read("segue.log");
        let tasks: Vec<Record> =
            task_topics(&self.bundle).iter().flat_map(|topic| self.read(topic)).collect();
        Evidence {
            inputs: self.sources.iter().flat_map(|topic| self.read(topic)).collect(),
            replayed: Some(self.replay(&log)),
            log: log.into_iter().chain(self.read("segue.shared")).collect(),
            decisions: self.read("segue.decisions"),
            failed: self.read("segue.failed"),
            tasks,
            statuses: STATUS_TOPICS.iter().flat_map(|topic| self.read(topic)).collect(),
            outcomes: OUTCOME_TOPICS.iter().map(|topic| (*topic).to_owned()).collect(),
            times: times(),
            declared: declared(),
            partitions: BTreeMap::from([("segue.log".to_owned(), PARTITIONS)]),
            dedup_ms: Some(DEDUP_MS),
            caps: caps(),
            at_least: AtLeast { inputs: events, tasks: 5 },
            ..Evidence::default()
        }
    }

    /// The tasks and statuses that the log gives when it is run again, from its first record, in one go.
    fn replay(&self, log: &[Record]) -> Vec<Output> {
        let mut pipeline = Pipeline::new(
            self.bundle.clone(),
            segue_document::Limits::CONTRACT,
            rules(&self.bundle).settings,
        );
        let topics = told_topics(&self.bundle);
        for record in log {
            let _ = pipeline.foretell(record);
        }
        log.iter()
            .flat_map(|record| pipeline.take_logged(record))
            .filter(|append| topics.contains(&*append.topic))
            .map(|append| Output { topic: append.topic.to_string(), key: append.key, value: append.value })
            .collect()
    }
}

fn task_topics(bundle: &Bundle) -> BTreeSet<String> {
    let own = bundle.destinations.values().map(|destination| destination.topic.clone());
    let lanes = bundle.destinations.values().flat_map(|to| to.lanes.iter().map(|lane| lane.topic.clone()));
    own.chain(lanes).collect()
}

/// The topics of tasks and of statuses.
fn told_topics(bundle: &Bundle) -> BTreeSet<String> {
    task_topics(bundle).into_iter().chain(STATUS_TOPICS.map(str::to_owned)).collect()
}

/// Of how many schedules one is run a second time, with state on disk.
const ON_DISK_EVERY: u64 = 100;

/// Runs the schedule of a seed, and checks what it has left.
fn schedule(seed: u64, bundle: &Arc<Bundle>) -> Faults {
    let world = run(seed, bundle, None);
    if seed.is_multiple_of(ON_DISK_EVERY) {
        let dir = tempfile::tempdir().unwrap();
        let on_disk = run(seed, bundle, Some(dir.path()));
        for topic in world.everything() {
            assert!(
                world.read(&topic) == on_disk.read(&topic),
                "SEGUE_SCHEDULE={seed}: {topic} differs on disk"
            );
        }
        assert!(on_disk.counted("segue_profile_reads_total{from=\"disk\"}") > 0, "nothing was on disk");
        assert_eq!(on_disk.counted("segue_state_given_up_total"), 0);
        let dir = tempfile::tempdir().unwrap();
        let failing = Some(Seeded(seed));
        let failing = World { dir: Some(dir.path().to_owned()), failing, ..World::new(seed, bundle) };
        let failing = run_in(failing, seed);
        let report = check(&failing.evidence());
        assert!(report.is_clean(), "SEGUE_SCHEDULE={seed}, on a disk that fails\n{report}");
        assert!(failing.counted("segue_state_given_up_total") > 0, "the disk never failed");
    }
    let mut faults = world.faults;
    let report = check(&world.evidence());
    assert!(report.is_clean(), "SEGUE_SCHEDULE={seed}\n{report}\n{faults:?}");
    faults.signals = report.counted("decisions on signals") as u64;
    faults.capped = report.counted("rejected by a cap") as u64;
    faults.barred = BARRED.map(|name| report.counted(name) as u64);
    faults.time = OF_TIME.map(|name| report.counted(name) as u64);
    faults
}

/// Runs the schedule of a seed to its end.
fn run(seed: u64, bundle: &Arc<Bundle>, dir: Option<&Path>) -> World {
    run_in(World { dir: dir.map(Path::to_owned), ..World::new(seed, bundle) }, seed)
}

/// The same, where nothing bars the way of tasks.
fn run_unbarred(seed: u64, bundle: &Arc<Bundle>) -> World {
    run_in(World { is_behind: false, is_closing: false, ..World::new(seed, bundle) }, seed)
}

fn run_in(mut world: World, seed: u64) -> World {
    // All at once, over a day and a half, or over nine days.
    let pace_ms = [1, HOUR_MS / 6, HOUR_MS][world.seeded.below(3) as usize];
    let load = Load {
        pace_ms,
        seed,
        events: EVENTS,
        subjects: 12,
        garbage_per_mille: 30,
        duplicates_per_mille: 50,
        large_bytes: 270 << 10,
        ..Load::default()
    };
    let mut records = load.records().map(|append| Append { place: Place::Key, ..append });
    let mut published = 0;
    loop {
        let batch: Vec<Append> = records.by_ref().take(1 + world.seeded.below(12) as usize).collect();
        if batch.is_empty() {
            break;
        }
        published += batch.len() as u64;
        world.hand.set(world.hand.now().max(Timestamp(load.time_ms(published))));
        let _ = world.log.append(batch).unwrap();
        for _ in 0..world.seeded.below(12) {
            world.step();
        }
    }
    world.drain();
    world
}

/// Runs so many schedules, each in one thread, on all processors.
fn side_by_side(schedules: u64, bundle: &Arc<Bundle>) -> Faults {
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let of_thread =
        |first: u64| (first..schedules).step_by(threads as usize).map(|seed| schedule(seed, bundle));
    thread::scope(|scope| {
        let running: Vec<_> =
            (0..threads).map(|first| scope.spawn(move || of_thread(first).collect::<Vec<_>>())).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, Vec<Faults>>| match thread.join() {
            Ok(faults) => faults,
            // A schedule that fails has said which one it is.
            Err(panic) => std::panic::resume_unwind(panic),
        };
        let mut all = Faults::default();
        for faults in running.into_iter().flat_map(join) {
            all.crashes += faults.crashes;
            all.expelled += faults.expelled;
            all.undone += faults.undone;
            all.written_twice += faults.written_twice;
            all.signals += faults.signals;
            all.capped += faults.capped;
            all.barred.iter_mut().zip(faults.barred).for_each(|(all, of)| *all += of);
            all.time.iter_mut().zip(faults.time).for_each(|(all, of)| *all += of);
        }
        all
    })
}

#[test]
fn whatever_goes_wrong_everything_adds_up_and_a_replay_gives_the_same() {
    let bundle = Arc::new(segue_bundle::load(&bundle_dir()).unwrap().bundle);
    if let Ok(seed) = env::var("SEGUE_SCHEDULE") {
        let faults = schedule(seed.parse().unwrap(), &bundle);
        println!("schedule {seed}: {faults:?}");
        return;
    }
    let schedules: u64 = env::var("SEGUE_SCHEDULES").map_or(300, |text| text.parse().unwrap());
    let all = side_by_side(schedules, &bundle);
    println!("{schedules} schedules: {all:?}");
    let least = all.crashes.min(all.expelled).min(all.undone).min(all.written_twice);
    let least = least.min(all.barred.into_iter().min().unwrap_or(0));
    let least = least.min(all.signals).min(all.capped).min(all.time.into_iter().min().unwrap_or(0));
    assert!(least >= schedules / 10, "INVALID: too little happened: {all:?}");
}

#[test]
fn a_changelog_that_was_lost_is_refused() {
    let bundle = Arc::new(segue_bundle::load(&bundle_dir()).unwrap().bundle);
    let mut world = World::new(7, &bundle);
    let records = Load { events: 60, ..Load::default() };
    let _ = world.log.append(records.records().collect()).unwrap();
    world.drain();
    world.decides = [None, None];
    let _ = world.log.delete_topic("segue.profiles").unwrap();
    let _ = world.log.create_topic("segue.profiles", PARTITIONS + 1).unwrap();
    world.begin_decide(0);
    let (decide, _) = world.decides[0].as_mut().unwrap();
    let refused = (0..10).find_map(|_| decide.turn().err()).expect("it does not begin with nothing known");
    assert!(refused.to_string().contains("segue.profiles"), "{refused}");
}
