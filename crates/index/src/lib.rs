//! Which of many conditions may hold, without asking each of them.
//!
//! Shape: for each condition a necessary condition in disjunctive normal form, made of tests on numbered slots; they
//! become an index once. Then the values of the slots give the conditions that are still to be evaluated in full.
//! Pure: no clock, no environment, no unordered map. Invariant: a condition that holds, or that cannot be decided, is
//! never left out; one of which each conjunction has a false test is; one that is said to hold does.
//!
//! Read in this order: [`atom`], [`index`]; then [`domain`] with `key`, `table` and `cut`; to build an index,
//! `draft`; to ask it, `column`, `check` and `scratch`.

pub mod atom;
pub mod domain;
pub mod index;

mod check;
mod column;
mod cut;
mod draft;
mod key;
mod scratch;
mod table;

pub use atom::{Atom, Bound, Constant, Test};
pub use domain::Domains;
pub use index::{Index, Seen};
pub use scratch::{Judged, Scratch, Survivors};
