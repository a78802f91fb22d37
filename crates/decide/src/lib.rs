//! Decides what one stimulus leads to: event + profile + bundle + now -> a decision with its reasons, and tasks.
//!
//! Shape: [`decide`] is one pure function. The rules whose `on` fits are asked in the order of their ids ([`rules`]),
//! what they propose becomes candidates, each with its score ([`priority`]); what is released becomes a task
//! ([`treat`]) that carries only what its destination may be told ([`share`]).

mod cap;
pub mod decide;
pub mod priority;
pub mod rules;
pub mod share;
mod signals;
pub mod treat;

pub use decide::{Made, Matter, decide};
pub use rules::{Asked, AskedKind, Clause};
pub use segue_bundle::Scratch;
