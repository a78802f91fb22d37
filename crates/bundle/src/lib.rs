//! What integration engineers write: files -> [`Finding`]s with places, or one compiled [`Bundle`].
//!
//! Shape: [`load`] reads a directory and calls [`read`], which is pure: YAML texts -> nodes with places
//! ([`segue_yaml`]) -> documents, each kind in a file of its own ([`documents`]) -> compiled types ([`bundle`]).
//! Whatever is wrong is reported at once, sorted by its place.
//! Invariant: a bundle that was returned has no unknown name, no expression that does not compile, and no template
//! that tells a destination more than its `share` allows.
//!
//! Read in this order: [`bundle`], [`watchers`], [`names`], [`documents`], [`read`].

pub mod around;
pub mod bundle;
mod channel;
mod conditions;
mod context;
mod documents;
mod files;
mod json;
mod life;
mod limits;
mod names;
mod needs;
mod partial;
mod paths;
mod priority;
mod proposed;
mod read;
mod shadowed;
mod share;
mod unused;
mod uses;
pub mod watchers;

pub use bundle::Bundle;
pub use files::{LoadError, load, texts};
pub use json::documents_as_json;
pub use read::{Loaded, read};
pub use segue_index::Scratch;
pub use segue_schema::{Schema, SchemaError};
pub use segue_yaml::{Explanation, Finding, Severity, closest, codes, excerpt, explain, visible};

/// What is wrong with a bundle: what, where, and what to do about it.
pub mod findings {
    pub use segue_yaml::findings::{Finding, Severity, codes, explain};
}
