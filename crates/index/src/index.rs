//! The index: built once, asked for every event.
//!
//! A conjunction is a bit, and belongs to a condition. The columns (see `column`) that test most are visited first,
//! by how few conjunctions they let pass, and only the words in which bits are left are looked at. Conjunctions that
//! the first columns admit together have neighbouring bits, so that those words are few. Columns that test few
//! conjunctions are asked last, for those conjunctions alone that are left.

use segue_value::Value;

use crate::atom::Atom;
use crate::column::{Column, every};
use crate::draft::Draft;
use crate::scratch::{Scratch, Survivors};

/// Which of many conditions may hold.
#[derive(Clone, Debug, Default)]
pub struct Index {
    conditions: usize,
    /// Conditions that nothing restricts, as words.
    always: Vec<(u32, u64)>,
    /// The condition of each bit.
    owners: Vec<u32>,
    /// The broad columns first, those that leave least before the others; then the narrow ones.
    columns: Vec<Column>,
    broad: usize,
    /// For each bit, where its narrow columns begin in `narrow`; one more at the end.
    narrow_from: Vec<u32>,
    narrow: Vec<u32>,
    /// How many words the narrow columns would look at all together.
    narrow_words: usize,
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
        let mut draft = Draft::of(conditions);
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
        let mut index = Index {
            conditions: conditions.len(),
            always: words(&draft.always),
            owners: order.iter().map(|conjunction| draft.owners[*conjunction as usize]).collect(),
            broad,
            ..Index::default()
        };
        index.list_narrow(&draft, &bits);
        index.columns = draft.columns.into_iter().map(|column| Column::of(column, &bits)).collect();
        index.narrow_words = index.columns[broad..].iter().map(|column| column.tested_words.len()).sum();
        index
    }

    fn list_narrow(&mut self, draft: &Draft, bits: &[u32]) {
        let mut pairs = Vec::new();
        for (place, column) in draft.columns.iter().enumerate().skip(self.broad) {
            pairs.extend(column.tested.iter().map(|one| (bits[*one as usize], place as u32)));
        }
        pairs.sort_unstable();
        self.narrow_from = vec![0; bits.len() + 1];
        for (bit, _) in &pairs {
            self.narrow_from[*bit as usize + 1] += 1;
        }
        for bit in 0..bits.len() {
            self.narrow_from[bit + 1] += self.narrow_from[bit];
        }
        self.narrow = pairs.into_iter().map(|(_, place)| place).collect();
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
    /// tests it, and at most twice.
    pub fn survivors<'s, 'v>(
        &self,
        mut seen: impl FnMut(u32) -> Seen<'v>,
        scratch: &'s mut Scratch,
    ) -> Survivors<'s> {
        // Not generic from here on, so that it is compiled once.
        self.search(&mut seen, scratch);
        scratch.survivors()
    }

    fn search<'v>(&self, seen: &mut dyn FnMut(u32) -> Seen<'v>, scratch: &mut Scratch) {
        scratch.start(self.owners.len().div_ceil(64), self.columns.len(), self.conditions);
        for (word, bits) in &self.always {
            scratch.hit_word(*word, *bits);
        }
        if self.owners.is_empty() {
            return;
        }
        let mut is_open = false;
        for column in &self.columns[..self.broad] {
            if is_open && !scratch.concerns(&column.tested) {
                continue;
            }
            let Seen::Value(value) = seen(column.slot) else { continue };
            let admits = column.admits(column.find(value));
            if is_open {
                scratch.narrow(&admits);
            } else if !matches!(admits, crate::column::Admits::All) {
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

    /// Asks the narrow columns, in whichever way looks at less, and notes whose conjunctions are left.
    fn finish<'v>(&self, seen: &mut dyn FnMut(u32) -> Seen<'v>, scratch: &mut Scratch) {
        let mut is_settled = self.narrow.is_empty();
        if !is_settled {
            let left: u32 =
                scratch.active.iter().map(|word| scratch.words[*word as usize].count_ones()).sum();
            if left as usize > self.narrow_words {
                self.narrow_by_words(seen, scratch);
                is_settled = true;
            }
        }
        for place in 0..scratch.active.len() {
            let word = scratch.active[place];
            let mut bits = scratch.words[word as usize];
            while bits != 0 {
                let bit = word * 64 + bits.trailing_zeros();
                bits &= bits - 1;
                let owner = self.owners[bit as usize];
                if !scratch.is_hit(owner) && (is_settled || self.may_hold(bit, seen, scratch)) {
                    scratch.hit(owner);
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
            let Seen::Value(value) = seen(column.slot) else { continue };
            let admits = column.admits(column.find(value));
            for word in &column.tested_words {
                scratch.words[*word as usize] &= admits.word(*word);
            }
        }
    }

    /// Whether the narrow columns admit a conjunction.
    fn may_hold<'v>(&self, bit: u32, seen: &mut dyn FnMut(u32) -> Seen<'v>, scratch: &mut Scratch) -> bool {
        let narrow = self.narrow_from[bit as usize] as usize..self.narrow_from[bit as usize + 1] as usize;
        self.narrow[narrow].iter().all(|place| {
            let column = &self.columns[*place as usize];
            let found = scratch.found(*place, || match seen(column.slot) {
                Seen::Value(value) => column.find(value),
                Seen::Unknown => crate::column::ALL,
            });
            column.admits(found).word(bit / 64) >> (bit % 64) & 1 != 0
        })
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
