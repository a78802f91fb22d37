//! A value of an expression: what it is, how it is made, and what it holds.
//!
//! Values of JSON stay where they are: a text, a list and a map of a document are borrowed, with the shape that the
//! schemas give them. What is made is counted by reference. Read on: `json` makes values of documents, `parts` finds
//! what is inside of lists and maps.

mod json;
mod parts;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use segue_document as document;

use crate::fault::Fault;
use crate::operator;
use crate::shape::Shape;
use crate::time::{Duration, Timestamp};

/// The longest text or bytes that an expression may make.
pub const TEXT_BYTES_MAX: usize = 1 << 20;
/// The longest list or map that an expression may make.
pub const ITEMS_MAX: usize = 100_000;

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
    /// One that was made: keys are int, uint, bool or text, in the order of [`key_order`], none twice. Make it with
    /// [`Value::map`], which sees to that.
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

impl Type {
    /// Every type.
    pub const ALL: [Type; 12] = [
        Type::Null,
        Type::Bool,
        Type::Int,
        Type::UInt,
        Type::Double,
        Type::Text,
        Type::Bytes,
        Type::Timestamp,
        Type::Duration,
        Type::List,
        Type::Map,
        Type::Type,
    ];

    /// The name as CEL has it.
    pub fn name(self) -> &'static str {
        match self {
            Type::Null => "null_type",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::UInt => "uint",
            Type::Double => "double",
            Type::Text => "string",
            Type::Bytes => "bytes",
            Type::Timestamp => "google.protobuf.Timestamp",
            Type::Duration => "google.protobuf.Duration",
            Type::List => "list",
            Type::Map => "map",
            Type::Type => "type",
        }
    }

    /// The type of that name.
    pub fn of_name(name: &str) -> Option<Type> {
        Type::ALL.into_iter().find(|known| known.name() == name)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Text<'_> {
    /// The text.
    #[inline]
    pub fn as_str(&self) -> &str {
        match self {
            Text::Borrowed(text) => text,
            Text::Made(text) => text,
        }
    }
}

impl<'a> Value<'a> {
    /// A text that stands somewhere else.
    #[inline]
    pub fn text(text: &'a str) -> Value<'a> {
        Value::Text(Text::Borrowed(text))
    }

    /// A text that was made.
    ///
    /// # Errors
    /// [`Fault::TooLarge`] past [`TEXT_BYTES_MAX`].
    pub fn made(text: impl Into<Arc<str>>) -> Result<Value<'a>, Fault> {
        let text = text.into();
        bounded(text.len(), TEXT_BYTES_MAX)?;
        Ok(Value::Text(Text::Made(text)))
    }

    /// Bytes that were made.
    ///
    /// # Errors
    /// [`Fault::TooLarge`] past [`TEXT_BYTES_MAX`].
    pub fn bytes(bytes: impl Into<Arc<[u8]>>) -> Result<Value<'a>, Fault> {
        let bytes = bytes.into();
        bounded(bytes.len(), TEXT_BYTES_MAX)?;
        Ok(Value::Bytes(bytes))
    }

    /// A list that was made.
    ///
    /// # Errors
    /// [`Fault::TooLarge`] past [`ITEMS_MAX`].
    pub fn list(items: impl Into<Arc<[Value<'a>]>>) -> Result<Value<'a>, Fault> {
        let items = items.into();
        bounded(items.len(), ITEMS_MAX)?;
        Ok(Value::List(List::Made(items)))
    }

    /// A map of these keys and values, in any order.
    ///
    /// # Errors
    /// [`Fault::NoOverload`] for a key that is no int, uint, bool or text; [`Fault::DuplicateKey`] for one that stands
    /// there twice, also as a number of another type; [`Fault::TooLarge`] past [`ITEMS_MAX`].
    pub fn map(mut entries: Vec<(Value<'a>, Value<'a>)>) -> Result<Value<'a>, Fault> {
        bounded(entries.len(), ITEMS_MAX)?;
        let is_key =
            |key: &Value<'_>| matches!(key, Value::Int(_) | Value::UInt(_) | Value::Bool(_) | Value::Text(_));
        if !entries.iter().all(|(key, _)| is_key(key)) {
            return Err(Fault::NoOverload);
        }
        entries.sort_by(|(a, _), (b, _)| key_order(a, b));
        if entries.windows(2).any(|pair| key_order(&pair[0].0, &pair[1].0) == Ordering::Equal) {
            return Err(Fault::DuplicateKey);
        }
        Ok(Value::Map(Map::Made(entries.into())))
    }

    /// The name of its type.
    #[inline]
    pub fn type_of(&self) -> Type {
        match self {
            Value::Null => Type::Null,
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::UInt(_) => Type::UInt,
            Value::Double(_) => Type::Double,
            Value::Text(_) => Type::Text,
            Value::Bytes(_) => Type::Bytes,
            Value::Timestamp(_) => Type::Timestamp,
            Value::Duration(_) => Type::Duration,
            Value::Type(_) => Type::Type,
            Value::List(_) => Type::List,
            Value::Map(_) => Type::Map,
        }
    }

    /// True for `null`.
    #[inline]
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The truth value, of a bool.
    #[inline]
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(truth) = self { Some(*truth) } else { None }
    }

    /// The text, of a text.
    #[inline]
    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text.as_str()) } else { None }
    }

    /// The nearest double, of a number of any type; it may be infinite or none.
    #[inline]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Int(number) => Some(*number as f64),
            Value::UInt(number) => Some(*number as f64),
            Value::Double(number) => Some(*number),
            _ => None,
        }
    }
}

/// Nothing, if it is not more.
pub(crate) fn bounded(length: usize, length_max: usize) -> Result<(), Fault> {
    if length > length_max { Err(Fault::TooLarge) } else { Ok(()) }
}

/// The order of the keys of maps: numbers by their size whatever their type, then `false`, `true`, then texts by code
/// points. What can be no key stands last.
pub fn key_order(a: &Value<'_>, b: &Value<'_>) -> Ordering {
    if let (Value::Text(a), Value::Text(b)) = (a, b) {
        return a.as_str().cmp(b.as_str());
    }
    let rank = |key: &Value<'_>| match key {
        Value::Int(_) | Value::UInt(_) | Value::Double(_) => 0,
        Value::Bool(_) => 1,
        Value::Text(_) => 2,
        _ => 3,
    };
    rank(a).cmp(&rank(b)).then_with(|| operator::compare(a, b).unwrap_or(Ordering::Equal))
}

/// As `==` of CEL has it: numbers by their size whatever their type, NaN equal to nothing.
impl PartialEq for Value<'_> {
    fn eq(&self, other: &Value<'_>) -> bool {
        operator::equals(self, other)
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Value::Double(number)
    }
}

#[cfg(test)]
mod tests;
