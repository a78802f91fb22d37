//! Sums, differences, products, quotients. Whole numbers are checked, doubles follow IEEE 754.

use crate::fault::Fault;
use crate::value::{ITEMS_MAX, List, TEXT_BYTES_MAX, Value, bounded};

/// `a + b`: numbers of one type, texts, bytes, lists; durations, and an instant with a duration.
///
/// # Errors
/// [`Fault::NoOverload`], [`Fault::Overflow`], [`Fault::TooLarge`].
#[inline]
pub fn add<'a>(a: &Value<'a>, b: &Value<'a>) -> Result<Value<'a>, Fault> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.checked_add(*b).map(Value::Int).ok_or(Fault::Overflow),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a + b)),
        _ => add_otherwise(a, b),
    }
}

fn add_otherwise<'a>(a: &Value<'a>, b: &Value<'a>) -> Result<Value<'a>, Fault> {
    match (a, b) {
        (Value::UInt(a), Value::UInt(b)) => a.checked_add(*b).map(Value::UInt).ok_or(Fault::Overflow),
        (Value::Text(a), Value::Text(b)) => {
            let (a, b) = (a.as_str(), b.as_str());
            bounded(a.len() + b.len(), TEXT_BYTES_MAX)?;
            Value::made([a, b].concat())
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            bounded(a.len() + b.len(), TEXT_BYTES_MAX)?;
            Value::bytes([&**a, &**b].concat())
        }
        (Value::List(a), Value::List(b)) => join(a, b),
        (Value::Timestamp(instant), Value::Duration(duration))
        | (Value::Duration(duration), Value::Timestamp(instant)) => {
            instant.plus(*duration).map(Value::Timestamp).ok_or(Fault::Overflow)
        }
        (Value::Duration(a), Value::Duration(b)) => a.plus(*b).map(Value::Duration).ok_or(Fault::Overflow),
        _ => Err(Fault::NoOverload),
    }
}

fn join<'a>(a: &List<'a>, b: &List<'a>) -> Result<Value<'a>, Fault> {
    bounded(a.len() + b.len(), ITEMS_MAX)?;
    Value::list(a.items().chain(b.items()).collect::<Vec<_>>())
}

/// `a - b`: numbers of one type; instants, durations, and an instant with a duration.
///
/// # Errors
/// [`Fault::NoOverload`], [`Fault::Overflow`].
#[inline]
pub fn subtract<'a>(a: &Value<'_>, b: &Value<'_>) -> Result<Value<'a>, Fault> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.checked_sub(*b).map(Value::Int),
        (Value::UInt(a), Value::UInt(b)) => a.checked_sub(*b).map(Value::UInt),
        (Value::Double(a), Value::Double(b)) => Some(Value::Double(a - b)),
        (Value::Timestamp(a), Value::Timestamp(b)) => a.since(*b).map(Value::Duration),
        (Value::Timestamp(a), Value::Duration(b)) => a.minus(*b).map(Value::Timestamp),
        (Value::Duration(a), Value::Duration(b)) => a.minus(*b).map(Value::Duration),
        _ => return Err(Fault::NoOverload),
    }
    .ok_or(Fault::Overflow)
}

/// `a * b`: numbers of one type.
///
/// # Errors
/// [`Fault::NoOverload`], [`Fault::Overflow`].
#[inline]
pub fn multiply<'a>(a: &Value<'_>, b: &Value<'_>) -> Result<Value<'a>, Fault> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.checked_mul(*b).map(Value::Int),
        (Value::UInt(a), Value::UInt(b)) => a.checked_mul(*b).map(Value::UInt),
        (Value::Double(a), Value::Double(b)) => Some(Value::Double(a * b)),
        _ => return Err(Fault::NoOverload),
    }
    .ok_or(Fault::Overflow)
}

/// `a / b`: numbers of one type; whole ones are cut off towards zero.
///
/// # Errors
/// [`Fault::NoOverload`], [`Fault::Overflow`]; [`Fault::DivisionByZero`] of whole numbers.
#[inline]
pub fn divide<'a>(a: &Value<'_>, b: &Value<'_>) -> Result<Value<'a>, Fault> {
    match (a, b) {
        (Value::Int(_), Value::Int(0)) | (Value::UInt(_), Value::UInt(0)) => Err(Fault::DivisionByZero),
        (Value::Int(a), Value::Int(b)) => a.checked_div(*b).map(Value::Int).ok_or(Fault::Overflow),
        (Value::UInt(a), Value::UInt(b)) => Ok(Value::UInt(a / b)),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a / b)),
        _ => Err(Fault::NoOverload),
    }
}

/// `a % b`: whole numbers of one type; the sign is that of `a`.
///
/// # Errors
/// [`Fault::NoOverload`], [`Fault::Overflow`], [`Fault::DivisionByZero`].
#[inline]
pub fn modulo<'a>(a: &Value<'_>, b: &Value<'_>) -> Result<Value<'a>, Fault> {
    match (a, b) {
        (Value::Int(_), Value::Int(0)) | (Value::UInt(_), Value::UInt(0)) => Err(Fault::DivisionByZero),
        (Value::Int(a), Value::Int(b)) => a.checked_rem(*b).map(Value::Int).ok_or(Fault::Overflow),
        (Value::UInt(a), Value::UInt(b)) => Ok(Value::UInt(a % b)),
        _ => Err(Fault::NoOverload),
    }
}

/// `-a`: an int or a double.
///
/// # Errors
/// [`Fault::NoOverload`], [`Fault::Overflow`].
#[inline]
pub fn negate<'a>(a: &Value<'_>) -> Result<Value<'a>, Fault> {
    match a {
        Value::Int(number) => number.checked_neg().map(Value::Int).ok_or(Fault::Overflow),
        Value::Double(number) => Ok(Value::Double(-number)),
        _ => Err(Fault::NoOverload),
    }
}
