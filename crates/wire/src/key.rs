//! The texts that name subjects and rows: where they are found in an event, and what may be one.
//!
//! Intake and the engine read keys by the same functions, so that they never disagree.

use segue_document::{Kind, Value};
use segue_model::subject::ID_BYTES_MAX;
use segue_model::{Event, Subject};

use crate::incoming::Incoming;

/// The longest key, in bytes.
pub const KEY_BYTES_MAX: usize = ID_BYTES_MAX;

/// A value as a key: the content of a string, or a whole number as it is written.
pub fn text(value: Value<'_>) -> Option<&str> {
    match value.kind() {
        Kind::String => value.as_str(),
        Kind::Number => {
            let digits = value.raw().strip_prefix('-').unwrap_or(value.raw());
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.raw())
        }
        _ => None,
    }
}

/// True if a text can be a key: not empty, not too long, no control characters.
pub fn is_valid(text: &str) -> bool {
    Subject::is_id(text)
}

/// The key at a path of names such as `["data", "customer_id"]` or `["subject"]`, in an event that is coming in.
pub fn of_incoming<'e>(incoming: &'e Incoming, path: &[String]) -> Option<&'e str> {
    let (first, rest) = path.split_first()?;
    match (first.as_str(), rest) {
        ("data", _) => in_data(incoming.data()?, rest),
        ("subject", []) => incoming.subject.as_deref(),
        ("id", []) => Some(&incoming.id),
        ("type", []) => Some(&incoming.kind),
        ("source", []) => incoming.namespace.as_deref(),
        ("correlationid", []) => incoming.correlation.as_deref(),
        (name, []) => incoming.extension(name),
        _ => None,
    }
}

/// True if something stands at a path, as [`of_incoming`] follows it, whether it can be a key or not; `null` is nothing.
pub fn is_there(incoming: &Incoming, path: &[String]) -> bool {
    match path.split_first() {
        Some((first, rest)) if first == "data" => incoming
            .data()
            .and_then(|data| data.at_path(rest.iter().map(String::as_str)))
            .is_some_and(|value| !value.is_null()),
        _ => of_incoming(incoming, path).is_some(),
    }
}

/// The key at a path of names in an event as it stands in the log: without its extensions, and with its subject as
/// the bundle finds it.
pub fn of_event<'e>(event: &'e Event, path: &[String]) -> Option<&'e str> {
    let subject = event.subject.as_ref().map(|subject| subject.id.as_str());
    of_parts(Some(event.data.root()), subject, &event.id, &event.kind, path)
}

/// What [`of_event`] will find once this event stands in the log as one about `subject`.
pub fn of_event_to_be<'e>(
    incoming: &'e Incoming,
    subject: Option<&'e str>,
    path: &[String],
) -> Option<&'e str> {
    of_parts(incoming.data(), subject, &incoming.id, &incoming.kind, path)
}

fn of_parts<'e>(
    data: Option<Value<'e>>,
    subject: Option<&'e str>,
    id: &'e str,
    kind: &'e str,
    path: &[String],
) -> Option<&'e str> {
    let (first, rest) = path.split_first()?;
    match (first.as_str(), rest) {
        ("data", _) => in_data(data?, rest),
        ("subject", []) => subject,
        ("id", []) => Some(id),
        ("type", []) => Some(kind),
        _ => None,
    }
}

fn in_data<'d>(data: Value<'d>, rest: &[String]) -> Option<&'d str> {
    data.at_path(rest.iter().map(String::as_str)).and_then(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudevent;
    use crate::incoming::Frame;
    use segue_document::Document;
    use segue_model::Timestamp;

    #[test]
    fn strings_and_whole_numbers_are_keys_and_nothing_else_is() {
        for (json, expected) in [
            (r#""c1""#, Some("c1")),
            ("42", Some("42")),
            ("-7", Some("-7")),
            ("18446744073709551616", Some("18446744073709551616")),
            ("1.0", None),
            ("1e3", None),
            ("true", None),
            ("null", None),
            ("{}", None),
        ] {
            let document = Document::parse_own(json).unwrap();
            assert_eq!(text(document.root()), expected, "{json}");
        }
    }

    #[test]
    fn intake_and_the_engine_find_the_same_row_key() {
        let text =
            r#"{"specversion":"1.0","id":"1","type":"t","subject":"s","ext":"x","data":{"a":{"k":7}}}"#;
        let frame = Frame { value: Some(text.as_bytes()), ..Frame::default() };
        let incoming = cloudevent::decode(&frame, &segue_document::Limits::CONTRACT).unwrap();
        let subject = Some(Subject::person("p"));
        let event = Event {
            source: "s".into(),
            namespace: None,
            id: incoming.id.clone(),
            kind: incoming.kind.clone(),
            time: Timestamp(0),
            logged_at: Timestamp(0),
            subject,
            journey: String::new(),
            traceparent: None,
            surroundings: Default::default(),
            data: incoming.data().unwrap().to_document(),
        };
        for (path, key, as_incoming) in [
            ("data.a.k", Some("7"), Some("7")),
            ("data.a", None, None),
            ("data.b", None, None),
            ("subject", Some("p"), Some("s")),
            ("id", Some("1"), Some("1")),
            ("type", Some("t"), Some("t")),
            ("ext", None, Some("x")),
        ] {
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            assert_eq!(of_event(&event, &path), key, "{path:?}");
            assert_eq!(of_event_to_be(&incoming, Some("p"), &path), key, "{path:?}");
            assert_eq!(of_incoming(&incoming, &path), as_incoming, "{path:?}");
        }
    }

    #[test]
    fn a_key_is_short_and_printable() {
        assert!(is_valid("c 1/é"));
        assert!(is_valid(&"x".repeat(256)));
        assert!(!is_valid(""));
        assert!(!is_valid(&"x".repeat(257)));
        assert!(!is_valid("a\nb"));
        assert!(!is_valid("a\u{7f}b"));
    }
}
