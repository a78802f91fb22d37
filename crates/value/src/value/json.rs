//! JSON and its shape -> a value. Containers are not looked into: their items become values when they are asked for.

use std::sync::Arc;

use segue_document::{self as document, Kind};

use super::{List, Map, Text, Value};
use crate::shape::Shape;
use crate::time::Timestamp;

/// What is known of the parts of something that has none by its shape.
static ANY: Shape = Shape::Any;

/// Below it every whole double is exact.
const EXACT_DOUBLE_MAX: f64 = 9_007_199_254_740_992.0;

impl<'a> Value<'a> {
    /// The value as its shape says; as it looks where the shape says nothing or something else.
    #[inline]
    pub fn of_json(value: document::Value<'a>, shape: &'a Shape) -> Value<'a> {
        match (value.kind(), shape) {
            (Kind::Null, _) => Value::Null,
            (Kind::Bool, _) => Value::Bool(value.as_bool() == Some(true)),
            (Kind::Number, shape) => number(value, shape),
            (Kind::String, Shape::Timestamp) => {
                let text = value.as_str().unwrap_or_default();
                Timestamp::parse(text).map_or(Value::text(text), Value::Timestamp)
            }
            (Kind::String, _) => Value::text(value.as_str().unwrap_or_default()),
            (Kind::Array, Shape::List(item)) => Value::List(List::Json(value, item)),
            (Kind::Array, _) => Value::List(List::Json(value, &ANY)),
            (Kind::Object, shape) => Value::Map(Map::Json(value, shape)),
        }
    }

    /// The same value, on its own: what it borrows is copied.
    pub fn to_static(&self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Bool(truth) => Value::Bool(*truth),
            Value::Int(number) => Value::Int(*number),
            Value::UInt(number) => Value::UInt(*number),
            Value::Double(number) => Value::Double(*number),
            Value::Text(Text::Borrowed(text)) => Value::Text(Text::Made(Arc::from(*text))),
            Value::Text(Text::Made(text)) => Value::Text(Text::Made(Arc::clone(text))),
            Value::Bytes(bytes) => Value::Bytes(Arc::clone(bytes)),
            Value::Timestamp(instant) => Value::Timestamp(*instant),
            Value::Duration(duration) => Value::Duration(*duration),
            Value::Type(name) => Value::Type(*name),
            Value::List(list) => Value::List(List::Made(list.items().map(|item| item.to_static()).collect())),
            Value::Map(map) => {
                let entries = map.entries().into_iter();
                Value::Map(Map::Made(
                    entries.map(|(key, value)| (key.to_static(), value.to_static())).collect(),
                ))
            }
        }
    }
}

pub(super) fn member_shape<'a>(shape: &'a Shape, name: &str) -> &'a Shape {
    shape.member(name).unwrap_or(&ANY)
}

fn number<'a>(value: document::Value<'_>, shape: &Shape) -> Value<'a> {
    let double = || value.as_f64().unwrap_or(f64::NAN);
    if *shape == Shape::Double {
        return Value::Double(double());
    }
    if let Some(whole) = value.as_i64() {
        return Value::Int(whole);
    }
    if let Ok(whole) = value.raw().parse::<u64>() {
        return Value::UInt(whole);
    }
    let double = double();
    // JSON Schema takes 1.0 and 1e3 for integers.
    if *shape == Shape::Int && double.fract() == 0.0 && double.abs() < EXACT_DOUBLE_MAX {
        return Value::Int(double as i64);
    }
    Value::Double(double)
}
