//! A record from outside: the frame it came in, the event found in it, or why none was found.

use std::borrow::Cow;
use std::fmt;

use segue_document::{Document, Limits, ParseError, ParseErrorKind, Value};
use segue_model::{FailureCode, Timestamp};

/// The longest attribute of an event (its id, type, source and so on), in bytes. Ids are kept to recognise
/// duplicates, so their length is somebody's memory.
pub const ATTRIBUTE_BYTES_MAX: usize = 4096;

/// The longest pointer of a failure, in bytes.
const POINTER_BYTES_MAX: usize = 1024;

/// A record as it came: bytes that nobody has looked at.
#[derive(Clone, Debug, Default)]
pub struct Frame<'r> {
    /// The record's key.
    pub key: Option<&'r [u8]>,
    /// The record's value; `None` is Kafka's null.
    pub value: Option<&'r [u8]>,
    /// The record's headers in their order; `None` is Kafka's null.
    pub headers: Vec<(&'r str, Option<&'r [u8]>)>,
}

impl<'r> Frame<'r> {
    /// The last header of that name that is not null; names are compared without regard to ASCII case.
    pub fn header(&self, name: &str) -> Option<&'r [u8]> {
        self.headers
            .iter()
            .rev()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| *value)
    }

    /// The value without the framing of a schema registry: a zero byte and the schema's number in four more, which stand
    /// before the JSON that they are about. No JSON text begins with a zero byte.
    ///
    /// # Errors
    /// The number is not whole.
    pub(crate) fn body(&self) -> Result<Option<&'r [u8]>, Failure> {
        match self.value {
            Some([0, framed @ ..]) => match framed.split_at_checked(4) {
                Some((_, body)) => Ok(Some(body)),
                None => Err(Failure::new(FailureCode::BadFraming, "the number of a schema is not whole")),
            },
            value => Ok(value),
        }
    }

    /// The number of the schema in that framing, if it is there.
    pub fn schema_number(&self) -> Option<u32> {
        match self.value {
            Some([0, framed @ ..]) => framed.first_chunk().map(|number| u32::from_be_bytes(*number)),
            _ => None,
        }
    }

    /// How many bytes the record has: key, value and headers.
    pub fn bytes(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.map_or(0, <[u8]>::len));
        self.key.map_or(0, <[u8]>::len) + self.value.map_or(0, <[u8]>::len) + headers.sum::<usize>()
    }

    /// Refuses a record that is longer than the limit before anything of it is read.
    pub(crate) fn refuse_too_large(&self, limits: &Limits) -> Result<(), Failure> {
        if self.bytes() <= limits.bytes_max {
            return Ok(());
        }
        Err(Failure::new(FailureCode::TooLarge, format!("record longer than {} bytes", limits.bytes_max)))
    }
}

/// An event as a source published it: well formed, and not yet looked at by the bundle.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The event's id; not empty.
    pub id: String,
    /// The event's type; not empty.
    pub kind: String,
    /// The CloudEvents `source`, the namespace of the id.
    pub namespace: Option<String>,
    /// When it happened, if it says so.
    pub time: Option<Timestamp>,
    /// The subject of its envelope, as given: it may be empty.
    pub subject: Option<String>,
    /// The CloudEvents `correlationid`.
    pub correlation: Option<String>,
    /// The CloudEvents `causationid`.
    pub causation: Option<String>,
    /// The W3C trace context, if it is a well-formed one.
    pub traceparent: Option<String>,
    /// What is left of the attributes: extensions, by name, as text.
    pub extensions: Vec<(String, String)>,
    /// The document in which the data stand.
    pub(crate) document: Document,
    /// Where in the document they stand.
    pub(crate) place: DataPlace,
}

/// Where the data of an event stand in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DataPlace {
    /// There are none.
    Absent,
    /// The whole document.
    Root,
    /// Below these names.
    At(&'static [&'static str]),
}

impl DataPlace {
    /// What stands there; null is nothing, where the place is one of an envelope.
    pub(crate) fn of<'d>(self, root: Value<'d>) -> Option<Value<'d>> {
        match self {
            DataPlace::Absent => None,
            DataPlace::Root => Some(root),
            DataPlace::At(names) => root.at_path(names.iter().copied()).filter(|value| !value.is_null()),
        }
    }
}

impl Incoming {
    /// The data, if the event has any.
    pub fn data(&self) -> Option<Value<'_>> {
        self.place.of(self.document.root())
    }

    /// The extension attribute of that name.
    pub fn extension(&self, name: &str) -> Option<&str> {
        self.extensions.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// An event with nothing but a document.
    pub(crate) fn of(document: Document, place: DataPlace) -> Incoming {
        Incoming {
            id: String::new(),
            kind: String::new(),
            namespace: None,
            time: None,
            subject: None,
            correlation: None,
            causation: None,
            traceparent: None,
            extensions: Vec::new(),
            document,
            place,
        }
    }
}

/// Why a record could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Failure {
    /// The kind of failure, of the closed list.
    pub code: FailureCode,
    /// What is wrong, in words; holds nothing of the record's values.
    pub detail: Cow<'static, str>,
    /// Where, as a JSON Pointer, if it is at a place.
    pub pointer: Option<String>,
}

/// As the header `segue-detail` carries it: the pointer, if there is one, and the words.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pointer {
            Some(pointer) => write!(f, "{pointer}: {}", self.detail),
            None => f.write_str(&self.detail),
        }
    }
}

impl Failure {
    /// A failure at no place in particular.
    pub fn new(code: FailureCode, detail: impl Into<Cow<'static, str>>) -> Failure {
        Failure { code, detail: detail.into(), pointer: None }
    }

    /// The same failure at a place. A pointer that is too long is cut back to a value around that place: the names
    /// in it come from outside.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Failure {
        let mut pointer = pointer.into();
        if pointer.len() > POINTER_BYTES_MAX {
            let end = pointer.as_bytes()[..POINTER_BYTES_MAX].iter().rposition(|byte| *byte == b'/');
            pointer.truncate(end.unwrap_or(0));
        }
        self.pointer = Some(pointer);
        self
    }

    /// The failure of a text that did not parse, where the text stands at `prefix` of the event.
    pub(crate) fn of_parse(error: ParseError, prefix: &str) -> Failure {
        let code = match error.kind {
            ParseErrorKind::TooLarge => FailureCode::TooLarge,
            ParseErrorKind::NotUtf8 => FailureCode::NotUtf8,
            ParseErrorKind::NotJson => FailureCode::NotJson,
            ParseErrorKind::TooDeep => FailureCode::TooDeep,
            ParseErrorKind::TooMany => FailureCode::TooMany,
            ParseErrorKind::DuplicateKey => FailureCode::DuplicateKey,
        };
        let failure = Failure::new(code, error.to_string());
        match prefix.len() + error.pointer.len() {
            0 => failure,
            _ => failure.at(format!("{prefix}{}", error.pointer)),
        }
    }
}

/// Reads an RFC 3339 instant. Stricter than the library beneath, which takes other forms of ISO 8601 too.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let form = b"dddd-dd-ddTdd:dd:dd";
    let fits = bytes.len() > form.len()
        && form.iter().zip(bytes).all(|(form, byte)| match form {
            b'd' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b't' | b' '),
            other => byte == other,
        });
    if !fits {
        return None;
    }
    let mut rest = &bytes[form.len()..];
    if rest[0] == b'.' {
        let digits = rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = &rest[1 + digits..];
    }
    let zone = match rest {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', hour @ .., b':', _, _] => hour.len() == 2,
        _ => false,
    };
    if zone { Timestamp::parse(text) } else { None }
}

/// A trace context that can be carried on: version 00 as W3C writes it. Any other is dropped, as W3C asks.
pub(crate) fn traceparent(text: &str) -> Option<String> {
    let mut parts = text.split('-');
    let mut next = |length: usize| {
        let part = parts.next()?;
        let is_hex = part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (is_hex && part.len() == length).then_some(part)
    };
    let (version, trace, span, _) = (next(2)?, next(32)?, next(16)?, next(2)?);
    let is_set = |part: &str| part.bytes().any(|byte| byte != b'0');
    let is_good = version == "00" && text.len() == 55 && is_set(trace) && is_set(span);
    is_good.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rfc_3339_is_an_instant() {
        for good in ["2026-03-02T10:00:00Z", "2026-03-02T10:00:00.123456789+01:00", "2026-03-02t10:00:00z"] {
            assert!(instant(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "2026-03-02",
            "2026-03-02T10:00:00",
            "20260302T100000Z",
            "2026-03-02T10:00Z",
            "2026-03-02T10:00:00+01",
            "2026-03-02T10:00:00Z[Europe/Paris]",
            "2026-13-02T10:00:00Z",
            "2026-03-02T10:00:00.Z",
            "yesterday",
        ] {
            assert_eq!(instant(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_framing_of_a_schema_registry_is_passed_over() {
        let body = |value: &[u8]| {
            Frame { value: Some(value), ..Frame::default() }.body().map(|body| body.map(<[u8]>::to_vec))
        };
        assert_eq!(body(b"\0\0\0\0\x07{}").unwrap().as_deref(), Some(&b"{}"[..]));
        assert_eq!(body(b"\0\0\0\0\x07").unwrap().as_deref(), Some(&b""[..]));
        assert_eq!(body(b"{}").unwrap().as_deref(), Some(&b"{}"[..]));
        assert_eq!(body(b"").unwrap().as_deref(), Some(&b""[..]));
        let number = |value: &[u8]| Frame { value: Some(value), ..Frame::default() }.schema_number();
        assert_eq!(
            (number(b"\0\0\0\x01\x07{}"), number(b"{}"), number(b"\0\0\0\x07")),
            (Some(263), None, None)
        );
        assert_eq!(body(b"\0\0\0\x07").expect_err("no whole number").code, FailureCode::BadFraming);
    }

    #[test]
    fn a_long_pointer_is_cut_back_to_a_value_around_the_place() {
        let (outer, inner) = ("é".repeat(300), "é".repeat(300));
        let failure = Failure::new(FailureCode::TooDeep, "x").at(format!("/{outer}/{inner}"));
        assert_eq!(failure.pointer, Some(format!("/{outer}")));
        assert_eq!(Failure::new(FailureCode::TooDeep, "x").at("/a/b").pointer.as_deref(), Some("/a/b"));
    }

    #[test]
    fn only_a_well_formed_trace_context_is_carried_on() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(traceparent(good).as_deref(), Some(good));
        for bad in ["", "00", &good.to_uppercase(), &format!("{good}-x"), &good.replace("0af765", "0ag765")] {
            assert_eq!(traceparent(bad), None, "{bad}");
        }
        assert_eq!(traceparent(&format!("00-{}-b7ad6b7169203331-01", "0".repeat(32))), None);
    }
}
