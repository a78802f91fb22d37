//! The records by which ids of one person come together: a link on its way to the id that does not stay, and what was
//! known of that one on its way to the other.

use segue_document::{Value, Writer, member};
use segue_model::{Event, Profile};

use crate::log_record::LogRecord;
use crate::origin::Origin;
use crate::own::{self, DecodeError};
use crate::profile;

/// A link of two ids, or what came of it. Its event is about whom the record is for.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The event that linked the two.
    pub event: Event,
    /// The other id.
    pub with: String,
    /// What was known of the other id, which does not stay; `None` while that is still to be asked for.
    pub known: Option<Box<Profile>>,
    /// Where it comes from.
    pub origin: Origin,
}

impl Linked {
    /// The kind of its record.
    pub(crate) fn kind(&self) -> &'static str {
        if self.known.is_some() { "handover" } else { "link" }
    }
}

/// Adds to the record of an event what makes it one of a link.
pub(crate) fn write(writer: &mut Writer, with: &str, known: Option<&Profile>) {
    let _ = writer.member(member!(with)).string(with);
    if let Some(known) = known {
        // As a text: in an object its data would be taken for those of the record.
        let _ = writer.member(member!(known)).string(&profile::encode(known));
    }
}

pub(crate) fn read(root: Value<'_>, event: Event, origin: Origin) -> Result<LogRecord, DecodeError> {
    let known = match own::optional(root.get("known"), "known")? {
        None => None,
        Some(text) => Some(Box::new(profile::decode(text.as_bytes())?)),
    };
    Ok(LogRecord::Linked(Box::new(Linked {
        event,
        with: own::string(root.get("with"), "with")?,
        known,
        origin,
    })))
}
