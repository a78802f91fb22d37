//! Decision tables: from values to the row that goes with them.
//!
//! Shape: texts of cells -> a [`DecisionTable`] or all faults of its cells; then values of the inputs -> the outputs of
//! the row that is hit. Rows are found through an index, so that thousands of them cost little more than ten.
//! Pure: no clock, no environment, no unordered map. Invariant: what is decided is what asking every row in turn
//! would decide; a finding is reported only where it is certain.
//!
//! Read in this order: [`table`], `cell`, `parse`; then [`finding`] with [`given`], `domain`, `grid`, `tree` and `gap`;
//! [`fault`].

pub mod fault;
pub mod finding;
pub mod given;
pub mod table;

mod cell;
mod domain;
mod gap;
mod grid;
mod parse;
mod tree;

pub use fault::{Ambiguous, CellFault};
pub use finding::Finding;
pub use given::{Given, Limit};
pub use segue_index::Scratch;
pub use table::{DecisionTable, Hit};
