//! Where ranges begin and end, and the buckets between.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::key::{Key, Kind};

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
    /// The order of cuts of one kind.
    fn order(&self, other: &Cut) -> Ordering {
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
}

/// The buckets of one kind of values.
#[derive(Clone, Debug)]
pub(crate) struct Buckets {
    pub(crate) kind: Kind,
    pub(crate) cuts: Vec<Cut>,
    /// The cuts as doubles, if they are numbers that all can be.
    doubles: Vec<f64>,
}

impl Buckets {
    pub(crate) fn of(kind: Kind, intervals: &[Interval]) -> Buckets {
        let cuts = quantiles(intervals);
        let doubles = cuts.iter().map(Cut::double).collect::<Option<Vec<f64>>>().unwrap_or_default();
        Buckets { kind, cuts, doubles }
    }

    /// The bucket of a value of the kind.
    #[inline]
    pub(crate) fn find(&self, key: &Key<&str>) -> u32 {
        // One quick comparison a step, for the numbers that are asked for most.
        if self.doubles.len() == self.cuts.len()
            && let Some(double) = key.double()
        {
            return self.doubles.partition_point(|cut| *cut <= double) as u32;
        }
        self.cuts.partition_point(|cut| cut.is_below(key)) as u32
    }
}

/// The values of one kind that a conjunction admits.
#[derive(Clone, Debug)]
pub(crate) struct Interval {
    pub(crate) conjunction: u32,
    low: Option<Cut>,
    high: Option<Cut>,
    is_empty: bool,
}

impl Interval {
    pub(crate) fn all(conjunction: u32) -> Interval {
        Interval { conjunction, low: None, high: None, is_empty: false }
    }

    /// Takes away what is beyond a bound.
    pub(crate) fn restrict(&mut self, key: Key<Arc<str>>, is_low: bool, inclusive: bool) {
        let cut = Cut { key, after: is_low != inclusive };
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
fn quantiles(intervals: &[Interval]) -> Vec<Cut> {
    let mut all: Vec<Cut> = Vec::with_capacity(intervals.len() * 2);
    for interval in intervals.iter().filter(|interval| !interval.is_empty) {
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
