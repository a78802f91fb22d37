//! What the tests on a slot tell apart: every value has a rank among the constants of all tests, found once for all
//! that ask, however many indexes there are.
//!
//! A domain is one slot's. Its ranks are numbered through: 0 is what no test is about, then come the values of one kind
//! after another. Of a kind that is only compared for equality, each constant has a rank and all else has another. Of one
//! that is put in an order, the ends of ranges and the constants cut the line into places, and each place is a rank.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_value::Value;

use crate::atom::{Atom, Bound, Constant, Test};
use crate::cut::{Buckets, Cut, Interval};
use crate::key::{Key, Kind, Probe};
use crate::table::Table;

/// The rank of what no test is about.
pub(crate) const ELSEWHERE: u32 = 0;

/// The domains of all slots that conditions test.
#[derive(Clone, Debug, Default)]
pub struct Domains {
    domains: Vec<Domain>,
    by_slot: BTreeMap<u32, u32>,
}

/// One slot's.
#[derive(Clone, Debug)]
pub(crate) struct Domain {
    pub(crate) slot: u32,
    /// By rising kind: null and each kind that has tests.
    sections: Vec<Section>,
    /// How many ranks there are.
    pub(crate) count: u32,
}

#[derive(Clone, Debug)]
struct Section {
    /// `None` is null.
    kind: Option<Kind>,
    /// Its first rank.
    first: u32,
    finder: Finder,
}

#[derive(Clone, Debug)]
enum Finder {
    One,
    Equal(Table),
    Cuts(Buckets),
}

/// The constants of one slot, by kind, while they are gathered.
#[derive(Default)]
struct Gathered<'a> {
    is_null_tested: bool,
    keys: BTreeMap<Kind, Vec<Key<&'a Arc<str>>>>,
    ends: BTreeMap<Kind, Vec<Cut>>,
}

impl Domains {
    /// The domains of all that these conditions test.
    pub fn of<'a>(conditions: impl IntoIterator<Item = &'a Vec<Vec<Atom>>>) -> Domains {
        let mut by_slot: BTreeMap<u32, Gathered<'a>> = BTreeMap::new();
        for atom in conditions.into_iter().flatten().flatten() {
            by_slot.entry(atom.slot).or_default().add(&atom.test);
        }
        let domains: Vec<Domain> = by_slot.into_iter().map(|(slot, found)| found.domain(slot)).collect();
        let by_slot = domains.iter().zip(0..).map(|(domain, at)| (domain.slot, at)).collect();
        Domains { domains, by_slot }
    }

    pub(crate) fn len(&self) -> usize {
        self.domains.len()
    }

    #[inline]
    pub(crate) fn domain(&self, at: u32) -> &Domain {
        &self.domains[at as usize]
    }

    /// The number of a slot's domain.
    pub(crate) fn number(&self, slot: u32) -> u32 {
        self.by_slot[&slot]
    }
}

impl<'a> Gathered<'a> {
    fn add(&mut self, test: &'a Test) {
        match test {
            Test::OneOf(constants) | Test::NoneOf(constants) => {
                for key in constants.iter().filter_map(Key::of) {
                    match key.kind() {
                        Some(kind) => self.keys.entry(kind).or_default().push(key),
                        None => self.is_null_tested = true,
                    }
                }
            }
            Test::Range { low, high } => {
                for (bound, is_low) in [(low, true), (high, false)] {
                    let Some((key, kind)) = bound.as_ref().and_then(|bound| ordered(&bound.constant)) else {
                        continue;
                    };
                    let inclusive = bound.as_ref().is_some_and(|bound| bound.inclusive);
                    self.ends.entry(kind).or_default().push(Cut::of_bound(key, is_low, inclusive));
                }
            }
        }
    }

    fn domain(mut self, slot: u32) -> Domain {
        let mut sections = Vec::new();
        let mut count = ELSEWHERE + 1;
        if self.is_null_tested {
            sections.push(Section { kind: None, first: count, finder: Finder::One });
            count += 1;
        }
        for kind in Kind::ALL {
            let (keys, ends) = (self.keys.remove(&kind), self.ends.remove(&kind));
            let finder = match (keys, ends) {
                (None, None) => continue,
                (Some(keys), None) if kind == Kind::Text => {
                    let mut table = Table::default();
                    for key in keys {
                        let _ = table.insert(key);
                    }
                    Finder::Equal(table)
                }
                (keys, ends) => {
                    let mut cuts = ends.unwrap_or_default();
                    for key in keys.unwrap_or_default() {
                        cuts.extend(Cut::around(key.kept()));
                    }
                    cuts.sort_by(Cut::order);
                    cuts.dedup_by(|a, b| a.order(b).is_eq());
                    Finder::Cuts(Buckets::of(cuts))
                }
            };
            let first = count;
            count += match &finder {
                Finder::One => 1,
                Finder::Equal(table) => table.len() as u32 + 1,
                Finder::Cuts(buckets) => buckets.cuts.len() as u32 + 1,
            };
            sections.push(Section { kind: Some(kind), first, finder });
        }
        Domain { slot, sections, count }
    }
}

/// What a bound is worth, if it has an order with anything.
pub(crate) fn ordered(constant: &Constant) -> Option<(Key<Arc<str>>, Kind)> {
    let key = Key::of(constant)?;
    let kind = key.kind()?;
    Some((key.kept(), kind))
}

impl Domain {
    /// The rank of a value.
    #[inline]
    pub(crate) fn rank(&self, value: &Value<'_>) -> u32 {
        match Probe::of(value) {
            Probe::Key(key) => self.rank_of(&key),
            Probe::Other => ELSEWHERE,
        }
    }

    #[inline]
    pub(crate) fn rank_of(&self, key: &Key<&str>) -> u32 {
        let kind = key.kind();
        let Some(section) = self.sections.iter().find(|section| section.kind == kind) else {
            return ELSEWHERE;
        };
        section.first
            + match &section.finder {
                Finder::One => 0,
                Finder::Equal(table) => table.find(key).unwrap_or(table.len() as u32),
                Finder::Cuts(buckets) => buckets.find(key),
            }
    }

    /// The first rank of the kind of values that a rank is about; two ranks of one kind have the same.
    pub(crate) fn kind_of(&self, rank: u32) -> u32 {
        self.sections
            .iter()
            .rev()
            .find(|section| section.first <= rank)
            .map_or(ELSEWHERE, |section| section.first)
    }

    /// The first and the last rank within an interval of values of one kind; the last is below the first if there are no
    /// values in it.
    pub(crate) fn ranks_of(&self, kind: Kind, interval: &Interval) -> (u32, u32) {
        let Some((first, cuts)) = self.cuts(kind) else { return (ELSEWHERE, ELSEWHERE) };
        match interval.buckets(cuts) {
            Some((low, high)) => (first + low, first + high),
            None => (first, first - 1),
        }
    }

    /// The first rank of a kind that is put in an order, and the cuts between its ranks.
    pub(crate) fn cuts(&self, kind: Kind) -> Option<(u32, &[Cut])> {
        let section = self.sections.iter().find(|section| section.kind == Some(kind))?;
        match &section.finder {
            Finder::Cuts(buckets) => Some((section.first, &buckets.cuts)),
            Finder::One | Finder::Equal(_) => None,
        }
    }
}

/// Whether a test can be false at all.
pub(crate) fn restricts(test: &Test) -> bool {
    let counts = |bound: &Option<Bound>| bound.as_ref().is_some_and(|one| ordered(&one.constant).is_some());
    match test {
        Test::OneOf(_) => true,
        Test::NoneOf(constants) => !constants.is_empty(),
        Test::Range { low, high } => counts(low) || counts(high),
    }
}

/// The intervals that the bounds of a range leave, by kind.
pub(crate) fn intervals(low: &Option<Bound>, high: &Option<Bound>) -> Vec<(Kind, Interval)> {
    let mut found: Vec<(Kind, Interval)> = Vec::new();
    for (bound, is_low) in [(low, true), (high, false)] {
        let Some(bound) = bound else { continue };
        let Some((key, kind)) = ordered(&bound.constant) else { continue };
        if found.last().is_none_or(|(known, _)| *known != kind) {
            found.push((kind, Interval::default()));
        }
        let (_, interval) = found.last_mut().expect("one was just put there");
        interval.restrict(key, is_low, bound.inclusive);
    }
    found
}
