//! What happened to a worker, counted: for metrics, and so that tests see that the faults they cause took place.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A cheap handle to a worker's counters. It may be read from any thread, and outlives the worker.
#[derive(Clone, Debug, Default)]
pub struct Counters(Arc<Cells>);

/// The counters at one moment; each only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records handed out.
    pub records: u64,
    /// Records written by steps that happened.
    pub appends: u64,
    /// Steps that happened.
    pub commits: u64,
    /// Transactions that were aborted.
    pub aborts: u64,
    /// Times that the producer was found fenced, by a newcomer with its id or by the broker's time-out.
    pub fenced: u64,
    /// Producers that were replaced.
    pub recycled: u64,
    /// Times that reading went back to the last commit.
    pub rewound: u64,
    /// Times that everything held was given up.
    pub lost: u64,
    /// Partitions assigned.
    pub assigned: u64,
    /// Partitions revoked.
    pub revoked: u64,
    /// Scans of a partition to its end.
    pub scans: u64,
    /// Partitions that began with a new incarnation.
    pub incarnations: u64,
}

#[derive(Debug, Default)]
struct Cells {
    records: AtomicU64,
    appends: AtomicU64,
    commits: AtomicU64,
    aborts: AtomicU64,
    fenced: AtomicU64,
    recycled: AtomicU64,
    rewound: AtomicU64,
    lost: AtomicU64,
    assigned: AtomicU64,
    revoked: AtomicU64,
    scans: AtomicU64,
    incarnations: AtomicU64,
}

/// Names a counter, for adding to it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Count {
    Records,
    Appends,
    Commits,
    Aborts,
    Fenced,
    Recycled,
    Rewound,
    Lost,
    Assigned,
    Revoked,
    Scans,
    Incarnations,
}

impl Counters {
    /// Reads all counters.
    #[must_use]
    pub fn read(&self) -> Counts {
        let cells = &self.0;
        let read = |cell: &AtomicU64| cell.load(Ordering::Relaxed);
        Counts {
            records: read(&cells.records),
            appends: read(&cells.appends),
            commits: read(&cells.commits),
            aborts: read(&cells.aborts),
            fenced: read(&cells.fenced),
            recycled: read(&cells.recycled),
            rewound: read(&cells.rewound),
            lost: read(&cells.lost),
            assigned: read(&cells.assigned),
            revoked: read(&cells.revoked),
            scans: read(&cells.scans),
            incarnations: read(&cells.incarnations),
        }
    }

    pub(crate) fn add(&self, count: Count, by: usize) {
        let cells = &self.0;
        let cell = match count {
            Count::Records => &cells.records,
            Count::Appends => &cells.appends,
            Count::Commits => &cells.commits,
            Count::Aborts => &cells.aborts,
            Count::Fenced => &cells.fenced,
            Count::Recycled => &cells.recycled,
            Count::Rewound => &cells.rewound,
            Count::Lost => &cells.lost,
            Count::Assigned => &cells.assigned,
            Count::Revoked => &cells.revoked,
            Count::Scans => &cells.scans,
            Count::Incarnations => &cells.incarnations,
        };
        let _ = cell.fetch_add(by as u64, Ordering::Relaxed);
    }
}
