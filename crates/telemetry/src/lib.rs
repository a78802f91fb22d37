//! What the router tells of itself: metrics, logs, health. Knows no event, no subject and no rule, only their names.
//!
//! [`metrics`] is the closed list of what is counted; every label is bounded, and none names a subject. [`health`]
//! says whether the parts live and are ready. [`logging`] sets up `tracing`, once, in the binary.

pub mod health;
pub mod logging;
pub mod metrics;

pub use health::{Health, Part, PartReport, Report, State};
pub use logging::Format;
pub use metrics::{
    Arm, CopyResult, Counter, Gauge, IntakeResult, Loop, Metrics, ReadFrom, StepResult, Timing,
};
