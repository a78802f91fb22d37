//! The messages of the Segment specification: identify, track, page, screen, group, alias.
//!
//! | message | type of the event | its data |
//! |---|---|---|
//! | `track` | the name in `event` | `properties` |
//! | `identify` | `identify` | `traits` |
//! | `page`, `screen` | as the message | `properties` |
//! | `group`, `alias` | as the message | the whole message |
//!
//! The id is `messageId`, the time `timestamp`, which the senders correct by their clocks, and the subject `userId`, or
//! `anonymous:` and the `anonymousId` of someone who is not known yet.

use segue_document::{Document, Limits, Value};
use segue_model::FailureCode;

use crate::incoming::{ATTRIBUTE_BYTES_MAX, DataPlace, Failure, Frame, Incoming, instant};
use crate::key;

/// The namespace of those who are not known yet.
const ANONYMOUS: &str = "anonymous";

/// The messages that are of a type of their own.
const METHODS: [&str; 5] = ["identify", "page", "screen", "group", "alias"];

/// Reads the event in a record.
///
/// # Errors
/// The first thing that is wrong, with its code and its place in the message.
pub fn decode(frame: &Frame<'_>, limits: &Limits) -> Result<Incoming, Failure> {
    frame.refuse_too_large(limits)?;
    let bytes = frame.body()?.ok_or_else(|| Failure::new(FailureCode::NoData, "the record has no value"))?;
    let document = Document::parse(bytes, limits).map_err(|error| Failure::of_parse(error, ""))?;
    let root = document.root();
    let id = root.get("messageId").and_then(key::text).filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Failure::new(FailureCode::NoId, "no id").at("/messageId"))?;
    let method = root.get("type").and_then(Value::as_str);
    let (kind, place) = match method {
        Some("track") => {
            let name = root.get("event").and_then(Value::as_str).filter(|name| !name.is_empty());
            let name = name.ok_or_else(|| Failure::new(FailureCode::NoType, "no name").at("/event"))?;
            if METHODS.contains(&name) {
                // What a page can send must not pass for what identifies someone.
                let failure = Failure::new(FailureCode::NoType, "named like another kind of message");
                return Err(failure.at("/event"));
            }
            (name, DataPlace::At(&["properties"]))
        }
        Some("page" | "screen") => (method.unwrap_or_default(), DataPlace::At(&["properties"])),
        Some("identify") => ("identify", DataPlace::At(&["traits"])),
        Some("group" | "alias") => (method.unwrap_or_default(), DataPlace::Root),
        _ => return Err(Failure::new(FailureCode::NoType, "no message of the specification").at("/type")),
    };
    for (text, code, pointer) in
        [(id, FailureCode::NoId, "/messageId"), (kind, FailureCode::NoType, "/event")]
    {
        if text.len() > ATTRIBUTE_BYTES_MAX {
            let detail = format!("longer than {ATTRIBUTE_BYTES_MAX} bytes");
            return Err(Failure::new(code, detail).at(pointer));
        }
    }
    let time = match root.get("timestamp").filter(|value| !value.is_null()) {
        None => None,
        Some(value) => Some(value.as_str().and_then(instant).ok_or_else(|| {
            Failure::new(FailureCode::BadTime, "time is not an RFC 3339 instant").at("/timestamp")
        })?),
    };
    let of = |name: &str| root.get(name).and_then(key::text).filter(|id| !id.is_empty());
    let subject =
        of("userId").map(str::to_owned).or_else(|| of("anonymousId").map(|id| format!("{ANONYMOUS}:{id}")));
    let (id, kind) = (id.to_owned(), kind.to_owned());
    // Without properties or traits there are none, which is no fault.
    let incoming = match place.of(root) {
        Some(_) => Incoming::of(document, place),
        None => Incoming::of(Document::empty_object(), DataPlace::Root),
    };
    Ok(Incoming { id, kind, time, subject, ..incoming })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(message: &str) -> Result<Incoming, Failure> {
        decode(&Frame { value: Some(message.as_bytes()), ..Frame::default() }, &Limits::CONTRACT)
    }

    #[test]
    fn each_message_of_the_specification_is_an_event() {
        let common = r#""messageId":"m1","timestamp":"2026-03-02T10:00:00.5Z","anonymousId":"a7""#;
        for (message, kind, subject, data) in [
            (
                r#""type":"track","event":"Order Completed","userId":"u1","properties":{"total":1.50}"#,
                "Order Completed",
                "u1",
                Some(r#"{"total":1.50}"#),
            ),
            (
                r#""type":"identify","userId":42,"traits":{"plan":"pro"}"#,
                "identify",
                "42",
                Some(r#"{"plan":"pro"}"#),
            ),
            (
                r#""type":"page","name":"Home","properties":{"url":"/"}"#,
                "page",
                "anonymous:a7",
                Some(r#"{"url":"/"}"#),
            ),
            (r#""type":"screen","userId":"","properties":null"#, "screen", "anonymous:a7", Some("{}")),
            (r#""type":"page","userId":"u1""#, "page", "u1", Some("{}")),
        ] {
            let event = take(&format!("{{{common},{message}}}")).unwrap();
            assert_eq!((event.id.as_str(), event.kind.as_str()), ("m1", kind));
            assert_eq!(event.subject.as_deref(), Some(subject), "{message}");
            assert_eq!(event.data().map(|data| data.raw()), data, "{message}");
            assert_eq!(event.time.unwrap().to_string(), "2026-03-02T10:00:00.5Z");
        }
        for method in ["group", "alias"] {
            let message =
                format!(r#"{{{common},"type":"{method}","groupId":"g","previousId":"a7","userId":"u1"}}"#);
            let event = take(&message).unwrap();
            assert_eq!((event.kind.as_str(), event.data().unwrap().raw()), (method, message.as_str()));
        }
    }

    #[test]
    fn each_fault_has_its_code_and_its_place() {
        use FailureCode::*;
        for (message, code, pointer) in [
            ("", NotJson, None),
            ("[]", NoId, Some("/messageId")),
            (r#"{"type":"page"}"#, NoId, Some("/messageId")),
            (r#"{"messageId":"m","type":"batch"}"#, NoType, Some("/type")),
            (r#"{"messageId":"m","type":"track"}"#, NoType, Some("/event")),
            (r#"{"messageId":"m","type":"track","event":"identify"}"#, NoType, Some("/event")),
            (r#"{"messageId":"m","type":"page","timestamp":1}"#, BadTime, Some("/timestamp")),
        ] {
            let failure = take(message).expect_err(message);
            assert_eq!((failure.code, failure.pointer.as_deref()), (code, pointer), "{message}");
        }
    }
}
