//! The port served by the embedded log.
//!
//! A worker remembers what it was told (which holds it knows of) and where it reads. Every commit compares what it was
//! told with what it holds now, under the log's lock: that is the whole of fencing here.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::embedded::groups::{Holds, MemberId};
use crate::embedded::state::State;
use crate::embedded::{CrashPoint, Shared};
use crate::record::{Identity, Progress, Record, Step, TopicPartition};
use crate::worker::{Error, Happening, Worker};

/// The most that one poll returns, in bytes of values, but at least one record.
const POLL_BYTES_MAX: usize = 16 << 20;
/// How many records a scan reads between two looks at the lock.
const SCAN_RECORDS_MAX: usize = 1_000;

/// One worker of one group of an embedded log. Dropping it is leaving.
pub struct EmbeddedWorker {
    shared: Arc<Shared>,
    group: String,
    topics: Vec<Arc<str>>,
    id: MemberId,
    /// The holds that the worker was told of and was not told to have lost.
    told: Holds,
    /// The partitions that were started.
    reading: BTreeMap<TopicPartition, Reading>,
    /// The partition that was read last: the next poll begins behind it, so that none starves.
    last_read: Option<TopicPartition>,
}

/// Where a partition is read.
#[derive(Clone, Copy, Debug)]
struct Reading {
    /// Where reading goes on after a step that was undone.
    base: u64,
    /// What is polled next.
    next: u64,
}

/// What a commit may do, by what the worker was told and what it holds.
enum Standing {
    Good,
    /// Something was taken from the worker, which does not know it yet.
    Stale,
    /// The step reads from a partition that is another's.
    Fenced,
}

impl EmbeddedWorker {
    pub(super) fn join(shared: Arc<Shared>, group: &str, topics: &[&str]) -> Self {
        let topics: Vec<Arc<str>> = topics.iter().map(|topic| Arc::from(*topic)).collect();
        let mut state = shared.lock();
        let id = state.groups.new_member();
        let existing = state.topics.counts();
        state.groups.join(group, id, &topics, &existing);
        drop(state);
        shared.changed.notify_all();
        let (told, reading) = (Holds::new(), BTreeMap::new());
        Self { shared, group: group.to_owned(), topics, id, told, reading, last_read: None }
    }

    /// Returns the number that names this worker to [`crate::embedded::Embedded::expel`].
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id.0
    }

    /// Returns what the worker has to be told first, if anything.
    fn news(&mut self, state: &mut State) -> Option<Happening> {
        if state.groups.holds(&self.group, self.id).is_none() {
            let existing = state.topics.counts();
            state.groups.join(&self.group, self.id, &self.topics, &existing);
            self.shared.changed.notify_all();
        }
        let holds = state.groups.holds(&self.group, self.id).expect("it has just joined");
        let gone: Vec<_> = self
            .told
            .iter()
            .filter(|(of, hold)| holds.get(of) != Some(hold))
            .map(|(of, _)| of.clone())
            .collect();
        if !gone.is_empty() {
            for of in &gone {
                let _ = self.told.remove(of);
                let _ = self.reading.remove(of);
            }
            return Some(Happening::Revoked(gone));
        }
        let new: Vec<_> = holds.keys().filter(|of| !self.told.contains_key(of)).cloned().collect();
        if new.is_empty() {
            return None;
        }
        self.told = holds.clone();
        Some(Happening::Assigned(new))
    }

    /// Reads on: from each started partition in turn, beginning behind the one that was read last.
    fn fetch(&mut self, state: &State, records_max: usize) -> Result<Vec<Record>, Error> {
        let mut order: Vec<TopicPartition> = self.reading.keys().cloned().collect();
        let behind = order.partition_point(|of| Some(of) <= self.last_read.as_ref());
        order.rotate_left(behind);
        let mut records = Vec::new();
        let mut bytes = 0;
        for of in order {
            let reading = self.reading.get_mut(&of).expect("it is one of its keys");
            while records.len() < records_max && bytes < POLL_BYTES_MAX {
                let read = state.read(&of.topic, of.partition, reading.next, 1)?;
                let Some(record) = read.into_iter().next() else { break };
                bytes += record.value.as_ref().map_or(0, Vec::len);
                reading.next = record.offset + 1;
                self.last_read = Some(of.clone());
                records.push(record);
            }
        }
        Ok(records)
    }

    fn standing(&self, state: &State, step: &Step) -> Standing {
        let Some(holds) = state.groups.holds(&self.group, self.id) else { return Standing::Fenced };
        let own = |of: &TopicPartition| self.told.get(of).is_some_and(|hold| holds.get(of) == Some(hold));
        if !step.progress.iter().map(named_by).all(|of| own(&of)) {
            return Standing::Fenced;
        }
        if self.told.keys().all(own) { Standing::Good } else { Standing::Stale }
    }

    /// Writes the step, if it may be.
    fn write(&mut self, state: &mut State, step: &Step, now: i64) -> Result<Vec<Progress>, Error> {
        match self.standing(state, step) {
            Standing::Good => {}
            Standing::Stale => return Err(Error::Rewound { reason: "rebalance" }),
            Standing::Fenced => return Err(Error::Lost { reason: "fenced" }),
        }
        let partitions = state.place(&step.appends)?;
        for progress in &step.progress {
            let end = state.topics.end(&progress.topic, progress.partition).unwrap_or_default();
            if progress.next > end {
                return Err(Error::Environment(format!(
                    "a step has read {}/{} up to {}, which is past its end {end}",
                    progress.topic, progress.partition, progress.next
                )));
            }
        }
        if step.appends.is_empty() && step.progress.is_empty() {
            return Ok(Vec::new());
        }
        state.write_step(Some(&self.group), now, &step.appends, &partitions, &step.progress)?;
        let mut ends = BTreeMap::new();
        for (append, partition) in step.appends.iter().zip(partitions) {
            let _ = ends.entry((append.topic.clone(), partition)).or_insert(());
        }
        let end = |(topic, partition): (Arc<str>, u32)| {
            let next = state.topics.end(&topic, partition).unwrap_or_default();
            Progress { topic, partition, next }
        };
        Ok(ends.into_keys().map(end).collect())
    }

    /// Brings the worker to where an error says that it is.
    fn fall_back(&mut self, error: &Error) {
        if matches!(error, Error::Lost { .. }) {
            self.told.clear();
            self.reading.clear();
        }
        for reading in self.reading.values_mut() {
            reading.next = reading.base;
        }
    }
}

impl Worker for EmbeddedWorker {
    fn poll(&mut self, records_max: usize, wait: Duration) -> Result<Happening, Error> {
        let began = Instant::now();
        let shared = self.shared.clone();
        let mut state = shared.lock();
        loop {
            if let Some(news) = self.news(&mut state) {
                return Ok(news);
            }
            let records = match self.fetch(&state, records_max) {
                Ok(records) => records,
                Err(error) => {
                    self.fall_back(&error);
                    return Err(error);
                }
            };
            let left = wait.saturating_sub(began.elapsed());
            if !records.is_empty() || left.is_zero() {
                state.sync_if_due()?;
                return Ok(Happening::Records(records));
            }
            let waited = shared.changed.wait_timeout(state, left);
            state = waited.expect("no thread panics while it holds the log").0;
        }
    }

    fn start(&mut self, partitions: &[(TopicPartition, Option<u64>)]) -> Result<(), Error> {
        let state = self.shared.lock();
        for (of, next) in partitions {
            // One that was taken away meanwhile is simply not read; the next poll says so.
            if self.told.contains_key(of) && !self.reading.contains_key(of) {
                let from = next.or_else(|| state.topics.committed_of(&self.group, of)).unwrap_or(0);
                let _ = self.reading.insert(of.clone(), Reading { base: from, next: from });
            }
        }
        Ok(())
    }

    fn commit(&mut self, step: Step) -> Result<Vec<Progress>, Error> {
        let now = (self.shared.clock)();
        let shared = self.shared.clone();
        let mut state = shared.lock();
        let fault = state.fault.take();
        let result = match fault {
            Some(CrashPoint::BeforeWrite) => Err(Error::Lost { reason: "unknown-outcome" }),
            Some(CrashPoint::Rewound) => Err(Error::Rewound { reason: "fault" }),
            Some(CrashPoint::AfterWrite) => {
                let written = self.write(&mut state, &step, now);
                written.and(Err(Error::Lost { reason: "unknown-outcome" }))
            }
            None => self.write(&mut state, &step, now),
        };
        drop(state);
        shared.changed.notify_all();
        match &result {
            Ok(_) => {
                for progress in &step.progress {
                    if let Some(reading) = self.reading.get_mut(&named_by(progress)) {
                        reading.base = progress.next;
                    }
                }
            }
            Err(error) => self.fall_back(error),
        }
        result
    }

    fn rewind(&mut self) -> Result<(), Error> {
        self.fall_back(&Error::Rewound { reason: "asked-for" });
        Ok(())
    }

    fn scan(
        &mut self,
        partition: &TopicPartition,
        from: u64,
        visit: &mut dyn FnMut(Record),
    ) -> Result<Range<u64>, Error> {
        let (topic, number) = (&partition.topic, partition.partition);
        let end = self.shared.lock().topics.end(topic, number);
        let end = end.ok_or_else(|| {
            Error::Environment(format!("there is no partition {number} of a topic {topic}"))
        })?;
        let mut next = from;
        while next < end {
            let most = SCAN_RECORDS_MAX.min(usize::try_from(end - next).unwrap_or(SCAN_RECORDS_MAX));
            let records = self.shared.lock().read(topic, number, next, most)?;
            if records.is_empty() {
                // The topic was removed and made again under way.
                return Err(Error::Rewound { reason: "topic-changed" });
            }
            next += records.len() as u64;
            records.into_iter().for_each(&mut *visit);
        }
        Ok(0..end)
    }

    fn identity(&mut self, topic: &str) -> Result<Option<Identity>, Error> {
        let state = self.shared.lock();
        let life = state.topics.get(topic).map(|topic| topic.incarnation.to_string());
        Ok(life.map(|life| Identity { log: self.shared.id.clone(), life }))
    }

    fn partitions(&mut self, topic: &str) -> Result<Option<u32>, Error> {
        Ok(self.shared.lock().topics.get(topic).map(|topic| topic.partitions.len() as u32))
    }

    fn group_position(&mut self, partition: &TopicPartition) -> Result<Option<u64>, Error> {
        Ok(self.shared.lock().topics.committed_of(&self.group, partition))
    }

    fn committed(&self) -> Vec<Progress> {
        let mut committed = self.shared.lock().topics.committed(&self.group);
        committed.retain(|progress| self.topics.contains(&progress.topic));
        committed
    }

    fn close(self: Box<Self>) {
        drop(self);
    }
}

impl Drop for EmbeddedWorker {
    fn drop(&mut self) {
        // A panic elsewhere that poisoned the lock is told by others; leaving must not turn it into an abort.
        if let Ok(mut state) = self.shared.state.lock() {
            state.leave(self.id);
        }
        self.shared.changed.notify_all();
    }
}

impl std::fmt::Debug for EmbeddedWorker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("EmbeddedWorker")
            .field("group", &self.group)
            .field("id", &self.id)
            .field("reading", &self.reading)
            .finish_non_exhaustive()
    }
}

fn named_by(progress: &Progress) -> TopicPartition {
    TopicPartition { topic: progress.topic.clone(), partition: progress.partition }
}
