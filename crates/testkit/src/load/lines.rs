//! A load as a file that `segue replay` reads: one JSON object a line.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use segue_log::Append;
use serde_json::{Map, Value};

use super::events::rfc3339;

/// Writes records as lines, the first appended at `at_ms`, each next one a millisecond later.
///
/// A value is written as JSON where reading that gives back the same bytes, else as a text of the bytes, and where
/// they are no text as `value_base64`.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_lines(
    records: impl IntoIterator<Item = Append>,
    at_ms: i64,
    out: &mut impl Write,
) -> io::Result<()> {
    for (index, record) in (0i64..).zip(records) {
        serde_json::to_writer(&mut *out, &line(&record, at_ms + index))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn line(record: &Append, at_ms: i64) -> Value {
    let mut headers = Map::new();
    for header in &record.headers {
        let _ = headers.insert(header.name.clone(), text(header.value.as_deref()));
    }
    let (name, value) = value(record.value.as_deref());
    let mut line = Map::new();
    let fields = [
        ("topic", Value::from(&*record.topic)),
        ("key", text(record.key.as_deref())),
        ("headers", Value::Object(headers)),
        (name, value),
        ("at", Value::from(rfc3339(at_ms))),
    ];
    for (name, field) in fields {
        let _ = line.insert(name.to_owned(), field);
    }
    Value::Object(line)
}

/// Keys and headers of a load are always text.
fn text(bytes: Option<&[u8]>) -> Value {
    bytes.map_or(Value::Null, |bytes| Value::from(String::from_utf8_lossy(bytes)))
}

fn value(bytes: Option<&[u8]>) -> (&'static str, Value) {
    let Some(bytes) = bytes else { return ("value", Value::Null) };
    match (serde_json::from_slice::<Value>(bytes), std::str::from_utf8(bytes)) {
        (Ok(value), _)
            if value.is_object() && serde_json::to_vec(&value).is_ok_and(|again| again == bytes) =>
        {
            ("value", value)
        }
        (_, Ok(text)) => ("value", Value::from(text)),
        (_, Err(_)) => ("value_base64", Value::from(STANDARD.encode(bytes))),
    }
}
