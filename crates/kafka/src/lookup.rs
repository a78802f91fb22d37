//! Asks the cluster: which topics there are, with how many partitions, and where a partition begins and ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;
use segue_log::{Error, TopicPartition};

use crate::context::{QuietContext, number};
use crate::settings::Settings;

/// How long the first answer of a cluster may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How long later answers may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long a topic's number of partitions is taken for granted.
const COUNT_AGE_MAX: Duration = Duration::from_secs(60);
/// How long to wait before asking again about a topic that is just being made.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// A client that reads nothing. It sees the ends of partitions as they are, with open transactions.
pub(crate) struct Lookup {
    client: BaseConsumer<QuietContext>,
    counts: BTreeMap<Arc<str>, (u32, Instant)>,
}

impl Lookup {
    /// Makes the client and waits until some broker answers.
    pub(crate) fn connect(settings: &Settings) -> Result<Self, Error> {
        let client = settings.lookup().create_with_context(QuietContext);
        let client: BaseConsumer<QuietContext> = client.map_err(environment)?;
        let lookup = Self { client, counts: BTreeMap::new() };
        let topic = settings.topics.first().map(String::as_str);
        match lookup.client.fetch_metadata(topic, CONNECT_WITHIN) {
            Ok(_) => Ok(lookup),
            Err(error) => Err(Error::Environment(format!(
                "no broker of {} answered within {} s: {error}",
                settings.brokers,
                CONNECT_WITHIN.as_secs()
            ))),
        }
    }

    /// Serves what has piled up in the client.
    pub(crate) fn poll(&self) {
        let _ = self.client.poll(Duration::ZERO);
    }

    /// Asks how many partitions a topic has; `None` if there is no such topic or it may not be seen.
    pub(crate) fn partitions(&mut self, topic: &str) -> KafkaResult<Option<u32>> {
        let deadline = Instant::now() + ANSWER_WITHIN;
        loop {
            let metadata = self.client.fetch_metadata(Some(topic), ANSWER_WITHIN)?;
            let Some(found) = metadata.topics().first() else { return Ok(None) };
            match found.error() {
                None => {
                    let count = u32::try_from(found.partitions().len()).unwrap_or(u32::MAX);
                    let _ = self.counts.insert(Arc::from(topic), (count, Instant::now()));
                    return Ok((count > 0).then_some(count));
                }
                Some(
                    RDKafkaRespErr::RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE
                    | RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                ) if Instant::now() < deadline => std::thread::sleep(ASK_AGAIN_AFTER),
                Some(error) => {
                    tracing::debug!(topic, error = %RDKafkaErrorCode::from(error), "topic is not there");
                    let _ = self.counts.remove(topic);
                    return Ok(None);
                }
            }
        }
    }

    /// As [`Lookup::partitions`], but does not ask again about what it asked recently.
    pub(crate) fn partitions_cached(&mut self, topic: &str) -> KafkaResult<Option<u32>> {
        match self.counts.get(topic) {
            Some((count, asked_at)) if asked_at.elapsed() < COUNT_AGE_MAX => Ok(Some(*count)),
            _ => self.partitions(topic),
        }
    }

    /// Forgets what it asked about a topic.
    pub(crate) fn forget(&mut self, topic: &str) {
        let _ = self.counts.remove(topic);
    }

    /// Returns the places of a partition's first record and of the one that will come next, open transactions counted.
    pub(crate) fn ends(&self, partition: &TopicPartition) -> KafkaResult<(u64, u64)> {
        ends(&self.client, partition)
    }
}

/// Returns the first and the next place of a partition, as the client's isolation level sees them.
pub(crate) fn ends<C>(client: &BaseConsumer<C>, partition: &TopicPartition) -> KafkaResult<(u64, u64)>
where
    C: rdkafka::consumer::ConsumerContext,
{
    let (low, high) =
        client.fetch_watermarks(&partition.topic, number(partition.partition), ANSWER_WITHIN)?;
    Ok((u64::try_from(low).unwrap_or(0), u64::try_from(high).unwrap_or(0)))
}

/// Says that a client cannot be made as it was set up.
pub(crate) fn environment(error: KafkaError) -> Error {
    Error::Environment(format!("the Kafka client cannot be set up: {error}"))
}
