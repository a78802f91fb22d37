//! One slot's tests as bitmaps: which conjunctions a value admits.

use segue_value::Value;

use crate::draft::{DraftColumn, DraftSection, Finder};
use crate::key::Probe;

/// The tests of one sort on one slot.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) slot: u32,
    /// The conjunctions with such a test.
    pub(crate) tested: Vec<u64>,
    /// The words of `tested` that are not zero.
    pub(crate) tested_words: Vec<u32>,
    sections: Vec<Section>,
}

/// What a column makes of values of one kind.
#[derive(Clone, Debug)]
struct Section {
    finder: Finder,
    /// The conjunctions that a value of no class passes.
    free: Vec<u64>,
    free_words: Vec<u32>,
    classes: Vec<Class>,
    /// The words of all classes that differ from `free` in many places, one class after the other.
    dense: Vec<u64>,
    /// What the other classes change in `free`, one class after the other.
    patches: Vec<(u32, u64)>,
}

#[derive(Clone, Copy, Debug)]
enum Class {
    /// The words from here on.
    Dense(u32),
    /// The patches from the first to before the second.
    Patched(u32, u32),
}

/// Where a value belongs in a column: which section, and which class in it. Plain numbers, so that it can be kept.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    section: u32,
    class: u32,
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

pub(crate) const ALL: Found = Found { section: u32::MAX, class: 0 };
const NO_CLASS: u32 = u32::MAX;

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
        let sections = draft.sections.into_iter().map(|one| Section::of(one, bits, &tested_words)).collect();
        Column { slot: draft.slot, tested, tested_words, sections }
    }

    /// Where the value belongs.
    #[inline]
    pub(crate) fn find(&self, value: &Value<'_>) -> Found {
        let probe = Probe::of(value);
        for (section, one) in self.sections.iter().enumerate() {
            if let Some(class) = one.find(&probe) {
                return Found { section: section as u32, class };
            }
        }
        ALL
    }

    /// What a value admits that belongs there.
    #[inline]
    pub(crate) fn admits(&self, found: Found) -> Admits<'_> {
        let Some(section) = self.sections.get(found.section as usize) else { return Admits::All };
        let (free, words) = (section.free.as_slice(), section.free_words.as_slice());
        match section.classes.get(found.class as usize) {
            None => Admits::Patched { free, words, patches: &[] },
            Some(Class::Dense(start)) => Admits::Words(&section.dense[*start as usize..][..free.len()]),
            Some(Class::Patched(start, end)) => {
                Admits::Patched { free, words, patches: &section.patches[*start as usize..*end as usize] }
            }
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

impl Section {
    fn of(draft: DraftSection, bits: &[u32], tested_words: &[u32]) -> Section {
        let words = bits.len().div_ceil(64);
        let mut free = every(bits.len());
        for conjunction in &draft.closed {
            let _ = turn(&mut free, bits[*conjunction as usize]);
        }
        let free_words = filled(&free);
        let classes = Vec::with_capacity(draft.classes as usize);
        let mut section = Section {
            finder: draft.finder,
            free,
            free_words,
            classes,
            dense: Vec::new(),
            patches: Vec::new(),
        };
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
                section.push(&current, tested_words);
            } else {
                touched.sort_unstable();
                touched.dedup();
                section.push(&current, &touched);
                touched.iter().for_each(|word| current[*word as usize] = 0);
            }
        }
        section
    }

    /// Adds a class that differs from the free words as `current` says; all of it is in the words named, which rise.
    fn push(&mut self, current: &[u64], words: &[u32]) {
        let differing = || words.iter().filter(|word| current[**word as usize] != 0);
        if differing().count() * DENSE_FROM > current.len() {
            self.classes.push(Class::Dense(self.dense.len() as u32));
            self.dense.extend(self.free.iter().zip(current).map(|(free, change)| free ^ change));
        } else {
            let start = self.patches.len() as u32;
            self.patches.extend(differing().map(|word| (*word, current[*word as usize])));
            self.classes.push(Class::Patched(start, self.patches.len() as u32));
        }
    }

    /// The class of the value; `None` if this section is not about such values.
    #[inline]
    fn find(&self, probe: &Probe<'_>) -> Option<u32> {
        match (&self.finder, probe) {
            (Finder::Equal(table), Probe::Key(key)) => Some(table.find(key).unwrap_or(NO_CLASS)),
            (Finder::Equal(_), Probe::Other) => Some(NO_CLASS),
            (Finder::Buckets(buckets), Probe::Key(key)) if key.kind() == Some(buckets.kind) => {
                Some(buckets.find(key))
            }
            (Finder::Buckets(_), _) => None,
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
