//! Expressions: CEL as the bundle writes it, compiled when it is read, evaluated on the facts of one decision.
//!
//! Shape: source + [`Names`] + [`Slots`] -> [`Expression`] or [`Template`], or all [`Fault`]s with their places; the
//! slots of all expressions of a bundle -> one [`Layout`]; layout + [`Facts`] -> [`Scope`]; then expression + scope -> a
//! value, or an [`EvalError`].
//! Pure: no clock, no environment; `now` is a fact like any other. Nothing of the parser shows in this API.
//! Invariant: the same source and the same facts give the same value; no source and no fact makes it panic.
//!
//! Read in this order: [`slots`], [`expression`], [`template`], [`scope`]; then what they are made of: `segue_syntax` (to
//! the checked tree), `node` and `compile` (the tree that is evaluated), `evaluate` (nodes to values), `clauses` (the
//! parts of a condition), [`claims`] (what they say of single facts), [`past`].

pub mod claims;
mod clauses;
mod compile;
mod evaluate;
pub mod expression;
pub mod fault;
mod function;
mod local;
mod node;
pub mod scope;
pub mod slots;
pub mod template;

pub use claims::Claim;
pub use expression::Expression;
pub use fault::EvalError;
pub use scope::{ActionFacts, AroundFacts, ChannelFacts, Facts, Scope};
pub use segue_past as past;
pub use segue_syntax::{
    Asked, AskedInput, Comparison, DecisionShape, Demands, Fault, Names, Operator, Origin, Reading, Root,
    Side, Tie, Wanted, can_be,
};
pub use segue_value::{Rest, Shape};
pub use slots::{Layout, Slots};
pub use template::{Rendered, Template};

#[cfg(test)]
mod fixture;
