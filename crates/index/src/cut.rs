//! Where ranges begin and end, and the buckets between.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::key::Key;

/// The greatest number of buckets of one kind of values in a column. With fewer ends of ranges, each has its own
/// and the buckets are exact; with more, they are quantiles.
pub(crate) const BUCKETS_MAX: usize = 64;

/// A place between values: right before the key, or right after it.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    key: Key<Arc<str>>,
    after: bool,
}

impl Cut {
    /// Where a bound cuts.
    pub(crate) fn of_bound(key: Key<Arc<str>>, is_low: bool, inclusive: bool) -> Cut {
        Cut { key, after: is_low != inclusive }
    }

    /// Right before and right after a key.
    pub(crate) fn around(key: Key<Arc<str>>) -> [Cut; 2] {
        [Cut { key: key.clone(), after: false }, Cut { key, after: true }]
    }

    /// The order of cuts of one kind.
    pub(crate) fn order(&self, other: &Cut) -> Ordering {
        self.key.order(&other.key).unwrap_or(Ordering::Equal).then(self.after.cmp(&other.after))
    }

    /// Whether a value of the same kind stands above the cut.
    fn is_below(&self, key: &Key<&str>) -> bool {
        match self.key.order(key) {
            Some(Ordering::Less) => true,
            Some(Ordering::Equal) => !self.after,
            Some(Ordering::Greater) | None => false,
        }
    }

    /// The least double above the cut, if there is none between the two.
    fn double(&self) -> Option<f64> {
        let double = self.key.double()?;
        Some(if self.after { double.next_up() } else { double })
    }

    fn beginning(&self) -> Option<u64> {
        if let Key::Text(text) = &self.key { Some(beginning(text)) } else { None }
    }
}

/// The first eight bytes of a text, as a number that rises as texts do.
#[inline]
fn beginning(text: &str) -> u64 {
    let bytes = text.as_bytes();
    match bytes.first_chunk::<8>() {
        Some(chunk) => u64::from_be_bytes(*chunk),
        None => bytes.iter().enumerate().fold(0, |all, (at, byte)| all | u64::from(*byte) << (56 - 8 * at)),
    }
}

/// The buckets of one kind of values, between cuts that rise.
#[derive(Clone, Debug)]
pub(crate) struct Buckets {
    pub(crate) cuts: Vec<Cut>,
    /// The cuts as doubles, if they are numbers that all can be.
    doubles: Vec<f64>,
    /// How the cuts begin, if they are texts.
    beginnings: Vec<u64>,
}

impl Buckets {
    pub(crate) fn of(cuts: Vec<Cut>) -> Buckets {
        let doubles = cuts.iter().map(Cut::double).collect::<Option<Vec<f64>>>().unwrap_or_default();
        let beginnings = cuts.iter().map(Cut::beginning).collect::<Option<Vec<u64>>>().unwrap_or_default();
        Buckets { cuts, doubles, beginnings }
    }

    /// The bucket of a value of the kind.
    #[inline]
    pub(crate) fn find(&self, key: &Key<&str>) -> u32 {
        // One quick comparison a step, for what is asked for most.
        if self.doubles.len() == self.cuts.len()
            && let Some(double) = key.double()
        {
            return self.doubles.partition_point(|cut| *cut <= double) as u32;
        }
        if self.beginnings.len() == self.cuts.len()
            && let Key::Text(text) = key
        {
            let own = beginning(text);
            let start = self.beginnings.partition_point(|cut| *cut < own);
            let alike = self.beginnings[start..].partition_point(|cut| *cut == own);
            return (start + self.cuts[start..start + alike].partition_point(|cut| cut.is_below(key))) as u32;
        }
        self.cuts.partition_point(|cut| cut.is_below(key)) as u32
    }
}

/// Values of one kind, between two bounds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interval {
    low: Option<Cut>,
    high: Option<Cut>,
    is_empty: bool,
}

impl Interval {
    /// Takes away what is beyond a bound.
    pub(crate) fn restrict(&mut self, key: Key<Arc<str>>, is_low: bool, inclusive: bool) {
        let cut = Cut::of_bound(key, is_low, inclusive);
        self.cut_off(cut, is_low);
    }

    /// Leaves what is in the other, too.
    pub(crate) fn narrow(&mut self, other: &Interval) {
        for (cut, is_low) in [(&other.low, true), (&other.high, false)] {
            if let Some(cut) = cut {
                self.cut_off(cut.clone(), is_low);
            }
        }
        self.is_empty |= other.is_empty;
    }

    fn cut_off(&mut self, cut: Cut, is_low: bool) {
        let (end, beyond) =
            if is_low { (&mut self.low, Ordering::Greater) } else { (&mut self.high, Ordering::Less) };
        if end.as_ref().is_none_or(|known| cut.order(known) == beyond) {
            *end = Some(cut);
        }
        if let (Some(low), Some(high)) = (&self.low, &self.high) {
            self.is_empty |= low.order(high) != Ordering::Less;
        }
    }

    /// The first and the last bucket that hold a value of the interval; `None` if it has no values.
    pub(crate) fn buckets(&self, cuts: &[Cut]) -> Option<(u32, u32)> {
        if self.is_empty {
            return None;
        }
        let first = self.low.as_ref().map_or(0, |low| cuts.partition_point(|cut| cut.order(low).is_le()));
        let last =
            self.high.as_ref().map_or(cuts.len(), |high| cuts.partition_point(|cut| cut.order(high).is_lt()));
        Some((first as u32, last as u32))
    }
}

/// The cuts between the buckets: all ends of the intervals if they are few, else every so many-th.
pub(crate) fn quantiles<'i>(intervals: impl Iterator<Item = &'i Interval>) -> Vec<Cut> {
    let mut all: Vec<Cut> = Vec::new();
    for interval in intervals.filter(|interval| !interval.is_empty) {
        all.extend(interval.low.clone());
        all.extend(interval.high.clone());
    }
    all.sort_by(Cut::order);
    let mut distinct = all.clone();
    distinct.dedup_by(|a, b| a.order(b).is_eq());
    if distinct.len() < BUCKETS_MAX {
        return distinct;
    }
    let mut chosen: Vec<Cut> =
        (1..BUCKETS_MAX).map(|step| all[step * all.len() / BUCKETS_MAX].clone()).collect();
    chosen.dedup_by(|a, b| a.order(b).is_eq());
    chosen
}
