//! The router as a program: its commands, its settings, and what wires the crates together.
//!
//! Shape: [`commands::main`] reads the command line ([`cli`]), runs one of [`commands`], and answers with an [`exit::Exit`].
//!
//! Read in this order: [`cli`], [`exit`], [`terminal`], [`settings`], [`commands`], [`topics`].

pub mod cli;
pub mod clock;
pub mod commands;
pub mod exit;
pub mod settings;
pub mod terminal;
pub mod topics;
