//! A broker with the topics of the sources on it, and what the tests ask of a run.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use segue_testkit::checker::{AtLeast, Evidence, check};
use segue_testkit::evidence::{SOURCE_TOPICS, gather, replay};
use segue_testkit::follow::Follower;
use segue_testkit::load::{Load, bundle_dir};
use segue_testkit::router::Setup;
use segue_testkit::topics::wait_within;
use segue_testkit::{Kafka, kafka_or_skip};

pub(crate) const PARTITIONS: u32 = 4;
/// What is gathered for a joined record is written ten seconds later at most; the rest is for a slow machine.
const DONE_WITHIN: Duration = Duration::from_secs(90);

pub(crate) struct World {
    pub(crate) kafka: Kafka,
    _alone: MutexGuard<'static, ()>,
}

impl World {
    /// Starts a broker once the test is alone.
    pub(crate) fn begin() -> Option<World> {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        Some(World { kafka: kafka_or_skip(1)?, _alone: alone })
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

    pub(crate) fn setup(&self) -> Setup {
        Setup::new(self.brokers(), "router-1", PARTITIONS)
    }

    /// Waits until all that was published has been decided.
    pub(crate) fn wait_until_done(&self, follower: &mut Follower) {
        wait_within(DONE_WITHIN, "all to be decided", || follower.is_done(&SOURCE_TOPICS).then_some(()));
    }

    /// Reads what the run has left, and lets the checker look at it, with a replay of the log.
    pub(crate) fn check(&self, at_least: AtLeast) -> Evidence {
        let mut evidence = gather(self.brokers(), PARTITIONS);
        evidence.at_least = at_least;
        evidence.replayed = Some(replay(&bundle_dir(), &evidence.log));
        let report = check(&evidence);
        eprintln!("{report}");
        report.assert_clean();
        evidence
    }
}

/// A load that has nothing wrong with it.
pub(crate) fn clean(events: u64) -> Load {
    Load { events, garbage_per_mille: 0, duplicates_per_mille: 0, ..Load::default() }
}
