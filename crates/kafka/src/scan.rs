//! Reads one partition from a place to its present end, to restore what a worker keeps.
//!
//! The end is the high watermark, in which open transactions are counted. A reader of committed records sees only up to
//! the first open one, and says "end" there; so we first wait until none that began before our end is open. After
//! that, "end of partition" can be trusted, also when the last places are markers that no reader is shown.

use std::ops::Range;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use segue_log::{Error, Record, TopicPartition};

use crate::context::{QuietContext, number, offset};
use crate::group::copied;
use crate::lookup::{Lookup, ends, environment};
use crate::settings::Settings;

/// How long a scan may go without getting on: longer than a dead worker's transaction can stay open.
const STANDSTILL_MAX: Duration = Duration::from_secs(30);
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// A client that scans partitions, one after the other. It is dropped when there is nothing to scan any more.
pub(crate) struct Scanner {
    reader: BaseConsumer<QuietContext>,
}

impl Scanner {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let reader = settings.scanner().create_with_context(QuietContext::default()).map_err(environment)?;
        Ok(Self { reader })
    }

    /// Shows each committed record from `from` on to `visit` and returns the places of the first record and of the end.
    pub(crate) fn scan(
        &self,
        partition: &TopicPartition,
        from: u64,
        lookup: &Lookup,
        visit: &mut dyn FnMut(Record),
    ) -> Result<Range<u64>, Error> {
        let (first, end) = lookup.ends(partition).map_err(|error| lost(partition, "no-answer", &error))?;
        let from = from.max(first);
        if from >= end {
            return Ok(first..end);
        }
        self.wait_for_open_transactions(partition, end)?;
        self.begin(partition, from)?;
        let read = self.read_until(partition, from, end, visit);
        self.reader.unassign().map_err(environment)?;
        read.map(|()| first..end)
    }

    fn begin(&self, partition: &TopicPartition, from: u64) -> Result<(), Error> {
        let mut places = TopicPartitionList::new();
        let added = places.add_partition_offset(&partition.topic, number(partition.partition), offset(from));
        added.expect("a concrete offset can be represented");
        self.reader.assign(&places).map_err(environment)
    }

    fn wait_for_open_transactions(&self, partition: &TopicPartition, end: u64) -> Result<(), Error> {
        let mut got_to = 0;
        let mut got_at = Instant::now();
        loop {
            match ends(&self.reader, partition) {
                Ok((_, stable)) if stable >= end => return Ok(()),
                Ok((_, stable)) if stable > got_to => (got_to, got_at) = (stable, Instant::now()),
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "end of a partition cannot be asked for"),
            }
            if got_at.elapsed() > STANDSTILL_MAX {
                let TopicPartition { topic, partition } = partition;
                tracing::error!(%topic, partition, got_to, end, "a transaction hangs and hides what follows it");
                return Err(Error::Lost { reason: "open-transaction" });
            }
            std::thread::sleep(ASK_AGAIN_AFTER);
        }
    }

    fn read_until(
        &self,
        partition: &TopicPartition,
        from: u64,
        end: u64,
        visit: &mut dyn FnMut(Record),
    ) -> Result<(), Error> {
        let mut from = from;
        let mut got_at = Instant::now();
        loop {
            match self.reader.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    got_at = Instant::now();
                    let Some(record) = copied(&message, partition.topic.clone(), 0) else { continue };
                    let next = record.offset + 1;
                    if next <= end {
                        visit(record);
                    }
                    if next >= end {
                        return Ok(());
                    }
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(()),
                // The topic has just let go of what was to be read next: it is as if it had been gone before.
                Some(Err(KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset))) => {
                    let (first, _) = ends(&self.reader, partition)
                        .map_err(|error| lost(partition, "no-answer", &error))?;
                    if first >= end {
                        return Ok(());
                    }
                    if first > from {
                        (from, got_at) = (first, Instant::now());
                    }
                    self.begin(partition, from)?;
                }
                Some(Err(error)) => tracing::warn!(%error, "scan reports an error"),
                None => {}
            }
            if got_at.elapsed() > STANDSTILL_MAX {
                return Err(lost(partition, "scan-standstill", &KafkaError::NoMessageReceived));
            }
        }
    }
}

fn lost(partition: &TopicPartition, reason: &'static str, error: &KafkaError) -> Error {
    let TopicPartition { topic, partition } = partition;
    tracing::error!(%topic, partition, %error, reason, "scan failed");
    Error::Lost { reason }
}
