//! The world of one schedule: two routers on one log, a clock, and what goes wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use segue::clock::{Clock, Hand, Reader};
use segue::loops::Around;
use segue::loops::bundles::{self, Bundles, Compile};
use segue::loops::decide::{BEHIND_AFTER, Decide, Rules, TOPICS};
use segue::loops::intake::Turns;
use segue::loops::standing::Follower;
use segue::loops::state::{self, Suffers};
use segue::pipeline::Pipeline;
use segue::wiring;
use segue_bundle::Bundle;
use segue_document::Limits;
use segue_intake::Intake;
use segue_log::embedded::{CrashPoint, Embedded, Options};
use segue_log::{Record, Worker};
use segue_model::{Span, Timestamp};
use segue_telemetry::{Health, Metrics};
use segue_testkit::checker::{self, AtLeast, Evidence, Output};
use segue_testkit::load::{
    Load, OUTCOME_TOPICS, STATUS_TOPICS, caps, channels, declared, outcomes_of, times,
};
use segue_wire::topics::BUNDLES;

use crate::beside::cast;
use crate::deployed::{Variants, deploy, known_or_compiled, variants};
use crate::forgetful::Forgetful;
use crate::paused::{self, pause, resume_all};
use crate::torn::Torn;
use crate::unanswered::{Silence, Unanswered};

pub(crate) const PARTITIONS: u32 = 3;
pub(crate) const EVENTS: u64 = 220;
pub(crate) const HOUR_MS: i64 = 3_600_000;
/// Of how many schedules one compiles every bundle anew.
const COMPILED_EVERY: u64 = 50;
/// Those of the contract, but for the length: what is too long for them would be most of what is read and written here.
pub(crate) const LIMITS: Limits = Limits { bytes_max: 32 << 10, ..Limits::CONTRACT };
/// Longer than any schedule lasts: what comes again after the window is an event of its own, and its tasks have the ids
/// of those before.
pub(crate) const DEDUP_MS: i64 = 60 * 24 * HOUR_MS;

pub(crate) fn rules(bundle: &Arc<Bundle>) -> Rules {
    let mut settings = wiring::default_engine_settings();
    settings.dedup = Span(DEDUP_MS);
    let (behind_after, try_after) = (None, Duration::ZERO);
    let bundles = Bundles::new(bundle.clone());
    Rules { bundles, settings, partitions: PARTITIONS, behind_after, try_after, pseudonyms: None }
}

/// SplitMix64: the schedule follows from its seed.
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// What went wrong on purpose: a schedule in which nothing did shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    pub(crate) crashes: u64,
    pub(crate) expelled: u64,
    pub(crate) undone: u64,
    pub(crate) written_twice: u64,
    /// Bundles that were deployed, and those of them that cannot be used.
    pub(crate) deployed: [u64; 2],
    /// Decisions by a bundle that was switched to.
    pub(crate) switched: u64,
    /// Pauses and ends of pauses that were ordered, candidates turned down by them, and tasks held.
    pub(crate) paused: [u64; 3],
    /// Bundles that were told to decide beside, or to end that; what they decided; how that differs.
    pub(crate) cast: [u64; 3],
    /// Questions that restoring asked in vain.
    pub(crate) unanswered: u64,
    /// How often state on a disk that failed was given up.
    pub(crate) given_up: u64,
    /// What the bundle's memory led to: a schedule in which nothing is remembered shows nothing of it.
    pub(crate) signals: u64,
    pub(crate) capped: u64,
    /// Tasks held since the router was behind, and since their topic could not be written.
    pub(crate) barred: [u64; 2],
    /// Channels that were chosen, tasks that quiet hours held, and candidates that no channel was left for.
    pub(crate) channels: [u64; 3],
    /// And what time brought: absences, tasks held and then released or withdrawn, reminders, outcomes, news.
    pub(crate) time: [u64; 7],
}

/// What the checker has counted of what time brings.
pub(crate) const OF_TIME: [&str; 7] = [
    "absences",
    "absences that were none",
    "held and released",
    "held and withdrawn",
    "reminders",
    "outcomes",
    "decisions on news",
];

/// What the checker has counted of channels.
pub(crate) const CHANNELS: [&str; 3] = ["channels chosen", "held by quiet hours", "left without a channel"];

/// What the checker has counted of what bars the way of tasks.
pub(crate) const BARRED: [&str; 2] = ["held while behind", "held by a closed destination"];
/// The topics that are closed now and then: those whose tasks are not reminded of, since a reminder that waits comes late.
const CLOSING: [&str; 3] = ["care.tasks", "care.tasks.urgent", "sales.tasks"];

/// The world of one schedule.
pub(crate) struct World {
    /// Whether the router is ever behind, and whether topics are closed.
    pub(crate) is_behind: bool,
    pub(crate) is_closing: bool,
    /// Whether bundles are deployed.
    pub(crate) is_deploying: bool,
    /// Whether parts are paused and resumed, which are by now, and whether routers forget that when they are restored.
    pub(crate) is_pausing: bool,
    pub(crate) paused: BTreeSet<String>,
    /// Whether bundles are told to decide beside the one that counts.
    pub(crate) is_casting: bool,
    pub(crate) forgets_pauses: bool,
    pub(crate) seeded: Seeded,
    pub(crate) bundle: Arc<Bundle>,
    pub(crate) log: Embedded,
    pub(crate) hand: Hand,
    /// Two of each; `None` while crashed.
    pub(crate) intakes: [Option<(Turns, u64)>; 2],
    pub(crate) decides: [Option<(Decide, u64)>; 2],
    /// How much of intake's next step is written twice, in percent.
    pub(crate) torn: Arc<std::sync::Mutex<Option<u64>>>,
    /// Which questions of decide the log leaves without an answer.
    pub(crate) silence: Silence,
    /// What intake reads: the sources' topics, and those of outcomes.
    pub(crate) sources: Vec<String>,
    /// How many tasks of each partition their destination has seen.
    pub(crate) replied: BTreeMap<u32, u64>,
    /// Where decide keeps its state, each of the two in a directory of its own; `None`: in memory.
    pub(crate) dir: Option<PathBuf>,
    /// Whether decide restores profiles without what was released to them, which it must not.
    pub(crate) is_forgetful: bool,
    /// When the disk fails, if it does.
    pub(crate) failing: Option<Seeded>,
    pub(crate) metrics: Metrics,
    pub(crate) faults: Faults,
    /// How routers compile what is deployed.
    pub(crate) compile: Compile,
    /// What is deployed now and then.
    pub(crate) variants: Arc<Variants>,
}

impl World {
    pub(crate) fn new(seed: u64, bundle: &Arc<Bundle>) -> World {
        let hand = Hand::new(Timestamp(Load::default().started_at_ms));
        let stamp = hand.clone();
        let clock: Arc<dyn Fn() -> i64 + Send + Sync> = Arc::new(move || stamp.now().0);
        let log = Embedded::in_memory_with(Options { clock, ..Options::default() });
        let intake = Intake::new(bundle.clone(), LIMITS);
        let sources: BTreeSet<String> = intake.topics().map(str::to_owned).collect();
        let own = [
            ("segue.log", PARTITIONS),
            ("segue.shared", 1),
            ("segue.profiles", PARTITIONS + 1),
            (BUNDLES, 1),
        ];
        let others =
            ["segue.decisions", "segue.kept-decisions", "segue.failed"].map(str::to_owned).into_iter();
        for (topic, partitions) in own {
            let _ = log.create_topic(topic, partitions).unwrap();
        }
        for topic in others.chain(sources.iter().cloned()).chain(told_topics(bundle)) {
            let _ = log.create_topic(&topic, 2).unwrap();
        }
        World {
            is_behind: seed.is_multiple_of(2),
            is_closing: true,
            is_deploying: true,
            is_pausing: true,
            is_casting: false,
            paused: BTreeSet::new(),
            forgets_pauses: false,
            seeded: Seeded(seed),
            bundle: bundle.clone(),
            log,
            hand,
            intakes: [None, None],
            decides: [None, None],
            torn: Arc::default(),
            silence: Silence::default(),
            sources: sources.into_iter().collect(),
            replied: BTreeMap::new(),
            dir: None,
            is_forgetful: false,
            failing: None,
            metrics: Metrics::new(),
            faults: Faults::default(),
            compile: if seed.is_multiple_of(COMPILED_EVERY) { bundles::compile } else { known_or_compiled },
            variants: variants(),
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

    /// What a router begins with: it knows no bundle but the first.
    fn bundles(&self) -> Bundles {
        Bundles::new(self.bundle.clone()).compiling(self.compile)
    }

    fn begin_intake(&mut self, number: usize) {
        let (worker, id) = self.intake_worker(&self.sources);
        let intake = Intake::new(self.bundle.clone(), LIMITS);
        let clock = Reader::new(Clock::Hand(self.hand.clone()));
        let follower = Follower::new(self.bundles(), Duration::ZERO);
        let turns = Turns::new(worker, intake, clock, self.around("intake")).following(follower);
        self.intakes[number] = Some((turns, id));
    }

    fn intake_worker(&self, topics: &[String]) -> (Box<Torn>, u64) {
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        let inner = self.log.worker("segue.intake", &topics);
        let id = inner.id();
        (Box::new(Torn { inner: Box::new(inner), log: self.log.clone(), next: self.torn.clone() }), id)
    }

    pub(crate) fn begin_decide(&mut self, number: usize) {
        let inner = self.log.worker("segue.decide", &TOPICS);
        let id = inner.id();
        let inner: Box<dyn Worker> =
            if self.is_forgetful { Box::new(Forgetful { inner }) } else { Box::new(inner) };
        let inner: Box<dyn Worker> =
            if self.forgets_pauses { Box::new(paused::Forgetful(inner)) } else { inner };
        let worker = Unanswered { inner, silence: self.silence.clone() };
        // In every other schedule the router is never behind, however the hours pass.
        let behind_after = self.is_behind.then_some(BEHIND_AFTER);
        let rules = Rules { behind_after, bundles: self.bundles(), ..rules(&self.bundle) };
        let clock = Reader::new(Clock::Hand(self.hand.clone()));
        // Without room for any, every profile is read from the disk.
        let state = |dir: &PathBuf| state::Settings { dir: dir.join(number.to_string()), cache_bytes: 0 };
        let state = self.dir.as_ref().map(state);
        let decide = Decide::new(Box::new(worker), rules, state, clock, self.around("decide"));
        self.decides[number] = Some((decide, id));
    }

    /// One move, chosen by the seed.
    pub(crate) fn step(&mut self) {
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
            98..=99 if self.is_deploying => deploy(self),
            96..=97 if self.is_pausing => pause(self),
            94..=95 if self.is_casting => cast(self),
            18 => self.silence.after(self.seeded.below(12)),
            19..=52 => self.turn_intake(number),
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

    pub(crate) fn turn_intake(&mut self, number: usize) {
        if self.intakes[number].is_none() {
            self.begin_intake(number);
        }
        let (mut turns, mut id) = self.intakes[number].take().unwrap();
        turns.turn().unwrap();
        if turns.reads_other_topics() {
            let worker;
            (worker, id) = self.intake_worker(&turns.topics());
            turns.go_over(worker);
        }
        self.intakes[number] = Some((turns, id));
    }

    pub(crate) fn turn_decide(&mut self, number: usize) {
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
    pub(crate) fn drain(&mut self) {
        *self.torn.lock().unwrap() = None;
        CLOSING.iter().for_each(|topic| self.log.set_writable(topic, true));
        self.intakes = [None, None];
        self.decides = [None, None];
        resume_all(self);
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

    pub(crate) fn everything(&self) -> Vec<String> {
        // Every step writes to the changelog, also where nothing else comes of it.
        let own = ["segue.log", "segue.shared", "segue.decisions", "segue.failed", "segue.profiles", BUNDLES];
        let own = own.map(str::to_owned);
        own.into_iter().chain(told_topics(&self.bundle)).collect()
    }

    pub(crate) fn ends(&self) -> Vec<Option<u64>> {
        let topics = self.log.topics();
        let end = |topic: &String| {
            let partitions = topics[topic.as_str()];
            (0..partitions).map(|number| self.log.end(topic, number)).collect::<Vec<_>>()
        };
        self.everything().iter().flat_map(end).collect()
    }

    /// What was counted under a metric's name, all of its labels together.
    pub(crate) fn counted(&self, name: &str) -> u64 {
        let rendered = self.metrics.render();
        let lines = rendered.lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum()
    }

    pub(crate) fn read(&self, topic: &str) -> Vec<Record> {
        let partitions = self.log.topics()[topic];
        (0..partitions).flat_map(|number| self.log.read(topic, number, 0, usize::MAX).unwrap()).collect()
    }

    pub(crate) fn evidence(&self) -> Evidence {
        self.evidence_of(EVENTS as usize)
    }

    /// What is checked of so many events.
    pub(crate) fn evidence_of(&self, events: usize) -> Evidence {
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
            destinations: self
                .bundle
                .actions
                .values()
                .map(|action| (action.id.clone(), action.to.clone()))
                .collect(),
            channels: channels(),
            bundles: Some(checker::Bundles {
                first: self.bundle.digest.clone(),
                usable: self.variants.usable.iter().map(|bundle| bundle.digest.clone()).collect(),
                marks: self.variants.marks(),
            }),
            at_least: AtLeast { inputs: events, tasks: 5 },
            ..Evidence::default()
        }
    }

    /// The tasks and statuses that the log gives when it is run again, from its first record, in one go.
    fn replay(&self, log: &[Record]) -> Vec<Output> {
        let mut pipeline = Pipeline::new(self.bundle.clone(), LIMITS, rules(&self.bundle).settings);
        let topics = told_topics(&self.bundle);
        self.variants.usable.iter().for_each(|bundle| pipeline.offer(bundle.clone()));
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

pub(crate) fn task_topics(bundle: &Bundle) -> BTreeSet<String> {
    let own = bundle.destinations.values().map(|destination| destination.topic.clone());
    let lanes = bundle.destinations.values().flat_map(|to| to.lanes.iter().map(|lane| lane.topic.clone()));
    own.chain(lanes).collect()
}

/// The topics of tasks and of statuses.
pub(crate) fn told_topics(bundle: &Bundle) -> BTreeSet<String> {
    task_topics(bundle).into_iter().chain(STATUS_TOPICS.map(str::to_owned)).collect()
}
