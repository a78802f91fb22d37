//! Writes records that come one by one, each to where its key leads, without being a worker: for what is posted.

use std::collections::BTreeMap;

use rdkafka::types::RDKafkaErrorCode;
use segue_log::{Append, Error, Place, partition_of};

use crate::lives::Lives;
use crate::lookup::Lookup;
use crate::settings::{Delivery, Settings};
use crate::writer::{Failure, Placed, Writer};

/// A producer that connects when it is first used, and anew after an error.
pub struct Poster {
    settings: Settings,
    connected: Option<(Lookup, Writer)>,
}

impl Poster {
    /// One that has not connected yet.
    #[must_use]
    pub fn new(brokers: &str, properties: &BTreeMap<String, String>, instance: &str) -> Poster {
        let settings = Settings {
            brokers: brokers.to_owned(),
            properties: properties.clone(),
            group: "segue.http".to_owned(),
            instance: instance.to_owned(),
            topics: Vec::new(),
            delivery: Delivery::Idempotent,
        };
        Poster { settings, connected: None }
    }

    /// Writes appends, in order, and waits until all replicas have them. Where it fails, some of them may be written.
    ///
    /// # Errors
    /// [`Error::TooLarge`] and [`Error::Unwritable`] as the topic says; [`Error::Environment`] for all else.
    pub fn write(&mut self, appends: &[Append]) -> Result<(), Error> {
        let (mut lookup, writer) = match self.connected.take() {
            Some(connected) => connected,
            None => (Lookup::connect(&self.settings, Lives::default())?, Writer::plain(&self.settings)?),
        };
        let mut placed = Vec::with_capacity(appends.len());
        for append in appends {
            placed.push(Placed { append, partition: partition(append, &mut lookup)? });
        }
        // After an error nobody knows what the producer still holds: it is let go.
        writer.write(&placed).map_err(|failure| said(&failure, appends))?;
        self.connected = Some((lookup, writer));
        Ok(())
    }
}

fn partition(append: &Append, lookup: &mut Lookup) -> Result<u32, Error> {
    let topic = &append.topic;
    let partitions = match lookup.partitions_cached(topic) {
        Ok(Some(partitions)) if partitions > 0 => partitions,
        Ok(_) => {
            return Err(Error::Unwritable { topic: topic.to_string(), detail: "no such topic".to_owned() });
        }
        Err(error) => return Err(Error::Environment(error.to_string())),
    };
    Ok(match append.place {
        Place::Key => append.key.as_deref().map_or(0, |key| partition_of(key, partitions)),
        Place::Partition(partition) => partition,
        Place::Spread(number) => number % partitions,
    })
}

fn said(failure: &Failure, appends: &[Append]) -> Error {
    let topic = |index: usize| appends.get(index).map_or_else(String::new, |append| append.topic.to_string());
    match failure.append {
        Some((index, RDKafkaErrorCode::MessageSizeTooLarge)) => {
            Error::TooLarge { topic: topic(index), index }
        }
        Some((
            index,
            code @ (RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::UnknownTopicOrPartition
            | RDKafkaErrorCode::UnknownPartition
            | RDKafkaErrorCode::UnknownTopic),
        )) => Error::Unwritable { topic: topic(index), detail: code.to_string() },
        Some((_, code)) => Error::Environment(format!("the brokers did not take it: {code}")),
        None => match &failure.error {
            Some(error) => Error::Environment(format!("the brokers did not take it: {error}")),
            None => Error::Environment("the brokers did not answer".to_owned()),
        },
    }
}
