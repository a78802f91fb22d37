//! A broker with the topics of the sources on it, and what the tests ask of a run.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use segue_testkit::checker::{AtLeast, Evidence, check};
use segue_testkit::evidence::{SOURCE_TOPICS, gather, replay};
use segue_testkit::follow::Follower;
use segue_testkit::load::{Load, bundle_dir, scene};
use segue_testkit::router::Setup;
use segue_testkit::topics::wait_within;
use segue_testkit::{Kafka, kafka_or_skip};
use tempfile::NamedTempFile;

pub(crate) const PARTITIONS: u32 = 4;
const DONE_WITHIN: Duration = Duration::from_secs(90);

/// How far the clock is moved each time: further than the router gathers what it writes joined.
const MOVE_MS: u64 = 11_000;

/// How many tests run at once that do not ask to be alone: the broker of one starts while the other waits for its own.
const BESIDE_MAX: u32 = 2;

pub(crate) struct World {
    pub(crate) kafka: Kafka,
    clock: Clock,
    _room: Room,
}

impl World {
    /// Starts a broker once the test is alone.
    pub(crate) fn begin() -> Option<World> {
        World::with(Room::take(BESIDE_MAX))
    }

    /// Starts a broker once at most one other test runs: for what looks at what comes out, not at how long it takes.
    pub(crate) fn begin_beside() -> Option<World> {
        World::with(Room::take(1))
    }

    fn with(room: Room) -> Option<World> {
        Some(World { kafka: kafka_or_skip(1)?, clock: Clock::new(), _room: room })
    }

    /// Makes the topics of the sources.
    pub(crate) fn create_sources(&self) {
        for topic in SOURCE_TOPICS {
            self.kafka.create_topic(topic, PARTITIONS, &[("max.message.bytes", "8388608")]);
        }
    }

    pub(crate) fn brokers(&self) -> &str {
        self.kafka.brokers()
    }

    /// A router by the system's clock.
    pub(crate) fn setup(&self) -> Setup {
        Setup::new(self.brokers(), "router-1", PARTITIONS)
    }

    /// A router by the world's own clock.
    pub(crate) fn setup_by_hand(&self) -> Setup {
        self.setup().with(&format!("clock: {{file: \"{}\"}}", self.clock.file.path().display()))
    }

    /// Sets the world's own clock to an instant.
    pub(crate) fn set_clock(&self, instant: &str) {
        self.clock.set(instant);
    }

    pub(crate) fn follow(&self) -> Follower {
        Follower::new(self.brokers(), PARTITIONS, &SOURCE_TOPICS)
    }

    /// Waits until all that was published has been decided, and moves the world's clock on meanwhile, so that what is
    /// written joined need not be waited for.
    pub(crate) fn wait_until_done(&self, follower: &mut Follower) {
        wait_within(DONE_WITHIN, "all to be decided", || {
            self.clock.advance();
            follower.is_done().then_some(())
        });
    }

    /// Reads what the run has left, and lets the checker look at it, with a replay of the log.
    pub(crate) fn check(&self, at_least: AtLeast) -> Evidence {
        self.check_with(&bundle_dir(), at_least)
    }

    /// As [`World::check`], for a router on another bundle.
    pub(crate) fn check_with(&self, bundle: &Path, at_least: AtLeast) -> Evidence {
        let mut evidence = gather(self.brokers(), PARTITIONS, &scene());
        evidence.at_least = at_least;
        evidence.replayed = Some(replay(bundle, &evidence.log));
        let report = check(&evidence);
        eprintln!("{report}");
        report.assert_clean();
        evidence
    }
}

/// A part of the machine, given back at the end.
struct Room(u32);

static TAKEN: Mutex<u32> = Mutex::new(0);
static GIVEN_BACK: Condvar = Condvar::new();

impl Room {
    fn take(part: u32) -> Room {
        let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |taken: &mut u32| *taken + part > BESIDE_MAX;
        *GIVEN_BACK.wait_while(taken, is_full).unwrap_or_else(PoisonError::into_inner) += part;
        Room(part)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= self.0;
        GIVEN_BACK.notify_all();
    }
}

/// A clock that is moved by hand: a file with an instant in it.
struct Clock {
    file: NamedTempFile,
    moved: AtomicU64,
}

impl Clock {
    fn new() -> Clock {
        let clock = Clock { file: NamedTempFile::new().unwrap(), moved: AtomicU64::new(0) };
        clock.advance();
        clock
    }

    fn advance(&self) {
        let seconds = self.moved.fetch_add(MOVE_MS, Ordering::Relaxed) / 1_000;
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        assert!(hour < 24, "the clock is moved within one day");
        self.set(&format!("2026-03-02T{hour:02}:{minute:02}:{second:02}Z"));
    }

    fn set(&self, instant: &str) {
        // Put in place whole: the router must not read half an instant.
        let next = self.file.path().with_extension("next");
        fs::write(&next, instant).unwrap();
        fs::rename(&next, self.file.path()).unwrap();
    }
}

/// A load that has nothing wrong with it.
pub(crate) fn clean(events: u64) -> Load {
    Load { events, garbage_per_mille: 0, duplicates_per_mille: 0, ..Load::default() }
}
