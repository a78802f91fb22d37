//! What is wrong with a table that can be read: rows that are never hit, rows that overlap, combinations without a row.
//!
//! Each column falls into classes of values (see `domain`), and each cell admits stretches of them (see `grid`). The work is
//! bounded: what would take too long is said not to have been checked, never guessed.

use std::fmt;

use segue_value::{Value, json};

use crate::cell::Cell;
use crate::domain::{Class, Sort};
use crate::gap;
use crate::given::Given;
use crate::grid::{Budget, Grid, TooMuch};
use crate::table::{DecisionTable, Hit};

/// The most steps that one check may take; a step is a row looked at.
const STEPS_MAX: usize = 30_000_000;
/// The most overlaps that are reported.
const OVERLAPS_MAX: usize = 100;

/// What is wrong with a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Under `first`, a row that is never hit, since an earlier one admits all that it does. Rows count from 0.
    NeverHit {
        /// The row.
        row: usize,
        /// The first of the earlier rows that cover it.
        by: usize,
    },
    /// A cell, or one of its literals, is of nothing that its input is ever given. Rows and columns count from 0.
    NeverAdmits {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// Which of the literals of the cell; `None` if it is a range.
        literal: Option<usize>,
    },
    /// Under `unique`, two rows that can be hit at once. Rows count from 0.
    Overlap {
        /// The earlier row.
        row: usize,
        /// The later row.
        other: usize,
        /// Whether only numbers between two neighbouring whole ones hit both, in a column that names whole ones only.
        only_fractions: bool,
    },
    /// No row is hit by some combination of values.
    Gap {
        /// For each input, its name and a value in words, such as `5`, `"gold"`, `any other text`, `anything`.
        example: Vec<(String, String)>,
        /// Whether only numbers between two neighbouring whole ones miss, in a column that names whole ones only.
        only_fractions: bool,
    },
    /// The table is too large for a check.
    NotChecked(Check),
}

/// What is looked for in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Rows that are never hit.
    NeverHit,
    /// Rows that overlap.
    Overlaps,
    /// Combinations without a row.
    Gaps,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::NeverHit { row, by } => {
                write!(
                    f,
                    "row {} is never hit: row {} comes before it and admits all that it does",
                    row + 1,
                    by + 1
                )
            }
            Finding::NeverAdmits { row, column, .. } => {
                write!(f, "row {}, column {}: its input is never given that", row + 1, column + 1)
            }
            Finding::Overlap { row, other, only_fractions } => {
                write!(f, "rows {} and {} can both be hit", row + 1, other + 1)?;
                f.write_str(if *only_fractions { ", by fractions only" } else { "" })
            }
            Finding::Gap { example, only_fractions } => {
                f.write_str("no row is hit by ")?;
                for (place, (input, value)) in example.iter().enumerate() {
                    write!(f, "{}{input}: {value}", if place == 0 { "" } else { ", " })?;
                }
                f.write_str(if *only_fractions { "; only fractions are missed" } else { "" })
            }
            Finding::NotChecked(check) => {
                let what = match check {
                    Check::NeverHit => "rows that are never hit",
                    Check::Overlaps => "rows that overlap",
                    Check::Gaps => "combinations without a row",
                };
                write!(f, "the table is too large to be checked for {what}")
            }
        }
    }
}

impl DecisionTable {
    /// What is wrong with the table, whatever it is given. Values of kinds that a column does not speak of are no gap,
    /// nor is null, unless a cell of the column names it.
    pub fn findings(&self) -> Vec<Finding> {
        self.findings_given(&[])
    }

    /// What is wrong with the table if each input is only given what is said here: one of several, by the order of the
    /// inputs; anything where nothing is said.
    pub fn findings_given(&self, given: &[Vec<Given>]) -> Vec<Finding> {
        let grid = Grid::of(self, given);
        let mut findings = self.never_admitting(&grid, given);
        let checks: &[Check] = match self.hit() {
            Hit::First => &[Check::NeverHit, Check::Gaps],
            Hit::Unique => &[Check::Overlaps, Check::Gaps],
            Hit::Collect => &[Check::Gaps],
        };
        for check in checks {
            let mut budget = Budget(STEPS_MAX);
            let found = match check {
                Check::NeverHit => grid
                    .covered(&mut budget)
                    .map(|pairs| pairs.into_iter().map(|(row, by)| Finding::NeverHit { row, by }).collect()),
                Check::Overlaps => grid.overlapping(OVERLAPS_MAX, &mut budget).map(|pairs| {
                    let overlap =
                        |(row, other, only_fractions)| Finding::Overlap { row, other, only_fractions };
                    pairs.into_iter().map(overlap).collect()
                }),
                Check::Gaps => gap::find(&grid, &mut budget)
                    .map(|gap| gap.map(|gap| self.gap(gap)).into_iter().collect()),
            };
            match found {
                Ok(found) => findings.extend::<Vec<Finding>>(found),
                Err(TooMuch) => findings.push(Finding::NotChecked(*check)),
            }
        }
        findings
    }

    /// The cells and literals that admit nothing that is given.
    fn never_admitting(&self, grid: &Grid, given: &[Vec<Given>]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let told = (0..grid.columns.len()).filter(|at| given.get(*at).is_some_and(|given| !given.is_empty()));
        let told: Vec<usize> = told.collect();
        for row in (0..grid.rows).filter(|_| !told.is_empty()) {
            for column in told.iter().copied() {
                let Grid { columns, .. } = grid;
                match &self.row(row)[column] {
                    Cell::Any => {}
                    Cell::Range { .. } if columns[column].of_row(row).is_empty() => {
                        findings.push(Finding::NeverAdmits { row, column, literal: None });
                    }
                    Cell::Range { .. } => {}
                    cell => {
                        let never = |value: &Value<'static>| columns[column].domain.find(value).is_none();
                        let literals = cell.literals().enumerate().filter(|(_, value)| never(value));
                        findings.extend(literals.map(|(at, _)| Finding::NeverAdmits {
                            row,
                            column,
                            literal: Some(at),
                        }));
                    }
                }
            }
        }
        findings
    }

    fn gap(&self, (path, only_fractions): (Vec<&Class>, bool)) -> Finding {
        let names = self.inputs().iter().enumerate();
        let example = names.map(|(column, name)| (name.clone(), words(path.get(column).copied())));
        Finding::Gap { example: example.collect(), only_fractions }
    }
}

/// A class in words.
fn words(class: Option<&Class>) -> String {
    match class {
        None => "anything".to_owned(),
        Some(class) => match class.sort {
            Sort::Anything | Sort::Unnamed => "anything".to_owned(),
            Sort::OtherText => "any other text".to_owned(),
            Sort::Plain | Sort::Fraction => json::json(&class.sample).unwrap_or_default(),
        },
    }
}
