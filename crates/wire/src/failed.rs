//! Failed events: what intake logs of an event that could not be used, and how it leaves for `segue.failed`.

mod reason;

use segue_model::{FailureCode, Timestamp};

use crate::incoming::{Failure, Frame};
use crate::origin::Origin;
use crate::outgoing::Outgoing;

pub use reason::{RETRIES, RETRY_OF, Reason};

/// The longest value of a failed event that is kept, in bytes. Base64 makes it a third longer in the log, where a
/// record is to stay under the megabyte that topics take by default.
pub const FAILED_VALUE_BYTES_MAX: usize = 512 * 1024;

/// The longest key and headers of a failed event that are kept, in bytes taken together.
pub const FAILED_HEAD_BYTES_MAX: usize = 64 * 1024;

/// The most headers of a failed event that are kept: small ones add up to more than their bytes.
pub const FAILED_HEADERS_MAX: usize = 1_000;

/// An event that could not be used, with all that came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// When it was logged.
    pub at: Timestamp,
    /// Where it comes from.
    pub origin: Origin,
    /// The id of the source's document, if it is known.
    pub source: Option<String>,
    /// Why it failed.
    pub code: FailureCode,
    /// What is wrong, in words; holds nothing of its values.
    pub detail: String,
    /// Where, as a JSON Pointer.
    pub pointer: Option<String>,
    /// The key as it came.
    pub key: Option<Vec<u8>>,
    /// The headers as they came.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// The value as it came.
    pub value: Option<Vec<u8>>,
    /// How many bytes of it were too long to keep; 0 if all is there.
    pub left_out: u64,
}

impl Failed {
    /// The failed event of a record. A value longer than [`FAILED_VALUE_BYTES_MAX`] is left out, and so are key and
    /// headers longer than [`FAILED_HEAD_BYTES_MAX`].
    pub fn of(
        frame: &Frame<'_>,
        failure: &Failure,
        origin: Origin,
        source: Option<&str>,
        at: Timestamp,
    ) -> Failed {
        let mut failed = Failed {
            at,
            origin,
            source: source.map(str::to_owned),
            code: failure.code,
            detail: failure.detail.clone().into_owned(),
            pointer: failure.pointer.clone(),
            key: None,
            headers: Vec::new(),
            value: None,
            left_out: 0,
        };
        let value_bytes = frame.value.map_or(0, <[u8]>::len);
        let head_bytes = frame.bytes() - value_bytes;
        if value_bytes > FAILED_VALUE_BYTES_MAX {
            failed.left_out += value_bytes as u64;
        } else {
            failed.value = frame.value.map(<[u8]>::to_vec);
        }
        if head_bytes > FAILED_HEAD_BYTES_MAX || frame.headers.len() > FAILED_HEADERS_MAX {
            failed.left_out += head_bytes as u64;
        } else {
            failed.key = frame.key.map(<[u8]>::to_vec);
            let owned =
                |(name, value): &(&str, Option<&[u8]>)| ((*name).to_owned(), value.map(<[u8]>::to_vec));
            failed.headers = frame.headers.iter().map(owned).collect();
        }
        failed
    }

    /// The same failed event within the limits that [`Failed::of`] keeps to: what is longer is left out.
    #[must_use]
    pub fn bounded(mut self) -> Failed {
        if self.value.as_ref().is_some_and(|value| value.len() > FAILED_VALUE_BYTES_MAX) {
            self.left_out += self.value.take().map_or(0, |value| value.len() as u64);
        }
        let headers =
            self.headers.iter().map(|(name, value)| name.len() + value.as_ref().map_or(0, Vec::len));
        let head_bytes = headers.sum::<usize>() + self.key.as_ref().map_or(0, Vec::len);
        if head_bytes > FAILED_HEAD_BYTES_MAX || self.headers.len() > FAILED_HEADERS_MAX {
            self.left_out += head_bytes as u64;
            self.key = None;
            self.headers.clear();
        }
        self
    }

    /// The same failed event with key, headers and value left out.
    pub(crate) fn without_content(&self) -> Failed {
        let mut bare = self.clone();
        let headers =
            bare.headers.iter().map(|(name, value)| name.len() + value.as_ref().map_or(0, Vec::len));
        let kept = headers.sum::<usize>()
            + bare.key.as_ref().map_or(0, Vec::len)
            + bare.value.as_ref().map_or(0, Vec::len);
        bare.left_out += kept as u64;
        (bare.key, bare.value) = (None, None);
        bare.headers.clear();
        bare
    }
}

/// The record for `segue.failed`: key, value and headers as they came, and headers of ours behind them.
pub fn encode(failed: &Failed) -> Outgoing {
    let detail = match &failed.pointer {
        Some(pointer) => format!("{pointer}: {}", failed.detail),
        None => failed.detail.clone(),
    };
    let mut ours = vec![
        ("segue-error", failed.code.as_str().to_owned()),
        ("segue-detail", detail),
        ("segue-origin", failed.origin.to_string()),
        ("segue-at", failed.at.to_string()),
    ];
    if failed.left_out > 0 {
        ours.push(("segue-left-out", failed.left_out.to_string()));
    }
    if let Some(source) = &failed.source {
        ours.push(("segue-source", source.clone()));
    }
    let mut headers = failed.headers.clone();
    headers.extend(ours.into_iter().map(|(name, text)| (name.to_owned(), Some(text.into_bytes()))));
    Outgoing { key: failed.key.clone(), headers, value: failed.value.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(frame: &Frame<'_>) -> Failed {
        let failure = Failure::new(FailureCode::DuplicateKey, "member named twice").at("/data/a");
        let origin = Origin { topic: "crm.events".into(), incarnation: 7, partition: 3, offset: 42, n: 0 };
        Failed::of(frame, &failure, origin, Some("crm"), Timestamp(1_772_445_600_000))
    }

    fn header<'o>(record: &'o Outgoing, name: &str) -> Option<&'o str> {
        let value = record.headers.iter().find(|(key, _)| key == name)?.1.as_deref();
        value.map(|value| std::str::from_utf8(value).unwrap())
    }

    #[test]
    fn a_failed_event_leaves_as_it_came_with_its_reason_behind() {
        let headers = vec![("a", Some(&b"\xff"[..])), ("a", None), ("segue-error", Some(&b"older"[..]))];
        let frame = Frame { key: Some(b"k\x00"), value: Some(b"{\xfe"), headers };
        let record = encode(&failed(&frame));
        assert_eq!(record.key.as_deref(), Some(&b"k\x00"[..]));
        assert_eq!(record.value.as_deref(), Some(&b"{\xfe"[..]));
        assert_eq!(record.headers[0], ("a".to_owned(), Some(vec![0xff])));
        assert_eq!(record.headers[1], ("a".to_owned(), None));
        assert_eq!(record.headers[2], ("segue-error".to_owned(), Some(b"older".to_vec())));
        assert_eq!(record.headers[3], ("segue-error".to_owned(), Some(b"duplicate-key".to_vec())));
        assert_eq!(header(&record, "segue-detail"), Some("/data/a: member named twice"));
        assert_eq!(header(&record, "segue-origin"), Some("crm.events/3/42"));
        assert_eq!(header(&record, "segue-at"), Some("2026-03-02T10:00:00Z"));
        assert_eq!(header(&record, "segue-source"), Some("crm"));
        assert_eq!(header(&record, "segue-left-out"), None);
    }

    #[test]
    fn what_is_too_long_to_keep_is_left_out_and_counted() {
        let value = vec![b' '; 5 * 1024 * 1024];
        let record = encode(&failed(&Frame { key: Some(b"k"), value: Some(&value), headers: Vec::new() }));
        assert_eq!((record.key.as_deref(), record.value.as_deref()), (Some(&b"k"[..]), None));
        assert_eq!(header(&record, "segue-left-out"), Some("5242880"));

        let key = vec![b'k'; FAILED_HEAD_BYTES_MAX];
        let headers = vec![("h", Some(&b"v"[..]))];
        let record = encode(&failed(&Frame { key: Some(&key), value: Some(b"v"), headers }));
        assert_eq!((record.key.as_deref(), record.value.as_deref()), (None, Some(&b"v"[..])));
        assert_eq!(header(&record, "h"), None);
        assert_eq!(header(&record, "segue-left-out"), Some("65538"));

        let value = vec![b' '; FAILED_VALUE_BYTES_MAX];
        let kept = failed(&Frame { key: None, value: Some(&value), headers: Vec::new() });
        assert_eq!((kept.left_out, kept.value.map(|value| value.len())), (0, Some(FAILED_VALUE_BYTES_MAX)));
    }
}
