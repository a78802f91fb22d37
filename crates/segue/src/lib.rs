//! The router as a program: its commands, its settings, and what wires the crates together.
//!
//! Shape: [`commands::main`] reads the command line ([`cli`]), runs one of [`commands`], and answers with an [`exit::Exit`].
//!
//! Read in this order: [`cli`], [`exit`], [`terminal`], [`settings`], [`commands`], [`topics`], [`demo`]; for the service
//! [`router`], [`loops`], [`clock`], [`wiring`]; for authors [`findings`], [`sarif`], [`explain`], [`graph`], [`watch`],
//! [`pipeline`], [`suite`], [`replay`], [`recording`].

pub mod bundles;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod demo;
pub mod exit;
pub mod explain;
pub mod findings;
pub mod graph;
pub mod loops;
pub mod router;
pub mod sarif;
pub mod settings;
pub mod terminal;
pub mod topics;
pub mod watch;
pub mod wiring;

pub use segue_replay::{pipeline, recording, replay, suite};
