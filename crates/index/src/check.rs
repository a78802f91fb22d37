//! The tests of each conjunction, one after the other, in a few bytes: for the conjunctions that the bitmaps leave.
//!
//! Bitmaps may be blurred and do not say what was unknown. A check says exactly whether a conjunction holds.

use crate::atom::{Atom, Test};
use crate::domain::{Domain, Domains, intervals};
use crate::draft::keys;

/// Whether a conjunction holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// One of its tests is false.
    No,
    /// None is false, but a value is unknown, or has no order with what it is compared with.
    Maybe,
    /// All are true.
    Yes,
}

/// The rank of what is unknown.
pub(crate) const UNKNOWN: u32 = u32::MAX;

/// One test.
#[derive(Clone, Copy, Debug)]
struct Check {
    domain: u32,
    sort: Sort,
    /// The first and the last rank that are meant; of a set, its number.
    low: u32,
    high: u32,
}

#[derive(Clone, Copy, Debug)]
enum Sort {
    /// Equal to what is meant.
    Equal,
    /// Different from it.
    Unequal,
    /// Within, if it is of that kind.
    Within,
    /// Equal to one of a set.
    InSet,
    /// Equal to none of a set.
    OutOfSet,
}

/// The checks of all conjunctions, by bit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checks {
    /// Where each bit's begin; one more at the end.
    from: Vec<u32>,
    checks: Vec<Check>,
    /// Sets of ranks that no interval is, each rising.
    sets: Vec<Box<[u32]>>,
}

impl Checks {
    pub(crate) fn of<'a>(domains: &Domains, conjunctions: impl Iterator<Item = &'a [&'a Atom]>) -> Checks {
        let mut all = Checks { from: vec![0], ..Checks::default() };
        for atoms in conjunctions {
            for atom in atoms {
                all.add(domains, atom);
            }
            all.from.push(all.checks.len() as u32);
        }
        all
    }

    fn add(&mut self, domains: &Domains, atom: &Atom) {
        let number = domains.number(atom.slot);
        let domain = domains.domain(number);
        let is_wanted = match &atom.test {
            Test::Range { low, high } => {
                for (kind, interval) in intervals(low, high) {
                    let (low, high) = domain.ranks_of(kind, &interval);
                    self.checks.push(Check { domain: number, sort: Sort::Within, low, high });
                }
                return;
            }
            Test::OneOf(_) => true,
            Test::NoneOf(_) => false,
        };
        let mut ranks: Vec<u32> = keys(&atom.test).map(|key| domain.rank_of(&key.sought())).collect();
        ranks.sort_unstable();
        ranks.dedup();
        let (sort, low, high) = if let [rank] = ranks[..] {
            (if is_wanted { Sort::Equal } else { Sort::Unequal }, rank, rank)
        } else {
            self.sets.push(ranks.into());
            (if is_wanted { Sort::InSet } else { Sort::OutOfSet }, self.sets.len() as u32 - 1, 0)
        };
        self.checks.push(Check { domain: number, sort, low, high });
    }

    /// Whether the conjunction of a bit holds; `rank` gives the rank of the value of a domain's slot.
    #[inline]
    pub(crate) fn holds(&self, domains: &Domains, bit: u32, mut rank: impl FnMut(u32) -> u32) -> Holds {
        let from_to = self.from[bit as usize] as usize..self.from[bit as usize + 1] as usize;
        let mut holds = Holds::Yes;
        for check in &self.checks[from_to] {
            let rank = rank(check.domain);
            let is_true = rank != UNKNOWN
                && match check.sort {
                    Sort::Equal if rank == check.low => true,
                    Sort::Equal => return Holds::No,
                    Sort::Within if check.low <= rank && rank <= check.high => true,
                    Sort::Unequal if rank == check.low => return Holds::No,
                    Sort::Unequal | Sort::Within => {
                        let is_comparable = of_one_kind(domains.domain(check.domain), rank, check.low);
                        if is_comparable && matches!(check.sort, Sort::Within) {
                            return Holds::No;
                        }
                        is_comparable
                    }
                    Sort::InSet | Sort::OutOfSet => {
                        let set = &self.sets[check.low as usize];
                        if set.binary_search(&rank).is_ok() != matches!(check.sort, Sort::InSet) {
                            return Holds::No;
                        }
                        let domain = domains.domain(check.domain);
                        let mut ends = set.first().into_iter().chain(set.last());
                        matches!(check.sort, Sort::InSet) || ends.all(|end| of_one_kind(domain, rank, *end))
                    }
                };
            if !is_true {
                holds = Holds::Maybe;
            }
        }
        holds
    }
}

/// A value that differs in kind from what it is compared with is left to the evaluation: whether that is an error is not
/// known here.
#[inline(never)]
fn of_one_kind(domain: &Domain, a: u32, b: u32) -> bool {
    domain.kind_of(a) == domain.kind_of(b)
}
