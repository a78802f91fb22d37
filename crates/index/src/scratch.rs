//! The memory that asking an index needs, kept from one time to the next.

use crate::column::Admits;

/// Working memory of [`Index::survivors`](crate::Index::survivors). It serves any index and grows to the largest;
/// with it, asking allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    /// The conjunctions that may still hold; zero outside `active`.
    pub(crate) words: Vec<u64>,
    /// The words that may be other than zero, each once, in any order.
    pub(crate) active: Vec<u32>,
    /// The ranks of the values by domain, where the number says that it was found this time.
    ranks: Vec<(u32, u32)>,
    time: u32,
    /// The conditions that survive, and for each word of them a bit that says whether it is other than zero.
    hits: Vec<u64>,
    summary: Vec<u64>,
    /// Those of them that are known to hold.
    sure: Vec<u64>,
}

impl Scratch {
    /// Makes ready for so many words of conjunctions, domains and conditions.
    pub(crate) fn start(&mut self, words: usize, domains: usize, conditions: usize) {
        for word in self.active.drain(..) {
            self.words[word as usize] = 0;
        }
        // What was not fetched the last time.
        self.judged().rest.for_each(drop);
        self.time = self.time.wrapping_add(1);
        if self.time == 0 {
            self.ranks.clear();
            self.time = 1;
        }
        grow(&mut self.words, words);
        grow(&mut self.ranks, domains);
        grow(&mut self.hits, conditions.div_ceil(64));
        grow(&mut self.sure, conditions.div_ceil(64));
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

    /// Whether no more than so many conjunctions are left; false too where it would take long to tell.
    #[inline]
    pub(crate) fn has_few_left(&self, count: usize) -> bool {
        if self.active.len() > count {
            return false;
        }
        let ones = |word: &u32| self.words[*word as usize].count_ones() as usize;
        self.active.iter().map(ones).sum::<usize>() <= count
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

    /// The rank that was found for the domain this time, or else what `find` finds.
    #[inline]
    pub(crate) fn rank(&mut self, domain: u32, find: impl FnOnce() -> u32) -> u32 {
        let (time, rank) = self.ranks[domain as usize];
        if time == self.time {
            return rank;
        }
        let rank = find();
        self.ranks[domain as usize] = (self.time, rank);
        rank
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

    #[inline]
    pub(crate) fn hit_surely(&mut self, condition: u32) {
        self.hit(condition);
        self.sure[condition as usize / 64] |= 1 << (condition % 64);
    }

    pub(crate) fn is_hit(&self, condition: u32) -> bool {
        self.hits[condition as usize / 64] >> (condition % 64) & 1 != 0
    }

    pub(crate) fn is_sure(&self, condition: u32) -> bool {
        self.sure[condition as usize / 64] >> (condition % 64) & 1 != 0
    }

    pub(crate) fn judged(&mut self) -> Judged<'_> {
        let rest = Hits { hits: &mut self.hits, summary: &mut self.summary, sure: &mut self.sure, place: 0 };
        Judged { rest, base: 0, bits: 0, sure: 0 }
    }
}

fn grow<T: Clone + Default>(items: &mut Vec<T>, length: usize) {
    if items.len() < length {
        items.resize(length, T::default());
    }
}

/// The conditions that may hold, by rising number.
#[derive(Debug)]
pub struct Survivors<'s>(pub(crate) Judged<'s>);

impl Iterator for Survivors<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        self.0.next().map(|(condition, _)| condition)
    }
}

/// The conditions that may hold, by rising number, and of each whether it is known to hold.
#[derive(Debug)]
pub struct Judged<'s> {
    rest: Hits<'s>,
    base: usize,
    bits: u64,
    sure: u64,
}

impl Iterator for Judged<'_> {
    type Item = (usize, bool);

    #[inline]
    fn next(&mut self) -> Option<(usize, bool)> {
        if self.bits == 0 {
            (self.base, self.bits, self.sure) = self.rest.next()?;
        }
        let bit = self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some((self.base + bit, self.sure >> bit & 1 != 0))
    }
}

/// The words of conditions that are not zero, each with the number of its first condition, and which of its conditions
/// are known to hold. Takes them out.
#[derive(Debug)]
struct Hits<'s> {
    hits: &'s mut [u64],
    summary: &'s mut [u64],
    sure: &'s mut [u64],
    place: usize,
}

impl Iterator for Hits<'_> {
    type Item = (usize, u64, u64);

    #[inline]
    fn next(&mut self) -> Option<(usize, u64, u64)> {
        loop {
            let marks = self.summary.get_mut(self.place)?;
            if *marks == 0 {
                self.place += 1;
                continue;
            }
            let word = self.place * 64 + marks.trailing_zeros() as usize;
            *marks &= *marks - 1;
            return Some((
                word * 64,
                std::mem::take(&mut self.hits[word]),
                std::mem::take(&mut self.sure[word]),
            ));
        }
    }
}
