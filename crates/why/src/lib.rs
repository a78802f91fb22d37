//! Why a decision came out as it did, and what would have turned it.
//!
//! Shape: a [`case::Case`] (a bundle, what is known before, recorded events) and a [`find::Wanted`] (a task, a decision, an
//! event) -> the steps of the run at which it was decided on ([`find`]) -> one [`explain::Why`] for each decision: what came
//! in, what each rule said of it, what became of each candidate, and the smallest change that would have turned it
//! ([`change`]). [`diff`] says what another bundle would have made of the same events. [`fate`] says what became of an event on which nothing was decided, [`words`] says it in sentences, [`human`] and [`json`] write it.
//!
//! Everything is found by running the recorded events again, with the code that decided; nothing is read from a decision
//! that the run itself does not show. Pure but for time spent: it reads no clock, no file and no network.
//!
//! Read in this order: [`case`], [`walk`], [`find`], [`explain`], [`words`], [`change`], [`levers`], [`alter`].

pub mod alter;
pub mod case;
pub mod change;
pub mod diff;
mod ended;
pub mod explain;
pub mod fate;
pub mod find;
pub mod human;
pub mod json;
mod levers;
mod names;
mod walk;
mod words;
