//! A combination of values that no row is hit by: column after column, the rows that are left are cut into stretches of
//! classes within which they stay the same, and each of these is followed.

use std::collections::BTreeSet;

use crate::domain::{Class, Sort};
use crate::grid::{Budget, Grid, TooMuch};

/// How many sets of rows are kept at one column, so that each is followed once.
const KEPT_MAX: usize = 4_096;

/// The classes that lead to no row, and whether only fractions do; what follows the last of them may be anything.
pub(crate) fn find<'g>(
    grid: &'g Grid,
    budget: &mut Budget,
) -> Result<Option<(Vec<&'g Class>, bool)>, TooMuch> {
    let free_from = (0..grid.rows).map(|row| {
        let bound = grid.columns.iter().rposition(|column| !column.is_free(row));
        bound.map_or(0, |bound| bound + 1)
    });
    let mut search =
        Search { grid, free_from: free_from.collect(), last_sort: Sort::Anything, path: Vec::new() };
    let all: Vec<u32> = (0..grid.rows).filter(|row| !grid.is_idle(*row)).map(|row| row as u32).collect();
    for last_sort in [Sort::Anything, Sort::Fraction] {
        search.last_sort = last_sort;
        if search.misses(&all, budget)? {
            return Ok(Some((search.path, last_sort == Sort::Fraction)));
        }
    }
    Ok(None)
}

struct Search<'g> {
    grid: &'g Grid,
    /// For each row, the column from which on it admits everything.
    free_from: Vec<usize>,
    /// Which classes are looked at.
    last_sort: Sort,
    path: Vec<&'g Class>,
}

impl Search<'_> {
    /// Whether some classes of the columns that follow the path hit none of the rows that are left. The path then leads
    /// there.
    fn misses(&mut self, left: &[u32], budget: &mut Budget) -> Result<bool, TooMuch> {
        budget.spend(left.len() + 1)?;
        if left.is_empty() {
            return Ok(true);
        }
        let at = self.path.len();
        if left.iter().any(|row| self.free_from[*row as usize] <= at) {
            return Ok(false);
        }
        let grid = self.grid;
        let column = &grid.columns[at];
        // Where rows come and go.
        let mut changes: Vec<(u32, bool, u32)> = Vec::new();
        for row in left {
            for (low, high) in column.of_row(*row as usize) {
                changes.push((*low, true, *row));
                changes.push((*high + 1, false, *row));
            }
        }
        changes.sort_unstable();
        let classes = &column.domain.classes;
        let (mut within, mut tried) = (BTreeSet::new(), BTreeSet::new());
        let (mut start, mut changes) = (0, changes.into_iter().peekable());
        while start < classes.len() {
            while let Some((_, comes, row)) = changes.next_if(|(place, ..)| *place as usize <= start) {
                let _ = if comes { within.insert(row) } else { within.remove(&row) };
            }
            let end = changes.peek().map_or(classes.len(), |(place, ..)| *place as usize);
            let class = classes[start..end].iter().find(|class| class.sort <= self.last_sort);
            start = end;
            let Some(class) = class else { continue };
            let next: Vec<u32> = within.iter().copied().collect();
            budget.spend(next.len() + 1)?;
            if tried.contains(&next) {
                continue;
            }
            self.path.push(class);
            if self.misses(&next, budget)? {
                return Ok(true);
            }
            let _ = self.path.pop();
            if tried.len() < KEPT_MAX {
                let _ = tried.insert(next);
            }
        }
        Ok(false)
    }
}
