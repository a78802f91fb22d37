//! How many subjects an event about everyone has reached: what one partition says of its own, and what all say together.

use segue_document::{Value, Writer};

use crate::own::{self, DecodeError};

/// How many subjects an event about everyone has reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The id of the source's document.
    pub source: String,
    /// The event's id.
    pub event: String,
    /// The W3C trace context of the event.
    pub traceparent: Option<String>,
    /// Where the event stands in `segue.shared`.
    pub row: u64,
    /// The partition that says so.
    pub partition: u32,
    /// For how many subjects a rule fired on it.
    pub subjects: u64,
    /// True if a task came of it for one of them, now or later.
    pub has_acted: bool,
}

impl Reached {
    pub(super) fn write(&self, writer: &mut Writer) {
        let _ = writer.key("source").string(&self.source).key("event").string(&self.event);
        if let Some(traceparent) = &self.traceparent {
            let _ = writer.key("traceparent").string(traceparent);
        }
        let _ = writer.key("row").unsigned(self.row).key("partition").unsigned(u64::from(self.partition));
        let _ = writer.key("subjects").unsigned(self.subjects).key("acted").bool(self.has_acted);
    }

    pub(super) fn read(root: Value<'_>) -> Result<Reached, DecodeError> {
        Ok(Reached {
            source: own::string(root.get("source"), "source")?,
            event: own::string(root.get("event"), "event")?,
            traceparent: own::optional(root.get("traceparent"), "traceparent")?,
            row: own::unsigned(root.get("row"), "row")?,
            partition: own::unsigned(root.get("partition"), "partition")?,
            subjects: own::unsigned(root.get("subjects"), "subjects")?,
            has_acted: own::required(root.get("acted").and_then(Value::as_bool), "acted")?,
        })
    }
}
