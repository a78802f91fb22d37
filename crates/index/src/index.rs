//! The index: built once, asked for every event.
//!
//! A conjunction is a bit, and belongs to a condition. A value is asked for once and becomes a rank (see `domain`), which
//! is all that is looked at from there on. The columns (see `column`) that test most are visited first,
//! by how few conjunctions they let pass, and only the words in which bits are left are looked at. Conjunctions that
//! the first columns admit together have neighbouring bits, so that those words are few. What is left is held against
//! all tests of each conjunction (see `check`), which says exactly what holds; columns that test few conjunctions are
//! seldom asked before.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_value::Value;

use crate::atom::{Atom, Test};
use crate::check::{Checks, Holds, UNKNOWN};
use crate::column::{Admits, Column, every};
use crate::domain::{Domains, ordered, restricts};
use crate::draft::Draft;
use crate::scratch::{Judged, Scratch, Survivors};

/// Which of many conditions may hold.
#[derive(Clone, Debug, Default)]
pub struct Index {
    domains: Arc<Domains>,
    conditions: usize,
    /// Conditions that nothing restricts, as words.
    always: Vec<(u32, u64)>,
    /// The condition of each bit, and whether it holds where the conjunction does.
    owners: Vec<(u32, bool)>,
    /// The broad columns first, those that leave least before the others; then the narrow ones.
    columns: Vec<Column>,
    broad: usize,
    /// How many words the narrow columns would look at all together.
    narrow_words: usize,
    checks: Checks,
}

/// What is known of the value of a slot.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    /// The value.
    Value(&'a Value<'a>),
    /// Nothing: it is missing, or an error, or was not asked for. Every test on it is passed, since the condition may
    /// be an error that is to be recorded.
    Unknown,
}

/// A column is broad if it tests at least one conjunction of so many: all of them together then look at few words more
/// than there are tests.
const BROAD_FROM: usize = 16;

/// As many conjunctions as are looked at one by one for what a column more would cost, with few words and with many: the
/// words of a large index are seldom in the processor's caches.
const CHECKS_PER_COLUMN: [usize; 2] = [1, 3];
/// From so many words on an index is large.
const LARGE_FROM: usize = 8;

impl Index {
    /// The index of necessary conditions: each a disjunction of conjunctions of tests. A condition without
    /// conjunctions, and one with a conjunction without tests, is always a survivor.
    ///
    /// ```
    /// use segue_index::{Atom, Constant, Index, Scratch, Seen, Test};
    /// use segue_value::Value;
    ///
    /// let is = |slot, number| Atom { slot, test: Test::OneOf(vec![Constant::Int(number)]) };
    /// let index = Index::build(&[vec![vec![is(0, 1), is(1, 5)]], vec![vec![is(0, 2)]], vec![]]);
    /// let one = Value::Double(1.0);
    /// let seen = |slot| if slot == 0 { Seen::Value(&one) } else { Seen::Unknown };
    /// assert_eq!(index.survivors(seen, &mut Scratch::default()).collect::<Vec<_>>(), [0, 2]);
    /// ```
    pub fn build(conditions: &[Vec<Vec<Atom>>]) -> Index {
        Index::within(&Arc::new(Domains::of(conditions)), conditions, |_| false)
    }

    /// As [`build`](Index::build), with domains that conditions of other indexes share, these among them. `is_exact` says
    /// of which conditions what is given is not only necessary: where one of their conjunctions is true, so are they.
    pub fn within(
        domains: &Arc<Domains>,
        conditions: &[Vec<Vec<Atom>>],
        is_exact: impl Fn(usize) -> bool,
    ) -> Index {
        let mut draft = Draft::of(domains, conditions);
        let count = draft.owners.len();
        let is_narrow = |tested: &[u32]| tested.len() * BROAD_FROM < count;
        draft.columns.sort_by(|a, b| {
            let narrow = is_narrow(&a.tested).cmp(&is_narrow(&b.tested));
            narrow.then(a.share.total_cmp(&b.share)).then(a.slot.cmp(&b.slot))
        });
        let broad = draft.columns.partition_point(|column| !is_narrow(&column.tested));
        let first: Vec<usize> = (0..broad).collect();
        let keys = draft.neighbourhood(&first);
        let mut order: Vec<u32> = (0..count as u32).collect();
        order.sort_by_key(|conjunction| keys[*conjunction as usize]);
        let mut bits = vec![0; count];
        for (bit, conjunction) in order.iter().enumerate() {
            bits[*conjunction as usize] = bit as u32;
        }
        let exact: Vec<bool> = conditions
            .iter()
            .enumerate()
            .map(|(at, condition)| {
                is_exact(at) && condition.iter().flatten().all(|atom| is_whole(&atom.test))
            })
            .collect();
        let owner = |conjunction: &u32| {
            let owner = draft.owners[*conjunction as usize];
            (owner, exact[owner as usize])
        };
        let owners = order.iter().map(owner).collect();
        // What the first columns test is known to hold of what they leave, so that it is looked at last.
        let places: BTreeMap<u32, usize> =
            draft.columns.iter().enumerate().rev().map(|(place, column)| (column.slot, place)).collect();
        for atoms in &mut draft.atoms {
            atoms.sort_by_key(|atom| std::cmp::Reverse(places.get(&atom.slot).copied()));
        }
        let atoms = order.iter().map(|conjunction| draft.atoms[*conjunction as usize].as_slice());
        let checks = Checks::of(domains, atoms);
        let columns: Vec<Column> =
            draft.columns.into_iter().map(|column| Column::of(column, &bits)).collect();
        Index {
            domains: Arc::clone(domains),
            conditions: conditions.len(),
            always: words(&draft.always),
            owners,
            narrow_words: columns[broad..].iter().map(|column| column.tested_words.len()).sum(),
            columns,
            broad,
            checks,
        }
    }

    /// How many conditions there are.
    pub fn len(&self) -> usize {
        self.conditions
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.conditions == 0
    }

    /// The conditions that may hold, by rising number. A slot is asked for only while a conjunction is left that
    /// tests it, and only once.
    pub fn survivors<'s, 'v>(
        &self,
        seen: impl FnMut(u32) -> Seen<'v>,
        scratch: &'s mut Scratch,
    ) -> Survivors<'s> {
        Survivors(self.judged(seen, scratch))
    }

    /// As [`survivors`](Index::survivors), and of each whether it is known to hold.
    pub fn judged<'s, 'v>(
        &self,
        mut seen: impl FnMut(u32) -> Seen<'v>,
        scratch: &'s mut Scratch,
    ) -> Judged<'s> {
        // Not generic from here on, so that it is compiled once.
        self.search(&mut seen, scratch);
        scratch.judged()
    }

    fn search<'v>(&self, seen: &mut dyn FnMut(u32) -> Seen<'v>, scratch: &mut Scratch) {
        scratch.start(self.owners.len().div_ceil(64), self.domains.len(), self.conditions);
        for (word, bits) in &self.always {
            scratch.hit_word(*word, *bits);
        }
        if self.owners.is_empty() {
            return;
        }
        let is_large = self.owners.len().div_ceil(64) >= LARGE_FROM;
        let checks = CHECKS_PER_COLUMN[usize::from(is_large)];
        let mut is_open = false;
        for (place, column) in self.columns[..self.broad].iter().enumerate() {
            if is_open && scratch.has_few_left((self.broad - place) * checks) {
                break;
            }
            if is_open && !scratch.concerns(&column.tested) {
                continue;
            }
            let rank = self.rank(column.domain, seen, scratch);
            if rank == UNKNOWN {
                continue;
            }
            let admits = column.admits(rank);
            if is_open {
                scratch.narrow(&admits);
            } else if !matches!(admits, Admits::All) {
                scratch.open(&admits);
                is_open = true;
            }
            if is_open && scratch.active.is_empty() {
                return;
            }
        }
        if !is_open {
            scratch.open_words(&every(self.owners.len()));
        }
        self.finish(seen, scratch);
    }

    /// The rank of the value of a domain's slot, which is asked for once.
    #[inline]
    fn rank<'v>(&self, domain: u32, seen: &mut dyn FnMut(u32) -> Seen<'v>, scratch: &mut Scratch) -> u32 {
        scratch.rank(domain, || {
            let domain = self.domains.domain(domain);
            match seen(domain.slot) {
                Seen::Value(value) => domain.rank(value),
                Seen::Unknown => UNKNOWN,
            }
        })
    }

    /// Looks at each conjunction that is left, and notes whose they are. Where many are left, the narrow columns come first.
    fn finish<'v>(&self, seen: &mut dyn FnMut(u32) -> Seen<'v>, scratch: &mut Scratch) {
        if self.narrow_words > 0 {
            let left: u32 =
                scratch.active.iter().map(|word| scratch.words[*word as usize].count_ones()).sum();
            if left as usize > self.narrow_words {
                self.narrow_by_words(seen, scratch);
            }
        }
        for place in 0..scratch.active.len() {
            let word = scratch.active[place];
            let mut bits = scratch.words[word as usize];
            while bits != 0 {
                let bit = word * 64 + bits.trailing_zeros();
                bits &= bits - 1;
                let (owner, is_exact) = self.owners[bit as usize];
                if scratch.is_hit(owner) && (!is_exact || scratch.is_sure(owner)) {
                    continue;
                }
                match self.checks.holds(&self.domains, bit, |domain| self.rank(domain, seen, scratch)) {
                    Holds::No => {}
                    Holds::Yes if is_exact => scratch.hit_surely(owner),
                    Holds::Maybe | Holds::Yes => scratch.hit(owner),
                }
            }
        }
    }

    fn narrow_by_words<'v>(&self, seen: &mut dyn FnMut(u32) -> Seen<'v>, scratch: &mut Scratch) {
        for column in &self.columns[self.broad..] {
            let both = |word: &u32| scratch.words[*word as usize] & column.tested[*word as usize];
            if column.tested_words.iter().all(|word| both(word) == 0) {
                continue;
            }
            let rank = self.rank(column.domain, seen, scratch);
            if rank == UNKNOWN {
                continue;
            }
            let admits = column.admits(rank);
            for word in &column.tested_words {
                scratch.words[*word as usize] &= admits.word(*word);
            }
        }
    }
}

/// Whether a test says all that it was made of: a bound that has no order with anything is left out, and is an error.
fn is_whole(test: &Test) -> bool {
    match test {
        Test::Range { low, high } => {
            restricts(test)
                && [low, high].into_iter().flatten().all(|bound| ordered(&bound.constant).is_some())
        }
        Test::OneOf(_) | Test::NoneOf(_) => restricts(test),
    }
}

/// Rising numbers as the words they are bits of.
fn words(numbers: &[u32]) -> Vec<(u32, u64)> {
    let mut words: Vec<(u32, u64)> = Vec::new();
    for number in numbers {
        match words.last_mut() {
            Some((word, bits)) if *word == number / 64 => *bits |= 1 << (number % 64),
            _ => words.push((number / 64, 1 << (number % 64))),
        }
    }
    words
}
