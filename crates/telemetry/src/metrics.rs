//! The closed list of metrics, and the registry that holds and renders them.
//!
//! Shape: a [`Counter`], [`Gauge`] or [`Timing`] names one series with its labels; [`Metrics`] counts it. Nothing is
//! counted that is not in these enums, so the list is complete by construction. Count once a batch, not once an event.
//!
//! Limits: a metric has at most [`SERIES_MAX`] series. Past that, every label whose values users choose becomes
//! `other`, so that a bundle of a thousand rules or a mistake cannot fill the memory of whatever scrapes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus::{Registry, TextEncoder};

mod family;
mod list;
mod words;

pub use list::{Arm, CopyResult, Counter, Gauge, IntakeResult, Loop, ReadFrom, StepResult, Timing};

use family::{CounterFamily, Definition, GaugeFamily, TimingFamily};

/// The most series of one metric, not counting the `other` ones.
pub const SERIES_MAX: usize = 500;

/// All metrics of a process. Clones are handles to the same ones.
///
/// ```
/// use segue_telemetry::{Counter, IntakeResult, Metrics};
///
/// let metrics = Metrics::new();
/// metrics.count(Counter::IntakeRecords { source: "billing", result: IntakeResult::Logged }, 3);
/// let line = r#"segue_intake_records_total{result="logged",source="billing"} 3"#;
/// assert!(metrics.render().lines().any(|one| one == line));
/// ```
#[derive(Clone)]
pub struct Metrics {
    all: Arc<All>,
    /// What one of several has set its gauges to: see [`Metrics::share`].
    own: Option<Arc<Own>>,
}

/// The part of one thread in the gauges that are all threads' together.
struct Own {
    all: Arc<All>,
    set: Mutex<BTreeMap<(usize, Vec<String>), i64>>,
}

struct All {
    registry: Registry,
    counters: Vec<CounterFamily>,
    gauges: Vec<GaugeFamily>,
    timings: Vec<TimingFamily>,
}

impl Metrics {
    /// Makes all metrics, with a registry of their own.
    #[must_use]
    pub fn new() -> Self {
        let registry = Registry::new();
        let counters = list::COUNTERS.iter().map(|one| CounterFamily::new(&registry, one)).collect();
        let gauges = list::GAUGES.iter().map(|one| GaugeFamily::new(&registry, one)).collect();
        let timings =
            list::TIMINGS.iter().map(|(one, buckets)| TimingFamily::new(&registry, one, buckets)).collect();
        let metrics = Self { all: Arc::new(All { registry, counters, gauges, timings }), own: None };
        metrics.begin_at_zero();
        metrics
    }

    /// Metrics for one of several threads that do the same: what it sets a gauge to is its own part, and the gauge is the
    /// sum of all parts. With the last clone its part goes.
    #[must_use]
    pub fn share(&self) -> Metrics {
        let own = Own { all: self.all.clone(), set: Mutex::default() };
        Metrics { all: self.all.clone(), own: Some(Arc::new(own)) }
    }

    /// Adds to a counter.
    pub fn count(&self, counter: Counter<'_>, by: u64) {
        let (family, labels) = counter.series();
        self.all.counters[family].add(&labels, by);
    }

    /// Sets a gauge.
    pub fn set(&self, gauge: Gauge<'_>, value: i64) {
        let (family, labels) = gauge.series();
        let Some(own) = &self.own else { return self.all.gauges[family].set(&labels, value) };
        let key = (family, labels.iter().map(|&label| label.to_owned()).collect());
        let before = own.parts().insert(key, value).unwrap_or(0);
        self.all.gauges[family].add(&labels, value - before);
    }

    /// Adds an observed time, in seconds.
    pub fn observe(&self, timing: Timing, seconds: f64) {
        let (family, labels) = timing.series();
        self.all.timings[family].observe(&labels, seconds);
    }

    /// Says which build runs which bundle. What was said before is taken back.
    pub fn set_build_info(&self, version: &str, bundle: &str) {
        let (family, labels) = Gauge::BuildInfo { version, bundle }.series();
        self.all.gauges[family].replace(&labels, 1);
    }

    /// Renders everything in Prometheus' text format, version 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        TextEncoder::new()
            .encode_to_string(&self.all.registry.gather())
            .expect("the names and labels of the closed list are well formed")
    }

    /// Shows every series whose labels are all ours from the start, so that a rate over it has a beginning.
    fn begin_at_zero(&self) {
        for of in Loop::ALL {
            for result in StepResult::ALL {
                self.count(Counter::Steps { of, result }, 0);
            }
            self.set(Gauge::PartitionsOwned { of }, 0);
        }
        for result in CopyResult::ALL {
            self.count(Counter::LogCopies { result }, 0);
        }
        self.set(Gauge::Profiles, 0);
        self.set(Gauge::PartitionsBehind, 0);
    }
}

impl Own {
    fn parts(&self) -> std::sync::MutexGuard<'_, BTreeMap<(usize, Vec<String>), i64>> {
        // The map is whole whatever panicked: it only ever sees single inserts.
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        for ((family, labels), value) in std::mem::take(&mut *self.parts()) {
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            self.all.gauges[family].add(&labels, -value);
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Metrics").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
