//! The CloudEvents HTTP binding: a request -> the records that a producer would have written. Pure.
//!
//! | the request has | it is |
//! |---|---|
//! | content type `application/cloudevents-batch+json` | a batch: a JSON array of events |
//! | content type `application/cloudevents...` | one event, structured |
//! | a header `ce-...` | one event, binary; the headers become `ce_...`, unescaped |
//! | neither | as Kafka's readers take it: one structured event, or whatever a source of another format reads |
//!
//! Whether an event is one is not looked at here.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use segue_log::Header;
use segue_wire::Frame;
use serde_json::value::RawValue;

use super::refusal::Refusal;

/// The most events of one batch.
pub(crate) const BATCH_EVENTS_MAX: usize = 1_000;
const BATCH: &str = "application/cloudevents-batch";
const STRUCTURED: &str = "application/cloudevents+json; charset=utf-8";

/// A record without topic and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    pub(crate) headers: Vec<Header>,
    pub(crate) value: Option<Vec<u8>>,
}

impl Posted {
    /// The record as readers see it.
    pub(crate) fn frame(&self) -> Frame<'_> {
        let headers = self.headers.iter().map(|one| (one.name.as_str(), one.value.as_deref())).collect();
        Frame { key: None, value: self.value.as_deref(), headers }
    }
}

/// What a request holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// The records, in their order.
    pub(crate) records: Vec<Posted>,
    /// True if they came as a batch.
    pub(crate) is_batch: bool,
    /// True if neither its content type nor a header says that it is a CloudEvent.
    pub(crate) is_bare: bool,
}

/// True if the content type is that of a batch.
pub(crate) fn is_batch(headers: &HeaderMap) -> bool {
    essence(headers).is_some_and(|kind| kind == BATCH || kind == "application/cloudevents-batch+json")
}

/// Reads a request.
///
/// # Errors
/// A batch is no JSON array, or too long; a header cannot be unescaped.
pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Request, Refusal> {
    if is_batch(headers) {
        return Ok(Request { records: batch(body)?, is_batch: true, is_bare: false });
    }
    let essence = essence(headers);
    let is_structured = essence.as_ref().is_some_and(|kind| kind.starts_with("application/cloudevents"));
    let mut record = Posted { headers: Vec::new(), value: (!body.is_empty()).then(|| body.to_vec()) };
    if let Some(kind) = headers.get(header::CONTENT_TYPE) {
        record.headers.push(head("content-type", kind.as_bytes().to_vec()));
    }
    let attributes: Vec<(&HeaderName, &HeaderValue)> =
        headers.iter().filter(|(name, _)| name.as_str().starts_with("ce-")).collect();
    let is_bare = !is_structured && attributes.is_empty();
    if !is_structured {
        for (name, value) in attributes {
            let unescaped = unescaped(value.as_bytes());
            if std::str::from_utf8(&unescaped).is_err() {
                let message = format!("header `{name}` is not UTF-8 once it is unescaped");
                return Err(Refusal::bad("not-utf8", message, "percent-encode what is not printable ASCII"));
            }
            record.headers.push(head(&name.as_str().replacen("ce-", "ce_", 1), unescaped));
        }
    }
    if let Some(trace) = headers.get("traceparent").filter(|_| !is_structured) {
        record.headers.push(head("traceparent", trace.as_bytes().to_vec()));
    }
    Ok(Request { records: vec![record], is_batch: false, is_bare })
}

/// The refusal of a body that is too long.
pub(crate) fn too_large(bytes_max: usize) -> Refusal {
    let message = format!("the request is longer than {bytes_max} bytes");
    let hint = "send fewer events at a time; one event is at most `limits.bytes_max` long";
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", message, hint)
}

fn batch(body: &[u8]) -> Result<Vec<Posted>, Refusal> {
    let hint = "a batch is a JSON array of CloudEvents in structured mode";
    let events: Vec<&RawValue> = serde_json::from_slice(body).map_err(|error| {
        let message = format!("no JSON array: line {}, column {}", error.line(), error.column());
        Refusal::bad("not-json", message, hint)
    })?;
    if events.len() > BATCH_EVENTS_MAX {
        let message = format!("{} events, and a batch has at most {BATCH_EVENTS_MAX}", events.len());
        return Err(Refusal {
            code: "too-many-events".to_owned(),
            message,
            hint: "send them in several batches".to_owned(),
            ..too_large(0)
        });
    }
    // To the bit: what stands in an event is not written anew.
    let record = |event: &&RawValue| Posted {
        headers: vec![head("content-type", STRUCTURED.as_bytes().to_vec())],
        value: Some(event.get().as_bytes().to_vec()),
    };
    Ok(events.iter().map(record).collect())
}

fn essence(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn head(name: &str, value: Vec<u8>) -> Header {
    Header { name: name.to_owned(), value: Some(value) }
}

/// A header's value as the binding wants it read: first out of double quotes, then once percent-decoded. What is no
/// percent-encoding stands for itself: some senders encode nothing.
fn unescaped(value: &[u8]) -> Vec<u8> {
    let quoted = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let mut plain = Vec::with_capacity(value.len());
    match quoted {
        None => plain.extend_from_slice(value),
        Some(quoted) => {
            let mut bytes = quoted.iter();
            while let Some(byte) = bytes.next() {
                plain.push(if *byte == b'\\' { *bytes.next().unwrap_or(byte) } else { *byte });
            }
        }
    }
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(plain.len());
    let mut at = 0;
    while at < plain.len() {
        match (plain[at], hex(plain.get(at + 1)), hex(plain.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, _, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in all {
            let name: HeaderName = name.parse().expect("a name");
            let _ = map.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
        }
        map
    }

    #[test]
    fn header_values_are_unescaped_once() {
        for (given, expected) in [
            ("plain", "plain"),
            ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
            ("100%", "100%"),
            ("%zz", "%zz"),
            ("%2541", "%41"),
            (r#""a \"b\" c""#, r#"a "b" c"#),
        ] {
            assert_eq!(String::from_utf8(unescaped(given.as_bytes())).expect("text"), expected, "{given}");
        }
    }

    #[test]
    fn binary_mode_becomes_what_a_kafka_producer_writes() {
        let given = [("ce-id", "1"), ("CE-Type", "a%20b"), ("content-type", "application/json"), ("x", "y")];
        let request = read(&headers(&given), b"{}").expect("it is one");
        assert!(!request.is_bare && !request.is_batch);
        let names: Vec<_> = request.records[0]
            .headers
            .iter()
            .map(|one| (one.name.as_str(), one.value.as_deref().unwrap_or_default()))
            .collect();
        assert_eq!(
            names,
            [("content-type", &b"application/json"[..]), ("ce_id", &b"1"[..]), ("ce_type", &b"a b"[..])]
        );
        assert!(read(&headers(&[("ce-id", "%FF")]), b"").is_err());
        let empty = read(&headers(&[("ce-id", "1")]), b"").expect("it is one");
        assert_eq!(empty.records[0].value, None);
    }

    #[test]
    fn a_batch_is_taken_apart_without_touching_its_numbers() {
        let kind = [("content-type", "application/cloudevents-batch+json; charset=utf-8")];
        let request = read(&headers(&kind), br#" [ {"data":1.10} , {"id":"2"} ] "#).expect("it is one");
        let values: Vec<_> = request.records.iter().map(|one| one.value.as_deref()).collect();
        assert_eq!(values, [Some(&br#"{"data":1.10}"#[..]), Some(&br#"{"id":"2"}"#[..])]);
        assert_eq!(read(&headers(&kind), b"[]").expect("none are none").records.len(), 0);
        assert_eq!(read(&headers(&kind), b"{}").expect_err("no array").code, "not-json");
        let many = format!("[{}1]", "1,".repeat(BATCH_EVENTS_MAX));
        let refused = read(&headers(&kind), many.as_bytes()).expect_err("too many");
        assert_eq!(
            (refused.status, refused.code.as_str()),
            (StatusCode::PAYLOAD_TOO_LARGE, "too-many-events")
        );
    }
}
