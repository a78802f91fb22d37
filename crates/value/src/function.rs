//! The standard functions of CEL.
//!
//! Read on: `text` looks into texts, `convert` makes values of one type from those of another, `part` reads calendars
//! and clocks. What a function gives is a plain bool or number where it can be, so that a caller need not unpack it.

mod convert;
mod part;
mod text;

use crate::fault::Fault;
use crate::value::Value;

pub use convert::{to_bool, to_bytes, to_double, to_duration, to_int, to_text, to_timestamp, to_uint};
pub use part::{Part, part, part_in};
pub use text::{contains, ends_with, matches, pattern, starts_with};

/// `size(x)`: the code points of a text, the bytes of bytes, the items of a list, the members of a map.
///
/// # Errors
/// [`Fault::NoOverload`] for all else.
pub fn size(value: &Value<'_>) -> Result<i64, Fault> {
    let size = match value {
        Value::Text(text) => text.as_str().chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        _ => return Err(Fault::NoOverload),
    };
    Ok(i64::try_from(size).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
