//! What is wrong with a table as it is written, and why a table cannot decide.

use std::fmt;
use std::ops::Range;

/// What is wrong with a cell, or with the table's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellFault {
    /// The row, counted from 0; `None` if it is the head, with the names of the columns.
    pub row: Option<usize>,
    /// The column, counted from 0: the inputs, then the outputs.
    pub column: usize,
    /// Where in the text of the cell, in bytes.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write instead, if that is known.
    pub hint: Option<String>,
}

impl fmt::Display for CellFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some(row) => write!(f, "row {}, column {}: {}", row + 1, self.column + 1, self.message),
            None => write!(f, "column {}: {}", self.column + 1, self.message),
        }
    }
}

/// Two rows are hit where only one may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rows {} and {} are both hit, and the table has `hit: unique`", .first + 1, .second + 1)]
pub struct Ambiguous {
    /// The first row that is hit, counted from 0.
    pub first: usize,
    /// The next one.
    pub second: usize,
}
