//! Tests on slots, as the makers of conditions write them.

use std::sync::Arc;

use segue_value::{Duration, Timestamp, Value};

/// A test on the value of one slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Atom {
    /// The slot, by the number that its value is asked by.
    pub slot: u32,
    /// What its value must be.
    pub test: Test,
}

/// What a value must be. Each goes by the rules of CEL: equality is never an error, and values of different kinds are
/// different. An order between values of different kinds, with null or with not-a-number is an error, which passes the
/// test, as does an unknown value.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Equal to one of these: `x == a`, `x in [a, b]`. With none of them, the test never holds.
    OneOf(Vec<Constant>),
    /// Equal to none of these: `x != a`, `!(x in [a, b])`.
    NoneOf(Vec<Constant>),
    /// Within bounds: `x >= a && x < b`. A bound of null or not-a-number restricts nothing.
    Range {
        /// The lower bound, if there is one.
        low: Option<Bound>,
        /// The upper bound, if there is one.
        high: Option<Bound>,
    },
}

/// One end of a range.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The end itself.
    pub constant: Constant,
    /// Whether the end belongs to the range.
    pub inclusive: bool,
}

/// A value to compare with. Numbers are compared by what they are worth, whatever their type.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that is never negative.
    UInt(u64),
    /// A double. Not-a-number is equal to nothing and has no order.
    Double(f64),
    /// A text.
    Text(Arc<str>),
    /// An instant.
    Timestamp(Timestamp),
    /// A length of time.
    Duration(Duration),
}

impl Constant {
    /// The constant of a value; `None` of bytes, types, lists and maps, which no test is about.
    pub fn of(value: &Value<'_>) -> Option<Constant> {
        Some(match value {
            Value::Null => Constant::Null,
            Value::Bool(value) => Constant::Bool(*value),
            Value::Int(value) => Constant::Int(*value),
            Value::UInt(value) => Constant::UInt(*value),
            Value::Double(value) => Constant::Double(*value),
            Value::Text(segue_value::Text::Borrowed(text)) => Constant::Text(Arc::from(*text)),
            Value::Text(segue_value::Text::Made(text)) => Constant::Text(Arc::clone(text)),
            Value::Timestamp(value) => Constant::Timestamp(*value),
            Value::Duration(value) => Constant::Duration(*value),
            Value::Bytes(_) | Value::Type(_) | Value::List(_) | Value::Map(_) => return None,
        })
    }
}
