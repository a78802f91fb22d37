//! The nouns that every other crate speaks in: events, whom they are about, what is known, what is decided.
//!
//! Shape: plain data; no I/O, no clock. JSON is held as [`segue_document::Document`].
//!
//! Read in this order: [`time`], [`subject`], [`event`], [`failure`], [`past`], [`agenda`], [`learned`], [`profile`],
//! [`task`], [`outcome`], [`status`], [`decision`], [`id`].

pub mod agenda;
pub mod decision;
pub mod event;
pub mod failure;
pub mod id;
pub mod identity;
pub mod learned;
pub mod outcome;
pub mod past;
pub mod profile;
pub mod status;
pub mod subject;
pub mod task;
pub mod time;

pub use agenda::{Agenda, Begun, Live, Moment, Stage, Wait};
pub use decision::{Candidate, Decision, Stimulus, Verdict};
pub use event::{Cause, Event, Surroundings};
pub use failure::FailureCode;
pub use identity::Forward;
pub use learned::{Learned, Responses, Share};
pub use outcome::{Outcome, OutcomeKind};
pub use past::{Past, Remembered, Seen};
pub use profile::{Heard, Latest, Profile, Row, Rows, Trial};
pub use status::Status;
pub use subject::Subject;
pub use task::{Priority, Task};
pub use time::{Span, Timestamp};
