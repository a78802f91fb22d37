//! Ids that follow from what they name: the same input gives the same id, on any machine, in any run.
//!
//! Form: `t-ROUTE-HASH` of a task, `d-ROUTE-HASH` of a decision, `s-ROUTE-HASH` of a signal, `m-ROUTE-HASH` of a timer,
//! `n-ROUTE-HASH` of a piece of news. ROUTE is what routes the subject to a log partition, in eight hexadecimal
//! digits, so that an outcome or a question about the id reaches the right partition without a search; HASH is the
//! first 128 bits of SHA-256 over the parts, each with its length before it so that no two lists of parts agree.

use std::fmt;
use std::ops::Deref;

use sha2::{Digest, Sha256};

use crate::subject::Subject;
use crate::time::Timestamp;

const ROUTE_AT: usize = 2;
const HASH_AT: usize = ROUTE_AT + 8 + 1;
const LENGTH: usize = HASH_AT + 32;

/// An id that this module made: a text of which there are many, kept in place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; LENGTH]);

/// Names an event for a subject in the duplicates window: 128 bits, so that two events do not meet in one mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(pub [u8; 16]);

/// The id of a task: a function of (source, event id, rule, action, subject).
pub fn task(source: &str, event: &str, rule: &str, action: &str, subject: &Subject) -> Id {
    of(b't', subject, &[source, event, rule, action])
}

/// The id of a decision: a function of (source, event id, subject).
pub fn decision(source: &str, event: &str, subject: &Subject) -> Id {
    of(b'd', subject, &[source, event])
}

/// The id of the event that a signal is: a function of (namespace and id of the event that raised it, signal, subject).
pub fn signal(namespace: &str, event: &str, signal: &str, subject: &Subject) -> Id {
    of(b's', subject, &[namespace, event, signal])
}

/// The id of a timer's stimulus: a function of (rule, subject, namespace and id of the event that began it, due instant).
/// A moment goes back to no event.
pub fn timer(rule: &str, begun: Option<(&str, &str)>, due: Timestamp, subject: &Subject) -> Id {
    let (namespace, event) = begun.unwrap_or_default();
    of(b'm', subject, &[rule, namespace, event, &due.0.to_string()])
}

/// The id of a piece of news of a task: a function of (task, stage, how many news of it there were before, subject).
pub fn news(task: &str, stage: &str, number: u32, subject: &Subject) -> Id {
    of(b'n', subject, &[task, stage, &number.to_string()])
}

/// The route in an id that this crate made.
pub fn route(id: &str) -> Option<u32> {
    let mut parts = id.split('-');
    let (_, route) = (parts.next()?, parts.next()?);
    u32::from_str_radix(route, 16).ok()
}

/// A short name for content: the first 64 bits of its SHA-256, in hexadecimal digits.
pub fn digest<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> String {
    let mut digits = [0; 16];
    write_hex(&hash(parts)[..8], &mut digits);
    text(&digits).to_owned()
}

/// A number from [0, 1) that follows from what it is made of, and is spread evenly: the first 53 bits of the SHA-256 over the
/// parts, each with its length in eight bytes, the highest first, before it.
pub fn fraction<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> f64 {
    let first = u64::from_be_bytes(*hash(parts).first_chunk().expect("eight of thirty-two"));
    (first >> 11) as f64 / (1u64 << 53) as f64
}

/// The mark of an event for a subject.
pub fn mark(subject: &str, namespace: &str, event: &str) -> Mark {
    Mark(half(hash([subject.as_bytes(), namespace.as_bytes(), event.as_bytes()])))
}

impl Mark {
    /// The mark that [`Display`](fmt::Display) has written.
    pub fn parse(text: &str) -> Option<Mark> {
        let digits = text.as_bytes();
        let value = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let mut mark = [0; 16];
        if digits.len() != 2 * mark.len() {
            return None;
        }
        for (byte, pair) in mark.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = value(pair[0])? << 4 | value(pair[1])?;
        }
        Some(Mark(mark))
    }
}

/// In hexadecimal digits.
impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 32];
        write_hex(&self.0, &mut digits);
        f.write_str(text(&digits))
    }
}

impl Id {
    /// An id that was written down.
    pub fn parse(text: &str) -> Option<Id> {
        let bytes: [u8; LENGTH] = text.as_bytes().try_into().ok()?;
        // What is in place is read as text later on.
        bytes.is_ascii().then_some(Id(bytes))
    }
}

impl Deref for Id {
    type Target = str;

    fn deref(&self) -> &str {
        text(&self.0)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

fn of(letter: u8, subject: &Subject, parts: &[&str]) -> Id {
    let own = [subject.kind.as_bytes(), subject.id.as_bytes()];
    let hash = hash(parts.iter().map(|part| part.as_bytes()).chain(own));
    let mut id = [b'-'; LENGTH];
    id[0] = letter;
    write_hex(&subject.route().to_be_bytes(), &mut id[ROUTE_AT..]);
    write_hex(&half(hash), &mut id[HASH_AT..]);
    Id(id)
}

fn hash<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn half(hash: [u8; 32]) -> [u8; 16] {
    *hash.first_chunk().expect("sixteen of thirty-two")
}

fn write_hex(bytes: &[u8], digits: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, pair) in bytes.iter().zip(digits.chunks_exact_mut(2)) {
        pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

fn text(digits: &[u8]) -> &str {
    std::str::from_utf8(digits).expect("digits are ASCII")
}
