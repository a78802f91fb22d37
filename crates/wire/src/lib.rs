//! Bytes to model and back: what comes in as CloudEvents, plain JSON, changes of databases or Segment's messages, what stands in the log, what goes out.
//!
//! Shape: [`Frame`] (a record as it came) -> [`Incoming`] or [`Failure`]; model -> [`Outgoing`]; the log's own records
//! both ways. No rule of the domain is decided here, and nothing here panics on bytes from outside.
//! Invariant: the text of a failure holds nothing of the values that failed, so that it can be shown and logged.
//!
//! Read in this order: [`incoming`], [`cloudevent`], [`plain`], [`debezium`], [`segment`], [`outcome`], [`log_record`], [`note`], [`command`], then what goes out:
//! [`task`], [`status`], [`decision`], [`joined`], [`failed`], and what is kept: [`profile`], [`bundles`].

pub mod bundles;
pub mod cloudevent;
pub mod command;
pub mod debezium;
pub mod decision;
pub mod failed;
pub mod incoming;
pub mod joined;
pub mod key;
pub mod linked;
pub mod log_record;
pub mod note;
pub mod origin;
pub mod outcome;
pub mod outgoing;
mod own;
mod passed;
pub mod plain;
pub mod profile;
pub mod ranges;
pub mod segment;
pub mod status;
pub mod task;

pub use command::Command;
pub use failed::Failed;
pub use incoming::{Failure, Frame, Incoming};
pub use joined::Joined;
pub use linked::Linked;
pub use log_record::{EventRecord, LogRecord};
pub use note::Note;
pub use origin::Origin;
pub use outgoing::Outgoing;
pub use own::DecodeError;
pub use plain::Envelope;
pub use ranges::Ranges;

/// The topics that belong to the router itself.
pub mod topics {
    /// The log: one ordered partition after another, keyed by subject.
    pub const LOG: &str = "segue.log";
    /// What concerns everyone, in one partition.
    pub const SHARED: &str = "segue.shared";
    /// What became of each stimulus.
    pub const DECISIONS: &str = "segue.decisions";
    /// Those of them that made, held or withdrew a task once more, kept for longer; keyed by decision and compacted, so that
    /// each can be removed.
    pub const KEPT: &str = "segue.kept-decisions";
    /// Events that could not be used.
    pub const FAILED: &str = "segue.failed";
    /// Which of them were sent round again.
    pub const RETRIED: &str = "segue.retried";
    /// What is kept of each subject: compacted.
    pub const PROFILES: &str = "segue.profiles";
    /// The bundles that were deployed, and which of them is decided by: compacted.
    pub const BUNDLES: &str = "segue.bundles";
}
