//! Plain JSON messages: the envelope stands somewhere inside them, and the data are the whole message.

use segue_document::{Document, Limits, Value};
use segue_model::FailureCode;

use crate::cloudevent::escaped;
use crate::incoming::{ATTRIBUTE_BYTES_MAX, DataPlace, Failure, Frame, Incoming, instant, traceparent};
use crate::key;

/// Where a message keeps what a CloudEvent has in its envelope: names to follow from the message's root.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'b> {
    /// The type.
    pub kind: &'b [String],
    /// The id.
    pub id: &'b [String],
    /// The time.
    pub time: Option<&'b [String]>,
    /// The subject's id.
    pub subject: Option<&'b [String]>,
}

/// Reads the event in a record. An id and a subject may be strings or whole numbers, which are taken as they are
/// written. Pointers lead into the message.
///
/// # Errors
/// The first thing that is wrong, with its code and its place.
pub fn decode(frame: &Frame<'_>, envelope: &Envelope<'_>, limits: &Limits) -> Result<Incoming, Failure> {
    frame.refuse_too_large(limits)?;
    let bytes = frame.body()?.ok_or_else(|| Failure::new(FailureCode::NoData, "the record has no value"))?;
    let document = Document::parse(bytes, limits).map_err(|error| Failure::of_parse(error, ""))?;
    let mut incoming = Incoming::of(document, DataPlace::Root);
    let root = incoming.document.root();

    let id = read(root, envelope.id).and_then(key::text).filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| {
        Failure::new(FailureCode::NoId, "no id that is a string or a whole number").at(pointer(envelope.id))
    })?;
    let kind = read(root, envelope.kind).and_then(Value::as_str).filter(|kind| !kind.is_empty());
    let kind = kind.ok_or_else(|| {
        Failure::new(FailureCode::NoType, "no type that is a string").at(pointer(envelope.kind))
    })?;
    for (text, code, path) in
        [(id, FailureCode::NoId, envelope.id), (kind, FailureCode::NoType, envelope.kind)]
    {
        if text.len() > ATTRIBUTE_BYTES_MAX {
            let detail = format!("longer than {ATTRIBUTE_BYTES_MAX} bytes");
            return Err(Failure::new(code, detail).at(pointer(path)));
        }
    }
    let time = match envelope.time.and_then(|path| Some((path, read(root, path)?))) {
        None => None,
        Some((path, value)) => Some(value.as_str().and_then(instant).ok_or_else(|| {
            Failure::new(FailureCode::BadTime, "time is not an RFC 3339 instant").at(pointer(path))
        })?),
    };
    let subject = envelope.subject.and_then(|path| read(root, path)).and_then(key::text);

    let (id, kind, subject) = (id.to_owned(), kind.to_owned(), subject.map(str::to_owned));
    let trace = frame.header("traceparent").and_then(|bytes| std::str::from_utf8(bytes).ok());
    incoming.traceparent = trace.and_then(traceparent);
    (incoming.id, incoming.kind, incoming.time, incoming.subject) = (id, kind, time, subject);
    Ok(incoming)
}

/// What stands at a path; null is nothing.
fn read<'d>(root: Value<'d>, path: &[String]) -> Option<Value<'d>> {
    root.at_path(path.iter().map(String::as_str)).filter(|value| !value.is_null())
}

fn pointer(path: &[String]) -> String {
    path.iter().map(|name| format!("/{}", escaped(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits::CONTRACT;

    fn take(message: &str) -> Result<Incoming, Failure> {
        let path = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        let (kind, id, time, subject) =
            (path("event_name"), path("meta.id"), path("sent_at"), path("user.id"));
        let envelope = Envelope { kind: &kind, id: &id, time: Some(&time), subject: Some(&subject) };
        let frame = Frame { value: Some(message.as_bytes()), ..Frame::default() };
        decode(&frame, &envelope, &LIMITS)
    }

    #[test]
    fn the_envelope_is_found_in_the_message_and_the_data_are_all_of_it() {
        let message = r#"{"event_name":"page.viewed","meta":{"id":17},"sent_at":"2026-03-02T10:00:00Z",
            "user":{"id":42},"page":"/home"}"#;
        let event = take(message).unwrap();
        assert_eq!((event.id.as_str(), event.kind.as_str()), ("17", "page.viewed"));
        assert_eq!(event.subject.as_deref(), Some("42"));
        assert_eq!(event.time.unwrap().to_string(), "2026-03-02T10:00:00Z");
        assert_eq!(event.data().unwrap().raw(), message);
        assert_eq!(event.namespace, None);
    }

    #[test]
    fn each_fault_has_its_code_and_its_place_in_the_message() {
        use FailureCode::*;
        for (message, code, pointer) in [
            ("", NotJson, None),
            ("nonsense", NotJson, None),
            ("[1]", NoId, Some("/meta/id")),
            (r#"{"event_name":"a"}"#, NoId, Some("/meta/id")),
            (r#"{"event_name":"a","meta":{"id":""}}"#, NoId, Some("/meta/id")),
            (r#"{"event_name":"a","meta":{"id":1.5}}"#, NoId, Some("/meta/id")),
            (r#"{"meta":{"id":"1"}}"#, NoType, Some("/event_name")),
            (r#"{"event_name":7,"meta":{"id":"1"}}"#, NoType, Some("/event_name")),
            (r#"{"event_name":"a","meta":{"id":"1"},"sent_at":"noon"}"#, BadTime, Some("/sent_at")),
            (r#"{"event_name":"a","meta":{"id":"1"},"sent_at":1700000000}"#, BadTime, Some("/sent_at")),
            (r#"{"x":{"y":1,"y":2}}"#, DuplicateKey, Some("/x/y")),
        ] {
            let failure = take(message).expect_err(message);
            assert_eq!((failure.code, failure.pointer.as_deref()), (code, pointer), "{message}");
        }
        let failure =
            decode(&Frame::default(), &Envelope { kind: &[], id: &[], time: None, subject: None }, &LIMITS);
        assert_eq!(failure.expect_err("there is no value").code, NoData);
    }
}
