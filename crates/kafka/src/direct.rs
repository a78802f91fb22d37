//! Reads and writes a few records without being a worker: for commands that look once, and go.

use std::collections::BTreeMap;
use std::ops::Range;

use segue_log::{Append, Error, Place, Record, TopicPartition};

use crate::lives::Lives;
use crate::lookup::Lookup;
use crate::scan::Scanner;
use crate::settings::{Delivery, Settings};
use crate::writer::{Placed, Writer};

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
        let mut placed = Vec::with_capacity(appends.len());
        for append in appends {
            let Place::Partition(partition) = append.place else {
                return Err(Error::Environment("what is written directly names its partition".to_owned()));
            };
            placed.push(Placed { append, partition });
        }
        let writer = Writer::plain(&self.settings)?;
        writer.write(&placed).map_err(|failure| {
            let said = failure.error.as_ref().map(ToString::to_string);
            let refused = failure.append.map(|(_, code)| code.to_string());
            let said = refused.or(said).unwrap_or_else(|| "no answer".to_owned());
            Error::Environment(format!("the brokers did not take what was to be written: {said}"))
        })
    }
}
