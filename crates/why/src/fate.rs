//! What became of an event on which nothing was decided: that it never came, failed, was dropped, had come before, or is
//! looked at by no rule. Each is another thing to do about.

use segue_bundle::{Bundle, closest};
use segue_document::{Document, Limits, Writer};
use segue_intake::{Intake, Outcome, Taken};
use segue_log::Record;
use segue_model::{Event, Timestamp};
use segue_wire::topics::LOG;
use segue_wire::{LogRecord, log_record};

use crate::case::Case;
use crate::find::may_be;
use crate::names::listed;

/// The most ids that one which did not come in is held against.
const IDS_MAX: usize = 10_000;

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The bundle has no such source; one of a like name may be meant.
    NoSource(Option<String>),
    /// Events of that id came in, but from this source.
    Elsewhere(String),
    /// It did not come in.
    Unknown {
        /// An id of the source that may be meant.
        near: Option<String>,
        /// How many events of the source came in.
        of_source: usize,
        /// From when until when anything came in; `None` if nothing did.
        between: Option<(Timestamp, Timestamp)>,
    },
    /// It failed, or a record that names it did: when, with which code, and what was wrong with it.
    Failed(Timestamp, String, String),
    /// Its source drops what it does not declare.
    Ignored(Timestamp),
    /// It came in, and no rule looks at its type: when, and that type.
    Unlooked(Timestamp, String),
}

impl Fate {
    /// What became of it in one word, if it came in.
    pub fn became(&self) -> Option<&'static str> {
        match self {
            Fate::NoSource(_) | Fate::Elsewhere(_) | Fate::Unknown { .. } => None,
            Fate::Failed(..) => Some("failed"),
            Fate::Ignored(_) => Some("ignored"),
            Fate::Unlooked(..) => Some("no-rule"),
        }
    }
}

/// How many records are an event of that source and id.
pub fn times(case: &Case, source: &str, id: &str) -> usize {
    let intake = Intake::new(case.bundle.clone(), Limits::CONTRACT);
    let may_be = case.records.iter().filter(|(record, _)| may_be(record, id));
    let events = may_be.flat_map(|(record, at)| seen(&intake, record, *at).events);
    events.filter(|event| event.source == source && event.id == id).count()
}

/// Finds what became of an event of a source.
pub fn fate(case: &Case, source: &str, id: &str) -> Fate {
    let intake = Intake::new(case.bundle.clone(), Limits::CONTRACT);
    let (mut elsewhere, mut ids, mut of_source) = (None, Vec::new(), 0);
    let mut dropped = None;
    for (record, at) in &case.records {
        let seen = seen(&intake, record, *at);
        for event in &seen.events {
            match (event.source == source, event.id == id) {
                (true, true) => return Fate::Unlooked(*at, event.kind.clone()),
                (false, true) => elsewhere = Some(event.source.clone()),
                (true, false) => {
                    of_source += 1;
                    if ids.len() < IDS_MAX {
                        ids.push(event.id.clone());
                    }
                }
                (false, false) => {}
            }
        }
        let is_of = seen.source.as_deref().is_none_or(|of| of == source);
        if is_of && dropped.is_none() && seen.dropped.iter().any(|dropped| dropped.is_named(id)) {
            dropped = match seen.fault {
                Some((code, detail)) => Some(Fate::Failed(*at, code, detail)),
                None => seen.is_ignored.then_some(Fate::Ignored(*at)),
            };
        }
    }
    // The log may tell of a source that the bundle no longer has.
    if dropped.is_none() && of_source == 0 && !case.bundle.sources.contains_key(source) {
        let near = closest(source, case.bundle.sources.keys().map(String::as_str));
        return Fate::NoSource(near.map(str::to_owned));
    }
    let between = case.records.first().zip(case.records.last()).map(|(first, last)| (first.1, last.1));
    let near = || closest(id, ids.iter().map(String::as_str)).map(str::to_owned);
    dropped.or_else(|| elsewhere.map(Fate::Elsewhere)).unwrap_or_else(|| Fate::Unknown {
        near: near(),
        of_source,
        between,
    })
}

/// What a record holds.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) events: Vec<Event>,
    /// The source that published it, if that is known.
    source: Option<String>,
    fault: Option<(String, String)>,
    /// What came and could not be used, or was not wanted.
    dropped: Vec<Dropped>,
    is_ignored: bool,
}

/// What a record holds, by the bundle, or by the log itself.
pub(crate) fn seen(intake: &Intake, record: &Record, at: Timestamp) -> Seen {
    let mut seen = Seen::default();
    if &*record.topic == LOG {
        take(&mut seen, record.value.as_deref().unwrap_or_default());
        return seen;
    }
    // What nobody reads is no event of a source.
    if !intake.topics().any(|topic| topic == &*record.topic) {
        return seen;
    }
    let mut taken = Taken::default();
    intake.take(record, at, &mut taken);
    for append in &taken.appends {
        take(&mut seen, append.value.as_deref().unwrap_or_default());
    }
    seen.is_ignored = taken.outcome == Outcome::Ignored;
    if seen.is_ignored {
        let headers = record.headers.iter().map(|header| (header.name.clone(), header.value.clone()));
        seen.dropped.push(Dropped { headers: headers.collect(), value: record.value.clone() });
    }
    seen.source = taken.source.map(|source| source.to_string()).or(seen.source);
    seen
}

/// What came, of which there is no event.
#[derive(Debug)]
struct Dropped {
    headers: Vec<(String, Option<Vec<u8>>)>,
    value: Option<Vec<u8>>,
}

impl Dropped {
    /// True if it names the id as its own: as an attribute, or, where it is no CloudEvent that could be read, as a text anywhere.
    fn is_named(&self, id: &str) -> bool {
        let own = self.headers.iter().find(|(name, _)| name == "ce_id");
        if let Some((_, own)) = own {
            return own.as_deref() == Some(id.as_bytes());
        }
        let value = self.value.as_deref().unwrap_or_default();
        let read = std::str::from_utf8(value).ok().and_then(|text| Document::parse_own(text).ok());
        if let Some(read) = read.filter(|read| read.root().get("specversion").is_some()) {
            return read.root().get("id").and_then(|own| own.as_str()) == Some(id);
        }
        let mut quoted = Writer::new();
        let _ = quoted.string(id);
        let quoted = quoted.finish();
        value.windows(quoted.len()).any(|part| part == quoted.as_bytes())
    }
}

fn take(seen: &mut Seen, value: &[u8]) {
    match log_record::decode(value) {
        Ok(LogRecord::Event { event, .. }) => seen.events.push(event),
        Ok(LogRecord::Failed(copy)) => {
            let place = copy.pointer.map(|pointer| format!("{pointer}: ")).unwrap_or_default();
            seen.fault = Some((copy.code.as_str().to_owned(), format!("{place}{}", copy.detail)));
            seen.source = copy.source;
            seen.dropped.push(Dropped { headers: copy.headers, value: copy.value });
        }
        _ => {}
    }
}

/// What to say of it, and what to do about it.
pub fn words(bundle: &Bundle, source: &str, id: &str, fate: &Fate) -> (String, Option<String>) {
    match fate {
        Fate::NoSource(near) => {
            let known = listed(bundle.sources.keys().cloned(), "and");
            let meant = near.as_ref().map(|near| format!("did you mean `{near}/{id}`?"));
            let hint = meant.unwrap_or_else(|| format!("the bundle has the sources {known}"));
            (format!("the bundle has no source `{source}`"), Some(hint))
        }
        Fate::Elsewhere(of) => {
            (format!("event {id} came in from {of}, not from {source}"), Some(format!("ask for `{of}/{id}`")))
        }
        Fate::Unknown { near, of_source, between } => {
            let looked = between.map(|(from, until)| format!(", from {from} to {until}")).unwrap_or_default();
            let message = format!(
                "event {id} of {source} did not come in: none of the {of_source} events of {source} has that id{looked}"
            );
            let meant = near.as_ref().map(|near| format!("did you mean `{source}/{near}`?"));
            let other =
                "look for it among the failed events, or where it may have been before or after that time";
            (message, Some(meant.unwrap_or_else(|| other.to_owned())))
        }
        Fate::Failed(at, code, detail) => {
            let detail = if detail.is_empty() { String::new() } else { format!(", {detail}") };
            let hint = format!("`segue explain {code}` says what to do about it");
            (format!("event {id} of {source} failed at {at}: {code}{detail}"), Some(hint))
        }
        Fate::Ignored(at) => {
            let message = format!(
                "event {id} of {source} was dropped at {at}: {source} does not declare its type, and ignores what it does not declare"
            );
            (message, Some("declare the type under `events` of the source".to_owned()))
        }
        Fate::Unlooked(at, kind) => unlooked(bundle, (source, id), *at, kind),
    }
}

fn unlooked(
    bundle: &Bundle,
    (source, id): (&str, &str),
    at: Timestamp,
    kind: &str,
) -> (String, Option<String>) {
    let ends = bundle.unless_by_type.get(kind).into_iter().flatten().map(|rule| rule.id.clone());
    let ends: Vec<String> = ends.collect();
    let into = bundle.sources.get(source).and_then(|of| of.events.get(kind)?.into.as_ref());
    let use_of = if into.is_some() { "; what it says is known from then on" } else { "" };
    let message = if ends.is_empty() {
        format!("event {id} of {source} came in at {at} and set nothing off: no rule looks at {kind}{use_of}")
    } else {
        let ends = listed(ends, "and");
        format!(
            "event {id} of {source} came in at {at} and set nothing off: no rule fires on {kind}, which ends the wait of {ends}{use_of}"
        )
    };
    (message, None)
}
