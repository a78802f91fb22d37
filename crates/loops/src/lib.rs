//! The two loops of the router, each on a thread of its own: poll, step, commit. They do not know which log they run on.
//!
//! Shape: [`intake::run`] and [`decide::run`] are given a worker of a log, a [`clock`] and what is [`Around`] them, and
//! go on until they are stopped. Invariant: what a step changed in memory is kept only once the step is committed.
//!
//! Read in this order: [`clock`], [`bundles`], [`standing`], [`databases`], [`intake`], [`decide`], `bulkhead`, [`state`], [`outputs_first`].

mod bulkhead;
pub mod bundles;
pub mod clock;
pub mod databases;
pub mod decide;
mod disk;
pub mod intake;
pub mod outputs_first;
mod progress;
pub mod pseudonyms;
mod restore;
pub mod standing;
pub mod state;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use segue_telemetry::{Counter, Loop, Metrics, Part, StepResult};

/// How long a loop does not repeat what it has just said of a step that could not be written.
const SAY_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// How long a loop waits after a step that could not be written, so that it does not spin.
const BACK_OFF: Duration = Duration::from_millis(500);

/// What joins a loop with the process around it.
#[derive(Clone, Debug)]
pub struct Around {
    /// Set when the loop is to end after the step it is at.
    pub stop: Arc<AtomicBool>,
    /// Where it counts.
    pub metrics: Metrics,
    /// Where it says how it is.
    pub health: Part,
    /// The most records of one step.
    pub records_max: usize,
    /// How long it waits for records before it looks around.
    pub wait: Duration,
    /// What it said last of a step that could not be written, and when.
    pub said: Said,
}

/// What was said last of a step that could not be written, and when.
pub type Said = Arc<Mutex<Option<(String, Instant)>>>;

impl Around {
    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Counts a step that did not happen, and says in the log what went wrong.
    fn undone(&self, of: Loop, error: &segue_log::Error) {
        let result = match error {
            segue_log::Error::Lost { .. } => StepResult::Lost,
            _ => StepResult::Rewound,
        };
        let reason = match error {
            segue_log::Error::Rewound { reason } | segue_log::Error::Lost { reason } => reason,
            segue_log::Error::Unwritable { .. } => "unwritable",
            segue_log::Error::TooLarge { .. } => "too-large",
            segue_log::Error::Environment(_) => "environment",
        };
        self.metrics.count(Counter::Steps { of, result }, 1);
        self.metrics.count(Counter::StepsUndone { of, reason }, 1);
        match error {
            segue_log::Error::Unwritable { .. } | segue_log::Error::TooLarge { .. } => {
                if self.is_news(&error.to_string()) {
                    tracing::error!(of = of.name(), %error, "step undone, and tried again until it can be written");
                }
                self.health.starting(&error.to_string());
                std::thread::sleep(BACK_OFF);
            }
            _ => tracing::warn!(of = of.name(), %error, "step undone"),
        }
    }

    /// Counts a step that did not happen since a topic cannot be written, and is done again without it.
    fn closed(&self, of: Loop, topic: &str, error: &segue_log::Error) {
        self.metrics.count(Counter::Steps { of, result: StepResult::Rewound }, 1);
        self.metrics.count(Counter::StepsUndone { of, reason: "closed" }, 1);
        if self.is_news(&error.to_string()) {
            tracing::error!(of = of.name(), topic, %error, "topic is closed: what goes there waits, all else goes on");
        }
    }

    /// True if this was not said within the last half minute.
    fn is_news(&self, what: &str) -> bool {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.as_ref().is_some_and(|(last, at)| last == what && at.elapsed() < SAY_AGAIN_AFTER) {
            return false;
        }
        *said = Some((what.to_owned(), Instant::now()));
        true
    }
}
