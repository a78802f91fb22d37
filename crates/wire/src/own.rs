//! Reading back what the router itself has written.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use segue_document::{Document, Kind, ParseError, Value, Writer};
use segue_model::{Surroundings, Timestamp};

/// The version of every format that this router writes but for [`PROFILE_VERSION`], and the only one it reads.
pub(crate) const VERSION: i64 = 1;
/// The version of profiles. Those before it are read as well: what version 1 remembers has no places, version 2 knows
/// no channels, and version 3 neither where somebody was, nor on which device, nor persons who go by another id.
pub(crate) const PROFILE_VERSION: i64 = 4;

/// Why a record that a router wrote could not be read back: it was written by a newer one, or by something else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are no text.
    #[error("not UTF-8")]
    NotUtf8,
    /// The text is no JSON.
    #[error("not JSON")]
    NotJson(#[source] ParseError),
    /// The record is of a version that this router does not read, or of none.
    #[error("format version {} is not one that this router reads", .found.map_or("none".to_owned(), |v| v.to_string()))]
    Version {
        /// The version it says it has.
        found: Option<i64>,
    },
    /// A member is missing or is not what it should be.
    #[error("member `{member}` is missing or of the wrong type")]
    Member {
        /// The member's name.
        member: &'static str,
    },
}

pub(crate) fn parse(bytes: &[u8]) -> Result<Document, DecodeError> {
    let text = std::str::from_utf8(bytes).map_err(|_| DecodeError::NotUtf8)?;
    Document::parse_own(text).map_err(DecodeError::NotJson)
}

/// Refuses what is not of this router's version.
pub(crate) fn check_version(root: Value<'_>) -> Result<(), DecodeError> {
    check_versions(root, VERSION..=VERSION)
}

/// Refuses what is of none of these versions.
pub(crate) fn check_versions(root: Value<'_>, known: RangeInclusive<i64>) -> Result<(), DecodeError> {
    match root.get("v").and_then(Value::as_i64) {
        Some(version) if known.contains(&version) => Ok(()),
        found => Err(DecodeError::Version { found }),
    }
}

pub(crate) fn required<T>(value: Option<T>, member: &'static str) -> Result<T, DecodeError> {
    value.ok_or(DecodeError::Member { member })
}

pub(crate) fn string(value: Option<Value<'_>>, member: &'static str) -> Result<String, DecodeError> {
    required(value.and_then(Value::as_str), member).map(str::to_owned)
}

/// A string that may be left out or null.
pub(crate) fn optional(
    value: Option<Value<'_>>,
    member: &'static str,
) -> Result<Option<String>, DecodeError> {
    match value.filter(|value| !value.is_null()) {
        None => Ok(None),
        some => string(some, member).map(Some),
    }
}

pub(crate) fn instant(value: Option<Value<'_>>, member: &'static str) -> Result<Timestamp, DecodeError> {
    required(value.and_then(Value::as_i64), member).map(Timestamp)
}

/// A place or a device: an object, or nothing.
pub(crate) fn around(
    value: Option<Value<'_>>,
    member: &'static str,
) -> Result<Option<Arc<Document>>, DecodeError> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
    required((value.kind() == Kind::Object).then(|| Arc::new(value.to_document())), member).map(Some)
}

/// Where somebody was and with which device.
pub(crate) fn surroundings(
    place: Option<Value<'_>>,
    device: Option<Value<'_>>,
    member: &'static str,
) -> Result<Surroundings, DecodeError> {
    Ok(Surroundings { place: around(place, member)?, device: around(device, member)? })
}

/// Writes those of the two that are known, each as a member.
pub(crate) fn write_surroundings(writer: &mut Writer, surroundings: &Surroundings) {
    for (name, facts) in [("where", &surroundings.place), ("device", &surroundings.device)] {
        if let Some(facts) = facts {
            let _ = writer.key(name).value(facts.root());
        }
    }
}

/// A number without a sign. Read from the text, since offsets and incarnations may pass what fits a signed one.
pub(crate) fn unsigned<N: std::str::FromStr>(
    value: Option<Value<'_>>,
    member: &'static str,
) -> Result<N, DecodeError> {
    let number =
        value.filter(|value| value.kind() == Kind::Number).and_then(|value| value.raw().parse().ok());
    required(number, member)
}

/// A map of names to instants.
pub(crate) fn instants(
    value: Option<Value<'_>>,
    member: &'static str,
) -> Result<BTreeMap<String, Timestamp>, DecodeError> {
    let object = required(value.filter(|value| value.kind() == Kind::Object), member)?;
    object.members().map(|(name, value)| Ok((name.to_owned(), instant(Some(value), member)?))).collect()
}
