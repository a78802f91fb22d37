//! JSON as the router holds it: parsed once within limits, read in place, written back to the bit.
//!
//! Shape: bytes -> [`Document`] (the text and a flat list of its values) -> [`Value`], a cursor that copies nothing.
//! Invariants: a document is valid JSON without duplicate keys; numbers keep the text they came with.
//!
//! Read in this order: [`document`], [`parse`], [`value`], [`text`], [`write`], [`merge`].

pub mod document;
pub mod merge;
pub mod parse;
pub mod text;
pub mod value;
pub mod write;

pub use document::Document;
pub use merge::{merge_patch, replace_at};
pub use parse::{Limits, ParseError, ParseErrorKind};
pub use text::{begins_with, same_text};
pub use value::{Items, Kind, Members, Name, Value};
pub use write::Writer;
