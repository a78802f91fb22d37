//! Reads and writes a few records without being a worker: for commands that look once, and go.

use std::collections::BTreeMap;
use std::ops::Range;

use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use segue_log::{Append, Error, Place, Record, TopicPartition};

use crate::lives::Lives;
use crate::lookup::Lookup;
use crate::scan::Scanner;
use crate::settings::{Delivery, STEP_WITHIN, Settings};
use crate::writer::{Failure, Placed, Writer};

/// A connection that belongs to no group.
pub struct Direct {
    settings: Settings,
    lookup: Lookup,
    scanner: Scanner,
}

impl Direct {
    /// Connects, and waits until some broker answers. The group is named since the client library wants one; it is not
    /// joined.
    ///
    /// # Errors
    /// [`Error::Environment`] when no broker answers within ten seconds or a property is wrong.
    pub fn connect(
        brokers: &str,
        properties: &BTreeMap<String, String>,
        group: &str,
    ) -> Result<Direct, Error> {
        let settings = Settings {
            brokers: brokers.to_owned(),
            properties: properties.clone(),
            group: group.to_owned(),
            instance: "command".to_owned(),
            topics: Vec::new(),
            delivery: Delivery::Idempotent,
        };
        let lookup = Lookup::connect(&settings, Lives::default())?;
        let scanner = Scanner::new(&settings)?;
        Ok(Direct { settings, lookup, scanner })
    }

    /// Shows the committed records of a partition from a place on, up to its present end, and returns the places of its first
    /// record and of the end.
    ///
    /// # Errors
    /// The partition cannot be read.
    pub fn read(
        &self,
        partition: &TopicPartition,
        from: u64,
        visit: &mut dyn FnMut(Record),
    ) -> Result<Range<u64>, Error> {
        self.scanner.scan(partition, from, &self.lookup, visit)
    }

    /// Writes appends that name their partitions, in order, and waits until all replicas have them. Where it fails, some
    /// of them may be written.
    ///
    /// # Errors
    /// [`Error::Environment`] with what the brokers said.
    pub fn write(&self, appends: &[Append]) -> Result<(), Error> {
        Writer::plain(&self.settings)?.write(&placed(appends)?).map_err(|failure| refused(&failure))
    }

    /// Begins to write in transactions of that id. Whoever wrote with it before can write no more.
    ///
    /// # Errors
    /// [`Error::Environment`] where the id may not be used, or the brokers do not answer in time.
    pub fn transactions(&self, id: &str) -> Result<Transactions, Error> {
        let settings =
            Settings { delivery: Delivery::Transactional { id: id.to_owned() }, ..self.settings.clone() };
        let writer = Writer::transactional(&settings, STEP_WITHIN)?;
        let nobody = || Error::Environment("the brokers let no transaction be begun".to_owned());
        Ok(Transactions { writer: writer.ok_or_else(nobody)? })
    }
}

/// What a topic says that does not take a record, or none of ours.
const REFUSES: [RDKafkaErrorCode; 6] = [
    RDKafkaErrorCode::MessageSizeTooLarge,
    RDKafkaErrorCode::InvalidRecord,
    RDKafkaErrorCode::PolicyViolation,
    RDKafkaErrorCode::TopicAuthorizationFailed,
    RDKafkaErrorCode::UnknownTopicOrPartition,
    RDKafkaErrorCode::UnknownPartition,
];

/// Why nothing was written.
#[derive(Debug)]
pub enum NotWritten {
    /// A topic does not take what is to be written: why.
    Refused(String),
    /// Another one has begun to write with the same transactional id.
    Fenced,
    /// The brokers cannot be reached, or do not answer.
    Unreachable(Error),
}

/// Writes so that each call happens as a whole or not at all.
pub struct Transactions {
    writer: Writer,
}

impl Transactions {
    /// Writes appends that name their partitions, all of them or none. After an error it is of no use any more.
    ///
    /// # Errors
    /// See [`NotWritten`]. Of a commit without an answer it is not known whether it happened; all else did not.
    pub fn write(&self, appends: &[Append]) -> Result<(), NotWritten> {
        let placed = placed(appends).map_err(NotWritten::Unreachable)?;
        let written = self.writer.transact(&placed, || Ok(None));
        written.map(|_| ()).map_err(|failure| {
            let codes = [
                failure.append.map(|(_, code)| code),
                failure.error.as_ref().and_then(KafkaError::rdkafka_error_code),
            ];
            let refuses = codes.into_iter().flatten().find(|code| REFUSES.contains(code));
            match (refuses, &failure.refused) {
                _ if failure.fenced => NotWritten::Fenced,
                (Some(code), _) => NotWritten::Refused(code.to_string()),
                // It was not even let into the transaction.
                (None, Some(topic)) => NotWritten::Refused(format!("{topic} may not be written")),
                _ => NotWritten::Unreachable(refused(&failure)),
            }
        })
    }
}

fn placed(appends: &[Append]) -> Result<Vec<Placed<'_>>, Error> {
    let mut placed = Vec::with_capacity(appends.len());
    for append in appends {
        let Place::Partition(partition) = append.place else {
            return Err(Error::Environment("what is written directly names its partition".to_owned()));
        };
        placed.push(Placed { append, partition });
    }
    Ok(placed)
}

fn refused(failure: &Failure) -> Error {
    let said = failure.error.as_ref().map(ToString::to_string);
    let refused = failure.append.map(|(_, code)| code.to_string());
    let said = refused.or(said).unwrap_or_else(|| "no answer".to_owned());
    Error::Environment(format!("the brokers did not take what was to be written: {said}"))
}
