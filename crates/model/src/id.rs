//! Ids that follow from what they name: the same input gives the same id, on any machine, in any run.
//!
//! Form: `t-ROUTE-HASH` of a task, `d-ROUTE-HASH` of a decision, `s-ROUTE-HASH` of a signal, `m-ROUTE-HASH` of a timer,
//! `n-ROUTE-HASH` of a piece of news. ROUTE is what routes the subject to a log partition, in eight hexadecimal
//! digits, so that an outcome or a question about the id reaches the right partition without a search; HASH is the
//! first 128 bits of SHA-256 over the parts, each with its length before it so that no two lists of parts agree.

use sha2::{Digest, Sha256};

use crate::subject::Subject;
use crate::time::Timestamp;

/// The id of a task: a function of (source, event id, rule, action, subject).
pub fn task(source: &str, event: &str, rule: &str, action: &str, subject: &Subject) -> String {
    of('t', subject, &[source, event, rule, action])
}

/// The id of a decision: a function of (source, event id, subject).
pub fn decision(source: &str, event: &str, subject: &Subject) -> String {
    of('d', subject, &[source, event])
}

/// The id of the event that a signal is: a function of (namespace and id of the event that raised it, signal, subject).
pub fn signal(namespace: &str, event: &str, signal: &str, subject: &Subject) -> String {
    of('s', subject, &[namespace, event, signal])
}

/// The id of a timer's stimulus: a function of (rule, subject, namespace and id of the event that began it, due instant).
/// A moment goes back to no event.
pub fn timer(rule: &str, begun: Option<(&str, &str)>, due: Timestamp, subject: &Subject) -> String {
    let (namespace, event) = begun.unwrap_or_default();
    of('m', subject, &[rule, namespace, event, &due.0.to_string()])
}

/// The id of a piece of news of a task: a function of (task, stage, how many news of it there were before, subject).
pub fn news(task: &str, stage: &str, number: u32, subject: &Subject) -> String {
    of('n', subject, &[task, stage, &number.to_string()])
}

/// The route in an id that this crate made.
pub fn route(id: &str) -> Option<u32> {
    let mut parts = id.split('-');
    let (_, route) = (parts.next()?, parts.next()?);
    u32::from_str_radix(route, 16).ok()
}

/// A short name for content: the first 64 bits of its SHA-256, in hexadecimal digits.
pub fn digest<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> String {
    hex(&hash(parts)[..8])
}

/// Names an event for a subject in the duplicates window: 128 bits, so that two events do not meet in one mark.
pub fn mark(subject: &str, namespace: &str, event: &str) -> String {
    hex(&hash([subject.as_bytes(), namespace.as_bytes(), event.as_bytes()])[..16])
}

fn of(letter: char, subject: &Subject, parts: &[&str]) -> String {
    let own = [subject.kind.as_bytes(), subject.id.as_bytes()];
    let hash = hash(parts.iter().map(|part| part.as_bytes()).chain(own));
    format!("{letter}-{:08x}-{}", subject.route(), hex(&hash[..16]))
}

fn hash<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
