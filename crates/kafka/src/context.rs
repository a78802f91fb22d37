//! What librdkafka calls back into: it notes what happened, and does what cannot wait.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::ProducerContext;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};
use segue_log::TopicPartition;

use crate::lives::Lives;

/// A change of what the group gave to this member.
#[derive(Debug)]
pub(crate) enum Change {
    Assigned(Vec<TopicPartition>),
    Revoked(Vec<TopicPartition>),
}

/// The context of the group's member.
///
/// What the group assigns is only acknowledged here; the partition is given to librdkafka when its reading begins, with
/// its place. Until then nothing of it is fetched, so nothing has to be paused or sought.
#[derive(Debug, Default)]
pub(crate) struct GroupContext {
    noted: Mutex<Noted>,
    lives: Lives,
}

#[derive(Debug, Default)]
struct Noted {
    changes: VecDeque<Change>,
    /// The partitions that librdkafka was told to read.
    reading: BTreeSet<TopicPartition>,
}

impl GroupContext {
    /// A context that notes what it learns of the topics' ids in `lives`.
    pub(crate) fn new(lives: Lives) -> Self {
        Self { noted: Mutex::default(), lives }
    }

    /// Takes the oldest change that was not taken yet.
    pub(crate) fn next_change(&self) -> Option<Change> {
        lock(&self.noted).changes.pop_front()
    }

    /// Notes that librdkafka reads these partitions from now on.
    pub(crate) fn reads(&self, partitions: impl IntoIterator<Item = TopicPartition>) {
        lock(&self.noted).reading.extend(partitions);
    }

    /// Notes that librdkafka reads nothing any more, and returns what it read.
    pub(crate) fn reads_nothing(&self) -> BTreeSet<TopicPartition> {
        std::mem::take(&mut lock(&self.noted).reading)
    }
}

impl ClientContext for GroupContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.lives.note(message);
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(%error, reason, "kafka client reports an error");
    }
}

impl ConsumerContext for GroupContext {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        kind: RDKafkaRespErr,
        changed: &mut TopicPartitionList,
    ) {
        let partitions = names(changed);
        let mut noted = lock(&self.noted);
        let (done, change) = if kind == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            (consumer.incremental_assign(&TopicPartitionList::new()), Change::Assigned(partitions))
        } else {
            let read: Vec<_> = partitions.iter().filter(|name| noted.reading.remove(name)).cloned().collect();
            (consumer.incremental_unassign(&list(&read)), Change::Revoked(partitions))
        };
        if let Err(error) = done {
            tracing::error!(%error, ?change, "rebalance could not be acknowledged");
        }
        noted.changes.push_back(change);
    }
}

/// The context of a client of which nothing is wanted but answers.
#[derive(Debug, Default)]
pub(crate) struct QuietContext(pub(crate) Lives);

impl ClientContext for QuietContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.0.note(message);
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "kafka client reports an error");
    }
}

impl ConsumerContext for QuietContext {}

/// The context of a producer: it counts what was delivered. The producer's own thread calls it.
#[derive(Debug, Default)]
pub(crate) struct WriterContext {
    deliveries: Mutex<Deliveries>,
    delivered: Condvar,
    /// The topic that the broker refused to add to a transaction; only a line of the log names it.
    refused: Mutex<Option<String>>,
    delivered_to: Delivered,
}

/// Where the appends of a step came to lie, as far as the broker has said it. Clones are handles to the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delivered(Arc<Mutex<Vec<(usize, u64)>>>);

impl Delivered {
    /// Which append came to which offset of its partition.
    pub(crate) fn offsets(&self) -> Vec<(usize, u64)> {
        std::mem::take(&mut lock(&self.0))
    }
}

/// What became of the records given to the producer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deliveries {
    /// Records of which nothing is known yet.
    pub(crate) outstanding: usize,
    /// The most telling failure: which append of the step, and why.
    pub(crate) failed: Option<(usize, RDKafkaErrorCode)>,
}

impl WriterContext {
    /// Forgets former failures: a new step begins.
    pub(crate) fn begin(&self) {
        lock(&self.deliveries).failed = None;
        lock(&self.delivered_to.0).clear();
        *lock(&self.refused) = None;
    }

    /// Returns a handle to where the step's appends came to lie.
    pub(crate) fn delivered_to(&self) -> Delivered {
        self.delivered_to.clone()
    }

    /// Counts a record that is about to be given to the producer.
    pub(crate) fn sent(&self) {
        lock(&self.deliveries).outstanding += 1;
    }

    /// Takes back the last [`WriterContext::sent`].
    pub(crate) fn not_sent(&self) {
        lock(&self.deliveries).outstanding -= 1;
    }

    /// Returns what became of the records so far.
    pub(crate) fn deliveries(&self) -> Deliveries {
        *lock(&self.deliveries)
    }

    /// Returns the topic that could not be added to the transaction, if one is known.
    pub(crate) fn refused(&self) -> Option<String> {
        lock(&self.refused).clone()
    }

    /// Waits until at most `outstanding_max` records are outstanding, one has failed, or it is `deadline`.
    pub(crate) fn wait(&self, outstanding_max: usize, deadline: Instant) -> Deliveries {
        let mut deliveries = lock(&self.deliveries);
        while deliveries.outstanding > outstanding_max && deliveries.failed.is_none() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.delivered.wait_timeout(deliveries, left);
            deliveries = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *deliveries
    }
}

impl ClientContext for WriterContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        if facility == "ADDPARTS" && message.contains("Failed to add partition \"") {
            *lock(&self.refused) = message.split('"').nth(1).map(str::to_owned);
        }
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(%error, reason, "kafka producer reports an error");
    }
}

impl ProducerContext for WriterContext {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, append: usize) {
        let mut deliveries = lock(&self.deliveries);
        deliveries.outstanding = deliveries.outstanding.saturating_sub(1);
        // Of one that was sent again after it had been written, the broker does not say where it is.
        if let Ok(message) = result
            && let Ok(offset) = u64::try_from(message.offset())
        {
            lock(&self.delivered_to.0).push((append, offset));
        }
        if let Err((error, message)) = result {
            let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown);
            tracing::debug!(%error, topic = message.topic(), append, "append was not delivered");
            if deliveries.failed.is_none_or(|(_, known)| purged(known)) {
                deliveries.failed = Some((append, code));
            }
        }
        if deliveries.outstanding == 0
            || deliveries.failed.is_some()
            || deliveries.outstanding.is_multiple_of(256)
        {
            self.delivered.notify_all();
        }
    }
}

/// Says whether a record failed only because others had.
pub(crate) fn purged(code: RDKafkaErrorCode) -> bool {
    matches!(code, RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight)
}

/// Names the partitions of a list of librdkafka's.
pub(crate) fn names(list: &TopicPartitionList) -> Vec<TopicPartition> {
    let elements = list.elements();
    let name = |topic: &str, partition: i32| {
        Some(TopicPartition { topic: Arc::from(topic), partition: u32::try_from(partition).ok()? })
    };
    elements.iter().filter_map(|element| name(element.topic(), element.partition())).collect()
}

/// Makes a list of librdkafka's without offsets.
pub(crate) fn list<'a>(partitions: impl IntoIterator<Item = &'a TopicPartition>) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for partition in partitions {
        let _ = list.add_partition(&partition.topic, number(partition.partition));
    }
    list
}

/// Turns an offset of ours into librdkafka's.
pub(crate) fn offset(next: u64) -> Offset {
    Offset::Offset(i64::try_from(next).unwrap_or(i64::MAX))
}

/// Turns a partition's number into librdkafka's.
pub(crate) fn number(partition: u32) -> i32 {
    i32::try_from(partition).unwrap_or(i32::MAX)
}

/// Passes a line of librdkafka's log on, at a level that fits the many harmless ones.
fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        // Every client is told all properties, so librdkafka warns of those that are for another kind of client.
        RDKafkaLogLevel::Warning if facility == "CONFWARN" => {}
        RDKafkaLogLevel::Emerg
        | RDKafkaLogLevel::Alert
        | RDKafkaLogLevel::Critical
        | RDKafkaLogLevel::Error => {
            tracing::warn!(facility, message, "librdkafka");
        }
        // Of these there are many: the ids of topics are learned from them.
        RDKafkaLogLevel::Debug => tracing::trace!(facility, message, "librdkafka"),
        _ => tracing::debug!(facility, message, "librdkafka"),
    }
}

/// Locks what no panic can leave half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
