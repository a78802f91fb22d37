//! Time: absences, moments, held tasks, reminders, expiries, questions, outcomes and what is told of them. Each story runs
//! twice: by one machine, and by machines of which each takes one record and hands its changelog to the next.

// Helper functions of tests may fail loudly.
#![allow(clippy::unwrap_used)]

mod absences;
mod bars;
mod borders;
mod kinds;
mod lives;
mod moments;
mod pauses;
mod refusals;
mod story;
