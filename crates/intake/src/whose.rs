//! Finds whom an event is about.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use segue_bundle::Bundle;
use segue_bundle::bundle::{Into, SubjectPath, Table};
use segue_model::FailureCode;
use segue_model::identity::{self, LINKED};
use segue_model::subject::PERSON;
use segue_wire::{Failure, key};

use crate::recognise::Found;

/// Whom an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum About<'e> {
    /// These subjects: kind and id of each, no kind twice.
    Subjects(Vec<(&'e str, Cow<'e, str>)>),
    /// Two ids of one person: first the one that does not stay.
    Linked(String, String),
    /// No single subject.
    Everyone {
        /// The key of the row that it writes, if it writes one.
        row: Option<&'e str>,
    },
}

/// Says whom the event is about, once it is sure that what it fills is of one of them, and that the row it may write has
/// a key.
pub(crate) fn about<'e>(bundle: &'e Bundle, found: &'e Found<'_>) -> Result<About<'e>, Failure> {
    if found.event.kind == LINKED {
        return linked(found);
    }
    let path = found.declared.subject.as_ref().or(found.source.subject.as_ref());
    let table = match &found.declared.into {
        Some(Into::Table(id)) => bundle.tables.get(id),
        Some(Into::Who) | None => None,
    };
    let is_everyone = path == Some(&SubjectPath::Everyone) || table.is_some_and(Table::is_of_everyone);
    if is_everyone {
        let row = table.map(|table| row_key(found, None, table)).transpose()?;
        return Ok(About::Everyone { row });
    }
    let subjects = match path {
        Some(SubjectPath::Path(path)) => {
            vec![(
                PERSON,
                person(found, key_at(key::of_incoming(&found.event, path), path, "subject")?, path)?,
            )]
        }
        Some(SubjectPath::Kinds(kinds)) => each(found, kinds)?,
        Some(SubjectPath::Everyone) | None => {
            let path = ["subject".to_owned()];
            vec![(PERSON, person(found, key_at(found.event.subject.as_deref(), &path, "subject")?, &path)?)]
        }
    };
    if found.declared.into == Some(Into::Who) && subjects.len() > 1 {
        let detail = "it names several subjects, and its data fill `who` of the one that it names";
        return Err(Failure::new(FailureCode::NoSubject, detail));
    }
    if let Some(table) = table {
        let own = subjects.iter().find(|(kind, _)| table.of.as_deref() == Some(kind));
        let Some((_, id)) = own else {
            let of = table.of.as_deref().unwrap_or_default();
            let detail = format!("it names no {of}, to whom the rows of `{}` belong", table.id);
            return Err(Failure::new(FailureCode::NoSubject, detail));
        };
        let _ = row_key(found, Some(id), table)?;
    }
    Ok(About::Subjects(subjects))
}

/// The id of a person, as the namespace of its source says it.
fn person<'e>(found: &Found<'_>, id: &'e str, path: &[String]) -> Result<Cow<'e, str>, Failure> {
    let namespace = found.declared.identity.as_ref().or(found.source.identity.as_ref());
    let Some(namespace) = namespace.filter(|namespace| *namespace != PERSON) else { return Ok(id.into()) };
    let id = identity::person_in(namespace, id);
    let _ = key_at(Some(&id), path, "subject")?;
    Ok(id.into())
}

/// The two ids that an event links.
fn linked<'e>(found: &Found<'_>) -> Result<About<'e>, Failure> {
    let (a, b) = (id_in(found, "a")?, id_in(found, "b")?);
    Ok(match identity::rank(&a, &b) {
        Ordering::Less => About::Linked(b, a),
        Ordering::Equal | Ordering::Greater => About::Linked(a, b),
    })
}

fn id_in(found: &Found<'_>, side: &str) -> Result<String, Failure> {
    let bad = |failure: Failure| Failure { code: FailureCode::BadLink, ..failure };
    let text = |name: &str| {
        let path = ["data", side, name].map(str::to_owned);
        let text = key_at(key::of_incoming(&found.event, &path), &path, name).map_err(bad)?;
        Ok((text, path))
    };
    let ((namespace, of_namespace), (id, of_id)) = (text("namespace")?, text("id")?);
    if !identity::is_namespace(namespace) {
        let detail = "no namespace: a small letter, then small letters, digits and `-`, at most 64 in all";
        return Err(Failure::new(FailureCode::BadLink, detail).at(pointer(&of_namespace)));
    }
    let whole = identity::person_in(namespace, id);
    key_at(Some(&whole), &of_id, "id").map_err(bad).map(str::to_owned)
}

/// The subject of each kind that is there, in the order of the kinds. What is there and can be no id is a fault, so that
/// nobody's event is lost without a word.
fn each<'e>(
    found: &'e Found<'_>,
    kinds: &'e BTreeMap<String, Vec<String>>,
) -> Result<Vec<(&'e str, Cow<'e, str>)>, Failure> {
    let mut subjects = Vec::new();
    for (kind, path) in kinds.iter().filter(|(_, path)| key::is_there(&found.event, path)) {
        let id = key_at(key::of_incoming(&found.event, path), path, "subject")?;
        let id = if kind == PERSON { person(found, id, path)? } else { id.into() };
        subjects.push((kind.as_str(), id));
    }
    if subjects.is_empty() {
        let named: Vec<String> =
            kinds.iter().map(|(kind, path)| format!("{kind} {}", pointer(path))).collect();
        let detail = format!("no subject found: {}", named.join(", "));
        let first = kinds.get(PERSON).or_else(|| kinds.values().next());
        let place = first.map(|path| pointer(path)).unwrap_or_default();
        return Err(Failure::new(FailureCode::NoSubject, detail).at(place));
    }
    Ok(subjects)
}

/// The key of the row that the event writes, found where the engine will find it.
fn row_key<'e>(found: &'e Found<'_>, subject: Option<&'e str>, table: &Table) -> Result<&'e str, Failure> {
    key_at(key::of_event_to_be(&found.event, subject, &table.key), &table.key, "row key")
}

fn key_at<'e>(text: Option<&'e str>, path: &[String], what: &str) -> Result<&'e str, Failure> {
    let detail = match text {
        Some(text) if key::is_valid(text) => return Ok(text),
        Some(_) => {
            format!("{what} is empty, longer than {} bytes, or has control characters", key::KEY_BYTES_MAX)
        }
        None => format!("{what} not found: nothing here that is a string or a whole number"),
    };
    Err(Failure::new(FailureCode::NoSubject, detail).at(pointer(path)))
}

fn pointer(path: &[String]) -> String {
    path.iter().map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1"))).collect()
}
