//! Posted records -> appends: whose topic each goes to, and under which key. Pure.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use segue_bundle::Bundle;
use segue_bundle::bundle::{Destination, Format, Source, SubjectPath};
use segue_document::{Document, Limits};
use segue_log::{Append, Place};
use segue_model::{FailureCode, Timestamp};
use segue_wire::{Failure, Incoming, cloudevent, key, outcome};

use super::posted::{Posted, Request};
use super::refusal::Refusal;

/// What is written for a request, and how much of it is whose.
#[derive(Debug)]
pub(crate) struct Addressed {
    pub(crate) appends: Vec<Append>,
    /// How many events went to each source, or outcomes to a destination.
    pub(crate) to: BTreeMap<String, usize>,
}

/// Addresses events: each to the source that declares its type, else to the one that is `asked` for.
///
/// # Errors
/// The first event that is none, or that belongs to no one source; nothing is to be written then.
pub(crate) fn events(
    bundle: &Bundle,
    request: Request,
    asked: Option<&str>,
    limits: &Limits,
) -> Result<Addressed, Refusal> {
    let asked = asked.map(|id| known(bundle, id)).transpose()?;
    let mut addressed = Addressed { appends: Vec::new(), to: BTreeMap::new() };
    for (number, record) in request.records.into_iter().enumerate() {
        let found = match asked {
            Some(source) if request.is_bare && source.format != Format::CloudEvents => {
                raw(&record).map(|()| (source, None))
            }
            _ => event(bundle, &record, asked, limits),
        };
        let (source, key) = found.map_err(|refused| match request.is_batch {
            true => refused.of(number),
            false => refused,
        })?;
        let topic = source.topics.first().map(String::as_str).unwrap_or_default();
        addressed.appends.push(append(topic, key, record));
        *addressed.to.entry(source.id.clone()).or_default() += 1;
    }
    Ok(addressed)
}

/// Addresses outcomes to the destination that they come from.
///
/// # Errors
/// There is no such destination, it has no topic for outcomes, or one of them is none.
pub(crate) fn outcomes(
    bundle: &Bundle,
    request: Request,
    id: &str,
    limits: &Limits,
) -> Result<Addressed, Refusal> {
    let destination = destination(bundle, id)?;
    let Some(topic) = &destination.outcomes else {
        let message = format!("destination `{id}` has no `outcomes`");
        let hint =
            "name a topic in its document, such as `outcomes: crm.outcomes`; nobody else needs to read it";
        return Err(Refusal::new(StatusCode::NOT_FOUND, "no-outcomes", message, hint));
    };
    let mut addressed = Addressed { appends: Vec::new(), to: BTreeMap::new() };
    for (number, record) in request.records.into_iter().enumerate() {
        let read = outcome::decode(&record.frame(), id, Timestamp(0), limits);
        let outcome = read.map_err(|failure| {
            let refused = unusable(&failure);
            if request.is_batch { refused.of(number) } else { refused }
        })?;
        // The outcomes of one task stay in their order.
        addressed.appends.push(append(topic, Some(outcome.task.into_bytes()), record));
        *addressed.to.entry(id.to_owned()).or_default() += 1;
    }
    Ok(addressed)
}

/// The destination of an id.
pub(crate) fn destination<'b>(bundle: &'b Bundle, id: &str) -> Result<&'b Destination, Refusal> {
    bundle.destinations.get(id).ok_or_else(|| nobody("destination", id, bundle.destinations.keys()))
}

/// The source of an id.
pub(crate) fn source<'b>(bundle: &'b Bundle, id: &str) -> Result<&'b Source, Refusal> {
    bundle.sources.get(id).ok_or_else(|| nobody("source", id, bundle.sources.keys()))
}

fn known<'b>(bundle: &'b Bundle, id: &str) -> Result<&'b Source, Refusal> {
    source(bundle, id).map_err(|refused| Refusal { status: StatusCode::BAD_REQUEST, ..refused })
}

fn nobody<'i>(kind: &str, id: &str, ids: impl Iterator<Item = &'i String>) -> Refusal {
    let ids: Vec<&str> = ids.map(String::as_str).collect();
    let message = format!("the bundle has no {kind} `{}`", id.chars().take(64).collect::<String>());
    let hint = format!("it has: {}", ids.join(", "));
    Refusal::new(StatusCode::NOT_FOUND, "unknown-name", message, &hint)
}

/// Finds the source of a CloudEvent, and the key that keeps the events of one subject in their order.
fn event<'b>(
    bundle: &'b Bundle,
    record: &Posted,
    asked: Option<&'b Source>,
    limits: &Limits,
) -> Result<(&'b Source, Option<Vec<u8>>), Refusal> {
    let incoming = cloudevent::decode(&record.frame(), limits).map_err(|failure| unusable(&failure))?;
    let declares =
        |source: &&Source| source.format == Format::CloudEvents && source.events.contains_key(&incoming.kind);
    let declaring: Vec<&Source> = bundle.sources.values().filter(declares).collect();
    let source = match (declaring.as_slice(), asked) {
        ([only], _) => *only,
        (_, Some(asked)) if asked.format == Format::CloudEvents => asked,
        (_, Some(asked)) => {
            let message = format!("source `{}` does not publish CloudEvents", asked.id);
            let hint = "post its message as it is, with content type application/json";
            return Err(Refusal::bad("other-format", message, hint));
        }
        ([], None) => return Err(undeclared(bundle, &incoming.kind)),
        (several, None) => {
            let ids: Vec<&str> = several.iter().map(|source| source.id.as_str()).collect();
            let hint = format!("say which with ?source=ID: {}", ids.join(", "));
            return Err(Refusal::bad("ambiguous-source", "several sources declare this type", &hint));
        }
    };
    let key = key_of(source, &incoming);
    Ok((source, key))
}

fn undeclared(bundle: &Bundle, kind: &str) -> Refusal {
    let of_others = bundle.sources.values().find(|source| source.events.contains_key(kind));
    let hint = match of_others {
        Some(source) => format!(
            "source `{}` does, and does not publish CloudEvents: post its message as it is, with ?source={}",
            source.id, source.id
        ),
        None => "declare it at its source in the bundle, or say whose it is with ?source=ID".to_owned(),
    };
    Refusal::bad("undeclared-type", "no source that publishes CloudEvents declares this type", &hint)
}

fn key_of(source: &Source, incoming: &Incoming) -> Option<Vec<u8>> {
    let declared = source.events.get(&incoming.kind).and_then(|declared| declared.subject.as_ref());
    let named = match declared.or(source.subject.as_ref()) {
        Some(SubjectPath::Path(path)) => key::of_incoming(incoming, path),
        Some(SubjectPath::Kinds(kinds)) => {
            let person = kinds.get(segue_model::subject::PERSON).into_iter();
            person.chain(kinds.values()).find_map(|path| key::of_incoming(incoming, path))
        }
        Some(SubjectPath::Everyone) => None,
        None => incoming.subject.as_deref(),
    };
    let key = incoming.extension("partitionkey").or(named).filter(|key| !key.is_empty());
    key.map(|key| key.as_bytes().to_vec())
}

/// What a source of another format reads is looked at by intake; here it has to be JSON.
fn raw(record: &Posted) -> Result<(), Refusal> {
    let value = record.value.as_deref().unwrap_or_default();
    let limits = Limits { bytes_max: usize::MAX, ..Limits::CONTRACT };
    match Document::parse(value, &limits) {
        Ok(_) => Ok(()),
        Err(error) => Err(Refusal::bad("not-json", error.to_string(), "post one JSON message")),
    }
}

fn unusable(failure: &Failure) -> Refusal {
    let status = match failure.code {
        FailureCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        FailureCode::BadFraming => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => StatusCode::BAD_REQUEST,
    };
    let message = match &failure.pointer {
        Some(pointer) => format!("{} at {pointer}", failure.detail),
        None => failure.detail.to_string(),
    };
    let hint = format!("`segue explain {}` tells more; nothing was written", failure.code.as_str());
    Refusal::new(status, failure.code.as_str(), message, &hint)
}

fn append(topic: &str, key: Option<Vec<u8>>, record: Posted) -> Append {
    Append { topic: topic.into(), place: Place::Key, key, value: record.value, headers: record.headers }
}
