//! A table as numbers: for each row and column, the stretches of classes that the cell admits.
//!
//! What two rows have to do with each other is asked of few pairs: for each row, the column is chosen in which the
//! fewest others come near it, and a tree of that column names those.

use crate::cell::Cell;
use crate::domain::{Domain, Sort, Stretch};
use crate::given::Given;
use crate::table::DecisionTable;
use crate::tree::Tree;

/// A check would take too many steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooMuch;

/// How many steps are left; a step is a row looked at.
pub(crate) struct Budget(pub(crate) usize);

impl Budget {
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), TooMuch> {
        self.0 = self.0.checked_sub(steps).ok_or(TooMuch)?;
        Ok(())
    }
}

/// A table as numbers.
pub(crate) struct Grid {
    pub(crate) rows: usize,
    pub(crate) columns: Vec<Column>,
}

/// A column as numbers.
pub(crate) struct Column {
    pub(crate) domain: Domain,
    /// The stretches of all rows, one row after the other.
    stretches: Vec<Stretch>,
    /// Where those of a row begin; and after the last, where they end.
    starts: Vec<usize>,
    /// How many classes before each hold more than fractions.
    whole_before: Vec<u32>,
}

impl Grid {
    /// What each input is given, as far as it is known, is in `given`.
    pub(crate) fn of(table: &DecisionTable, given: &[Vec<Given>]) -> Grid {
        let columns = (0..table.inputs().len()).map(|column| {
            let cells = (0..table.len()).map(|row| &table.row(row)[column]);
            Column::of(cells, given.get(column).map_or(&[], Vec::as_slice))
        });
        Grid { rows: table.len(), columns: columns.collect() }
    }

    /// True if some column never has a value that the row admits.
    pub(crate) fn is_idle(&self, row: usize) -> bool {
        self.columns.iter().any(|column| column.of_row(row).is_empty())
    }

    /// For each row that earlier ones admit all of, with the first of them. Rows that are idle count for nothing.
    pub(crate) fn covered(&self, budget: &mut Budget) -> Result<Vec<(usize, usize)>, TooMuch> {
        let holding: Vec<Vec<u32>> = self.columns.iter().map(Column::rows_by_class).collect();
        let narrowest = |row: usize| {
            let count = |at: &usize| holding[*at][self.columns[*at].of_row(row)[0].0 as usize];
            (0..self.columns.len()).min_by_key(count).expect("a table has inputs")
        };
        let (mut trees, asked) = self.trees(narrowest);
        let mut found = Vec::new();
        for row in (0..self.rows).filter(|row| !self.is_idle(*row)) {
            let column = asked[row].expect("a row that is not idle has a column");
            let class = self.columns[column].of_row(row)[0].0;
            let tree = trees[column].as_ref().expect("the tree of a column that is asked");
            let mut first = None;
            for other in tree.holding(class) {
                budget.spend(1)?;
                let other = other as usize;
                if first.is_none_or(|first| other < first) && self.admits_all(other, row) {
                    first = Some(other);
                }
            }
            match first {
                Some(first) => found.push((row, first)),
                // What a covered row admits, the one that covers it admits, too.
                None => self.add(&mut trees, row, budget)?,
            }
        }
        Ok(found)
    }

    /// The pairs of rows that can be hit at once, at most so many, and whether fractions only do so.
    pub(crate) fn overlapping(
        &self,
        most: usize,
        budget: &mut Budget,
    ) -> Result<Vec<(usize, usize, bool)>, TooMuch> {
        let ends: Vec<Ends> = self.columns.iter().map(Ends::of).collect();
        let narrowest = |row: usize| {
            let count = |at: &usize| ends[*at].touching(self.columns[*at].of_row(row));
            (0..self.columns.len()).min_by_key(count).expect("a table has inputs")
        };
        let (mut trees, asked) = self.trees(narrowest);
        let mut found = Vec::new();
        for row in (0..self.rows).filter(|row| !self.is_idle(*row)) {
            let column = asked[row].expect("a row that is not idle has a column");
            let tree = trees[column].as_ref().expect("the tree of a column that is asked");
            for other in tree.touching(self.columns[column].of_row(row)) {
                budget.spend(1)?;
                let other = other as usize;
                let meets = self.columns.iter().map(|column| column.meet(row, other));
                // The way in which they meet least, over all columns.
                let Some(Some(is_whole)) = meets.reduce(|a, b| a.zip(b).map(|(a, b)| a && b)) else {
                    continue;
                };
                if found.len() == most {
                    return Ok(found);
                }
                found.push((other, row, !is_whole));
            }
            self.add(&mut trees, row, budget)?;
        }
        Ok(found)
    }

    /// Which column is asked for each row, and an empty tree for each column that is.
    fn trees(&self, narrowest: impl Fn(usize) -> usize) -> (Vec<Option<Tree>>, Vec<Option<usize>>) {
        let asked: Vec<Option<usize>> =
            (0..self.rows).map(|row| (!self.is_idle(row)).then(|| narrowest(row))).collect();
        let mut trees: Vec<Option<Tree>> = self.columns.iter().map(|_| None).collect();
        for column in asked.iter().flatten() {
            let classes = self.columns[*column].domain.classes.len();
            let _ = trees[*column].get_or_insert_with(|| Tree::new(classes));
        }
        (trees, asked)
    }

    fn add(&self, trees: &mut [Option<Tree>], row: usize, budget: &mut Budget) -> Result<(), TooMuch> {
        for (tree, column) in trees.iter_mut().zip(&self.columns) {
            let Some(tree) = tree else { continue };
            budget.spend(column.of_row(row).len())?;
            tree.add(row as u32, column.of_row(row));
        }
        Ok(())
    }

    /// True if the one row admits all that the other does.
    fn admits_all(&self, one: usize, other: usize) -> bool {
        self.columns.iter().all(|column| {
            let whole = column.of_row(one);
            column.of_row(other).iter().all(|part| {
                let after = whole.partition_point(|stretch| stretch.1 < part.1);
                whole.get(after).is_some_and(|stretch| stretch.0 <= part.0)
            })
        })
    }
}

impl Column {
    fn of<'c>(cells: impl Iterator<Item = &'c Cell> + Clone, given: &[Given]) -> Column {
        let domain = Domain::of(cells.clone(), given);
        let (mut stretches, mut starts) = (Vec::new(), vec![0]);
        for cell in cells {
            stretches.extend(domain.stretches(cell));
            starts.push(stretches.len());
        }
        let mut whole = 0;
        let mut whole_before = vec![0];
        for class in &domain.classes {
            whole += u32::from(class.sort != Sort::Fraction);
            whole_before.push(whole);
        }
        Column { domain, stretches, starts, whole_before }
    }

    /// The stretches of classes that a row admits: rising, and with something between them.
    pub(crate) fn of_row(&self, row: usize) -> &[Stretch] {
        &self.stretches[self.starts[row]..self.starts[row + 1]]
    }

    /// True if the row admits every class.
    pub(crate) fn is_free(&self, row: usize) -> bool {
        self.of_row(row) == [(0, self.domain.classes.len().saturating_sub(1) as u32)]
    }

    /// How many rows hold each class.
    fn rows_by_class(&self) -> Vec<u32> {
        let mut changes = vec![0_i64; self.domain.classes.len() + 1];
        for (low, high) in &self.stretches {
            changes[*low as usize] += 1;
            changes[*high as usize + 1] -= 1;
        }
        let mut rows = 0;
        changes
            .iter()
            .map(|change| {
                rows += change;
                rows as u32
            })
            .collect()
    }

    /// Whether some value is admitted by both rows, and if so, whether one is that is no fraction.
    fn meet(&self, a: usize, b: usize) -> Option<bool> {
        let (a, b) = (self.of_row(a), self.of_row(b));
        let (mut at, mut other, mut found) = (0, 0, None);
        while let (Some(one), Some(two)) = (a.get(at), b.get(other)) {
            let (low, high) = (one.0.max(two.0), one.1.min(two.1));
            if low <= high {
                found = Some(false);
                if self.whole_before[high as usize + 1] > self.whole_before[low as usize] {
                    return Some(true);
                }
            }
            if one.1 < two.1 { at += 1 } else { other += 1 }
        }
        found
    }
}

/// Where the stretches of a column begin and end, each rising.
struct Ends {
    lows: Vec<u32>,
    highs: Vec<u32>,
}

impl Ends {
    fn of(column: &Column) -> Ends {
        let mut ends = Ends {
            lows: column.stretches.iter().map(|stretch| stretch.0).collect(),
            highs: column.stretches.iter().map(|stretch| stretch.1).collect(),
        };
        ends.lows.sort_unstable();
        ends.highs.sort_unstable();
        ends
    }

    /// How many stretches touch these.
    fn touching(&self, stretches: &[Stretch]) -> usize {
        let touching = |(low, high): &Stretch| {
            self.lows.partition_point(|one| one <= high) - self.highs.partition_point(|one| one < low)
        };
        stretches.iter().map(touching).sum()
    }
}
