//! Intake: a record of a source -> records of the log. Pure, and without state.
//!
//! Shape: decode -> a declared type -> valid by its schema -> not from the future -> about someone -> logged. What
//! fails on the way is logged too, as a failed event: nothing leaves but by the log.
//! Invariants: every record has exactly one [`Outcome`]; where it goes is a function of the record and the bundle
//! alone, so that a record taken twice goes to the same place twice, under the same origin.
//!
//! Read in this order: [`intake`] (the way of a record), `recognise` (whose event it is), `whose` (whom it is about),
//! `around` (where and with which device).

mod around;
pub mod intake;
mod recognise;
mod whose;

pub use intake::{Intake, Outcome, Taken};
pub use segue_document::Limits;
pub use segue_lookup::addresses::{self, Addresses};
