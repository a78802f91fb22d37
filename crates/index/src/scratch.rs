//! The memory that asking an index needs, kept from one time to the next.

use crate::column::{Admits, Found};

/// Working memory of [`Index::survivors`](crate::Index::survivors). It serves any index and grows to the largest;
/// with it, asking allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    /// The conjunctions that may still hold; zero outside `active`.
    pub(crate) words: Vec<u64>,
    /// The words that may be other than zero, each once, in any order.
    pub(crate) active: Vec<u32>,
    /// Where the values belong in the columns, where the number says that it was found this time.
    found: Vec<(u64, Found)>,
    time: u64,
    /// The conditions that survive, and for each word of them a bit that says whether it is other than zero.
    hits: Vec<u64>,
    summary: Vec<u64>,
}

impl Scratch {
    /// Makes ready for so many words of conjunctions, columns and conditions.
    pub(crate) fn start(&mut self, words: usize, columns: usize, conditions: usize) {
        for word in self.active.drain(..) {
            self.words[word as usize] = 0;
        }
        // What was not fetched the last time.
        let rest = Hits { hits: &mut self.hits, summary: &mut self.summary, place: 0 };
        rest.for_each(drop);
        self.time += 1;
        grow(&mut self.words, words);
        grow(&mut self.found, columns);
        grow(&mut self.hits, conditions.div_ceil(64));
        grow(&mut self.summary, conditions.div_ceil(64 * 64));
    }

    /// Begins with what a column admits.
    pub(crate) fn open(&mut self, admits: &Admits<'_>) {
        match admits {
            Admits::All => {}
            Admits::Words(words) => self.open_words(words),
            Admits::Patched { free, words, patches } => {
                for word in *words {
                    self.words[*word as usize] = free[*word as usize];
                    self.active.push(*word);
                }
                for (word, patch) in *patches {
                    if free[*word as usize] == 0 {
                        self.active.push(*word);
                    }
                    self.words[*word as usize] ^= patch;
                }
            }
        }
    }

    pub(crate) fn open_words(&mut self, words: &[u64]) {
        for (place, word) in words.iter().enumerate() {
            if *word != 0 {
                self.words[place] = *word;
                self.active.push(place as u32);
            }
        }
    }

    /// Whether any of the words, all of which may be active, has to do with the conjunctions that may still hold.
    #[inline]
    pub(crate) fn concerns(&self, tested: &[u64]) -> bool {
        self.active.iter().any(|word| self.words[*word as usize] & tested[*word as usize] != 0)
    }

    /// Leaves what a column admits too.
    pub(crate) fn narrow(&mut self, admits: &Admits<'_>) {
        let mut kept = 0;
        for place in 0..self.active.len() {
            let word = self.active[place];
            let left = self.words[word as usize] & admits.word(word);
            self.words[word as usize] = left;
            self.active[kept] = word;
            kept += usize::from(left != 0);
        }
        self.active.truncate(kept);
    }

    /// What was found for the column this time, or else what `find` finds.
    #[inline]
    pub(crate) fn found(&mut self, column: u32, find: impl FnOnce() -> Found) -> Found {
        let (time, found) = self.found[column as usize];
        if time == self.time {
            return found;
        }
        let found = find();
        self.found[column as usize] = (self.time, found);
        found
    }

    #[inline]
    pub(crate) fn hit(&mut self, condition: u32) {
        self.hit_word(condition / 64, 1 << (condition % 64));
    }

    #[inline]
    pub(crate) fn hit_word(&mut self, word: u32, bits: u64) {
        self.hits[word as usize] |= bits;
        self.summary[word as usize / 64] |= 1 << (word % 64);
    }

    pub(crate) fn is_hit(&self, condition: u32) -> bool {
        self.hits[condition as usize / 64] >> (condition % 64) & 1 != 0
    }

    pub(crate) fn survivors(&mut self) -> Survivors<'_> {
        Survivors {
            rest: Hits { hits: &mut self.hits, summary: &mut self.summary, place: 0 },
            base: 0,
            bits: 0,
        }
    }
}

fn grow<T: Clone + Default>(items: &mut Vec<T>, length: usize) {
    if items.len() < length {
        items.resize(length, T::default());
    }
}

/// The conditions that may hold, by rising number.
#[derive(Debug)]
pub struct Survivors<'s> {
    rest: Hits<'s>,
    base: usize,
    bits: u64,
}

impl Iterator for Survivors<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.bits == 0 {
            (self.base, self.bits) = self.rest.next()?;
        }
        let bit = self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(self.base + bit)
    }
}

/// The words of conditions that are not zero, each with the number of its first condition. Takes them out.
#[derive(Debug)]
struct Hits<'s> {
    hits: &'s mut [u64],
    summary: &'s mut [u64],
    place: usize,
}

impl Iterator for Hits<'_> {
    type Item = (usize, u64);

    #[inline]
    fn next(&mut self) -> Option<(usize, u64)> {
        loop {
            let marks = self.summary.get_mut(self.place)?;
            if *marks == 0 {
                self.place += 1;
                continue;
            }
            let word = self.place * 64 + marks.trailing_zeros() as usize;
            *marks &= *marks - 1;
            return Some((word * 64, std::mem::take(&mut self.hits[word])));
        }
    }
}
