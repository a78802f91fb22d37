//! One metric with its series, and the bound on their number.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use prometheus::core::Collector;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};

use super::SERIES_MAX;

/// What stands for the values of a label that came too late.
const OTHER: &str = "other";

/// A label's name, and who says its values.
#[derive(Clone, Copy, Debug)]
pub(super) enum Label {
    /// We do: there are a few, all named in our code.
    Closed(&'static str),
    /// The bundle or the broker does.
    Open(&'static str),
}

/// A metric of the list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Definition {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) labels: &'static [Label],
}

/// Keeps the series of one metric few.
struct Bound {
    labels: &'static [Label],
    known: Mutex<BTreeSet<String>>,
}

pub(super) struct CounterFamily {
    bound: Bound,
    vec: IntCounterVec,
}

pub(super) struct GaugeFamily {
    bound: Bound,
    vec: IntGaugeVec,
}

pub(super) struct TimingFamily {
    bound: Bound,
    vec: HistogramVec,
}

impl CounterFamily {
    pub(super) fn new(registry: &Registry, definition: &Definition) -> Self {
        let vec = IntCounterVec::new(definition.opts(), &definition.names()).expect(WELL_FORMED);
        register(registry, vec.clone());
        Self { bound: Bound::new(definition), vec }
    }

    pub(super) fn add(&self, labels: &[&str], by: u64) {
        self.vec.with_label_values(&self.bound.admit(labels)).inc_by(by);
    }
}

impl GaugeFamily {
    pub(super) fn new(registry: &Registry, definition: &Definition) -> Self {
        let vec = IntGaugeVec::new(definition.opts(), &definition.names()).expect(WELL_FORMED);
        register(registry, vec.clone());
        Self { bound: Bound::new(definition), vec }
    }

    pub(super) fn set(&self, labels: &[&str], value: i64) {
        self.vec.with_label_values(&self.bound.admit(labels)).set(value);
    }

    pub(super) fn add(&self, labels: &[&str], by: i64) {
        self.vec.with_label_values(&self.bound.admit(labels)).add(by);
    }

    /// Makes this the only series.
    pub(super) fn replace(&self, labels: &[&str], value: i64) {
        self.vec.reset();
        self.bound.forget_all();
        self.set(labels, value);
    }
}

impl TimingFamily {
    pub(super) fn new(registry: &Registry, definition: &Definition, buckets: &[f64]) -> Self {
        let opts = HistogramOpts { common_opts: definition.opts(), buckets: buckets.to_vec() };
        let vec = HistogramVec::new(opts, &definition.names()).expect(WELL_FORMED);
        register(registry, vec.clone());
        Self { bound: Bound::new(definition), vec }
    }

    pub(super) fn observe(&self, labels: &[&str], seconds: f64) {
        self.vec.with_label_values(&self.bound.admit(labels)).observe(seconds);
    }
}

impl Bound {
    fn new(definition: &Definition) -> Self {
        Self { labels: definition.labels, known: Mutex::new(BTreeSet::new()) }
    }

    /// Returns the labels as they may be used: as they are, or with `other` where there are too many already.
    fn admit<'a>(&self, labels: &[&'a str]) -> Vec<&'a str> {
        let key = key(labels);
        let mut known = self.known();
        if known.contains(&key) {
            return labels.to_vec();
        }
        if known.len() < SERIES_MAX {
            let _ = known.insert(key);
            return labels.to_vec();
        }
        let kept = |(label, value): (&Label, &&'a str)| match label {
            Label::Closed(_) => *value,
            Label::Open(_) => OTHER,
        };
        self.labels.iter().zip(labels).map(kept).collect()
    }

    fn forget_all(&self) {
        self.known().clear();
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        // The set is whole whatever panicked: it only ever sees single inserts and removals.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Definition {
    fn opts(&self) -> Opts {
        Opts::new(self.name, self.help)
    }

    fn names(&self) -> Vec<&'static str> {
        self.labels
            .iter()
            .map(|label| match label {
                Label::Closed(name) | Label::Open(name) => *name,
            })
            .collect()
    }
}

const WELL_FORMED: &str = "the names of the closed list are well formed";

fn register(registry: &Registry, metric: impl Collector + 'static) {
    registry.register(Box::new(metric)).expect("the names of the closed list are distinct");
}

fn key(labels: &[&str]) -> String {
    labels.join("\u{1f}")
}
