//! A value of an expression.

use std::sync::Arc;

use segue_document as document;

use crate::shape::Shape;
use crate::time::{Duration, Timestamp};

/// A value of an expression; it may borrow from documents.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that is never negative.
    UInt(u64),
    /// A double.
    Double(f64),
    /// A text.
    Text(Text<'a>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// An instant.
    Timestamp(Timestamp),
    /// A length of time.
    Duration(Duration),
    /// The name of a type.
    Type(Type),
    /// A list.
    List(List<'a>),
    /// A map.
    Map(Map<'a>),
}

/// A text.
#[derive(Clone, Debug)]
pub enum Text<'a> {
    /// Of a document or of the source.
    Borrowed(&'a str),
    /// One that was made.
    Made(Arc<str>),
}

/// A list.
#[derive(Clone, Debug)]
pub enum List<'a> {
    /// A JSON array, and the shape of its items.
    Json(document::Value<'a>, &'a Shape),
    /// One that was made.
    Made(Arc<[Value<'a>]>),
}

/// A map.
#[derive(Clone, Debug)]
pub enum Map<'a> {
    /// A JSON object, and its shape.
    Json(document::Value<'a>, &'a Shape),
    /// One that was made: keys are bool, int, uint or text, in the order of CEL's map keys.
    Made(Arc<[(Value<'a>, Value<'a>)]>),
}

/// The name of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `null_type`
    Null,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `uint`
    UInt,
    /// `double`
    Double,
    /// `string`
    Text,
    /// `bytes`
    Bytes,
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// `google.protobuf.Duration`
    Duration,
    /// `list`
    List,
    /// `map`
    Map,
    /// `type`
    Type,
}
