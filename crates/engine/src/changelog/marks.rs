//! Marks as the changelog keeps them: of duplicates, and of those who were erased.

use std::fmt::Write as _;

use segue_document::{Document, Writer};
use segue_model::{Subject, Timestamp};

use super::VERSION;
use crate::marks::Mark;
use crate::partition::erasing::mark_of;

/// The changelog's key of the mark that the person of an id was erased.
pub fn key_of_erased(person: &str) -> String {
    key_of('e', &mark_of(&Subject::person(person).inner_key()))
}

/// The record of that key, of somebody who was erased from then on.
pub fn erased_record(at: Timestamp) -> String {
    encode_mark(at)
}

/// From when on somebody was erased, as the record of that key says it; `None` of what is no such record.
pub fn erased_at(value: &[u8]) -> Option<Timestamp> {
    decode_mark(std::str::from_utf8(value).ok()?)
}

pub(super) fn key_of(kind: char, mark: &Mark) -> String {
    let mut key = String::with_capacity(34);
    let _ = write!(key, "{kind}/{mark}");
    key
}

pub(super) fn encode_mark(set_at: Timestamp) -> String {
    let mut writer = Writer::with_capacity(32);
    let _ = writer.begin_object().key("v").integer(VERSION).key("at").integer(set_at.0).end_object();
    writer.finish()
}

pub(super) fn decode_mark(text: &str) -> Option<Timestamp> {
    let document = Document::parse_own(text).ok()?;
    let root = document.root();
    (root.get("v")?.as_i64()? == VERSION).then_some(Timestamp(root.get("at")?.as_i64()?))
}
