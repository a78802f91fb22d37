//! The router of the story: the loops of `segue run`, on a log in memory and on a clock that the story moves.
//!
//! One event is on its way at a time: [`Router::publish`] returns once everything that it led to is there. So the tasks
//! depend on the story alone, not on which thread was faster.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use segue_bundle::Bundle;
use segue_engine::Settings;
use segue_intake::Intake;
use segue_log::embedded::Embedded;
use segue_log::{Append, Record};
use segue_loops::bundles::Bundles;
use segue_loops::clock::{Clock, Hand, Reader};
use segue_loops::{self as loops, Around, decide::Rules};
use segue_model::Timestamp;
use segue_telemetry::{Health, Metrics};
use segue_wire::topics::{DECISIONS, FAILED, KEPT, LOG, PROFILES, SHARED};

use crate::systems::System;

/// How many partitions the topics have: few, and more than one, as it would be on a broker.
const PARTITIONS: u32 = 3;
const INTAKE: &str = "segue.intake";
const DECIDE: &str = "segue.decide";
/// How long one event may take. It takes some milliseconds; this ends a router that is stuck.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_micros(500);
const RECORDS_MAX: usize = 1_000;
const WAIT: Duration = Duration::from_millis(100);

/// Why the router of the story cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log cannot be used.
    #[error("{0}")]
    Log(#[from] segue_log::Error),
    /// A thread cannot be started.
    #[error("a thread cannot be started: {0}")]
    Thread(#[from] std::io::Error),
    /// A loop has ended, or does not come to an end with an event.
    #[error("the router stopped in mid-story")]
    Stopped,
}

/// A running router.
#[derive(Debug)]
pub struct Router {
    log: Embedded,
    hand: Hand,
    stop: Arc<AtomicBool>,
    loops: Vec<JoinHandle<Result<(), segue_log::Error>>>,
    /// The topics that the bundle's sources publish on.
    sources: BTreeSet<String>,
    /// Where tasks leave: destination and lane, by topic.
    outlets: BTreeMap<String, Outlet>,
    /// How far each partition of what leaves was looked at.
    seen: BTreeMap<(String, u32), u64>,
}

/// Where tasks leave.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outlet {
    /// The destination's id.
    pub destination: String,
    /// The lane, if it is one.
    pub lane: Option<String>,
}

/// What left because of an event.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The tasks, best first.
    pub tasks: Vec<Released>,
    /// The failed events.
    pub failed: Vec<Record>,
}

/// A task that left.
#[derive(Clone, Debug)]
pub struct Released {
    /// Where it left.
    pub outlet: Outlet,
    /// The CloudEvent, to the byte.
    pub text: String,
    /// The same, read.
    pub event: serde_json::Value,
}

impl Router {
    /// Starts a router with that bundle and those settings, at that time.
    ///
    /// # Errors
    /// A thread cannot be started, or the bundle names one topic for two things.
    pub fn start(bundle: Bundle, settings: Settings, now: Timestamp) -> Result<Router, Error> {
        let bundle = Arc::new(bundle);
        let mut router = Router {
            log: Embedded::in_memory(),
            hand: Hand::new(now),
            stop: Arc::new(AtomicBool::new(false)),
            loops: Vec::new(),
            sources: bundle.sources.values().flat_map(|source| source.topics.iter().cloned()).collect(),
            outlets: outlets(&bundle),
            seen: BTreeMap::new(),
        };
        router.create_topics()?;
        router.start_loops(&bundle, settings)?;
        Ok(router)
    }

    /// Publishes something at that time, and returns what left because of it.
    ///
    /// # Errors
    /// The router has stopped, or does not come to an end with it.
    pub fn publish(&mut self, append: Append, at: Timestamp) -> Result<Outcome, Error> {
        self.hand.set(at);
        let _ = self.log.append(vec![append])?;
        let asked = Instant::now();
        while !self.is_settled() {
            if self.loops.iter().any(JoinHandle::is_finished) || asked.elapsed() > SETTLED_WITHIN {
                return Err(Error::Stopped);
            }
            thread::sleep(GLANCE);
        }
        self.collect()
    }

    /// Sets the clock, for what is due by then.
    pub fn set_clock(&self, at: Timestamp) {
        self.hand.set(at);
    }

    /// All records that one of the router's topics holds.
    pub fn all(&self, topic: &str) -> Vec<Record> {
        let counts = self.log.topics();
        let partitions = counts.get(topic).copied().unwrap_or(0);
        let read = |number| self.log.read(topic, number, 0, usize::MAX).unwrap_or_default();
        (0..partitions).flat_map(read).collect()
    }

    fn create_topics(&self) -> Result<(), Error> {
        let own = [
            (LOG, PARTITIONS),
            (SHARED, 1),
            (PROFILES, PARTITIONS + 1),
            (DECISIONS, PARTITIONS),
            (KEPT, PARTITIONS),
            (FAILED, PARTITIONS),
        ];
        // The story's systems publish, whether the bundle knows them or not.
        let systems = System::ALL.iter().map(|system| system.topic());
        let named = self.sources.iter().chain(self.outlets.keys()).map(String::as_str);
        for (topic, partitions) in
            own.into_iter().chain(systems.chain(named).map(|topic| (topic, PARTITIONS)))
        {
            let _ = self.log.create_topic(topic, partitions)?;
        }
        Ok(())
    }

    fn start_loops(&mut self, bundle: &Arc<Bundle>, settings: Settings) -> Result<(), Error> {
        let (metrics, health) = (Metrics::new(), Health::new());
        let around = |name: &str| Around {
            stop: self.stop.clone(),
            metrics: metrics.clone(),
            health: health.part(name),
            records_max: RECORDS_MAX,
            wait: WAIT,
            said: Default::default(),
        };
        let clock = || Reader::new(Clock::Hand(self.hand.clone()));
        let topics: Vec<&str> = self.sources.iter().map(String::as_str).collect();
        let (worker, at, reader) = (self.log.worker(INTAKE, &topics), around("intake"), clock());
        let intake = Intake::new(bundle.clone(), segue_document::Limits::CONTRACT);
        let intake = thread::Builder::new()
            .name("intake".to_owned())
            .spawn(move || loops::intake::run(Box::new(worker), intake, reader, &at));
        let (worker, at, reader) =
            (self.log.worker(DECIDE, &loops::decide::TOPICS), around("decide"), clock());
        let rules = Rules {
            bundles: Bundles::new(bundle.clone()),
            settings,
            partitions: PARTITIONS,
            behind_after: None,
            try_after: loops::decide::TRY_AFTER,
            pseudonyms: None,
        };
        let decide = thread::Builder::new()
            .name("decide".to_owned())
            .spawn(move || loops::decide::run(Box::new(worker), rules, None, reader, &at));
        for started in [intake, decide] {
            self.loops.push(started?);
        }
        Ok(())
    }

    /// True if nothing is on its way. What is upstream is asked first: a step hands on and moves on at once, so that
    /// nothing slips by between two looks.
    fn is_settled(&self) -> bool {
        let is_read = |group: &str, topic: &str| {
            let committed = self.log.committed(group);
            (0..self.log.topics().get(topic).copied().unwrap_or(0)).all(|number| {
                let done = committed.iter().find(|one| &*one.topic == topic && one.partition == number);
                done.map_or(0, |done| done.next) == self.log.end(topic, number).unwrap_or(0)
            })
        };
        self.sources.iter().all(|topic| is_read(INTAKE, topic))
            && is_read(DECIDE, SHARED)
            && is_read(DECIDE, LOG)
    }

    fn collect(&mut self) -> Result<Outcome, Error> {
        let mut outcome = Outcome::default();
        for (topic, outlet) in self.outlets.clone() {
            for record in self.news(&topic)? {
                let text = String::from_utf8(record.value.unwrap_or_default()).unwrap_or_default();
                let event = serde_json::from_str(&text).unwrap_or_default();
                outcome.tasks.push(Released { outlet: outlet.clone(), text, event });
            }
        }
        outcome.tasks.sort_by_key(|task| task.event["data"]["priority"]["rank"].as_u64());
        outcome.failed = self.news(FAILED)?;
        Ok(outcome)
    }

    /// What came to a topic since it was last looked at.
    fn news(&mut self, topic: &str) -> Result<Vec<Record>, Error> {
        let mut news = Vec::new();
        for number in 0..PARTITIONS {
            let next = self.seen.entry((topic.to_owned(), number)).or_default();
            let records = self.log.read(topic, number, *next, RECORDS_MAX)?;
            *next += records.len() as u64;
            news.extend(records);
        }
        Ok(news)
    }
}

impl Drop for Router {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for running in self.loops.drain(..) {
            // How it ended was told by the event that it could not bring to its end.
            let _ = running.join();
        }
    }
}

fn outlets(bundle: &Bundle) -> BTreeMap<String, Outlet> {
    let mut outlets = BTreeMap::new();
    for (id, destination) in &bundle.destinations {
        let outlet = |lane| Outlet { destination: id.clone(), lane };
        let _ = outlets.insert(destination.topic.clone(), outlet(None));
        for lane in &destination.lanes {
            let _ = outlets.insert(lane.topic.clone(), outlet(Some(lane.name.clone())));
        }
    }
    outlets
}
