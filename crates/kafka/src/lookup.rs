//! Asks the cluster: which topics there are, with how many partitions, and where a partition begins and ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;
use segue_log::{Error, Identity, TopicPartition};

use crate::context::{QuietContext, number};
use crate::lives::Lives;
use crate::settings::Settings;

/// How long the first answer of a cluster may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How long later answers may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long a topic's number of partitions is taken for granted.
const COUNT_AGE_MAX: Duration = Duration::from_secs(60);
/// How long the events that have piled up are served: enough for thousands. Events are not waited for.
const SERVE_FOR: Duration = Duration::from_micros(999);
/// How often that is done.
const SERVE_AGAIN_AFTER: Duration = Duration::from_millis(250);
/// How long to wait before asking again about a topic that is just being made.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// A client that reads nothing. It sees the ends of partitions as they are, with open transactions.
pub(crate) struct Lookup {
    client: BaseConsumer<QuietContext>,
    lives: Lives,
    counts: BTreeMap<Arc<str>, (u32, Instant)>,
    served_at: Instant,
}

impl Lookup {
    /// Makes the client and waits until some broker answers.
    pub(crate) fn connect(settings: &Settings, lives: Lives) -> Result<Self, Error> {
        refuse_secrets(&settings.brokers)?;
        let client = settings.lookup().create_with_context(QuietContext(lives.clone()));
        let client: BaseConsumer<QuietContext> = client.map_err(environment)?;
        let lookup = Self { client, lives, counts: BTreeMap::new(), served_at: Instant::now() };
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
    pub(crate) fn poll(&mut self) {
        if self.served_at.elapsed() > SERVE_AGAIN_AFTER {
            self.serve();
            self.served_at = Instant::now();
        }
    }

    fn serve(&self) {
        // With no time at all only one event is served, and there can be many.
        let _ = self.client.poll(SERVE_FOR);
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

    /// Asks which partitions of a topic have a leader now; none if the topic is gone. The topic's id is known after.
    pub(crate) fn led(&self, topic: &str) -> KafkaResult<BTreeSet<u32>> {
        let metadata = self.client.fetch_metadata(Some(topic), ANSWER_WITHIN)?;
        // The line that tells the id was logged before the answer came.
        self.serve();
        let topics = metadata.topics().iter().filter(|topic| topic.error().is_none());
        let led = topics.flat_map(|topic| topic.partitions()).filter(|partition| partition.leader() >= 0);
        Ok(led.filter_map(|partition| u32::try_from(partition.id()).ok()).collect())
    }

    /// Asks which cluster this is, and which life of a topic it has; `None` where the brokers are too old to say, or there
    /// is no such topic.
    pub(crate) fn identity(&self, topic: &str) -> KafkaResult<Option<Identity>> {
        let _ = self.led(topic)?;
        let log = self.client.client().fetch_cluster_id(ANSWER_WITHIN);
        let life = self.lives.of(topic).map(|life| life.to_string());
        Ok(log.zip(life).map(|(log, life)| Identity { log, life }))
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

/// Says that a client cannot be made as it was set up, without the value that is refused: it may be a secret.
pub(crate) fn environment(error: KafkaError) -> Error {
    let told = match &error {
        KafkaError::ClientConfig(_, detail, name, value) => {
            format!("{name}: {}", hidden(detail, name, value))
        }
        error => error.to_string(),
    };
    Error::Environment(format!("the Kafka client cannot be set up: {told}"))
}

/// Takes a property's value out of what librdkafka says of it. Where the value is a list, librdkafka may quote a part.
pub(crate) fn hidden(detail: &str, name: &str, value: &str) -> String {
    if value.is_empty() {
        return detail.to_owned();
    }
    let hide = |(index, piece)| {
        let quoted = index % 2 == 1 && piece != name && !str::is_empty(piece) && value.contains(piece);
        if quoted { "..." } else { piece }
    };
    let pieces: Vec<&str> = detail.split('"').enumerate().map(hide).collect();
    // Names are kept, unless the value is part of one.
    let kept = pieces.join("\"").replace(name, "\u{0}").replace(value, "...");
    kept.replace('\u{0}', name)
}

/// Refuses addresses that hold a user and a password: librdkafka takes none there, and would log them.
pub(crate) fn refuse_secrets(brokers: &str) -> Result<(), Error> {
    if brokers.contains('@') {
        return Err(Error::Environment(
            "the addresses of the brokers hold an `@`: they are `host:port`; user and password are the properties \
             `sasl.username` and `sasl.password`"
                .to_owned(),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::properties::refused;
    use crate::settings::Delivery;

    const SECRET: &str = "hunter2";

    fn texts(name: &str, value: &str) -> [String; 3] {
        let properties: BTreeMap<_, _> = [(name.to_owned(), value.to_owned())].into();
        let settings = Settings {
            brokers: "127.0.0.1:1".to_owned(),
            properties: properties.clone(),
            group: "group".to_owned(),
            instance: "one".to_owned(),
            topics: Vec::new(),
            delivery: Delivery::Idempotent,
        };
        let connected = Lookup::connect(&settings, Lives::default()).err();
        let asked = crate::admin::topics(&settings.brokers, &properties).expect_err("it is refused");
        let refused = refused(&properties).pop().map(|refused| refused.detail);
        [connected.expect("it is refused").to_string(), asked.to_string(), refused.unwrap_or_default()]
    }

    #[test]
    fn what_is_said_of_a_property_names_it_and_hides_its_value() {
        for (name, value) in [
            ("sasl.pasword", SECRET.to_owned()),
            ("socket.timeout.ms", SECRET.to_owned()),
            ("security.protocol", SECRET.to_owned()),
            ("enabled_events", SECRET.to_owned()),
            ("debug", format!("topic,{SECRET}")),
            ("socket.timeout.ms", "987654321".to_owned()),
        ] {
            for text in texts(name, &value) {
                assert!(text.contains(name), "{name}: {text}");
                assert!(!text.contains(SECRET) && !text.contains("987654321"), "{name}: {text}");
            }
        }
    }

    #[test]
    fn addresses_with_a_password_are_refused_without_repeating_it() {
        let brokers = format!("ann:{SECRET}@127.0.0.1:1");
        let refused =
            crate::admin::topics(&brokers, &BTreeMap::new()).expect_err("it is refused").to_string();
        assert!(refused.contains("sasl.password") && !refused.contains(SECRET), "{refused}");
        assert!(refuse_secrets(&brokers).is_err());
        assert!(refuse_secrets("one:9092,two:9092").is_ok());
    }
}
