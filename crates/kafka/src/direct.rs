//! Reads and writes a few records without being a worker: for commands that look once, and go.

use std::collections::BTreeMap;
use std::ops::Range;

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

/// Writes so that each call happens as a whole or not at all.
pub struct Transactions {
    writer: Writer,
}

impl Transactions {
    /// Writes appends that name their partitions, all of them or none.
    ///
    /// # Errors
    /// [`Error::Environment`] with what the brokers said. Of a commit without an answer it is not known whether it happened; all
    /// else did not.
    pub fn write(&self, appends: &[Append]) -> Result<(), Error> {
        let written = self.writer.transact(&placed(appends)?, || Ok(None));
        written.map(|_| ()).map_err(|failure| refused(&failure))
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
    if failure.fenced {
        return Error::Environment("another one writes with the same transactional id".to_owned());
    }
    let said = failure.error.as_ref().map(ToString::to_string);
    let refused = failure.append.map(|(_, code)| code.to_string());
    let said = refused.or(said).unwrap_or_else(|| "no answer".to_owned());
    Error::Environment(format!("the brokers did not take what was to be written: {said}"))
}
