//! The two loops of the router, each on a thread of its own: poll, step, commit. They do not know which log they run on.

pub mod decide;
pub mod intake;
pub mod outputs_first;
mod progress;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use segue_telemetry::{Counter, Loop, Metrics, Part, StepResult};

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
}

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
                tracing::error!(loop_ = ?of, %error, "step undone");
                self.health.starting(&error.to_string());
                std::thread::sleep(BACK_OFF);
            }
            _ => tracing::warn!(loop_ = ?of, %error, "step undone"),
        }
    }
}
