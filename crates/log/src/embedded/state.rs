//! One log's state under its lock: the journal, what it says, and who reads it.

use std::collections::{BTreeMap, BTreeSet};

use crate::embedded::entry;
use crate::embedded::groups::{Groups, MemberId};
use crate::embedded::journal::{Journal, Location};
use crate::embedded::topics::{Topic, Topics};
use crate::embedded::{CrashPoint, Position};
use crate::murmur2::partition_of;
use crate::record::{Append, Place, Progress, Record};
use crate::worker::Error;

/// The largest step, in bytes of its entry.
const STEP_BYTES_MAX: usize = 1 << 30;

/// A log under its lock.
pub(super) struct State {
    pub(super) journal: Journal,
    pub(super) topics: Topics,
    pub(super) groups: Groups,
    pub(super) fault: Option<CrashPoint>,
    unwritable: BTreeSet<String>,
    append_bytes_max: usize,
    /// Why nothing can be written any more: a write failed, and what the disk holds is not known.
    broken: Option<String>,
}

impl State {
    pub(super) fn new(journal: Journal, append_bytes_max: usize) -> Self {
        Self {
            journal,
            topics: Topics::default(),
            groups: Groups::default(),
            fault: None,
            unwritable: BTreeSet::new(),
            append_bytes_max,
            broken: None,
        }
    }

    /// Applies an entry that was found in the journal.
    pub(super) fn replay(&mut self, framed: &[u8], location: Location) -> Result<(), String> {
        let entry = entry::read(framed).map_err(|_| "an entry cannot be understood".to_owned())?;
        self.topics.apply(&entry, location)
    }

    pub(super) fn create_topic(&mut self, name: &str, partitions: u32) -> Result<bool, Error> {
        if partitions == 0 {
            return Err(Error::Environment(format!("topic {name} needs at least one partition")));
        }
        if let Some(topic) = self.topics.get(name) {
            let there = topic.partitions.len();
            if there == partitions as usize {
                return Ok(false);
            }
            return Err(Error::Environment(format!("topic {name} has {there} partitions, not {partitions}")));
        }
        self.write(&entry::topic_made(name, partitions))?;
        self.groups.share(&self.topics.counts());
        Ok(true)
    }

    pub(super) fn delete_topic(&mut self, name: &str) -> Result<bool, Error> {
        if self.topics.get(name).is_none() {
            return Ok(false);
        }
        self.write(&entry::topic_gone(name))?;
        self.groups.share(&self.topics.counts());
        Ok(true)
    }

    pub(super) fn set_writable(&mut self, name: &str, writable: bool) {
        let _ = if writable { self.unwritable.remove(name) } else { self.unwritable.insert(name.to_owned()) };
    }

    pub(super) fn leave(&mut self, member: MemberId) {
        self.groups.leave(member, &self.topics.counts());
    }

    /// Appends outside of any step.
    pub(super) fn append(&mut self, appends: &[Append], now: i64) -> Result<Vec<Position>, Error> {
        let partitions = self.place(appends)?;
        if appends.is_empty() {
            return Ok(Vec::new());
        }
        let mut ends = BTreeMap::new();
        let mut positions = Vec::with_capacity(appends.len());
        for (append, partition) in appends.iter().zip(&partitions) {
            let end = ends
                .entry((&append.topic, *partition))
                .or_insert_with(|| self.topics.end(&append.topic, *partition).unwrap_or_default());
            positions.push(Position { partition: *partition, offset: *end });
            *end += 1;
        }
        self.write_step(None, now, appends, &partitions, &[])?;
        Ok(positions)
    }

    /// Says for each append which partition it goes to, or why it cannot be written.
    pub(super) fn place(&self, appends: &[Append]) -> Result<Vec<u32>, Error> {
        let place = |(index, append): (usize, &Append)| {
            let refused = |detail: String| Error::Unwritable { topic: append.topic.to_string(), detail };
            let topic = self.topics.get(&append.topic).ok_or_else(|| refused("no such topic".to_owned()))?;
            if self.unwritable.contains(&*append.topic) {
                return Err(refused("closed".to_owned()));
            }
            if bytes_of(append) > self.append_bytes_max {
                return Err(Error::TooLarge { topic: append.topic.to_string(), index });
            }
            let partitions = topic.partitions.len() as u32;
            match append.place {
                Place::Key => Ok(append.key.as_deref().map_or(0, |key| partition_of(key, partitions))),
                Place::Spread(number) => Ok(number % partitions),
                Place::Partition(partition) if partition < partitions => Ok(partition),
                Place::Partition(partition) => {
                    Err(refused(format!("it has {partitions} partitions, and no partition {partition}")))
                }
            }
        };
        appends.iter().enumerate().map(place).collect()
    }

    /// Writes and applies a step that was found to be right.
    pub(super) fn write_step(
        &mut self,
        group: Option<&str>,
        now: i64,
        appends: &[Append],
        partitions: &[u32],
        progress: &[Progress],
    ) -> Result<(), Error> {
        let bytes: usize = appends.iter().map(bytes_of).sum();
        if bytes > STEP_BYTES_MAX {
            return Err(Error::Environment(format!(
                "a step of {bytes} bytes is more than the {STEP_BYTES_MAX} that are possible"
            )));
        }
        self.write(&entry::step(now, group, appends, partitions, progress))
    }

    /// Returns records of a partition.
    pub(super) fn read(
        &self,
        topic: &str,
        partition: u32,
        from: u64,
        records_max: usize,
    ) -> Result<Vec<Record>, Error> {
        let none = || Error::Environment(format!("there is no partition {partition} of a topic {topic}"));
        let topic = self.topics.get(topic).ok_or_else(none)?;
        let records = topic.partitions.get(partition as usize).ok_or_else(none)?;
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(records.len());
        let wanted = records[from..].iter().take(records_max).enumerate();
        wanted.map(|(index, at)| self.record(topic, partition, (from + index) as u64, *at)).collect()
    }

    /// Forces everything to the disk.
    pub(super) fn sync(&mut self) -> Result<(), Error> {
        self.writable()?;
        self.journal.sync(false).map_err(|error| self.break_off("force to the disk", &error))
    }

    /// Forces to the disk what has waited long enough.
    pub(super) fn sync_if_due(&mut self) -> Result<(), Error> {
        self.writable()?;
        self.journal.sync(true).map_err(|error| self.break_off("force to the disk", &error))
    }

    fn record(&self, topic: &Topic, partition: u32, offset: u64, at: Location) -> Result<Record, Error> {
        let unreadable = |detail: &dyn std::fmt::Display| {
            let name = &topic.name;
            Error::Environment(format!("cannot read offset {offset} of {name}/{partition}: {detail}"))
        };
        let bytes = self.journal.read(at).map_err(|error| unreadable(&error))?;
        let body = entry::read_body(&bytes).map_err(|_| unreadable(&"the journal was changed under way"))?;
        Ok(Record {
            topic: topic.name.clone(),
            partition,
            incarnation: topic.incarnation,
            offset,
            appended_at_ms: body.at_ms,
            key: body.key,
            value: body.value,
            headers: body.headers,
        })
    }

    /// Writes an entry and applies it: the same way that opening does.
    fn write(&mut self, framed: &[u8]) -> Result<(), Error> {
        self.writable()?;
        let location = self.journal.append(framed).map_err(|error| self.break_off("write", &error))?;
        let entry = entry::read(framed).expect("what was just encoded can be read");
        self.topics.apply(&entry, location).expect("what is written was checked to fit");
        Ok(())
    }

    fn writable(&self) -> Result<(), Error> {
        match &self.broken {
            Some(reason) => Err(Error::Environment(reason.clone())),
            None => Ok(()),
        }
    }

    /// Notes that the journal cannot be trusted with another write: a disk that refused once may have kept a part.
    fn break_off(&mut self, what: &str, error: &std::io::Error) -> Error {
        let reason =
            format!("the journal could not {what}: {error}; make room or mend the disk, then start again");
        self.broken = Some(reason.clone());
        Error::Environment(reason)
    }
}

fn bytes_of(append: &Append) -> usize {
    let length = |value: &Option<Vec<u8>>| value.as_ref().map_or(0, Vec::len);
    let headers: usize = append.headers.iter().map(|header| header.name.len() + length(&header.value)).sum();
    length(&append.key) + length(&append.value) + headers
}
