//! Which rows hold a class, or touch a stretch of classes, of one column: a segment tree that rows are added to.

use crate::domain::Stretch;

/// The rows of one column, by the stretches of classes that their cells admit.
pub(crate) struct Tree {
    /// How many leaves there are: a power of two.
    leaves: usize,
    /// For each node, the rows that admit all of its classes, and not all of those of the node above.
    here: Vec<Vec<u32>>,
    /// For each node, the rows that stand at a node below it.
    below: Vec<Vec<u32>>,
}

impl Tree {
    /// A tree over so many classes, with no rows.
    pub(crate) fn new(classes: usize) -> Tree {
        let leaves = classes.max(1).next_power_of_two();
        Tree { leaves, here: vec![Vec::new(); 2 * leaves], below: vec![Vec::new(); 2 * leaves] }
    }

    /// Adds a row, later than all that are there.
    pub(crate) fn add(&mut self, row: u32, stretches: &[Stretch]) {
        for stretch in stretches {
            for node in nodes(self.leaves, *stretch) {
                self.here[node].push(row);
                let mut above = node / 2;
                while above > 0 && self.below[above].last() != Some(&row) {
                    self.below[above].push(row);
                    above /= 2;
                }
            }
        }
    }

    /// The rows that hold this class, each once, in no order.
    pub(crate) fn holding(&self, class: u32) -> impl Iterator<Item = u32> {
        ancestors(self.leaves, class).flat_map(|node| self.here[node].iter().copied())
    }

    /// The rows that touch one of these stretches, by rising number.
    pub(crate) fn touching(&self, stretches: &[Stretch]) -> Vec<u32> {
        let mut found = Vec::new();
        for stretch in stretches {
            let mut above: Vec<usize> =
                ancestors(self.leaves, stretch.0).chain(ancestors(self.leaves, stretch.1)).collect();
            above.sort_unstable();
            above.dedup();
            for node in above {
                found.extend_from_slice(&self.here[node]);
            }
            for node in nodes(self.leaves, *stretch) {
                found.extend_from_slice(&self.here[node]);
                found.extend_from_slice(&self.below[node]);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The leaf of a class and all nodes above it.
fn ancestors(leaves: usize, class: u32) -> impl Iterator<Item = usize> {
    let leaf = leaves + class as usize;
    std::iter::successors(Some(leaf), |node| Some(node / 2).filter(|above| *above > 0))
}

/// The fewest nodes that hold the classes of a stretch and no other.
fn nodes(leaves: usize, (first, last): Stretch) -> Vec<usize> {
    let (mut low, mut high) = (leaves + first as usize, leaves + last as usize + 1);
    let mut found = Vec::new();
    while low < high {
        if low % 2 == 1 {
            found.push(low);
            low += 1;
        }
        if high % 2 == 1 {
            high -= 1;
            found.push(high);
        }
        (low, high) = (low / 2, high / 2);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_as_by_asking_each() {
        for classes in 1..14_u32 {
            let stretches: Vec<Stretch> =
                (0..classes).flat_map(|low| (low..classes).map(move |high| (low, high))).collect();
            let mut tree = Tree::new(classes as usize);
            // Every row but each third has two stretches.
            let row = |at: usize| -> Vec<Stretch> {
                let (one, other) = (stretches[at], stretches[(at * 7) % stretches.len()]);
                if at.is_multiple_of(3) || other.0 <= one.1 + 1 { vec![one] } else { vec![one, other] }
            };
            (0..stretches.len()).for_each(|at| tree.add(at as u32, &row(at)));
            for asked in &stretches {
                let touches = |one: &Stretch| one.0 <= asked.1 && asked.0 <= one.1;
                let expected: Vec<u32> = (0..stretches.len())
                    .filter(|at| row(*at).iter().any(touches))
                    .map(|at| at as u32)
                    .collect();
                assert_eq!(tree.touching(&[*asked]), expected);
                let holds = |one: &Stretch| (one.0..=one.1).contains(&asked.0);
                let expected: Vec<u32> = (0..stretches.len())
                    .filter(|at| row(*at).iter().any(holds))
                    .map(|at| at as u32)
                    .collect();
                let mut found: Vec<u32> = tree.holding(asked.0).collect();
                found.sort_unstable();
                assert_eq!(found, expected);
            }
        }
    }
}
