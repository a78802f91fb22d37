//! Finds whom an event is about.

use segue_bundle::Bundle;
use segue_bundle::bundle::{Into, SubjectPath, Table};
use segue_model::FailureCode;
use segue_wire::{Failure, key};

use crate::recognise::Found;

/// Whom an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About<'e> {
    /// The subject of that key.
    Subject(&'e str),
    /// No single subject.
    Everyone {
        /// The key of the row that it writes, if it writes one.
        row: Option<&'e str>,
    },
}

/// Says whom the event is about, once it is sure that the row it may write has a key.
pub(crate) fn about<'e>(bundle: &Bundle, found: &'e Found<'_>) -> Result<About<'e>, Failure> {
    let path = found.declared.subject.as_ref().or(found.source.subject.as_ref());
    let table = match &found.declared.into {
        Some(Into::Table(id)) => bundle.tables.get(id),
        Some(Into::Who) | None => None,
    };
    let is_everyone = path == Some(&SubjectPath::Everyone) || table.is_some_and(|table| table.of_everyone);
    if is_everyone {
        let row = table.map(|table| row_key(found, None, table)).transpose()?;
        return Ok(About::Everyone { row });
    }
    let subject = match path {
        Some(SubjectPath::Path(path)) => key_at(key::of_incoming(&found.event, path), path, "subject")?,
        Some(SubjectPath::Everyone) | None => {
            key_at(found.event.subject.as_deref(), &["subject".to_owned()], "subject")?
        }
    };
    if let Some(table) = table {
        let _ = row_key(found, Some(subject), table)?;
    }
    Ok(About::Subject(subject))
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
    let pointer: String =
        path.iter().map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1"))).collect();
    Err(Failure::new(FailureCode::NoSubject, detail).at(pointer))
}
