//! Decides what one stimulus leads to: event + profile + bundle + now -> a decision with its reasons, and tasks.
//!
//! Shape: pure functions of a [`Matter`]: [`decide()`] on an event, [`decide_each`] on one about everyone, [`decide_timer`] on a timer that a rule has set,
//! [`decide_again`] on tasks that were held. The rules whose `on` fits are asked in the order of their ids ([`rules`]),
//! what they propose becomes candidates (`candidates`), each with its score ([`priority`]); each is then settled
//! (`settle`): turned down, given a channel (`channel`), held (`hold`), or released as a task ([`treat`]) that carries only what its destination may
//! be told ([`share`]).

pub mod again;
pub mod bars;
mod candidates;
mod cap;
pub mod channel;
mod choose;
pub mod control;
pub mod decide;
mod explore;
mod hold;
mod policy;
pub mod priority;
pub mod rules;
mod settle;
pub mod share;
mod signals;
mod suppress;
mod treat;

pub use again::{Again, decide_again};
pub use bars::{Bars, topic_of};
pub use control::Met;
pub use decide::{Made, Matter, Timer, decide, decide_each, decide_timer, decision, scope};
pub use rules::{Asked, AskedKind, Clause, Named};
pub use segue_bundle::Scratch;
