//! Reads the failed events that are kept, and which of them were sent again.

use std::collections::BTreeSet;
use std::path::Path;

use segue_log::Record;
use segue_model::Timestamp;
use segue_wire::topics::{FAILED, RETRIED};

use crate::cli::Which;
use crate::commands::broker::Broker;
use crate::commands::standing;
use crate::erased::Erased;
use crate::exit::Failure;
use crate::explain;
use crate::failed::again::Retried;
use crate::failed::select::Selection;
use crate::failed::{FailedEvent, FailedId};

/// Connects to the brokers of a file of settings.
pub(super) fn connect(file: &Path) -> Result<Broker, Failure> {
    Broker::connect(&standing::settings(file)?)
}

/// What was asked for on the command line.
pub(super) fn selection(which: &Which, ids: &[FailedId]) -> Result<Selection, Failure> {
    for code in &which.error {
        if !explain::is_failed_event(code) {
            let failure = Failure::usage("usage", format!("`{code}` is no code of a failed event"));
            return Err(failure.hint("`segue explain` lists them"));
        }
    }
    let instant = |option: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => Timestamp::parse(text).map(Some).ok_or_else(|| {
            Failure::usage("usage", format!("`{text}` is no time for {option}"))
                .hint("write it as 2026-03-02T10:00:00Z")
        }),
    };
    Ok(Selection {
        ids: ids.iter().copied().collect(),
        codes: which.error.iter().cloned().collect(),
        source: which.source.clone(),
        topic: which.topic.clone(),
        since: instant("--since", &which.since)?,
        until: instant("--until", &which.until)?,
    })
}

/// What is known of failed events beside themselves.
#[derive(Default)]
pub(super) struct Known {
    /// Which were sent again.
    pub(super) retried: Retried,
    erased: Erased,
    namespaces: BTreeSet<String>,
}

impl Known {
    /// True of one that names somebody who was erased since: it is as if it were gone, which it is before long.
    pub(super) fn is_erased(&self, event: &FailedEvent) -> bool {
        self.erased.has_failed(event, &self.namespaces)
    }
}

/// Which failed events were sent again, and who was erased; a topic that is not there says that nothing was.
pub(super) fn known(broker: &Broker) -> Result<Known, Failure> {
    let mut known = Known { namespaces: namespaces(broker), ..Known::default() };
    if broker.partitions(RETRIED).is_some() {
        let _ = broker.read(RETRIED, 0, 0, &mut |record| {
            let key = record.key.as_deref().and_then(|key| std::str::from_utf8(key).ok());
            known.erased.take(key.unwrap_or_default(), record.value.as_deref());
            known.retried.add(record.key.as_deref(), record.value.as_deref());
        })?;
    }
    Ok(known)
}

/// The namespaces that ids may be in, as far as the bundle of the settings can be read.
fn namespaces(broker: &Broker) -> BTreeSet<String> {
    let Ok(loaded) = segue_bundle::load(&broker.bundle) else { return BTreeSet::new() };
    let sources = loaded.bundle.sources.values();
    sources
        .flat_map(|source| source.events.values().map(|event| &event.identity).chain([&source.identity]))
        .flatten()
        .cloned()
        .collect()
}

/// Shows each failed event that is kept, of nobody who was erased, up to where its partition ends now, or below the `ends`; returns the ends. An error
/// of `visit` ends it.
pub(super) fn each(
    broker: &Broker,
    known: &Known,
    ends: Option<&[u64]>,
    visit: &mut dyn FnMut(FailedEvent) -> Result<(), Failure>,
) -> Result<Vec<u64>, Failure> {
    let count = broker.needs(FAILED)?;
    let mut read_to = Vec::new();
    for partition in 0..count {
        let below = match ends {
            None => u64::MAX,
            Some(ends) => ends.get(partition as usize).copied().unwrap_or(0),
        };
        let mut failure = None;
        let mut take = |record: Record| {
            if failure.is_none()
                && record.offset < below
                && let Some(event) = FailedEvent::read(record).filter(|event| !known.is_erased(event))
            {
                failure = visit(event).err();
            }
        };
        let end = broker.read(FAILED, partition, 0, &mut take)?;
        if let Some(failure) = failure {
            return Err(failure);
        }
        read_to.push(end.min(below));
    }
    Ok(read_to)
}

/// One failed event, if it is kept.
pub(super) fn one(broker: &Broker, known: &Known, id: FailedId) -> Result<Option<FailedEvent>, Failure> {
    if id.partition >= broker.needs(FAILED)? {
        return Ok(None);
    }
    let mut found = None;
    let _ = broker.read(FAILED, id.partition, id.offset, &mut |record| {
        if record.offset == id.offset {
            found = FailedEvent::read(record).filter(|event| !known.is_erased(event));
        }
    })?;
    Ok(found)
}
