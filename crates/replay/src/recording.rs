//! Recorded events, one JSON object a line, in and out: what `replay` reads and writes.
//!
//! In: `{"topic", "key", "headers", "value", "at"}`; out the same with `kind` before it. `value` is JSON, or a text for
//! raw bytes; bytes that are no text stand in `value_base64` instead. `at` is RFC 3339, or milliseconds. A line of
//! `segue.log` may say its `partition` and `offset`.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use segue_document::{Document, Kind, Value, Writer};
use segue_log::{Append, Header, Record};
use segue_model::Timestamp;
use segue_wire::topics::{DECISIONS, FAILED, KEPT};

/// What kind of record leaves on a topic, `None` of one that only keeps what left on another; `statuses` are those on which sources are told what became of their events.
pub fn kind(topic: &str, statuses: &BTreeSet<String>) -> Option<&'static str> {
    Some(match topic {
        KEPT => return None,
        DECISIONS => "decision",
        FAILED => "failed",
        status if statuses.contains(status) => "status",
        _ => "task",
    })
}

/// Reads a line. `offset` is the record's place if the line does not say it.
///
/// # Errors
/// What is wrong with the line, in words.
pub fn read(line: &str, offset: u64) -> Result<(Record, Timestamp), String> {
    let document = Document::parse_own(line).map_err(|error| format!("not JSON: {error}"))?;
    let root = document.root();
    if root.kind() != Kind::Object {
        return Err("not an object".to_owned());
    }
    const KNOWN: [&str; 9] =
        ["topic", "key", "headers", "value", "value_base64", "at", "partition", "offset", "kind"];
    if let Some((name, _)) = root.members().find(|(name, _)| !KNOWN.contains(name)) {
        return Err(format!("unknown key `{name}`: a line has topic, key, headers, value, at"));
    }
    let topic = root.get("topic").and_then(Value::as_str).ok_or("`topic` is missing, or no text")?;
    let at = match root.get("at") {
        Some(at) => at.as_i64().map(Timestamp).or_else(|| Timestamp::parse(at.as_str()?)),
        None => None,
    };
    let at = at.ok_or("`at` is missing, or neither an RFC 3339 time nor milliseconds")?;
    let number = |name: &str| root.get(name).and_then(|number| u64::try_from(number.as_i64()?).ok());
    let record = Record {
        topic: topic.into(),
        partition: number("partition").and_then(|number| u32::try_from(number).ok()).unwrap_or(0),
        incarnation: 0,
        offset: number("offset").unwrap_or(offset),
        appended_at_ms: at.0,
        key: bytes(root.get("key"))?,
        value: match root.get("value_base64").and_then(Value::as_str) {
            Some(text) => Some(STANDARD.decode(text).map_err(|error| format!("`value_base64`: {error}"))?),
            None => bytes(root.get("value"))?,
        },
        headers: headers(root.get("headers"))?,
    };
    Ok((record, at))
}

/// Writes a line, without the line's end.
pub fn write(append: &Append, kind: &str, at: Timestamp) -> String {
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("kind").string(kind).key("topic").string(&append.topic);
    let key = append.key.as_deref().map(String::from_utf8_lossy);
    let _ = writer.key("key").optional(key.as_deref()).key("headers").begin_object();
    for header in &append.headers {
        let value = header.value.as_deref().map(String::from_utf8_lossy);
        let _ = writer.key(&header.name).optional(value.as_deref());
    }
    let _ = writer.end_object();
    match append.value.as_deref().map(std::str::from_utf8) {
        None => {
            let _ = writer.key("value").null();
        }
        // A failed event is shown as the text that came, also where that is JSON.
        Some(Ok(text)) if kind == "failed" => {
            let _ = writer.key("value").string(text);
        }
        Some(Ok(text)) => {
            let _ = writer.key("value").raw(text);
        }
        Some(Err(_)) => {
            let value = append.value.as_deref().unwrap_or_default();
            let _ = writer.key("value_base64").string(&STANDARD.encode(value));
        }
    }
    let _ = writer.key("at").string(&at.to_string()).end_object();
    writer.finish()
}

/// A text's own bytes; of any other JSON its text.
fn bytes(value: Option<Value<'_>>) -> Result<Option<Vec<u8>>, String> {
    Ok(value.filter(|value| !value.is_null()).map(|value| match value.as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => value.raw().as_bytes().to_vec(),
    }))
}

/// Headers as an object, or as a list of pairs where a name comes twice.
fn headers(value: Option<Value<'_>>) -> Result<Vec<Header>, String> {
    let header = |name: &str, value: Value<'_>| -> Result<Header, String> {
        Ok(Header { name: name.to_owned(), value: bytes(Some(value))? })
    };
    match value.map(|value| (value.kind(), value)) {
        None | Some((Kind::Null, _)) => Ok(Vec::new()),
        Some((Kind::Object, value)) => value.members().map(|(name, value)| header(name, value)).collect(),
        Some((Kind::Array, value)) => value
            .items()
            .map(|pair| match (pair.item(0).and_then(Value::as_str), pair.item(1)) {
                (Some(name), Some(value)) => header(name, value),
                _ => Err("`headers` is a list, but not of pairs".to_owned()),
            })
            .collect(),
        Some(_) => Err("`headers` is neither an object nor a list of pairs".to_owned()),
    }
}
