//! The router as a program: its commands, its settings, and what wires the crates together.
//!
//! Shape: [`commands::main`] reads the command line ([`cli`]), runs one of [`commands`], and answers with an [`exit::Exit`].
//!
//! Read in this order: [`cli`], [`exit`], [`terminal`], [`stdout`], [`interrupt`], [`settings`], [`commands`], [`topics`]; for the service
//! [`router`], [`place`], [`asked`], [`loops`], [`clock`], [`wiring`]; for authors [`findings`], [`sarif`], [`explain`], [`graph`], [`watch`], [`failed`],
//! [`pipeline`], [`suite`], [`replay`], [`recording`].

pub mod asked;
pub mod bundles;
pub mod cli;
pub mod commands;
pub mod erased;
pub mod exit;
pub mod explain;
pub mod failed;
pub mod findings;
pub mod graph;
pub mod interrupt;
pub mod place;
pub mod router;
pub mod sarif;
pub mod stdout;
pub mod terminal;
pub mod topics;
pub mod watch;
pub mod wiring;

pub use segue_loops as loops;
pub use segue_loops::clock;
pub use segue_replay::{pipeline, recording, replay, suite};
pub use segue_settings as settings;
