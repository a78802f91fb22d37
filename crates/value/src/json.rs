//! A value -> JSON text, or plain text.
//!
//! What comes of a document is written as its shape says: a double as a double, an instant in UTC, members in the order
//! of their names, numbers in the shortest form that reads back to the same bits. [`verbatim`] writes it as it came.

use std::fmt::Write as _;

use segue_document::Writer;

use crate::fault::Fault;
use crate::value::{List, Map, Value};

/// The value as JSON text; instants and durations as texts.
///
/// # Errors
/// [`Fault::NotFinite`] for a double that is infinite or no number, [`Fault::NotJson`] for bytes and types.
pub fn json(value: &Value<'_>) -> Result<String, Fault> {
    let mut writer = Writer::new();
    write(&mut writer, value)?;
    Ok(writer.finish())
}

/// Adds the value to a text as it goes into one: a text as it is, an instant and a duration without quotes, else JSON.
///
/// # Errors
/// As [`json`]; nothing is added then.
pub fn write_text(to: &mut String, value: &Value<'_>) -> Result<(), Fault> {
    let _ = match value {
        Value::Text(text) => to.write_str(text.as_str()),
        Value::Timestamp(instant) => write!(to, "{instant}"),
        Value::Duration(duration) => write!(to, "{duration}"),
        _ => to.write_str(&json(value)?),
    };
    Ok(())
}

/// The JSON text of a list or map that is a part of a document, numbers and the order of members as they came; `None`
/// for all else.
pub fn verbatim(value: &Value<'_>) -> Option<String> {
    let (Value::List(List::Json(part, _)) | Value::Map(Map::Json(part, _))) = value else { return None };
    let mut writer = Writer::new();
    let _ = writer.value(*part);
    Some(writer.finish())
}

/// Writes the value as JSON.
///
/// # Errors
/// As [`json`]; what was written up to there is no whole JSON text.
pub fn write(writer: &mut Writer, value: &Value<'_>) -> Result<(), Fault> {
    let _ = match value {
        Value::Null => writer.null(),
        Value::Bool(truth) => writer.bool(*truth),
        Value::Int(number) => writer.integer(*number),
        Value::UInt(number) => writer.raw(&number.to_string()),
        Value::Double(number) if number.is_finite() => writer.double(*number),
        Value::Double(_) => return Err(Fault::NotFinite),
        Value::Text(text) => writer.string(text.as_str()),
        Value::Timestamp(instant) => writer.string(&instant.to_string()),
        Value::Duration(duration) => writer.string(&duration.to_string()),
        Value::Bytes(_) | Value::Type(_) => return Err(Fault::NotJson),
        Value::List(list) => return write_list(writer, list),
        Value::Map(map) => return write_map(writer, map),
    };
    Ok(())
}

fn write_list(writer: &mut Writer, list: &List<'_>) -> Result<(), Fault> {
    let _ = writer.begin_array();
    for item in list.items() {
        write(writer, &item)?;
    }
    let _ = writer.end_array();
    Ok(())
}

fn write_map(writer: &mut Writer, map: &Map<'_>) -> Result<(), Fault> {
    let _ = writer.begin_object();
    for (key, member) in map.entries() {
        write(writer.key(&key_text(&key)), &member)?;
    }
    let _ = writer.end_object();
    Ok(())
}

fn key_text(key: &Value<'_>) -> String {
    match key {
        Value::Bool(key) => key.to_string(),
        Value::Int(key) => key.to_string(),
        Value::UInt(key) => key.to_string(),
        _ => key.as_text().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests;
