//! What could have been otherwise, and a step of a run in which it is.

use std::sync::Arc;

use segue_bundle::Bundle;
use segue_bundle::bundle::Format;
use segue_document::{Document, Value, merge_patch, replace_at};
use segue_expr::past::{kept, remember};
use segue_log::{Append, Record};
use segue_model::event::OWN_SOURCE;
use segue_model::{Past, Profile, Seen, Subject, Surroundings, Timestamp};
use segue_wire::topics::LOG;
use segue_wire::{LogRecord, log_record};

use crate::case::Case;
use crate::walk::{Step, Walk};

/// Something that could have been otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// An attribute of the subject: the path below `who`, and its value as JSON; `None`: missing.
    Who(Vec<String>, Option<String>),
    /// A field of a row of the subject: table, key, path, value.
    Row(String, String, Vec<String>, Option<String>),
    /// A field of the event's data.
    Data(Vec<String>, Option<String>),
    /// So many more events of a type just before.
    More(String, u64),
    /// So many fewer of what is remembered under any of these names: the latest are left out.
    Fewer(Kept, Vec<String>, u64),
}

/// What of the past is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Events, by type.
    Events,
    /// Tasks that went out, by action.
    Released,
    /// What was said of tasks, by action and outcome.
    Outcomes,
}

/// Runs the case up to a step, takes that with everything so altered for the subject, and returns what leaves at it.
pub(crate) fn altered(case: &Case, step: u64, subject: &Subject, all: &[&Alteration]) -> Vec<Append> {
    let mut walk = Walk::at(case, step);
    let (mut record, at) = match walk.next() {
        Some(Step::Record(number)) => (Some(case.records[number].0.clone()), case.records[number].1),
        Some(Step::Due(due)) => (None, due),
        None => return Vec::new(),
    };
    let data = record.as_ref().and_then(|record| data_of(&case.bundle, record));
    for one in all {
        match one {
            Alteration::Data(path, json) => {
                record = record.and_then(|record| with_data(&case.bundle, &record, path, json.as_deref()));
            }
            others => walk
                .pipeline
                .alter(subject, |profile| change(&case.bundle, profile, others, data.as_ref(), at)),
        }
    }
    match record {
        Some(record) => walk.take_record(&record),
        None => walk.take(),
    }
}

fn change(
    bundle: &Bundle,
    profile: &mut Profile,
    alteration: &Alteration,
    data: Option<&Document>,
    at: Timestamp,
) {
    match alteration {
        Alteration::Who(path, json) => {
            let old = profile.who.as_deref().map(Document::root);
            profile.who = set(old, path, json.as_deref()).map(Arc::new).or(profile.who.take());
        }
        Alteration::Row(table, key, path, json) => {
            let Some(row) = profile.tables.get_mut(table).and_then(|rows| rows.0.get_mut(key)) else {
                return;
            };
            if let Some(new) = set(Some(row.document.root()), path, json.as_deref()) {
                row.document = Arc::new(new);
            }
        }
        Alteration::More(kind, count) => {
            (0..*count).for_each(|number| add(bundle, &mut profile.past, kind, data, (at, number)));
        }
        Alteration::Fewer(of, names, count) => {
            (0..*count).for_each(|_| take_latest(&mut profile.past, *of, names));
        }
        Alteration::Data(..) => {}
    }
}

/// The document with a value at a path, or without it.
fn set(old: Option<Value<'_>>, path: &[String], json: Option<&str>) -> Option<Document> {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    // A merge patch takes away what is null.
    let value = Document::parse_own(json.unwrap_or("null")).ok()?;
    Some(merge_patch(old, replace_at(&names, value.root()).root()))
}

/// Remembers one more event, with the data of this one, so that it agrees with it where that is asked for.
fn add(
    bundle: &Bundle,
    past: &mut Past,
    kind: &str,
    data: Option<&Document>,
    (at, number): (Timestamp, u64),
) {
    let Some(needs) = bundle.needs.events.get(kind) else { return };
    let data = data.map_or_else(Document::empty_object, |data| kept(data.root(), needs));
    let before = Timestamp(at.0.saturating_sub(1));
    let seen = Seen {
        source: OWN_SOURCE.to_owned(),
        namespace: None,
        id: format!("what-if-{number}"),
        time: before,
        logged_at: before,
        journey: String::new(),
        data,
        surroundings: Surroundings::default(),
        place: past.next_place(),
    };
    let remembered = Arc::make_mut(past.events.entry(kind.to_owned()).or_default());
    let _ = remember(remembered, needs, seen, at);
}

/// Forgets the latest of what is remembered under these names.
fn take_latest(past: &mut Past, of: Kept, names: &[String]) {
    let all = match of {
        Kept::Events => &mut past.events,
        Kept::Released => &mut past.released,
        Kept::Outcomes => &mut past.outcomes,
    };
    let latest = |name: &&String| all.get(*name).and_then(|one| one.seen.last()).map(|seen| seen.order());
    let Some(name) = names.iter().filter(|name| latest(name).is_some()).max_by_key(latest) else { return };
    if let Some(remembered) = all.get_mut(name) {
        let _ = Arc::make_mut(remembered).seen.pop();
    }
}

/// The data of the event that a record is.
fn data_of(bundle: &Bundle, record: &Record) -> Option<Document> {
    let bytes = record.value.as_deref()?;
    if &*record.topic == LOG {
        return match log_record::decode(bytes).ok()? {
            LogRecord::Event { event, .. } | LogRecord::Row { event, .. } => Some(event.data),
            _ => None,
        };
    }
    let document = Document::parse_own(std::str::from_utf8(bytes).ok()?).ok()?;
    let data = document.root().at_path(data_at(bundle, record).iter().copied())?;
    Some(data.to_document())
}

/// Where in the value of a record the event's data stand.
fn data_at(bundle: &Bundle, record: &Record) -> &'static [&'static str] {
    let source =
        bundle.sources.values().find(|source| source.topics.iter().any(|one| **one == *record.topic));
    let is_cloudevents = source.is_some_and(|source| matches!(source.format, Format::CloudEvents));
    // In binary mode the envelope stands in the headers.
    let is_binary = record.headers.iter().any(|header| header.name.eq_ignore_ascii_case("ce_id"));
    if is_cloudevents && !is_binary { &["data"] } else { &[] }
}

/// The record with a field of the event's data otherwise.
fn with_data(bundle: &Bundle, record: &Record, path: &[String], json: Option<&str>) -> Option<Record> {
    let bytes = record.value.as_deref()?;
    let value = if &*record.topic == LOG {
        match log_record::decode(bytes).ok()? {
            LogRecord::Event { mut event, origin } => {
                event.data = set(Some(event.data.root()), path, json)?;
                log_record::encode(&LogRecord::Event { event, origin })
            }
            _ => return None,
        }
    } else {
        let document = Document::parse_own(std::str::from_utf8(bytes).ok()?).ok()?;
        let names = data_at(bundle, record).iter().map(|name| (*name).to_owned());
        let path: Vec<String> = names.chain(path.iter().cloned()).collect();
        set(Some(document.root()), &path, json)?.text().to_owned()
    };
    Some(Record { value: Some(value.into_bytes()), ..record.clone() })
}
