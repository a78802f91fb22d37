//! What a source has written, read as CloudEvents' Kafka binding and the declared envelope say.
//!
//! Only what is needed to compare: a record that cannot be read here must have failed at intake.

use segue_log::Record;
use serde_json::Value;

use super::Declared;

/// What an input record says.
pub(super) struct Input {
    pub(super) id: Option<String>,
    pub(super) kind: Option<String>,
    /// The CloudEvents source.
    pub(super) namespace: Option<String>,
    /// `None` if its bytes are no JSON; null if it has no data.
    pub(super) data: Option<Value>,
}

impl Input {
    pub(super) fn of(record: &Record, declared: &Declared) -> Option<Input> {
        let parsed = record.value.as_deref().map(serde_json::from_slice::<Value>);
        let parsed = parsed.map(Result::ok);
        if let Some(envelope) = &declared.envelope {
            let message = parsed??;
            return Some(Input {
                id: message.pointer(&envelope.id).and_then(name),
                kind: message.pointer(&envelope.kind).and_then(name),
                namespace: None,
                data: Some(message),
            });
        }
        let content_type = header(record, "content-type").map(|text| text.to_ascii_lowercase());
        let marked = content_type.is_some_and(|text| text.starts_with("application/cloudevents"));
        // Console tools set no headers, so what has no attributes outside has them inside.
        let attributes = |name: &str| name.get(..3).is_some_and(|prefix| prefix.eq_ignore_ascii_case("ce_"));
        if marked || !record.headers.iter().any(|header| attributes(&header.name)) {
            return structured(parsed??);
        }
        Some(Input {
            id: header(record, "ce_id"),
            kind: header(record, "ce_type"),
            namespace: header(record, "ce_source").filter(|source| !source.is_empty()),
            data: parsed.unwrap_or(Some(Value::Null)),
        })
    }
}

/// The last header of that name that is not null, as text. Senders differ in the case of names.
fn header(record: &Record, name: &str) -> Option<String> {
    let named = record.headers.iter().rev().filter(|header| header.name.eq_ignore_ascii_case(name));
    String::from_utf8(named.filter_map(|header| header.value.clone()).next()?).ok()
}

fn structured(mut event: Value) -> Option<Input> {
    let text = |name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
    let (id, kind) = (text("id"), text("type"));
    let namespace = text("source").filter(|source| !source.is_empty());
    let data = match text("data_base64") {
        Some(encoded) => serde_json::from_slice(&base64(&encoded)?).ok(),
        None => Some(event.get_mut("data").map(Value::take).unwrap_or_default()),
    };
    Some(Input { id, kind, namespace, data })
}

fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Decodes base64 with or without padding. Written out here so that the checker depends on nothing that it checks.
fn base64(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0u32, 0u32);
    for character in text.trim_end_matches('=').bytes() {
        let six = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).expect("it was cut to eight bits"));
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_reads_the_vectors_of_its_standard() {
        for (text, bytes) in
            [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")]
        {
            assert_eq!(base64(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        assert_eq!(base64("Zm 9v"), None);
    }
}
