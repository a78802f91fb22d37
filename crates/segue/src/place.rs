//! The log that a router runs on: Kafka's, or one that is embedded in this process and kept in a directory.

use std::path::Path;

use segue_bundle::Bundle;
use segue_kafka as kafka;
use segue_log::Worker;
use segue_log::embedded::{Durability, Embedded, OpenError, Options};
use segue_wire::topics::{DECISIONS, FAILED, KEPT, LOG, PROFILES, SHARED};

use crate::commands::topics::named;
use crate::exit::Failure;
use crate::settings::{LogPlace, Settings};
use crate::topics::{OVERHEAD_BYTES, wanted};

/// What an embedded log takes in one record at least, in bytes: as much as Kafka's brokers do by default.
const APPEND_BYTES_LEAST: usize = 1 << 20;

/// A log that workers can join.
#[derive(Clone, Debug)]
pub enum Place {
    /// On Kafka.
    Kafka,
    /// In this process, which holds its directory as long as it lives.
    Embedded(Embedded),
}

impl Place {
    /// Opens the log, and makes sure that the router's own topics are there. An embedded log makes all topics that the bundle
    /// names. Returns how many partitions `segue.log` has too.
    ///
    /// # Errors
    /// The broker cannot be reached, the directory is another process's or damaged, or topics do not fit.
    pub fn open(settings: &Settings, bundle: &Bundle) -> Result<(Place, u32), Failure> {
        match &settings.log {
            LogPlace::Kafka => Ok((Place::Kafka, partitions_on_kafka(settings)?)),
            LogPlace::Embedded(dir) => {
                let log = open(dir, settings)?;
                make_topics(&log, settings, bundle)?;
                Ok((Place::Embedded(log), settings.topics.partitions))
            }
        }
    }

    /// Joins a group as a worker. What `delivery` promises less than a transaction is promised more on an embedded log.
    ///
    /// # Errors
    /// The broker cannot be reached, or a property is wrong.
    pub fn worker(
        &self,
        settings: &Settings,
        group: &str,
        number: u32,
        topics: Vec<String>,
        delivery: kafka::Delivery,
    ) -> Result<Box<dyn Worker>, segue_log::Error> {
        let log = match self {
            Place::Embedded(log) => log,
            Place::Kafka => {
                return Ok(Box::new(kafka::KafkaWorker::connect(kafka::Settings {
                    brokers: settings.kafka.brokers.clone(),
                    properties: settings.kafka.properties.reveal().clone(),
                    group: group.to_owned(),
                    instance: format!("{}-{number}", settings.instance),
                    topics,
                    delivery,
                })?));
            }
        };
        // A bundle that was deployed since the start may read topics that nobody has made yet.
        let there = log.topics();
        for topic in topics.iter().filter(|topic| !there.contains_key(topic.as_str())) {
            let _ = log.create_topic(topic, 1)?;
        }
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        Ok(Box::new(log.worker(group, &topics)))
    }

    /// Writes what is posted, and returns when it is in the log.
    pub fn writer(&self, settings: &Settings) -> segue_console::Write {
        match self {
            Place::Embedded(log) => {
                let log = log.clone();
                Box::new(move |appends| log.append(appends.to_vec()).map(|_| ()))
            }
            Place::Kafka => {
                let (brokers, properties) = (&settings.kafka.brokers, settings.kafka.properties.reveal());
                let mut poster = kafka::poster::Poster::new(brokers, properties, &settings.instance);
                Box::new(move |appends| poster.write(appends))
            }
        }
    }

    /// The log, if it is embedded.
    pub fn embedded(&self) -> Option<&Embedded> {
        match self {
            Place::Embedded(log) => Some(log),
            Place::Kafka => None,
        }
    }

    /// What to say of an error of this log.
    pub fn failure(&self, error: &segue_log::Error) -> Failure {
        match self {
            Place::Kafka => kafka_failure(error),
            Place::Embedded(_) => Failure::environment("embedded", error.to_string()),
        }
    }
}

fn kafka_failure(error: &segue_log::Error) -> Failure {
    Failure::environment("kafka", error.to_string())
}

fn open(dir: &Path, settings: &Settings) -> Result<Embedded, Failure> {
    let limits = settings.limits;
    let largest = limits.bytes_max.max(limits.profile_bytes_max) + OVERHEAD_BYTES;
    let options = Options {
        durability: Durability::EachStep,
        append_bytes_max: largest.max(APPEND_BYTES_LEAST),
        ..Options::default()
    };
    let log = Embedded::open_with(dir, options).map_err(|error| {
        let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
        let failure = Failure::environment("embedded", format!("{error}{}", source.unwrap_or_default()));
        match error {
            OpenError::Damaged { .. } => failure.hint("nothing was changed; put a copy of the whole directory back that was made while the router was stopped"),
            _ => failure,
        }
    })?;
    if let Some(torn) = log.torn() {
        tracing::warn!(bytes = torn.bytes, segment = %torn.path.display(), "a write that was interrupted was cut off the log's end");
    }
    Ok(log)
}

/// Makes the topics that are missing: those of the log as on Kafka; all others have one partition, so that what is posted
/// keeps its order, and what is read over HTTP has one.
fn make_topics(log: &Embedded, settings: &Settings, bundle: &Bundle) -> Result<(), Failure> {
    for topic in wanted(settings, &named(bundle)) {
        let partitions = if topic.partitions_fixed { topic.plan.partitions } else { 1 };
        let _ = log.create_topic(&topic.plan.name, partitions).map_err(|error| {
            let failure = Failure::environment("topics", error.to_string());
            failure.hint("`topics.partitions` stays as it was when the directory was first used")
        })?;
    }
    Ok(())
}

/// How many partitions the log has, once it is sure that the router's own topics are there and fit each other.
fn partitions_on_kafka(settings: &Settings) -> Result<u32, Failure> {
    let missing = |what: String| {
        let hint = "`segue topics plan` shows what is needed, `segue topics apply` makes what is missing";
        Failure::environment("topics", what).hint(hint)
    };
    let properties = settings.kafka.properties.reveal();
    let topics =
        kafka::admin::topics(&settings.kafka.brokers, properties).map_err(|error| kafka_failure(&error))?;
    let partitions = |name: &str| {
        topics
            .get(name)
            .map(|topic| topic.partitions)
            .ok_or_else(|| missing(format!("topic {name} is missing")))
    };
    let log = partitions(LOG)?;
    for (name, wanted) in [(SHARED, 1), (PROFILES, log + 1)] {
        let found = partitions(name)?;
        if found != wanted {
            let what =
                format!("topic {name} has {found} partitions, and needs {wanted} since {LOG} has {log}");
            return Err(missing(what));
        }
    }
    for name in [DECISIONS, KEPT, FAILED] {
        let _ = partitions(name)?;
    }
    Ok(log)
}
