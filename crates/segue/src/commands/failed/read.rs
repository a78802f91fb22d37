//! Reads the failed events that are kept, and which of them were sent again.

use std::collections::BTreeMap;
use std::path::Path;

use segue_kafka::admin::{self, Topic};
use segue_kafka::direct::{Direct, Transactions};
use segue_log::{Record, TopicPartition};
use segue_model::Timestamp;
use segue_wire::topics::{FAILED, RETRIED};

use crate::cli::Which;
use crate::commands::standing::{self, unreachable};
use crate::exit::Failure;
use crate::explain;
use crate::failed::again::Retried;
use crate::failed::select::Selection;
use crate::failed::{FailedEvent, FailedId};

/// The brokers, and the topics that there are.
pub(super) struct Broker {
    direct: Direct,
    topics: BTreeMap<String, Topic>,
}

/// Connects to the brokers of a file of settings.
pub(super) fn connect(file: &Path) -> Result<Broker, Failure> {
    let settings = standing::settings(file)?;
    let kafka = &settings.kafka;
    let topics = admin::topics(&kafka.brokers, kafka.properties.reveal()).map_err(unreachable)?;
    Ok(Broker { direct: standing::connect(&settings)?, topics })
}

impl Broker {
    /// How many partitions a topic has; `None` where there is no such topic.
    pub(super) fn partitions(&self, topic: &str) -> Option<u32> {
        self.topics.get(topic).map(|topic| topic.partitions)
    }

    /// The same, of a topic that has to be there.
    pub(super) fn needs(&self, topic: &str) -> Result<u32, Failure> {
        self.partitions(topic).ok_or_else(|| {
            Failure::environment("topics", format!("there is no topic {topic}"))
                .hint("`segue topics apply --settings FILE` makes it")
        })
    }

    /// Begins to write in transactions of that id.
    pub(super) fn transactions(&self, id: &str) -> Result<Transactions, Failure> {
        self.direct.transactions(id).map_err(unreachable)
    }
}

/// What was asked for on the command line.
pub(super) fn selection(which: &Which, ids: &[FailedId]) -> Result<Selection, Failure> {
    for code in &which.error {
        if !explain::is_failed_event(code) {
            let failure = Failure::usage("usage", format!("`{code}` is no code of a failed event"));
            return Err(failure.hint("`segue explain` lists them"));
        }
    }
    let instant = |option: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => Timestamp::parse(text).map(Some).ok_or_else(|| {
            Failure::usage("usage", format!("`{text}` is no time for {option}"))
                .hint("write it as 2026-03-02T10:00:00Z")
        }),
    };
    Ok(Selection {
        ids: ids.iter().copied().collect(),
        codes: which.error.iter().cloned().collect(),
        source: which.source.clone(),
        topic: which.topic.clone(),
        since: instant("--since", &which.since)?,
        until: instant("--until", &which.until)?,
    })
}

/// Which failed events were sent again; a topic that is not there says that none were.
pub(super) fn retried(broker: &Broker) -> Result<Retried, Failure> {
    let mut retried = Retried::default();
    if broker.partitions(RETRIED).is_some() {
        let place = TopicPartition { topic: RETRIED.into(), partition: 0 };
        let read = broker.direct.read(&place, 0, &mut |record| {
            retried.add(record.key.as_deref(), record.value.as_deref());
        });
        let _ = read.map_err(unreachable)?;
    }
    Ok(retried)
}

/// Shows each failed event that is kept, up to where its partition ends now, or below the `ends`; returns the ends. An error
/// of `visit` ends it.
pub(super) fn each(
    broker: &Broker,
    ends: Option<&[u64]>,
    visit: &mut dyn FnMut(FailedEvent) -> Result<(), Failure>,
) -> Result<Vec<u64>, Failure> {
    let count = broker.needs(FAILED)?;
    let mut read_to = Vec::new();
    for partition in 0..count {
        let below = match ends {
            None => u64::MAX,
            Some(ends) => ends.get(partition as usize).copied().unwrap_or(0),
        };
        let mut failure = None;
        let mut take = |record: Record| {
            if failure.is_none()
                && record.offset < below
                && let Some(event) = FailedEvent::read(record)
            {
                failure = visit(event).err();
            }
        };
        let place = TopicPartition { topic: FAILED.into(), partition };
        let read = broker.direct.read(&place, 0, &mut take).map_err(unreachable)?;
        if let Some(failure) = failure {
            return Err(failure);
        }
        read_to.push(read.end.min(below));
    }
    Ok(read_to)
}

/// One failed event, if it is kept.
pub(super) fn one(broker: &Broker, id: FailedId) -> Result<Option<FailedEvent>, Failure> {
    if id.partition >= broker.needs(FAILED)? {
        return Ok(None);
    }
    let place = TopicPartition { topic: FAILED.into(), partition: id.partition };
    let mut found = None;
    let read = broker.direct.read(&place, id.offset, &mut |record| {
        if record.offset == id.offset {
            found = FailedEvent::read(record);
        }
    });
    let _ = read.map_err(unreachable)?;
    Ok(found)
}
