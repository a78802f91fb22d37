//! Conversions: `bool(x)`, `int(x)` and the others.
//!
//! All of them end in [`Fault::NoOverload`] for a type that they do not take, and in [`Fault::BadConversion`] for a
//! value of a type that they take which cannot be said in the other.

use crate::fault::Fault;
use crate::time::{Duration, Timestamp};
use crate::value::{TEXT_BYTES_MAX, Value, bounded};

/// The first double past every int. CEL takes no double at either end.
const INT_END: f64 = 9_223_372_036_854_775_808.0;
/// The first double past every uint.
const UINT_END: f64 = 18_446_744_073_709_551_616.0;

/// `bool(x)`: of a bool, and of the texts that CEL reads as one.
///
/// # Errors
/// See the module.
pub fn to_bool(value: &Value<'_>) -> Result<bool, Fault> {
    match value {
        Value::Bool(truth) => Ok(*truth),
        Value::Text(text) => match text.as_str() {
            "1" | "t" | "true" | "TRUE" | "True" => Ok(true),
            "0" | "f" | "false" | "FALSE" | "False" => Ok(false),
            _ => Err(Fault::BadConversion),
        },
        _ => Err(Fault::NoOverload),
    }
}

/// `int(x)`: of a number, cut off towards zero; of a text of digits; of an instant, its seconds since the epoch.
///
/// # Errors
/// See the module.
pub fn to_int(value: &Value<'_>) -> Result<i64, Fault> {
    match value {
        Value::Int(number) => Some(*number),
        Value::UInt(number) => i64::try_from(*number).ok(),
        Value::Double(number) => (*number > -INT_END && *number < INT_END).then_some(*number as i64),
        Value::Text(text) => text.as_str().parse().ok(),
        Value::Timestamp(instant) => Some(instant.seconds),
        _ => return Err(Fault::NoOverload),
    }
    .ok_or(Fault::BadConversion)
}

/// `uint(x)`: of a number, cut off towards zero; of a text of digits.
///
/// # Errors
/// See the module.
pub fn to_uint(value: &Value<'_>) -> Result<u64, Fault> {
    match value {
        Value::UInt(number) => Some(*number),
        Value::Int(number) => u64::try_from(*number).ok(),
        Value::Double(number) => (*number >= 0.0 && *number < UINT_END).then_some(*number as u64),
        Value::Text(text) => text.as_str().parse().ok(),
        _ => return Err(Fault::NoOverload),
    }
    .ok_or(Fault::BadConversion)
}

/// `double(x)`: of a number, rounded to the nearest; of a text.
///
/// # Errors
/// See the module.
pub fn to_double(value: &Value<'_>) -> Result<f64, Fault> {
    match value {
        Value::Text(text) => text.as_str().parse().map_err(|_| Fault::BadConversion),
        _ => value.as_number().ok_or(Fault::NoOverload),
    }
}

/// `string(x)`: of a text, a bool, a number, bytes of UTF-8, an instant and a duration.
///
/// # Errors
/// See the module.
pub fn to_text<'a>(value: &Value<'a>) -> Result<Value<'a>, Fault> {
    match value {
        Value::Text(_) => Ok(value.clone()),
        Value::Bool(truth) => Ok(Value::text(if *truth { "true" } else { "false" })),
        Value::Int(number) => Value::made(number.to_string()),
        Value::UInt(number) => Value::made(number.to_string()),
        Value::Double(number) => Value::made(double_text(*number)),
        Value::Bytes(bytes) => Value::made(std::str::from_utf8(bytes).map_err(|_| Fault::BadConversion)?),
        Value::Timestamp(instant) => Value::made(instant.to_string()),
        Value::Duration(duration) => Value::made(duration.to_string()),
        _ => Err(Fault::NoOverload),
    }
}

/// The shortest digits that read back to the same double, never with an exponent: the specification leaves the form
/// open, and it is people who read these texts.
fn double_text(number: f64) -> String {
    if !number.is_finite() {
        let infinite = if number > 0.0 { "+Inf" } else { "-Inf" };
        return if number.is_nan() { "NaN" } else { infinite }.to_owned();
    }
    number.to_string()
}

/// `bytes(x)`: of bytes, and the UTF-8 of a text.
///
/// # Errors
/// See the module; [`Fault::TooLarge`].
pub fn to_bytes<'a>(value: &Value<'a>) -> Result<Value<'a>, Fault> {
    match value {
        Value::Bytes(_) => Ok(value.clone()),
        Value::Text(text) => {
            bounded(text.as_str().len(), TEXT_BYTES_MAX)?;
            Value::bytes(text.as_str().as_bytes())
        }
        _ => Err(Fault::NoOverload),
    }
}

/// `timestamp(x)`: of an instant, an RFC 3339 text, and of whole seconds since the epoch.
///
/// # Errors
/// See the module.
pub fn to_timestamp(value: &Value<'_>) -> Result<Timestamp, Fault> {
    match value {
        Value::Timestamp(instant) => Some(*instant),
        Value::Text(text) => Timestamp::parse(text.as_str()),
        Value::Int(seconds) => Timestamp::new(*seconds, 0),
        _ => return Err(Fault::NoOverload),
    }
    .ok_or(Fault::BadConversion)
}

/// `duration(x)`: of a duration, and of a text such as `1d12h`.
///
/// # Errors
/// See the module.
pub fn to_duration(value: &Value<'_>) -> Result<Duration, Fault> {
    match value {
        Value::Duration(duration) => Ok(*duration),
        Value::Text(text) => Duration::parse(text.as_str()).ok_or(Fault::BadConversion),
        _ => Err(Fault::NoOverload),
    }
}
