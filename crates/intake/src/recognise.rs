//! Finds the source whose event a record is, and the type that it declares.

use segue_bundle::bundle::{EventType, Format, Source};
use segue_document::Limits;
use segue_model::FailureCode;
use segue_wire::{Envelope, Failure, Frame, Incoming, cloudevent, debezium, plain, segment};

/// An event of a declared type.
#[derive(Debug)]
pub(crate) struct Found<'b> {
    /// The source that declares it.
    pub(crate) source: &'b Source,
    /// Its type, as declared.
    pub(crate) declared: &'b EventType,
    /// The event.
    pub(crate) event: Incoming,
}

/// What a record turned out to be.
#[derive(Debug)]
pub(crate) enum Recognised<'b> {
    /// An event of a declared type.
    Declared(Box<Found<'b>>),
    /// Of a type that no source declares, and all of them say to drop such.
    Ignored,
}

/// Asks the sources of a topic in their order; the first that declares the type has it. A record that none can read
/// fails as it does for the first.
pub(crate) fn recognise<'b>(
    frame: &Frame<'_>,
    sources: &[&'b Source],
    limits: &Limits,
) -> Result<Recognised<'b>, Failure> {
    let mut read: Option<(&Format, Incoming)> = None;
    let mut failed: Option<(&Format, Failure)> = None;
    for &source in sources {
        // Sources that share a topic mostly share a format: what is read once is not read again.
        if failed.as_ref().is_some_and(|(format, _)| **format == source.format) {
            continue;
        }
        let event = match read.take() {
            Some((format, event)) if *format == source.format => event,
            other => match decode(frame, &source.format, limits) {
                Ok(Some(event)) => event,
                Ok(None) => return Ok(Recognised::Ignored),
                Err(failure) => {
                    read = other;
                    failed = failed.or(Some((&source.format, failure)));
                    continue;
                }
            },
        };
        match source.events.get(&event.kind) {
            Some(declared) => {
                return Ok(Recognised::Declared(Box::new(Found { source, declared, event })));
            }
            None => read = Some((&source.format, event)),
        }
    }
    match (read, failed) {
        (Some(_), _) if sources.iter().all(|source| source.ignore_undeclared) => Ok(Recognised::Ignored),
        (None, Some((_, failure))) => Err(failure),
        _ => Err(Failure::new(FailureCode::UndeclaredType, "no source of this topic declares the type")),
    }
}

/// The event in a record; `None` if it is one that says nothing new, which a source of that format need not declare.
fn decode(frame: &Frame<'_>, format: &Format, limits: &Limits) -> Result<Option<Incoming>, Failure> {
    match format {
        Format::CloudEvents => cloudevent::decode(frame, limits).map(Some),
        Format::Debezium => debezium::decode(frame, limits),
        Format::Segment => segment::decode(frame, limits).map(Some),
        Format::Json(envelope) => {
            let envelope = Envelope {
                kind: &envelope.kind,
                id: &envelope.id,
                time: envelope.time.as_deref(),
                subject: envelope.subject.as_deref(),
            };
            plain::decode(frame, &envelope, limits).map(Some)
        }
    }
}
