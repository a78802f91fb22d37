//! An event as the engine sees it: declared, valid, and about someone.

use std::sync::Arc;

use segue_document::Document;

use crate::subject::Subject;
use crate::time::Timestamp;

/// The source of the events that the router itself makes.
pub const OWN_SOURCE: &str = "segue";

/// A CloudEvent that a declared source has published, of a declared type, whose data its schema admits.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The id of the source's document in the bundle.
    pub source: String,
    /// The CloudEvents `source`, where the event gave one: the namespace of its id.
    pub namespace: Option<String>,
    /// The event's id, unique within its namespace.
    pub id: String,
    /// The event's type. (`type` is a word of the language.)
    pub kind: String,
    /// When it happened, as the source says; if it did not say, when it was logged.
    pub time: Timestamp,
    /// When intake logged it.
    pub logged_at: Timestamp,
    /// Whom it is about; `None` for an event about everyone.
    pub subject: Option<Subject>,
    /// The matter it belongs to: its correlation id, else the id of its cause.
    pub journey: String,
    /// The W3C trace context it came with.
    pub traceparent: Option<String>,
    /// Where its subject was, and with which device.
    pub surroundings: Surroundings,
    /// Its data.
    pub data: Document,
}

/// Where somebody was, and with which device, as intake made it out of an event. It stands in the log, so that a replay
/// goes by the same, whatever the databases say by then.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surroundings {
    /// An object with those of `city`, `country`, `lat`, `lon`, `region` and `timezone` that are known.
    pub place: Option<Arc<Document>>,
    /// An object with those of `browser`, `kind` and `os` that are known.
    pub device: Option<Arc<Document>>,
}

impl Surroundings {
    /// True if nothing is known of them.
    pub fn is_empty(&self) -> bool {
        self.place.is_none() && self.device.is_none()
    }
}

impl Event {
    /// The instant that windows and rows go by: the earlier of its time and the time it was logged.
    pub fn instant(&self) -> Timestamp {
        self.time.min(self.logged_at)
    }

    /// What two deliveries of one event have in common: the CloudEvents source, else the document's id.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or(&self.source)
    }

    /// The event as a cause to be named in what follows from it.
    pub fn cause(&self) -> Cause<'_> {
        Cause { source: &self.source, event: &self.id, kind: &self.kind }
    }
}

/// The event of a source that began a decision or a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause<'a> {
    /// The id of the source's document.
    pub source: &'a str,
    /// The event's id.
    pub event: &'a str,
    /// The event's type.
    pub kind: &'a str,
}
