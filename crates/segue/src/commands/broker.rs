//! The brokers of a file of settings, and the topics that there are, for commands that read and write some records.

use std::collections::BTreeMap;
use std::path::PathBuf;

use segue_kafka::admin::{self, Topic};
use segue_kafka::direct::{Direct, Transactions};
use segue_log::{Record, TopicPartition};

use super::standing::{self, unreachable};
use crate::exit::Failure;
use crate::settings::Settings;

/// The brokers, and the topics that there are.
pub(super) struct Broker {
    /// What is read and written with.
    pub(super) direct: Direct,
    /// Where the bundle of the settings is.
    pub(super) bundle: PathBuf,
    topics: BTreeMap<String, Topic>,
}

impl Broker {
    /// Connects to the brokers of settings.
    ///
    /// # Errors
    /// No broker answers.
    pub(super) fn connect(settings: &Settings) -> Result<Broker, Failure> {
        let kafka = &settings.kafka;
        let topics = admin::topics(&kafka.brokers, kafka.properties.reveal()).map_err(unreachable)?;
        Ok(Broker { direct: standing::connect(settings)?, bundle: settings.bundle.clone(), topics })
    }

    /// How many partitions a topic has; `None` where there is no such topic.
    pub(super) fn partitions(&self, topic: &str) -> Option<u32> {
        self.topics.get(topic).map(|topic| topic.partitions)
    }

    /// The same, of a topic that has to be there.
    ///
    /// # Errors
    /// It is not there.
    pub(super) fn needs(&self, topic: &str) -> Result<u32, Failure> {
        self.partitions(topic).ok_or_else(|| {
            Failure::environment("topics", format!("there is no topic {topic}"))
                .hint("`segue topics apply --settings FILE` makes it")
        })
    }

    /// Shows the committed records of a partition from a place on, up to its present end, and returns that end.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn read(
        &self,
        topic: &str,
        partition: u32,
        from: u64,
        visit: &mut dyn FnMut(Record),
    ) -> Result<u64, Failure> {
        let place = TopicPartition { topic: topic.into(), partition };
        Ok(self.direct.read(&place, from, visit).map_err(unreachable)?.end)
    }

    /// Begins to write in transactions of that id.
    ///
    /// # Errors
    /// The id may not be used, or no broker answers.
    pub(super) fn transactions(&self, id: &str) -> Result<Transactions, Failure> {
        self.direct.transactions(id).map_err(unreachable)
    }
}
