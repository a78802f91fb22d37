//! A load as a file that `segue replay` reads: one JSON object a line.

use std::io::{self, Write};

use segue_log::Append;
use serde_json::{Map, Value};

use super::events::rfc3339;

/// Writes records as lines, the first appended at `at_ms`, each next one a millisecond later. Returns how many records
/// were left out because a line cannot hold them: those with bytes that are not UTF-8.
///
/// A value is written as JSON where reading that gives back the same bytes, else as a text of the bytes.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_lines(
    records: impl IntoIterator<Item = Append>,
    at_ms: i64,
    out: &mut impl Write,
) -> io::Result<u64> {
    let mut left_out = 0;
    for (index, record) in (0i64..).zip(records) {
        match line(&record, at_ms + index) {
            Some(line) => serde_json::to_writer(&mut *out, &line)
                .map_err(io::Error::from)
                .and_then(|()| out.write_all(b"\n"))?,
            None => left_out += 1,
        }
    }
    Ok(left_out)
}

fn line(record: &Append, at_ms: i64) -> Option<Value> {
    let mut headers = Map::new();
    for header in &record.headers {
        let _ = headers.insert(header.name.clone(), text(header.value.as_deref())?);
    }
    let mut line = Map::new();
    let fields = [
        ("topic", Value::from(&*record.topic)),
        ("key", text(record.key.as_deref())?),
        ("headers", Value::Object(headers)),
        ("value", value(record.value.as_deref())?),
        ("at", Value::from(rfc3339(at_ms))),
    ];
    for (name, field) in fields {
        let _ = line.insert(name.to_owned(), field);
    }
    Some(Value::Object(line))
}

fn text(bytes: Option<&[u8]>) -> Option<Value> {
    let Some(bytes) = bytes else { return Some(Value::Null) };
    std::str::from_utf8(bytes).ok().map(Value::from)
}

fn value(bytes: Option<&[u8]>) -> Option<Value> {
    let Some(bytes) = bytes else { return Some(Value::Null) };
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) if value.is_object() && serde_json::to_vec(&value).is_ok_and(|again| again == bytes) => {
            Some(value)
        }
        _ => text(Some(bytes)),
    }
}
