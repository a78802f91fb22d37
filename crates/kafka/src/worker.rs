//! The port, served by a member of a consumer group and a producer.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use segue_log::{
    Append, Error, Happening, Identity, Place, Progress, Record, Step, TopicPartition, Worker, partition_of,
};

use crate::class::{Class, unwritable, vanished};
use crate::counters::{Count, Counters};
use crate::group::Group;
use crate::lives::Lives;
use crate::lookup::Lookup;
use crate::offsets::Offsets;
use crate::scan::Scanner;
use crate::settings::{Delivery, STEP_WITHIN, Settings};
use crate::writer::{Failure, Pace, Placed, Writer};

/// How long the first start of transactions may take: long enough for the broker to end a dead worker's.
const INIT_WITHIN: Duration = Duration::from_secs(30);
/// How long later ones may take before the worker polls in between.
const INIT_AGAIN_WITHIN: Duration = Duration::from_secs(5);
/// How long leaving may take.
const CLOSE_WITHIN: Duration = Duration::from_secs(10);
/// So many fencings within so long mean that another worker has the same transactional id.
const FENCED_MAX: usize = 3;
const FENCED_WITHIN: Duration = Duration::from_secs(60);
/// The reason of a step that was undone because a topic that it had read was not there.
const TOPIC_GONE: &str = "topic-gone";

/// One worker on Apache Kafka. It belongs to the thread that calls it.
///
/// It must be polled at least every five minutes, scans included, or the group takes it for dead.
pub struct KafkaWorker {
    settings: Settings,
    counters: Counters,
    group: Group,
    lookup: Lookup,
    writer: Option<Writer>,
    scanner: Option<Scanner>,
    fenced_at: VecDeque<Instant>,
}

impl KafkaWorker {
    /// Connects, takes over the transactional id where there is one, and joins the group.
    ///
    /// # Errors
    /// [`Error::Environment`] when no broker answers within ten seconds or a setting is wrong.
    pub fn connect(settings: Settings) -> Result<Self, Error> {
        let counters = Counters::default();
        let lives = Lives::default();
        let lookup = Lookup::connect(&settings, lives.clone())?;
        let writer = match &settings.delivery {
            // Before the group is joined: a predecessor's open transaction would hide what it committed.
            Delivery::Transactional { id } => {
                let writer = Writer::transactional(&settings, INIT_WITHIN)?;
                let late =
                    || Error::Environment(format!("the transactional id {id} cannot be taken over yet"));
                writer.ok_or_else(late)?
            }
            Delivery::Idempotent | Delivery::AtLeastOnce => Writer::plain(&settings)?,
        };
        let group = Group::join(&settings, counters.clone(), lives)?;
        let (writer, scanner, fenced_at) = (Some(writer), None, VecDeque::new());
        Ok(Self { settings, counters, group, lookup, writer, scanner, fenced_at })
    }

    /// Returns a handle to the worker's counters.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters.clone()
    }

    fn transactional(&self) -> bool {
        matches!(self.settings.delivery, Delivery::Transactional { .. })
    }

    /// Makes a producer where there is none. Says whether there is one now.
    fn ensure_writer(&mut self) -> Result<bool, Error> {
        if self.writer.is_none() {
            self.writer = if self.transactional() {
                Writer::transactional(&self.settings, INIT_AGAIN_WITHIN)?
            } else {
                Some(Writer::plain(&self.settings)?)
            };
        }
        Ok(self.writer.is_some())
    }

    /// Drops the producer, with all that it still has under way.
    fn recycle(&mut self, reason: &'static str) {
        if self.writer.take().is_some() {
            self.counters.add(Count::Recycled, 1);
            tracing::info!(reason, "producer is replaced");
        }
    }

    fn try_commit(&mut self, step: &Step) -> Result<Vec<Progress>, Error> {
        if !self.group.holds(&step.progress) {
            return Err(Error::Rewound { reason: "rebalance" });
        }
        let placed = self.placed(&step.appends)?;
        if !self.ensure_writer()? {
            return Err(Error::Rewound { reason: "no-coordinator" });
        }
        let mut ends = BTreeMap::new();
        let delivered = self.writer.as_ref().map(Writer::delivered);
        if self.transactional() {
            self.transact(&placed, step)?
        } else {
            self.write(&placed, step)?
        }
        for (index, offset) in delivered.into_iter().flat_map(|delivered| delivered.offsets()) {
            let Some(placed) = placed.get(index) else { continue };
            let end = ends.entry((&placed.append.topic, placed.partition)).or_insert(0);
            *end = (*end).max(offset + 1);
        }
        let end = |((topic, partition), next): ((&Arc<str>, u32), u64)| Progress {
            topic: topic.clone(),
            partition,
            next,
        };
        Ok(ends.into_iter().map(end).collect())
    }

    /// Finds the partition of each append, and refuses what cannot be written before anything is.
    fn placed<'a>(&mut self, appends: &'a [Append]) -> Result<Vec<Placed<'a>>, Error> {
        let bytes_max = self.settings.append_bytes_max();
        let mut placed = Vec::with_capacity(appends.len());
        for (index, append) in appends.iter().enumerate() {
            let topic = &append.topic;
            let refused =
                |detail: &str| Error::Unwritable { topic: topic.to_string(), detail: detail.to_owned() };
            let count = self.lookup.partitions_cached(topic).map_err(|error| {
                tracing::warn!(%topic, %error, "partitions cannot be asked for");
                Error::Rewound { reason: "no-answer" }
            })?;
            let count = count.ok_or_else(|| refused("there is no such topic, or it may not be seen"))?;
            let partition = match append.place {
                Place::Key => append.key.as_deref().map_or(0, |key| partition_of(key, count)),
                Place::Spread(number) => number % count,
                Place::Partition(partition) if partition < count => partition,
                Place::Partition(_) => return Err(refused("the topic has no such partition")),
            };
            if bytes(append) > bytes_max {
                return Err(Error::TooLarge { topic: topic.to_string(), index });
            }
            placed.push(Placed { append, partition });
        }
        Ok(placed)
    }

    fn transact(&mut self, placed: &[Placed<'_>], step: &Step) -> Result<(), Error> {
        let writer = self.writer.as_ref().expect("the caller has made sure of it");
        let group = &self.group;
        let offsets = || {
            let list = group.offsets(&step.progress);
            if list.count() == 0 { Ok(None) } else { Ok(Some(Offsets { list, group: group.membership()? })) }
        };
        let began = Instant::now();
        match writer.transact(placed, offsets) {
            Ok(Pace::Good) => Ok(()),
            Ok(Pace::Slow) => {
                self.recycle("slow");
                Ok(())
            }
            Err(failure) => {
                if failure.class == Class::Abortable {
                    self.counters.add(Count::Aborts, 1);
                }
                // A fence after so long is the broker's time-out, not a newcomer.
                if failure.fenced && began.elapsed() < STEP_WITHIN {
                    self.fenced_at.push_back(Instant::now());
                }
                Err(self.failed(&failure, placed))
            }
        }
    }

    fn write(&mut self, placed: &[Placed<'_>], step: &Step) -> Result<(), Error> {
        let writer = self.writer.as_ref().expect("the caller has made sure of it");
        if let Err(mut failure) = writer.write(placed) {
            // What is still under way must not come after what is written next.
            failure.spent = true;
            failure.class = Class::Abortable;
            return Err(self.failed(&failure, placed));
        }
        self.group.commit(&step.progress).map_err(|error| {
            tracing::warn!(%error, "progress could not be committed");
            Error::Rewound { reason: reason(&error) }
        })
    }

    /// Turns the failure of a step into what the worker has to do.
    fn failed(&mut self, failure: &Failure, placed: &[Placed<'_>]) -> Error {
        let error = failure.error.as_ref().map(ToString::to_string);
        let append = failure.append.map(|(_, code)| code.to_string());
        tracing::warn!(error, append, fenced = failure.fenced, "step failed");
        if failure.class == Class::Fatal {
            self.recycle("fatal");
            return self.lost(failure.fenced);
        }
        if failure.spent {
            self.recycle("spent");
        }
        let topic_of = |index: usize| placed.get(index).map(|placed| placed.append.topic.to_string());
        if let Some((index, code)) = failure.append
            && let Some(topic) = topic_of(index)
        {
            if code == RDKafkaErrorCode::MessageSizeTooLarge {
                return Error::TooLarge { index: largest_of(&topic, placed).unwrap_or(index), topic };
            }
            if unwritable(code) {
                self.lookup.forget(&topic);
                return Error::Unwritable { topic, detail: code.to_string() };
            }
        }
        if let Some(topic) = &failure.refused {
            return Error::Unwritable { topic: topic.clone(), detail: "the broker refused it".to_owned() };
        }
        if let Some(topic) = self.topic_gone(placed) {
            return Error::Unwritable { topic, detail: "there is no such topic any more".to_owned() };
        }
        Error::Rewound { reason: failure.error.as_ref().map_or("not-delivered", reason) }
    }

    /// Looks for a topic of the step that was there when the step began and is not any more.
    fn topic_gone(&mut self, placed: &[Placed<'_>]) -> Option<String> {
        let mut topics: Vec<_> = placed.iter().map(|placed| &placed.append.topic).collect();
        topics.sort_unstable();
        topics.dedup();
        let gone = topics.into_iter().find(|topic| matches!(self.lookup.partitions(topic), Ok(None)));
        gone.map(ToString::to_string)
    }

    fn lost(&mut self, fenced: bool) -> Error {
        if !fenced {
            return Error::Lost { reason: "unknown-outcome" };
        }
        self.counters.add(Count::Fenced, 1);
        if let Delivery::Transactional { id } = &self.settings.delivery {
            tracing::error!(
                transactional_id = id,
                "another router took over the transactional id: no two may have the same `instance`"
            );
        }
        self.fenced_at.retain(|at| at.elapsed() < FENCED_WITHIN);
        if self.fenced_at.len() >= FENCED_MAX
            && let Delivery::Transactional { id } = &self.settings.delivery
        {
            return Error::Environment(format!("another instance uses the transactional id {id}"));
        }
        Error::Lost { reason: "fenced" }
    }

    /// Does what an error promises: goes back to the last commit, or gives everything up.
    fn undo(&mut self, error: Error) -> Error {
        match &error {
            Error::Environment(_) => error,
            Error::Lost { .. } => {
                self.group.lose();
                error
            }
            // Going back to places that may be of another life of the topic would establish them in this one.
            Error::Rewound { reason: TOPIC_GONE } => {
                let error = self.group.doubt(TOPIC_GONE);
                if let Error::Lost { .. } = error {
                    self.group.lose();
                }
                error
            }
            Error::Rewound { .. } | Error::Unwritable { .. } | Error::TooLarge { .. } => {
                match self.group.rewind() {
                    Ok(()) => error,
                    Err(cause) => {
                        tracing::error!(%cause, "reading cannot go back to the last commit");
                        self.group.lose();
                        Error::Lost { reason: "no-rewind" }
                    }
                }
            }
        }
    }
}

impl Worker for KafkaWorker {
    fn poll(&mut self, records_max: usize, wait: Duration) -> Result<Happening, Error> {
        // Dropped only now, so that the partitions of one assignment are scanned by one client.
        self.scanner = None;
        self.lookup.poll();
        // What a producer that was lost left open is ended by its successor, so that comes before any restoring.
        let _ = self.ensure_writer()?;
        match self.group.poll(records_max, wait, &self.lookup) {
            Err(Error::Lost { reason }) => Err(self.undo(Error::Lost { reason })),
            other => other,
        }
    }

    fn start(&mut self, partitions: &[(TopicPartition, Option<u64>)]) -> Result<(), Error> {
        self.group.start(partitions);
        Ok(())
    }

    fn commit(&mut self, step: Step) -> Result<Vec<Progress>, Error> {
        if step.appends.is_empty() && step.progress.is_empty() {
            return Ok(Vec::new());
        }
        match self.try_commit(&step) {
            Ok(ends) => {
                self.group.committed_now(&step.progress);
                self.counters.add(Count::Commits, 1);
                self.counters.add(Count::Appends, step.appends.len());
                Ok(ends)
            }
            Err(error) => Err(self.undo(error)),
        }
    }

    fn rewind(&mut self) -> Result<(), Error> {
        let asked_for = Error::Rewound { reason: "asked-for" };
        match self.undo(asked_for) {
            Error::Rewound { .. } => Ok(()),
            error => Err(error),
        }
    }

    fn scan(
        &mut self,
        partition: &TopicPartition,
        from: u64,
        visit: &mut dyn FnMut(Record),
    ) -> Result<Range<u64>, Error> {
        self.counters.add(Count::Scans, 1);
        // Where nothing is new, no client is made to read nothing.
        if self.scanner.is_none()
            && let Ok((first, end)) = self.lookup.ends(partition)
            && from >= end
        {
            return Ok(first..end);
        }
        let scanner = match self.scanner.take() {
            Some(scanner) => scanner,
            None => Scanner::new(&self.settings)?,
        };
        let scanned = scanner.scan(partition, from, &self.lookup, visit);
        self.scanner = Some(scanner);
        scanned.map_err(|error| self.undo(error))
    }

    fn identity(&mut self, topic: &str) -> Result<Option<Identity>, Error> {
        self.lookup.identity(topic).map_err(|error| {
            tracing::warn!(topic, %error, "the id of a topic cannot be asked for");
            self.undo(Error::Rewound { reason: "no-answer" })
        })
    }

    fn partitions(&mut self, topic: &str) -> Result<Option<u32>, Error> {
        self.lookup.partitions(topic).map_err(|error| {
            tracing::warn!(topic, %error, "partitions cannot be asked for");
            self.undo(Error::Rewound { reason: "no-answer" })
        })
    }

    fn group_position(&mut self, partition: &TopicPartition) -> Result<Option<u64>, Error> {
        self.group.position(partition).map_err(|error| {
            tracing::warn!(topic = %partition.topic, partition = partition.partition, %error, "position of the group cannot be asked for");
            self.undo(Error::Rewound { reason: "no-answer" })
        })
    }

    fn committed(&self) -> Vec<Progress> {
        self.group.committed()
    }

    fn close(self: Box<Self>) {
        let (done, is_done) = mpsc::channel();
        // Leaving can hang when the group's coordinator is away, so it is given a limit; the process ends anyway.
        let leaving = thread::Builder::new().name("leaving kafka".to_owned()).spawn(move || {
            let worker = *self;
            drop((worker.writer, worker.scanner, worker.lookup));
            worker.group.leave();
            let _ = done.send(());
        });
        if leaving.is_ok() && is_done.recv_timeout(CLOSE_WITHIN).is_err() {
            tracing::warn!("leaving the group took too long and was given up");
        }
    }
}

/// The index of the largest append to a topic: the broker refuses a batch without saying for which of its records.
fn largest_of(topic: &str, placed: &[Placed<'_>]) -> Option<usize> {
    let of_topic = placed.iter().enumerate().filter(|(_, placed)| *placed.append.topic == *topic);
    of_topic.max_by_key(|(_, placed)| bytes(placed.append)).map(|(index, _)| index)
}

fn bytes(append: &Append) -> usize {
    let of = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
    let headers = append.headers.iter().map(|header| header.name.len() + of(&header.value) + 10);
    of(&append.key) + of(&append.value) + headers.sum::<usize>()
}

/// A word for counting.
fn reason(error: &KafkaError) -> &'static str {
    match error.rdkafka_error_code() {
        Some(
            RDKafkaErrorCode::IllegalGeneration
            | RDKafkaErrorCode::UnknownMemberId
            | RDKafkaErrorCode::RebalanceInProgress
            | RDKafkaErrorCode::FencedInstanceId,
        ) => "rebalance",
        Some(RDKafkaErrorCode::OperationTimedOut | RDKafkaErrorCode::RequestTimedOut) => "timeout",
        Some(RDKafkaErrorCode::GroupAuthorizationFailed) => "not-authorized",
        Some(code) if vanished(code) => TOPIC_GONE,
        _ => "broker-error",
    }
}
