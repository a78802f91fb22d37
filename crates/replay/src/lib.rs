//! The whole engine over recorded events and test documents: no broker, no clock, no side effect.
//!
//! Shape: lines of a recording, or the steps of a `test` document -> [`pipeline`] (intake, then every partition, until
//! nothing is left to do) -> records, or what a test came to. The same crates as the service; only the log is a queue.
//!
//! Read in this order: [`pipeline`], [`recording`], [`replay`], [`suite`].

pub mod pipeline;
pub mod recording;
pub mod replay;
pub mod suite;
