//! The text of a bundle's files: YAML -> [`Node`]s that know their places, and [`Finding`]s that point into it.
//!
//! Shape: [`documents`] reads the documents of one [`SourceFile`]; what is wrong goes to the [`Report`], which whoever
//! reads the nodes adds to and at last asks for all that was found, sorted by place. Every finding has a code that the
//! page of the findings explains ([`explain`]), and often a hint, such as the name that was meant ([`closest()`]).
//! Invariants: no text makes it panic; its work is bounded by the limits of a file; a place lies inside of its file, in
//! characters; nothing here knows what documents mean.
//!
//! Read in this order: [`findings`], `node`, [`codes`], `closest`, `shown`.

mod closest;
pub mod codes;
pub mod findings;
mod node;
mod shown;

pub use closest::{closest, did_you_mean};
pub use codes::Explanation;
pub use findings::{Finding, Place, Report, Severity, SourceFile, explain};
pub use node::{BYTES_MAX, Key, Node, Scalar, ScalarKind, Value, documents};
pub use shown::{excerpt, visible};
