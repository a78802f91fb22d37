//! Failed events as a command sees them: which are asked for, what they have in common, what is shown of one, and what is
//! sent when one goes round again. Pure; `commands::failed` reads and writes.
//!
//! Read in this order: [`FailedEvent`] (one, with its reason), [`select`], [`groups`], [`masked`], [`again`].

pub mod again;
pub mod groups;
pub mod masked;
pub mod select;

use std::fmt;
use std::str::FromStr;

use segue_log::Record;
use segue_wire::failed::Reason;

/// Where a failed event stands in `segue.failed`: `PARTITION/OFFSET`, which names it for as long as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailedId {
    /// The partition.
    pub partition: u32,
    /// The offset in it.
    pub offset: u64,
}

impl fmt::Display for FailedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.partition, self.offset)
    }
}

impl FromStr for FailedId {
    type Err = String;

    fn from_str(text: &str) -> Result<FailedId, String> {
        let parts = text.split_once('/').and_then(|(partition, offset)| {
            Some(FailedId { partition: partition.parse().ok()?, offset: offset.parse().ok()? })
        });
        parts
            .ok_or_else(|| "it is PARTITION/OFFSET, such as 4/17, as `segue failed list` shows it".to_owned())
    }
}

/// A failed event.
#[derive(Clone, Debug)]
pub struct FailedEvent {
    /// Where it stands.
    pub id: FailedId,
    /// Why it failed.
    pub reason: Reason,
    /// Its record, as it came but for the headers that say the reason.
    pub record: Record,
}

impl FailedEvent {
    /// Reads a record of `segue.failed`; `None` where the router did not write it.
    pub fn read(record: Record) -> Option<FailedEvent> {
        let headers = record.headers.iter().map(|header| (header.name.as_str(), header.value.as_deref()));
        let reason = Reason::read(headers)?;
        Some(FailedEvent {
            id: FailedId { partition: record.partition, offset: record.offset },
            reason,
            record,
        })
    }
}
