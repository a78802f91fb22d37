//! What integration engineers write: files -> [`Finding`]s with places, or one compiled [`Bundle`].
//!
//! Shape: [`load`] reads a directory and calls [`read`], which is pure: YAML texts -> nodes with places ([`yaml`]) ->
//! documents, each kind in a file of its own ([`documents`]) -> compiled types ([`bundle`]). Whatever is wrong is
//! reported at once, sorted by its place.
//! Invariant: a bundle that was returned has no unknown name, no expression that does not compile, and no template
//! that tells a destination more than its `share` allows.
//!
//! Read in this order: [`bundle`], [`watchers`], [`findings`], [`yaml`], [`names`], [`documents`], [`read`].

pub mod bundle;
mod closest;
pub mod codes;
mod conditions;
mod documents;
mod files;
pub mod findings;
mod json;
mod names;
mod needs;
mod paths;
mod proposed;
mod read;
mod shadowed;
mod share;
mod unused;
pub mod watchers;
mod yaml;

pub use bundle::Bundle;
pub use closest::closest;
pub use codes::Explanation;
pub use files::{LoadError, load, texts};
pub use findings::{Finding, Severity, explain};
pub use json::documents_as_json;
pub use read::{Loaded, read};
pub use segue_index::Scratch;
pub use segue_schema::{Schema, SchemaError};
