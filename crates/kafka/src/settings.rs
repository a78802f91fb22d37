//! What a worker is told, and what librdkafka is told in turn.
//!
//! Three layers: our defaults, then the user's properties, then what must not be changed because the guarantees rest
//! on it. A property of the last layer that the user sets is overruled and logged.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

/// How a step is made to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Appends are acknowledged by all replicas, without gap or reordering, before the progress is committed. A step
    /// that is interrupted between the two is appended again, so readers need another way to know what they have seen.
    Idempotent,
    /// Appends and progress are one transaction.
    Transactional {
        /// The transactional id: stable over restarts, and of this worker alone. A newcomer with the same id takes
        /// over and ends what the former left open.
        id: String,
    },
    /// As [`Delivery::Idempotent`] but for the guarantee against gaps.
    AtLeastOnce,
}

/// What a worker needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Addresses of some brokers, `host:port` separated by commas.
    pub brokers: String,
    /// Properties of librdkafka that are passed through, for example for TLS and authentication.
    pub properties: BTreeMap<String, String>,
    /// The consumer group.
    pub group: String,
    /// A stable name of this instance, for the broker's logs and quotas.
    pub instance: String,
    /// The topics whose partitions the group's workers share.
    pub topics: Vec<String>,
    /// How a step is made to happen.
    pub delivery: Delivery,
}

/// The longest a transaction may stay open before the broker ends it: a worker that died delays readers by no more.
pub(crate) const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest a step may take; below the transaction's time-out, so that we give up before the broker does.
pub(crate) const STEP_WITHIN: Duration = Duration::from_secs(9);
/// What librdkafka takes when nothing else is set.
const MESSAGE_BYTES_MAX: usize = 1_000_000;

type Layer = &'static [(&'static str, &'static str)];

const ALL_DEFAULTS: Layer = &[
    ("socket.timeout.ms", "8000"),
    ("socket.keepalive.enable", "true"),
    // A topic that is made late, or anew, is noticed within this time.
    ("topic.metadata.refresh.interval.ms", "5000"),
    ("reconnect.backoff.max.ms", "2000"),
    ("retry.backoff.ms", "10"),
];
const READER_DEFAULTS: Layer = &[
    ("session.timeout.ms", "8000"),
    ("heartbeat.interval.ms", "1000"),
    // A restore runs between two polls and may take minutes.
    ("max.poll.interval.ms", "300000"),
    ("queued.max.messages.kbytes", "16384"),
    ("fetch.max.bytes", "4194304"),
    ("fetch.wait.max.ms", "100"),
    ("fetch.queue.backoff.ms", "20"),
];
const READER_FIXED: Layer = &[
    ("partition.assignment.strategy", "cooperative-sticky"),
    ("group.protocol", "classic"),
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    // Where reading begins is always said; if that place is gone, it is an error and not a silent jump.
    ("auto.offset.reset", "error"),
    ("isolation.level", "read_committed"),
    ("allow.auto.create.topics", "false"),
    ("enable.partition.eof", "false"),
];
const WRITER_DEFAULTS: Layer = &[
    ("linger.ms", "1"),
    ("queue.buffering.max.messages", "20000"),
    ("queue.buffering.max.kbytes", "32768"),
    // How long records for a topic that is not there wait for it.
    ("topic.metadata.propagation.max.ms", "5000"),
];
const WRITER_FIXED: Layer = &[
    ("enable.idempotence", "true"),
    ("acks", "all"),
    ("allow.auto.create.topics", "false"),
    ("partitioner", "murmur2_random"),
];

impl Settings {
    /// Returns the largest append that the producer takes, in bytes.
    pub(crate) fn append_bytes_max(&self) -> usize {
        self.properties
            .get("message.max.bytes")
            .and_then(|bytes| bytes.parse().ok())
            .unwrap_or(MESSAGE_BYTES_MAX)
    }

    /// Settings of the group's member.
    pub(crate) fn reader(&self) -> ClientConfig {
        let mut config = self.layered(READER_DEFAULTS, READER_FIXED);
        let _ = config.set("group.id", &self.group);
        telling_topic_ids(config)
    }

    /// Settings of the client that reads one partition to its end, outside of the group. It names the group because
    /// librdkafka wants one, and so that it needs no rights of its own.
    pub(crate) fn scanner(&self) -> ClientConfig {
        let mut config = self.reader();
        // A damaged record must not become state.
        let _ = config.set("enable.partition.eof", "true").set("check.crcs", "true");
        config
    }

    /// Settings of the client that asks for metadata and for the ends of partitions, open transactions included.
    pub(crate) fn lookup(&self) -> ClientConfig {
        let mut config = self.layered(&[], &[]);
        let _ = config.set("isolation.level", "read_uncommitted").set("allow.auto.create.topics", "false");
        telling_topic_ids(config)
    }

    /// Settings of the producer.
    pub(crate) fn writer(&self) -> ClientConfig {
        let mut config = self.layered(WRITER_DEFAULTS, WRITER_FIXED);
        match &self.delivery {
            Delivery::Transactional { id } => {
                let timeout_ms = TRANSACTION_TIMEOUT.as_millis().to_string();
                let _ = config.set("transactional.id", id).set("transaction.timeout.ms", timeout_ms);
            }
            Delivery::Idempotent => {
                let _ = config.set("enable.gapless.guarantee", "true");
                let _ = config.set("message.timeout.ms", STEP_WITHIN.as_millis().to_string());
            }
            Delivery::AtLeastOnce => {
                let _ = config.set("message.timeout.ms", STEP_WITHIN.as_millis().to_string());
            }
        }
        config
    }

    fn layered(&self, defaults: Layer, fixed: Layer) -> ClientConfig {
        let mut config = ClientConfig::new();
        for (name, value) in ALL_DEFAULTS.iter().chain(defaults) {
            let _ = config.set(*name, *value);
        }
        for (name, value) in &self.properties {
            let _ = config.set(name, value);
        }
        for (name, value) in fixed {
            if let Some(asked) = self.properties.get(*name).filter(|asked| asked != value) {
                tracing::warn!(name, asked, value, "property is fixed and was overruled");
            }
            let _ = config.set(*name, *value);
        }
        let _ = config.set("bootstrap.servers", &self.brokers).set("client.id", &self.instance);
        config
    }
}

/// Makes librdkafka log the ids of topics, which it tells in no other way.
fn telling_topic_ids(mut config: ClientConfig) -> ClientConfig {
    let debug = match config.get("debug") {
        Some(asked) if !asked.is_empty() => format!("{asked},topic"),
        _ => "topic".to_owned(),
    };
    let _ = config.set("debug", debug).set_log_level(RDKafkaLogLevel::Debug);
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(delivery: Delivery) -> Settings {
        let properties = [("linger.ms", "7"), ("isolation.level", "read_uncommitted"), ("acks", "1")];
        Settings {
            brokers: "127.0.0.1:9092".to_owned(),
            properties: properties.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            group: "group".to_owned(),
            instance: "one".to_owned(),
            topics: vec!["topic".to_owned()],
            delivery,
        }
    }

    #[test]
    fn a_user_changes_defaults_but_not_what_the_guarantees_rest_on() {
        let settings = settings(Delivery::Transactional { id: "one".to_owned() });
        assert_eq!(settings.writer().get("linger.ms"), Some("7"));
        assert_eq!(settings.writer().get("acks"), Some("all"));
        assert_eq!(settings.reader().get("isolation.level"), Some("read_committed"));
        assert_eq!(settings.lookup().get("isolation.level"), Some("read_uncommitted"));
    }

    #[test]
    fn librdkafka_takes_the_settings_of_every_delivery() {
        let all =
            [Delivery::Idempotent, Delivery::Transactional { id: "one".to_owned() }, Delivery::AtLeastOnce];
        for settings in all.map(settings) {
            for config in [settings.reader(), settings.scanner(), settings.lookup(), settings.writer()] {
                assert!(config.create_native_config().is_ok());
            }
            let made: Result<rdkafka::producer::BaseProducer, _> = settings.writer().create();
            assert!(made.is_ok(), "{:?}", made.err());
        }
    }
}
