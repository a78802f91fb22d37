//! One slot's tests as bitmaps: which conjunctions a value admits, by its rank.

use crate::draft::{ALL, DraftColumn, NO_CLASS};

/// The tests of one sort on one slot.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// The number of the slot's domain.
    pub(crate) domain: u32,
    /// The class of each rank of the domain.
    class_of: Box<[Class]>,
    /// The conjunctions with such a test.
    pub(crate) tested: Box<[u64]>,
    /// The words of `tested` that are not zero.
    pub(crate) tested_words: Box<[u32]>,
    /// The conjunctions that a value of no class passes.
    free: Box<[u64]>,
    free_words: Box<[u32]>,
    /// The words of all classes that differ from `free` in many places, one class after the other.
    dense: Vec<u64>,
    /// What the other classes change in `free`, one class after the other.
    patches: Vec<(u32, u64)>,
}

#[derive(Clone, Copy, Debug)]
enum Class {
    /// The column says nothing of such values.
    All,
    /// None.
    Free,
    /// The words from here on.
    Dense(u32),
    /// The patches from here on, so many.
    Patched(u32, u16),
}

/// What a value admits.
pub(crate) enum Admits<'i> {
    /// Every conjunction.
    All,
    /// These words.
    Words(&'i [u64]),
    /// The words of `free`, of which `words` are not zero, but with the bits of the patches turned over.
    Patched { free: &'i [u64], words: &'i [u32], patches: &'i [(u32, u64)] },
}

/// A class that differs from the free words in more than one word of so many is written out whole.
const DENSE_FROM: usize = 16;

impl Column {
    /// The column, with conjunctions named by their bits.
    pub(crate) fn of(draft: DraftColumn, bits: &[u32]) -> Column {
        let words = bits.len().div_ceil(64);
        let mut tested = vec![0; words];
        for conjunction in &draft.tested {
            let _ = turn(&mut tested, bits[*conjunction as usize]);
        }
        let tested_words = filled(&tested);
        let mut free = every(bits.len());
        for conjunction in &draft.closed {
            let _ = turn(&mut free, bits[*conjunction as usize]);
        }
        let mut classes = Classes { free: &free, all: Vec::new(), dense: Vec::new(), patches: Vec::new() };
        let mut current = vec![0; words];
        let mut rest = draft.toggles.as_slice();
        let mut touched = Vec::new();
        for class in 0..draft.classes {
            let (now, after) = rest.split_at(rest.partition_point(|toggle| toggle.0 <= class));
            rest = after;
            touched.clear();
            for (_, conjunction) in now {
                touched.push(turn(&mut current, bits[*conjunction as usize]));
            }
            if draft.cumulative {
                classes.push(&current, &tested_words);
            } else {
                touched.sort_unstable();
                touched.dedup();
                classes.push(&current, &touched);
                touched.iter().for_each(|word| current[*word as usize] = 0);
            }
        }
        let Classes { all, dense, patches, .. } = classes;
        Column {
            domain: draft.domain,
            class_of: draft
                .class_of
                .into_iter()
                .map(|class| match class {
                    ALL => Class::All,
                    NO_CLASS => Class::Free,
                    class => all[class as usize],
                })
                .collect(),
            tested: tested.into(),
            tested_words: tested_words.into(),
            free_words: filled(&free).into(),
            free: free.into(),
            dense,
            patches,
        }
    }

    /// What a value of that rank admits.
    #[inline]
    pub(crate) fn admits(&self, rank: u32) -> Admits<'_> {
        let (free, words) = (&*self.free, &*self.free_words);
        match self.class_of[rank as usize] {
            Class::All => Admits::All,
            Class::Free => Admits::Patched { free, words, patches: &[] },
            Class::Dense(start) => Admits::Words(&self.dense[start as usize..][..free.len()]),
            Class::Patched(start, count) => Admits::Patched {
                free,
                words,
                patches: &self.patches[start as usize..][..usize::from(count)],
            },
        }
    }
}

impl Admits<'_> {
    /// The word of that number.
    #[inline]
    pub(crate) fn word(&self, word: u32) -> u64 {
        match self {
            Admits::All => u64::MAX,
            Admits::Words(words) => words[word as usize],
            Admits::Patched { free, patches, .. } => {
                let patch = patches.binary_search_by_key(&word, |patch| patch.0);
                free[word as usize] ^ patch.map_or(0, |place| patches[place].1)
            }
        }
    }
}

/// The classes of a column while they are gathered.
struct Classes<'f> {
    free: &'f [u64],
    all: Vec<Class>,
    dense: Vec<u64>,
    patches: Vec<(u32, u64)>,
}

impl Classes<'_> {
    /// Adds a class that differs from the free words as `current` says; all of it is in the words named, which rise.
    fn push(&mut self, current: &[u64], words: &[u32]) {
        let differing = || words.iter().filter(|word| current[**word as usize] != 0);
        let count = u16::try_from(differing().count()).unwrap_or(u16::MAX);
        if usize::from(count) * DENSE_FROM > current.len() || count == u16::MAX {
            self.all.push(Class::Dense(self.dense.len() as u32));
            self.dense.extend(self.free.iter().zip(current).map(|(free, change)| free ^ change));
        } else {
            let start = self.patches.len() as u32;
            self.patches.extend(differing().map(|word| (*word, current[*word as usize])));
            self.all.push(Class::Patched(start, count));
        }
    }
}

/// As many bits as there are conjunctions, all set.
pub(crate) fn every(count: usize) -> Vec<u64> {
    let mut words = vec![u64::MAX; count / 64];
    if !count.is_multiple_of(64) {
        words.push((1 << (count % 64)) - 1);
    }
    words
}

/// The numbers of the words that are not zero.
fn filled(words: &[u64]) -> Vec<u32> {
    (0..words.len() as u32).filter(|word| words[*word as usize] != 0).collect()
}

/// Turns a bit over, and says in which word it is.
fn turn(words: &mut [u64], bit: u32) -> u32 {
    words[bit as usize / 64] ^= 1 << (bit % 64);
    bit / 64
}
