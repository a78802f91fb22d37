//! Expressions: CEL as the bundle writes it, checked when it is read, evaluated on the facts of one decision.
//!
//! Shape: source + [`Names`] -> [`Expression`] or [`Template`], or the [`Fault`]s with their places;
//! then [`Scope`] -> a value, or an [`EvalError`].
//! Pure: no clock, no environment; `now` is a fact like any other. Nothing of the interpreter shows in this API.
//!
//! Read in this order: [`shape`], [`fault`], [`expression`], [`template`], [`scope`].

pub mod expression;
pub mod fault;
pub mod scope;
pub mod shape;
pub mod template;

pub use expression::Expression;
pub use fault::{EvalError, Fault};
pub use scope::{ActionFacts, Facts, Scope};
pub use shape::{Names, Rest, Shape};
pub use template::{Rendered, Template};
