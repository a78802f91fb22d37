//! What the owner of a partition notes in its log: that it is behind, that a topic cannot be written, that it can again;
//! and what partitions tell each other of how tasks were responded to.
//!
//! The first two are found out before a record is decided on that stands in the log already, while the note can only stand
//! at its end. So such a note says from which record on it counts, and whoever runs a log again reads the notes first.

use segue_document::{Kind, Value, Writer};
use segue_model::{Responses, Share, Timestamp};

mod reached;

pub use reached::Reached;

use crate::own::{self, DecodeError};

/// A note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// When it was made, by the owner's clock.
    pub at: Timestamp,
    /// What it says.
    pub says: Says,
}

/// What a note says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// From there on the router is behind: nothing leaves before the time at which the note was made.
    Behind(From),
    /// From there on the topic cannot be written: what would go there waits.
    Closed(From, String),
    /// The topic seems to be writable again, from this note's own place on.
    Open(String),
    /// How tasks were responded to in other partitions, from the beginning.
    Learned(Vec<Share>),
    /// How many subjects an event about everyone has reached.
    Reached(Box<Reached>),
}

/// From where on a note counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct From {
    /// The offset of the first record of its partition that is decided by it.
    pub offset: u64,
    /// After how many slices of what is done before and for that record: 0, unless the record had been begun.
    pub slices: u32,
}

impl Note {
    /// Its kind, as the log has it.
    pub(crate) fn kind(&self) -> &'static str {
        match self.says {
            Says::Behind(_) => "behind",
            Says::Closed(..) => "closed",
            Says::Open(_) => "open",
            Says::Learned(_) => "learned",
            Says::Reached(_) => "reached",
        }
    }

    /// Where it begins to count, if that is not its own place.
    pub fn from(&self) -> Option<From> {
        match self.says {
            Says::Behind(from) | Says::Closed(from, _) => Some(from),
            Says::Open(_) | Says::Learned(_) | Says::Reached(_) => None,
        }
    }

    /// Adds what it says to the members that all records have.
    pub(crate) fn write(&self, writer: &mut Writer) {
        if let Some(from) = self.from() {
            let _ = writer.key("from").integer(from.offset as i64);
            if from.slices > 0 {
                let _ = writer.key("slices").integer(i64::from(from.slices));
            }
        }
        if let Says::Closed(_, topic) | Says::Open(topic) = &self.says {
            let _ = writer.key("topic").string(topic);
        }
        if let Says::Reached(reached) = &self.says {
            reached.write(writer);
        }
        if let Says::Learned(shares) = &self.says {
            let _ = writer.key("shares").begin_array();
            for Share { partition, action, counted } in shares {
                let _ = writer.begin_array().unsigned(u64::from(*partition)).string(action);
                let _ = writer.unsigned(counted.positives).unsigned(counted.responses).end_array();
            }
            let _ = writer.end_array();
        }
    }

    /// Reads a note of that kind.
    pub(crate) fn read(kind: &str, root: Value<'_>) -> Result<Note, DecodeError> {
        let topic = || own::string(root.get("topic"), "topic");
        let says = match kind {
            "behind" => Says::Behind(from(root)?),
            "closed" => Says::Closed(from(root)?, topic()?),
            "learned" => Says::Learned(shares(root)?),
            "reached" => Says::Reached(Box::new(Reached::read(root)?)),
            _ => Says::Open(topic()?),
        };
        Ok(Note { at: own::instant(root.get("at"), "at")?, says })
    }
}

fn shares(root: Value<'_>) -> Result<Vec<Share>, DecodeError> {
    let list = own::required(root.get("shares").filter(|shares| shares.kind() == Kind::Array), "shares")?;
    let share = |share: Value<'_>| {
        let positives = own::unsigned(share.item(2), "shares")?;
        let counted = Responses { positives, responses: own::unsigned(share.item(3), "shares")? };
        let partition = own::unsigned(share.item(0), "shares")?;
        Ok(Share { partition, action: own::string(share.item(1), "shares")?, counted })
    };
    list.items().map(share).collect()
}

fn from(root: Value<'_>) -> Result<From, DecodeError> {
    let slices = match root.get("slices") {
        None => 0,
        some => own::unsigned(some, "slices")?,
    };
    Ok(From { offset: own::unsigned(root.get("from"), "from")?, slices })
}
