//! Three brokers, two routers or three, a load that is fed to them as they get on, and blows that are aimed.
//!
//! A blow is aimed by stopping a router in its tracks and looking at what it has left open: as long as it stands still,
//! a transaction that stays open is its own. Then it is killed where it stands, or let go and stopped again a moment
//! later.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use segue_log::Append;
use segue_testkit::checker::{AtLeast, Evidence, check};
use segue_testkit::evidence::{gather, replay};
use segue_testkit::follow::Follower;
use segue_testkit::load::{self, Load};
use segue_testkit::router::{Router, Setup};
use segue_testkit::scene::Scene;
use segue_testkit::topics::{Ends, hidden, produce, read_all, wait_within};
use segue_testkit::{Kafka, kafka_or_skip};
use segue_wire::topics::BUNDLES;

use crate::bundles::Variants;
use crate::reloads::Reloads;
use crate::tally::Tally;

mod aim;

pub(crate) use aim::Aim;

pub(crate) const PARTITIONS: u32 = 12;
const SOURCE_PARTITIONS: u32 = 4;
/// What the routers' deciding has to share: the log and the shared log.
const DECIDE_OWNED: u32 = PARTITIONS + 1;
/// A dead member is noticed after eight seconds; its partitions are then restored.
const SHARED_OUT_WITHIN: Duration = Duration::from_secs(60);
/// Longer than the session of a group's member, eight seconds, and than a transaction may stay open, ten.
const STANDS_STILL: Duration = Duration::from_secs(13);
/// How long a router may take to end when it is told to.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// Places in a log: a topic where it matters, a partition, an offset.
pub(crate) type Places = BTreeSet<(String, u32, u64)>;

/// How much a run does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) events: u64,
    pub(crate) kills: usize,
}

impl Scale {
    /// The first for the gate, the second with `SEGUE_SCALE=full`.
    pub(crate) fn of(gate: Scale, full: Scale) -> Scale {
        of_scale(gate, full)
    }
}

/// The first for the gate, the second with `SEGUE_SCALE=full`.
pub(crate) fn of_scale<T>(gate: T, full: T) -> T {
    if env::var("SEGUE_SCALE").is_ok_and(|scale| scale == "full") { full } else { gate }
}

pub(crate) struct Fleet {
    pub(crate) routers: Vec<Option<Router>>,
    setups: Vec<Setup>,
    follower: Follower,
    ends: Ends,
    scene: Scene,
    load: Box<dyn Iterator<Item = Append>>,
    began: Instant,
    scale: Scale,
    fed: u64,
    /// How much may have been fed so far.
    allowed: u64,
    /// Until when timers keep routers at work, if they do, in milliseconds since the epoch.
    timed_until_ms: Option<i64>,
    /// Where a killed router has left a transaction open: partitions of `segue.profiles`, and where it began in them.
    torn: Vec<(u32, u64)>,
    said: String,
    /// How often a router has left, of its own or not, or has come.
    changes: usize,
    killed: usize,
    /// The bundles of the run where there are several, and what deploys them.
    variants: Option<Variants>,
    reloads: Option<Reloads>,
    random: u64,
    notes: String,
    kafka: Kafka,
    _alone: MutexGuard<'static, ()>,
}

impl Fleet {
    /// Starts brokers and two routers, to be fed the usual load; each router is told these lines besides the usual.
    pub(crate) fn start(scale: Scale, lines: &[&str]) -> Option<Fleet> {
        Fleet::start_on(load::scene(), (2, lines), scale, |seed| usual(seed, scale, 5_000))
    }

    /// Starts brokers and three routers, on a bundle with many caps that comes in several words. Each subject has many
    /// events, so that caps have something to turn down.
    pub(crate) fn start_three(scale: Scale) -> Option<Fleet> {
        let variants = Variants::write();
        let subjects = scale.events / 100;
        let fleet = Fleet::start_on(variants.scene(), (3, &[]), scale, |seed| usual(seed, scale, subjects))?;
        Some(Fleet { variants: Some(variants), ..fleet })
    }

    /// The same on another bundle and with so many routers, with a load that is made when all is ready for it, from the seed.
    pub(crate) fn start_on(
        scene: Scene,
        (routers, lines): (usize, &[&str]),
        scale: Scale,
        load: impl FnOnce(u64) -> Vec<Append>,
    ) -> Option<Fleet> {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let seed = env::var("SEGUE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(now);
        let began = Instant::now();
        let kafka = kafka_or_skip(3)?;
        for topic in &scene.sources {
            kafka.create_topic(topic, SOURCE_PARTITIONS, &[]);
        }
        let setup = |number: usize| {
            let instance = format!("router-{}", ["a", "b", "c"][number]);
            let usual = Setup::new(kafka.brokers(), &instance, PARTITIONS);
            let setup = Setup { bundle: scene.bundle.clone(), ..usual };
            lines.iter().fold(setup, |setup, line| setup.with(line))
        };
        let setups: Vec<Setup> = (0..routers).map(setup).collect();
        setups[0].apply_topics();
        let mut fleet = Fleet {
            routers: setups.iter().map(|setup| Some(Router::start(setup))).collect(),
            follower: Follower::new(kafka.brokers(), PARTITIONS, &scene.sources),
            ends: Ends::of(kafka.brokers(), "testkit-fleet"),
            load: Box::new(std::iter::empty()),
            scene,
            setups,
            began,
            scale,
            fed: 0,
            allowed: 0,
            timed_until_ms: None,
            torn: Vec::new(),
            said: String::new(),
            changes: 0,
            killed: 0,
            variants: None,
            reloads: None,
            random: seed,
            notes: String::new(),
            kafka,
            _alone: alone,
        };
        fleet.note(&format!("seed: {seed}, events: {}, kills: {}", scale.events, scale.kills));
        fleet.wait_until_shared_out();
        fleet.note(&format!("{routers} routers share all partitions"));
        fleet.load = Box::new(load(seed).into_iter());
        Some(fleet)
    }

    /// A number below `bound`, from the seed.
    pub(crate) fn random(&mut self, bound: u64) -> u64 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % bound
    }

    pub(crate) fn note(&mut self, line: &str) {
        let line = format!("{:>4} s  {line}", self.began.elapsed().as_secs());
        eprintln!("{line}");
        writeln!(self.notes, "{line}").unwrap();
    }

    /// Lets so large a part of the load flow from now on.
    pub(crate) fn allow(&mut self, part: usize, of: usize) {
        self.allowed = self.scale.events * part as u64 / of as u64;
    }

    /// Says that timers keep the routers at work until then.
    pub(crate) fn is_timed(&mut self, until_ms: i64) {
        self.timed_until_ms = Some(until_ms);
    }

    /// True if no timer keeps the routers at work any more.
    fn is_over(&self) -> bool {
        self.timed_until_ms.is_none_or(|until| now_ms() > until)
    }

    /// Pumps until an instant, in milliseconds since the epoch.
    pub(crate) fn wait_until_ms(&mut self, until_ms: i64) {
        while now_ms() < until_ms {
            self.pump();
        }
    }

    /// Looks at how far the routers are, and feeds them so that they have something to do, and not more.
    pub(crate) fn pump(&mut self) {
        self.follower.advance();
        // Towards the end nothing is aimed any more, so all the rest may go at once.
        let parts = if self.allowed == self.scale.events { 5 } else { 100 };
        let (chunk, under_way_max) = (self.scale.events / parts, 4 * self.scale.events / parts);
        let under_way = self.fed.saturating_sub(self.follower.taken_in()) + self.follower.behind();
        if self.fed < self.allowed && under_way < under_way_max {
            let chunk: Vec<Append> = self.load.by_ref().take(chunk as usize).collect();
            self.fed += chunk.len() as u64;
            produce(self.kafka.brokers(), chunk);
        }
    }

    /// Pumps until the routers have stepped over so many more records, or over all there are.
    pub(crate) fn wait_until_moved(&mut self, by: u64) {
        let from = self.follower.stepped();
        wait_within(SHARED_OUT_WITHIN, "the routers to get on", || {
            self.pump();
            let idle = self.fed >= self.allowed && self.follower.behind() == 0 && self.follower.is_taken_in();
            (self.follower.stepped() >= from + by || idle).then_some(())
        });
    }

    /// Waits until the routers that run have all partitions among them.
    pub(crate) fn wait_until_shared_out(&mut self) {
        let began = Instant::now();
        let mut told = false;
        wait_within(SHARED_OUT_WITHIN, "the routers to have all partitions", || {
            self.pump();
            let owned = |of: &str| -> Vec<Option<f64>> {
                let routers = self.routers.iter().flatten();
                routers.map(|router| router.metric("segue_partitions_owned", &[of])).collect()
            };
            let (decide, intake) = (owned("loop=\"decide\""), owned("loop=\"intake\""));
            let sum = |shares: &[Option<f64>]| -> f64 { shares.iter().flatten().sum() };
            let Scene { sources, outcomes, .. } = &self.scene;
            let to_take_in = sources.len() as u32 * SOURCE_PARTITIONS + outcomes.len() as u32 * PARTITIONS;
            let shared = (sum(&decide), sum(&intake)) == (f64::from(DECIDE_OWNED), f64::from(to_take_in));
            if !told && !shared && began.elapsed() > SHARED_OUT_WITHIN / 2 {
                told = true;
                let state = self.follower.state();
                self.note(&format!(
                    "long without all partitions: decide {decide:?}, intake {intake:?}; {state}"
                ));
            }
            shared.then_some(())
        });
    }

    /// Kills a router, starts it again, and waits until both have all partitions among them.
    pub(crate) fn kill(&mut self, victim: usize, aim: Aim) {
        self.strike(victim, aim);
        self.wait_until_shared_out();
    }

    /// Kills a router and starts it again.
    pub(crate) fn strike(&mut self, victim: usize, aim: Aim) {
        let victim = self.at_work(victim, aim);
        let open = self.stop_in_tracks(victim, aim);
        let router = self.routers[victim].take().unwrap();
        self.note(&format!(
            "kill -9 of {} at {aim:?}, {} of {} fed",
            router.instance(),
            self.fed,
            self.scale.events
        ));
        self.said += &router.kill9();
        self.routers[victim] = Some(Router::start(&self.setups[victim]));
        self.killed += 1;
        self.changes += 2;
        if aim == Aim::OpenTransaction {
            self.torn.extend(open.into_iter().map(|(_, partition, begun_at)| (partition, begun_at)));
        }
    }

    /// Stops a router in its tracks where it is to be hit, feeds the other until it has taken over, and lets the first
    /// go on.
    pub(crate) fn let_stand_still(&mut self, victim: usize, aim: Aim) {
        let victim = self.at_work(victim, aim);
        let _ = self.stop_in_tracks(victim, aim);
        self.note(&format!("SIGSTOP of router {victim} at {aim:?} for {STANDS_STILL:?}"));
        let until = Instant::now() + STANDS_STILL;
        while Instant::now() < until {
            self.pump();
        }
        self.routers[victim].as_ref().unwrap().sigcont();
        self.changes += 2;
        self.wait_until_shared_out();
        self.wait_until_moved(100);
    }

    /// Deploys a bundle each time that so long has passed, from now on.
    pub(crate) fn reload(&mut self, every: Duration) {
        let variants = self.variants.as_ref().expect("a fleet of three has several bundles");
        self.reloads = Some(Reloads::begin(variants, &self.setups[0], every));
        self.note(&format!("a bundle is deployed every {every:?}"));
    }

    /// Ends a router as whoever operates it would.
    pub(crate) fn leave(&mut self, number: usize) {
        let (status, took, log) = self.routers[number].take().unwrap().stop();
        assert!(status.success() && took < ENDS_WITHIN, "{status} after {took:?}: {log}");
        self.said += &log;
        self.changes += 1;
    }

    /// Starts a router that has left.
    pub(crate) fn come(&mut self, number: usize) {
        self.routers[number] = Some(Router::start(&self.setups[number]));
        self.changes += 1;
    }

    /// Feeds the routers for so long.
    pub(crate) fn go_on(&mut self, within: Duration) {
        let until = Instant::now() + within;
        while Instant::now() < until {
            self.pump();
        }
    }

    /// How many records of aborted transactions the router's topics hold. Those that a kill has left open must be
    /// among them.
    fn aborted(&self) -> usize {
        let brokers = self.kafka.brokers();
        let all: Vec<_> = thread::scope(|scope| {
            let tasks = self.scene.tasks.iter().copied();
            let topics = ["segue.profiles", "segue.decisions"].into_iter().chain(tasks);
            let reading: Vec<_> = topics.map(|topic| scope.spawn(move || hidden(brokers, topic))).collect();
            reading.into_iter().map(|read| read.join().unwrap()).collect()
        });
        let torn = self.torn.iter().filter(|place| !all[0].contains(place)).count();
        assert_eq!(torn, 0, "INVALID: no abort followed a kill inside a transaction");
        all.iter().map(BTreeSet::len).sum()
    }

    /// Feeds the rest, waits until all is decided, ends the routers and checks what they have left.
    pub(crate) fn finish(&mut self) -> Tally {
        let inputs = self.scale.events as usize;
        let tally = self.finish_with(AtLeast { inputs, tasks: inputs / 10 });
        self.publish();
        tally
    }

    /// The same, where so much must be there; nothing is published yet.
    pub(crate) fn finish_with(&mut self, at_least: AtLeast) -> Tally {
        let given = self.reloads.take().map(Reloads::end).unwrap_or_default();
        self.allow(1, 1);
        if let Some(until) = self.timed_until_ms {
            // What is due last is seen a moment later.
            self.wait_until_ms(until + 5_000);
        }
        let (began, limit) = (Instant::now(), Duration::from_secs(60 + self.scale.events / 200));
        loop {
            self.pump();
            if self.fed == self.scale.events && self.follower.is_done() {
                break;
            }
            assert!(
                began.elapsed() < limit,
                "waited {limit:?} in vain, {} fed; {}",
                self.fed,
                self.follower.state()
            );
        }
        self.note("all is decided");
        for router in &mut self.routers {
            let Some(router) = router.take() else { continue };
            let (status, took, log) = router.stop();
            assert!(status.success() && took < ENDS_WITHIN, "{status} after {took:?}: {log}");
            self.said += &log;
        }
        let evidence = self.evidence(at_least);
        let report = check(&evidence);
        self.note("all is checked");
        let tally = Tally {
            aborted: self.aborted(),
            given,
            changes: self.changes,
            kills: self.killed,
            rebalances: ["segue.decide", "segue.intake"].map(|group| self.kafka.rebalances(group)),
            ..Tally::of(report, &self.said, evidence.tasks)
        };
        self.note(&tally.to_string());
        tally
    }

    /// What the run has left, with a replay of its log.
    fn evidence(&self, at_least: AtLeast) -> Evidence {
        let brokers = self.kafka.brokers();
        let mut evidence = gather(brokers, PARTITIONS, &self.scene);
        evidence.at_least = at_least;
        let bundles = if self.variants.is_some() { read_all(brokers, BUNDLES) } else { Vec::new() };
        evidence.replayed = Some(replay(&self.scene.bundle, &[evidence.log.clone(), bundles].concat()));
        evidence.bundles = self.variants.as_ref().map(Variants::told);
        evidence
    }

    /// Writes what the run was and what it counted to the file that wants it.
    pub(crate) fn publish(&self) {
        let Some(path) = env::var_os("SEGUE_PROOF") else { return };
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let name = thread::current().name().unwrap_or("run").to_owned();
        writeln!(file.unwrap(), "### {name}\n```\n{}```", self.notes).unwrap();
    }
}

/// The time on the wall, in milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

/// The usual load, about so many persons.
fn usual(seed: u64, scale: Scale, subjects: u64) -> Vec<Append> {
    let load = Load { seed, events: scale.events, subjects, duplicates_per_mille: 50, ..Load::default() };
    load.records().collect()
}
