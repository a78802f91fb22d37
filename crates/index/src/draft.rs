//! The tests of many conjunctions, gathered by slot, before each conjunction has its bit.
//!
//! Shape: conditions -> [`Draft`] (conjunctions with their owners, and a column for each slot and sort of test).
//! A column numbers the classes of values that its tests tell apart, and says which conjunctions each class admits.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::atom::{Atom, Bound, Constant, Test};
use crate::cut::{Buckets, Interval};
use crate::key::{Key, Kind};
use crate::table::Table;

/// Everything that is known before bits are given out.
pub(crate) struct Draft {
    /// The condition of each conjunction.
    pub(crate) owners: Vec<u32>,
    /// Conditions that nothing restricts.
    pub(crate) always: Vec<u32>,
    pub(crate) columns: Vec<DraftColumn>,
}

/// The tests of one sort on one slot.
pub(crate) struct DraftColumn {
    pub(crate) slot: u32,
    /// The conjunctions with such a test, rising.
    pub(crate) tested: Vec<u32>,
    pub(crate) sections: Vec<DraftSection>,
    /// What share of all conjunctions a value admits on average, as far as the tests show.
    pub(crate) share: f64,
}

/// What a column makes of values of one kind.
pub(crate) struct DraftSection {
    pub(crate) finder: Finder,
    /// The conjunctions that a value of no class does not pass.
    pub(crate) closed: Vec<u32>,
    /// By class: the conjunctions that are admitted although closed, or refused although free. By rising class.
    pub(crate) toggles: Vec<(u32, u32)>,
    /// Whether a class goes on from the one before it, and toggles say only what changes.
    pub(crate) cumulative: bool,
    pub(crate) classes: u32,
}

/// How a value finds its class.
#[derive(Clone, Debug)]
pub(crate) enum Finder {
    Equal(Table),
    Buckets(Buckets),
}

type Tests<'a> = Vec<(u32, &'a Test)>;

impl Draft {
    pub(crate) fn of(conditions: &[Vec<Vec<Atom>>]) -> Draft {
        let mut draft = Draft { owners: Vec::new(), always: Vec::new(), columns: Vec::new() };
        let mut places = BTreeMap::new();
        let mut gathered: Vec<(u32, bool, Tests<'_>)> = Vec::new();
        for (condition, conjunctions) in conditions.iter().enumerate() {
            let is_free = |atoms: &Vec<Atom>| !atoms.iter().any(|atom| restricts(&atom.test));
            if conjunctions.is_empty() || conjunctions.iter().any(is_free) {
                draft.always.push(condition as u32);
                continue;
            }
            for atoms in conjunctions {
                let conjunction = draft.owners.len() as u32;
                draft.owners.push(condition as u32);
                for atom in atoms.iter().filter(|atom| restricts(&atom.test)) {
                    let is_range = matches!(atom.test, Test::Range { .. });
                    let place = *places.entry((atom.slot, is_range)).or_insert_with(|| {
                        gathered.push((atom.slot, is_range, Vec::new()));
                        gathered.len() - 1
                    });
                    gathered[place].2.push((conjunction, &atom.test));
                }
            }
        }
        let count = draft.owners.len();
        draft.columns = gathered
            .into_iter()
            .map(|(slot, is_range, tests)| {
                if is_range {
                    range_column(slot, &tests, count)
                } else {
                    equality_column(slot, &tests, count)
                }
            })
            .collect();
        draft
    }

    /// For each conjunction the classes it first admits in the columns given, as a key that brings together
    /// conjunctions that are admitted together.
    pub(crate) fn neighbourhood(&self, columns: &[usize]) -> Vec<[u32; 4]> {
        let mut keys = vec![[u32::MAX; 4]; self.owners.len()];
        for (place, column) in columns.iter().take(4).enumerate() {
            for (class, conjunction) in &self.columns[*column].sections[0].toggles {
                let key = &mut keys[*conjunction as usize][place];
                *key = (*key).min(*class);
            }
        }
        keys
    }
}

/// Whether a test can be false at all.
fn restricts(test: &Test) -> bool {
    let counts = |bound: &Option<Bound>| bound.as_ref().is_some_and(|one| ordered(&one.constant).is_some());
    match test {
        Test::OneOf(_) => true,
        Test::NoneOf(constants) => !constants.is_empty(),
        Test::Range { low, high } => counts(low) || counts(high),
    }
}

/// What a bound is worth, if it has an order with anything.
fn ordered(constant: &Constant) -> Option<(Key<Arc<str>>, Kind)> {
    let key = Key::of(constant)?;
    let kind = key.kind()?;
    Some((key.kept(), kind))
}

fn equality_column(slot: u32, tests: &Tests<'_>, count: usize) -> DraftColumn {
    let mut table = Table::default();
    let (mut tested, mut closed, mut toggles) = (Vec::new(), Vec::new(), Vec::new());
    let mut admissions = 0;
    for group in tests.chunk_by(|a, b| a.0 == b.0) {
        let conjunction = group[0].0;
        tested.push(conjunction);
        let mut toggle = |key| toggles.push((table.insert(key), conjunction));
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
    let classes = table.len() as u32;
    let share = share(count, closed.len(), admissions as f64 / f64::from(classes + 1));
    let finder = Finder::Equal(table);
    let section = DraftSection { finder, closed, toggles, cumulative: false, classes };
    DraftColumn { slot, tested, sections: vec![section], share }
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
fn keys(test: &Test) -> impl Iterator<Item = Key<&Arc<str>>> {
    let constants = match test {
        Test::OneOf(constants) | Test::NoneOf(constants) => constants.as_slice(),
        Test::Range { .. } => &[],
    };
    constants.iter().filter_map(Key::of)
}

fn range_column(slot: u32, tests: &Tests<'_>, count: usize) -> DraftColumn {
    let mut tested = Vec::new();
    let mut kinds: BTreeMap<Kind, Vec<Interval>> = BTreeMap::new();
    for (conjunction, test) in tests {
        let Test::Range { low, high } = test else { continue };
        if tested.last() != Some(conjunction) {
            tested.push(*conjunction);
        }
        for (bound, is_low) in [(low, true), (high, false)] {
            let Some(bound) = bound else { continue };
            let Some((key, kind)) = ordered(&bound.constant) else { continue };
            let intervals = kinds.entry(kind).or_default();
            if intervals.last().is_none_or(|last| last.conjunction != *conjunction) {
                intervals.push(Interval::all(*conjunction));
            }
            let last = intervals.last_mut().expect("an interval was just put there");
            last.restrict(key, is_low, bound.inclusive);
        }
    }
    let sections: Vec<_> = kinds.into_iter().map(|(kind, all)| range_section(kind, &all)).collect();
    let of_section = |(section, width): &(DraftSection, f64)| share(count, section.closed.len(), *width);
    let worst = sections.iter().map(of_section).fold(0.0, f64::max);
    let sections = sections.into_iter().map(|(section, _)| section).collect();
    DraftColumn { slot, tested, sections, share: worst }
}

/// The section, and how many conjunctions a bucket admits on average.
fn range_section(kind: Kind, intervals: &[Interval]) -> (DraftSection, f64) {
    let buckets = Buckets::of(kind, intervals);
    let classes = buckets.cuts.len() as u32 + 1;
    let mut toggles = Vec::new();
    let mut admitted = 0;
    for interval in intervals {
        if let Some((first, last)) = interval.buckets(&buckets.cuts) {
            admitted += last - first + 1;
            toggles.push((first, interval.conjunction));
            toggles.push((last + 1, interval.conjunction));
        }
    }
    toggles.sort_unstable();
    let closed = intervals.iter().map(|interval| interval.conjunction).collect();
    let finder = Finder::Buckets(buckets);
    let width = f64::from(admitted) / f64::from(classes);
    (DraftSection { finder, closed, toggles, cumulative: true, classes }, width)
}

fn share(count: usize, closed: usize, admitted: f64) -> f64 {
    ((count - closed) as f64 + admitted) / count as f64
}
