//! The record of a signal about another subject than that of the event that it is made from.

use segue_document::{Value, Writer, member};
use segue_model::Event;

use crate::log_record::LogRecord;
use crate::origin::Origin;
use crate::own::{self, DecodeError};
use crate::profile;

/// An event on its way from the subject of which it was raised to the one that it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Passed {
    /// The event.
    pub event: Event,
    /// The event of a source that began it.
    pub cause: Event,
    /// How many signals, timers and news lie between the two.
    pub steps: u32,
    /// The record of the log at which it was raised, and which of its signals it is.
    pub origin: Origin,
}

/// Adds to the record of a signal what began it, and how many steps lie between.
pub(crate) fn write(writer: &mut Writer, cause: &Event, steps: u32) {
    let mut text = Writer::new();
    profile::write_event(&mut text, cause);
    // As a text: in an object its data would be taken for those of the record.
    let _ = writer.member(member!(steps)).integer(i64::from(steps));
    let _ = writer.member(member!(cause)).string(&text.finish());
}

pub(crate) fn read(root: Value<'_>, event: Event, origin: Origin) -> Result<LogRecord, DecodeError> {
    let cause = own::string(root.get("cause"), "cause")?;
    let cause = profile::read_event(own::parse(cause.as_bytes())?.root())?;
    let steps = own::unsigned(root.get("steps"), "steps")?;
    Ok(LogRecord::Signal(Box::new(Passed { event, cause, steps, origin })))
}
