//! JSON Schema: the text of a schema -> [`Schema`], or every [`SchemaFault`] with its place; a document -> whether it fits.
//!
//! Shape: [`Schema::compile`] once, when the bundle is read; [`Schema::check`] for every event, on the document in place;
//! [`Schema::shape`], [`Schema::private`] and [`Schema::domains`] say what expressions may know of what it admits.
//! Pure: no file, no network; a schema that refers outside itself is refused.
//! Invariant: what is said of a document tells nothing that the document says.

pub mod schema;

pub use schema::domain::{Domain, Limit, LimitKind};
pub use schema::{BYTES_MAX, Schema, SchemaError, SchemaFault};
