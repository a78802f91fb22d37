//! The tests of many conjunctions, gathered by slot, before each conjunction has its bit.
//!
//! Shape: conditions -> [`Draft`] (conjunctions with their owners, and a column for each slot and sort of test).
//! A column numbers the classes of ranks that its tests tell apart, and says which conjunctions each class admits.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::atom::{Atom, Test};
use crate::cut::{Interval, quantiles};
use crate::domain::{Domains, intervals, restricts};
use crate::key::{Key, Kind};

/// Everything that is known before bits are given out.
pub(crate) struct Draft<'a> {
    /// The condition of each conjunction.
    pub(crate) owners: Vec<u32>,
    /// The tests of each conjunction that can be false.
    pub(crate) atoms: Vec<Vec<&'a Atom>>,
    /// Conditions that nothing restricts.
    pub(crate) always: Vec<u32>,
    pub(crate) columns: Vec<DraftColumn>,
}

/// The tests of one sort on one slot.
pub(crate) struct DraftColumn {
    /// The number of the slot's domain.
    pub(crate) domain: u32,
    pub(crate) slot: u32,
    /// The conjunctions with such a test, rising.
    pub(crate) tested: Vec<u32>,
    /// The class of each rank, or [`NO_CLASS`], or [`ALL`].
    pub(crate) class_of: Vec<u32>,
    /// The conjunctions that a value of no class does not pass.
    pub(crate) closed: Vec<u32>,
    /// By class: the conjunctions that are admitted although closed, or refused although free. By rising class.
    pub(crate) toggles: Vec<(u32, u32)>,
    /// Whether a class goes on from the one before it, and toggles say only what changes.
    pub(crate) cumulative: bool,
    pub(crate) classes: u32,
    /// What share of all conjunctions a value admits on average, as far as the tests show.
    pub(crate) share: f64,
}

/// In place of a class: the value is in none.
pub(crate) const NO_CLASS: u32 = u32::MAX;
/// In place of a class: the column says nothing of such values.
pub(crate) const ALL: u32 = u32::MAX - 1;

type Tests<'a> = Vec<(u32, &'a Test)>;

/// What belongs into one column: a slot, and the kind of a range or equality.
type Sort = (u32, Option<Kind>);

impl<'a> Draft<'a> {
    pub(crate) fn of(domains: &Domains, conditions: &'a [Vec<Vec<Atom>>]) -> Draft<'a> {
        let mut draft =
            Draft { owners: Vec::new(), atoms: Vec::new(), always: Vec::new(), columns: Vec::new() };
        for (condition, conjunctions) in conditions.iter().enumerate() {
            let is_free = |atoms: &Vec<Atom>| !atoms.iter().any(|atom| restricts(&atom.test));
            if conjunctions.is_empty() || conjunctions.iter().any(is_free) {
                draft.always.push(condition as u32);
                continue;
            }
            for atoms in conjunctions {
                draft.owners.push(condition as u32);
                draft.atoms.push(atoms.iter().filter(|atom| restricts(&atom.test)).collect());
            }
        }
        draft.columns = draft.columns(domains);
        draft
    }

    fn columns(&self, domains: &Domains) -> Vec<DraftColumn> {
        let count = self.owners.len();
        let mut equalities: BTreeMap<u32, Tests<'_>> = BTreeMap::new();
        let mut ranges: BTreeMap<Sort, Vec<(u32, Interval)>> = BTreeMap::new();
        for (atoms, conjunction) in self.atoms.iter().zip(0..) {
            for atom in atoms {
                let Test::Range { low, high } = &atom.test else {
                    equalities.entry(atom.slot).or_default().push((conjunction, &atom.test));
                    continue;
                };
                for (kind, interval) in intervals(low, high) {
                    let of_kind = ranges.entry((atom.slot, Some(kind))).or_default();
                    match of_kind.last_mut() {
                        Some((last, known)) if *last == conjunction => known.narrow(&interval),
                        _ => of_kind.push((conjunction, interval)),
                    }
                }
            }
        }
        let equalities =
            equalities.into_iter().map(|(slot, tests)| equality_column(domains, slot, &tests, count));
        let ranges = ranges
            .into_iter()
            .filter_map(|((slot, kind), tests)| Some(range_column(domains, slot, kind?, &tests, count)));
        equalities.chain(ranges).collect()
    }

    /// For each conjunction the classes it first admits in the columns given, as a key that brings together
    /// conjunctions that are admitted together.
    pub(crate) fn neighbourhood(&self, columns: &[usize]) -> Vec<[u32; 4]> {
        let mut keys = vec![[u32::MAX; 4]; self.owners.len()];
        for (place, column) in columns.iter().take(4).enumerate() {
            for (class, conjunction) in &self.columns[*column].toggles {
                let key = &mut keys[*conjunction as usize][place];
                *key = (*key).min(*class);
            }
        }
        keys
    }
}

fn equality_column(domains: &Domains, slot: u32, tests: &Tests<'_>, count: usize) -> DraftColumn {
    let number = domains.number(slot);
    let domain = domains.domain(number);
    let mut class_of = vec![NO_CLASS; domain.count as usize];
    let mut classes = 0;
    let mut class = |key: Key<&Arc<str>>| {
        let class = &mut class_of[domain.rank_of(&key.sought()) as usize];
        if *class == NO_CLASS {
            *class = classes;
            classes += 1;
        }
        *class
    };
    let (mut tested, mut closed, mut toggles) = (Vec::new(), Vec::new(), Vec::new());
    let mut admissions = 0;
    for group in tests.chunk_by(|a, b| a.0 == b.0) {
        let conjunction = group[0].0;
        tested.push(conjunction);
        let mut toggle = |key| toggles.push((class(key), conjunction));
        if let [(_, test @ Test::OneOf(constants))] = group {
            // Most are so: one test.
            keys(test).for_each(toggle);
            closed.push(conjunction);
            admissions += constants.len();
        } else if let Some(keys) = admitted(group) {
            closed.push(conjunction);
            admissions += keys.len();
            keys.into_iter().for_each(toggle);
        } else {
            group.iter().flat_map(|(_, test)| keys(test)).for_each(&mut toggle);
        }
    }
    toggles.sort_unstable();
    // A constant that is written twice would otherwise undo itself.
    toggles.dedup();
    let share = share(count, closed.len(), admissions as f64 / f64::from(classes + 1));
    DraftColumn { domain: number, slot, tested, class_of, closed, toggles, cumulative: false, classes, share }
}

/// The keys that a group of tests on equality admits; `None` if it only says what it does not admit.
fn admitted<'a>(group: &[(u32, &'a Test)]) -> Option<Vec<Key<&'a Arc<str>>>> {
    let mut lists = group.iter().filter(|(_, test)| matches!(test, Test::OneOf(_)));
    let (_, first) = lists.next()?;
    let mut admitted: Vec<_> = keys(first).collect();
    for (_, test) in group {
        if std::ptr::eq(*test, *first) {
            continue;
        }
        let wanted = matches!(test, Test::OneOf(_));
        admitted.retain(|key| keys(test).any(|other| other.same(key)) == wanted);
    }
    Some(admitted)
}

/// The keys that a test on equality names. What is not-a-number is equal to nothing and has none.
pub(crate) fn keys(test: &Test) -> impl Iterator<Item = Key<&Arc<str>>> {
    let constants = match test {
        Test::OneOf(constants) | Test::NoneOf(constants) => constants.as_slice(),
        Test::Range { .. } => &[],
    };
    constants.iter().filter_map(Key::of)
}

fn range_column(
    domains: &Domains,
    slot: u32,
    kind: Kind,
    tests: &[(u32, Interval)],
    count: usize,
) -> DraftColumn {
    let number = domains.number(slot);
    let domain = domains.domain(number);
    let buckets = quantiles(tests.iter().map(|(_, interval)| interval));
    let mut class_of = vec![ALL; domain.count as usize];
    if let Some((first, cuts)) = domain.cuts(kind) {
        class_of[first as usize] = 0;
        for (rank, cut) in (first as usize + 1..).zip(cuts) {
            class_of[rank] = buckets.partition_point(|bucket| bucket.order(cut).is_le()) as u32;
        }
    }
    let classes = buckets.len() as u32 + 1;
    let mut toggles = Vec::new();
    let mut admitted = 0;
    for (conjunction, interval) in tests {
        if let Some((first, last)) = interval.buckets(&buckets) {
            admitted += last - first + 1;
            toggles.push((first, *conjunction));
            toggles.push((last + 1, *conjunction));
        }
    }
    toggles.sort_unstable();
    let closed: Vec<u32> = tests.iter().map(|(conjunction, _)| *conjunction).collect();
    let share = share(count, closed.len(), f64::from(admitted) / f64::from(classes));
    let tested = closed.clone();
    DraftColumn { domain: number, slot, tested, class_of, closed, toggles, cumulative: true, classes, share }
}

fn share(count: usize, closed: usize, admitted: f64) -> f64 {
    ((count - closed) as f64 + admitted) / count as f64
}
