//! Two routers or three on a real Apache Kafka of three brokers, killed and stopped in the middle of what they do.
//!
//! A run counts only if what it is about did happen: transactions were aborted, routers were fenced, states were
//! restored, records came twice. If not, it is INVALID and fails, however clean its accounting. `SEGUE_SCALE=full` makes
//! the runs large; `SEGUE_SEED` gives the same load again, but not the same moments of the blows. `SEGUE_PROOF=FILE` appends what a run was and what it counted to a file.

#![allow(
    clippy::unwrap_used,
    reason = "this file and its modules are all tests; their helpers stand outside the test functions"
)]

mod at_least_once;
mod bundles;
mod caps;
mod fleet;
mod kills;
mod reload;
mod reloads;
mod tally;
mod timers;
mod zombie;
