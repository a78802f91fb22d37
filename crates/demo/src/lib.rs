//! The demo: simulated source systems tell a story, and the router says what is to be done about it.
//!
//! Shape: a seed gives the [`cast`] and, day by day, the [`story`]; its moments are published by [`systems`] to a
//! [`router`] in this process, one at a time; [`accounts`] are its books. All of it is in memory, and nothing is written
//! here: how it looks is for whoever tells it.
//! Invariant: the tasks are a function of seed and bundle, to the byte.
//!
//! Read in this order: [`cast`], [`systems`], [`story`], [`router`], [`accounts`], [`bundle`].

pub mod accounts;
pub mod bundle;
pub mod cast;
pub mod random;
pub mod router;
pub mod story;
pub mod systems;
