//! What is wrong with a table that can be read: rows that are never hit, rows that overlap, combinations without a row.
//!
//! Each column falls into classes of values (see `domain`), and each class admits some rows, as bits. Findings are read
//! off those bits. The work is bounded: what would take too long is said not to have been checked, never guessed.

use std::fmt;

use segue_value::json;

use crate::cell::Cell;
use crate::domain::{Class, Sort, classes};
use crate::table::{DecisionTable, Hit};

/// The most steps that one check may take; a step is a cell asked or a word of bits looked at.
const STEPS_MAX: usize = 10_000_000;
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
    /// What is wrong with the table. Values of kinds that a column does not speak of are no gap, nor is null, unless a
    /// cell of the column names it.
    pub fn findings(&self) -> Vec<Finding> {
        let checks: &[Check] = match self.hit() {
            Hit::First => &[Check::NeverHit, Check::Gaps],
            Hit::Unique => &[Check::Overlaps, Check::Gaps],
            Hit::Collect => &[Check::Gaps],
        };
        let mut findings = Vec::new();
        let grid = Grid::of(self);
        for check in checks {
            let found = grid.as_ref().ok_or(TooMuch).and_then(|grid| match check {
                Check::NeverHit => grid.never_hit(),
                Check::Overlaps => grid.overlaps(),
                Check::Gaps => grid.gap(self),
            });
            match found {
                Ok(found) => findings.extend(found),
                Err(TooMuch) => findings.push(Finding::NotChecked(*check)),
            }
        }
        findings
    }
}

/// A check would take too many steps.
#[derive(Clone, Copy, Debug)]
struct TooMuch;

/// How many steps are left.
struct Budget(usize);

impl Budget {
    fn spend(&mut self, steps: usize) -> Result<(), TooMuch> {
        self.0 = self.0.checked_sub(steps).ok_or(TooMuch)?;
        Ok(())
    }
}

/// For each column, its classes with the rows that admit them.
struct Grid {
    rows: usize,
    columns: Vec<Vec<(Class, Vec<u64>)>>,
    /// For each column, the rows that admit anything in it and in all that follow; all rows after the last.
    free_from: Vec<Vec<u64>>,
}

impl Grid {
    fn of(table: &DecisionTable) -> Option<Grid> {
        let width = table.inputs().len();
        let rows = table.len();
        let mut budget = Budget(STEPS_MAX);
        let mut columns = Vec::new();
        for column in 0..width {
            let cells = (0..rows).map(|row| &table.row(row)[column]);
            let classes = classes(cells.clone());
            budget.spend(classes.len() * rows).ok()?;
            let admitting = |class: Class| {
                let bits = bits(cells.clone().map(|cell| cell.admits(&class.sample)));
                (class, bits)
            };
            columns.push(classes.into_iter().map(admitting).collect());
        }
        let is_free = |row: usize, from| table.row(row)[from..].iter().all(|cell| matches!(cell, Cell::Any));
        let free_from = (0..=width).map(|from| bits((0..rows).map(|row| is_free(row, from)))).collect();
        Some(Grid { rows, columns, free_from })
    }

    fn words(&self) -> usize {
        self.rows.div_ceil(64)
    }

    fn never_hit(&self) -> Result<Vec<Finding>, TooMuch> {
        let mut budget = Budget(STEPS_MAX);
        let mut findings = Vec::new();
        for row in 1..self.rows {
            let mut covering = first_bits(row, self.words());
            for column in &self.columns {
                budget.spend(column.len())?;
                let mut is_possible = false;
                for (_, admitting) in column.iter().filter(|(_, admitting)| has(admitting, row)) {
                    budget.spend(self.words())?;
                    covering.iter_mut().zip(admitting).for_each(|(word, bits)| *word &= bits);
                    is_possible = true;
                }
                // What admits nothing is not covered by anything in particular.
                if !is_possible {
                    covering.fill(0);
                }
            }
            if let Some(by) = rising(&covering).next() {
                findings.push(Finding::NeverHit { row, by });
            }
        }
        Ok(findings)
    }

    fn overlaps(&self) -> Result<Vec<Finding>, TooMuch> {
        let mut budget = Budget(STEPS_MAX);
        let mut findings = Vec::new();
        for other in 1..self.rows {
            let whole = self.meeting(other, false, &mut budget)?;
            for row in rising(&self.meeting(other, true, &mut budget)?) {
                if findings.len() == OVERLAPS_MAX {
                    return Ok(findings);
                }
                findings.push(Finding::Overlap { row, other, only_fractions: !has(&whole, row) });
            }
        }
        Ok(findings)
    }

    /// The earlier rows that some combination of values hits together with the row.
    fn meeting(&self, row: usize, fractions: bool, budget: &mut Budget) -> Result<Vec<u64>, TooMuch> {
        let mut meeting = first_bits(row, self.words());
        for column in &self.columns {
            budget.spend(column.len())?;
            let mut any = vec![0; self.words()];
            for (class, admitting) in column {
                if has(admitting, row) && (fractions || class.sort != Sort::Fraction) {
                    budget.spend(self.words())?;
                    any.iter_mut().zip(admitting).for_each(|(word, bits)| *word |= bits);
                }
            }
            meeting.iter_mut().zip(&any).for_each(|(word, bits)| *word &= bits);
        }
        Ok(meeting)
    }

    fn gap(&self, table: &DecisionTable) -> Result<Vec<Finding>, TooMuch> {
        let mut budget = Budget(STEPS_MAX);
        for last_sort in [Sort::Anything, Sort::Fraction] {
            let all = first_bits(self.rows, self.words());
            let mut path = Vec::new();
            if self.misses(last_sort, &all, &mut path, &mut budget)? {
                let names = table.inputs().iter().enumerate();
                let example = names.map(|(column, name)| (name.clone(), words(path.get(column).copied())));
                let only_fractions = last_sort == Sort::Fraction;
                return Ok(vec![Finding::Gap { example: example.collect(), only_fractions }]);
            }
        }
        Ok(Vec::new())
    }

    /// Whether some classes of the columns that follow the path hit none of the rows that are left. The path then leads
    /// there; anything may follow it.
    fn misses<'g>(
        &'g self,
        last_sort: Sort,
        left: &[u64],
        path: &mut Vec<&'g Class>,
        budget: &mut Budget,
    ) -> Result<bool, TooMuch> {
        budget.spend(left.len() + 1)?;
        if left.iter().all(|word| *word == 0) {
            return Ok(true);
        }
        if left.iter().zip(&self.free_from[path.len()]).any(|(left, free)| left & free != 0) {
            return Ok(false);
        }
        let mut tried: Vec<Vec<u64>> = Vec::new();
        for (class, admitting) in self.columns[path.len()].iter().filter(|(class, _)| class.sort <= last_sort)
        {
            let next: Vec<u64> = left.iter().zip(admitting).map(|(left, bits)| left & bits).collect();
            budget.spend(left.len())?;
            // Classes that leave the same rows need one look.
            if tried.last() == Some(&next) {
                continue;
            }
            path.push(class);
            if self.misses(last_sort, &next, path, budget)? {
                return Ok(true);
            }
            let _ = path.pop();
            tried.push(next);
        }
        Ok(false)
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

fn bits(all: impl Iterator<Item = bool>) -> Vec<u64> {
    let mut words = Vec::new();
    for (place, is_set) in all.enumerate() {
        if place % 64 == 0 {
            words.push(0);
        }
        words[place / 64] |= u64::from(is_set) << (place % 64);
    }
    words
}

/// So many bits set, from the first on.
fn first_bits(count: usize, words: usize) -> Vec<u64> {
    let word = |place: usize| match count.saturating_sub(place * 64) {
        0 => 0,
        left if left >= 64 => u64::MAX,
        left => (1 << left) - 1,
    };
    (0..words).map(word).collect()
}

fn has(words: &[u64], bit: usize) -> bool {
    words[bit / 64] >> (bit % 64) & 1 != 0
}

fn rising(words: &[u64]) -> impl Iterator<Item = usize> {
    (0..words.len() * 64).filter(|bit| has(words, *bit))
}
