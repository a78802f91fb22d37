//! What concerns everyone: taken in once, in one order, then copied to every partition of the log.

use segue_bundle::Bundle;
use segue_bundle::bundle::Into;
use segue_log::{Append, Place, Record};
use segue_model::{Event, Rows};
use segue_wire::topics::{LOG, SHARED};
use segue_wire::{LogRecord, Origin, key, log_record};

use crate::effects::Effects;
use crate::joined::Ending;
use crate::known::Known;
use crate::partition::Partition;

/// Writes the row that an event about everyone fills. False if it says nothing new: its row is as it was, or its source
/// said something newer before.
pub fn take_in(bundle: &Bundle, event: &Event, known: &mut Known) -> bool {
    let declared = bundle.sources.get(&event.source).and_then(|source| source.events.get(&event.kind));
    let Some(Into::Table(id)) = declared.and_then(|declared| declared.into.as_ref()) else { return false };
    let Some(table) = bundle.tables.get(id).filter(|table| table.of_everyone) else { return false };
    let Some(row_key) = key::of_event(event, &table.key) else { return false };
    let old = known.row(id, row_key).cloned();
    let mut rows = Rows::default();
    if let Some(old) = &old {
        let _ = rows.0.insert(row_key.to_owned(), old.clone());
    }
    if !rows.write(row_key, &event.source, event.instant(), event.data.root(), table.patch) {
        return false;
    }
    let Some(row) = rows.0.remove(row_key) else { return false };
    let is_new = old.is_none_or(|old| old.document != row.document);
    known.set_row(id, row_key, row);
    is_new
}

/// Takes in an event about everyone and, if it says something new, copies it to every partition of the log.
pub(crate) fn share(
    partition: &mut Partition,
    event: &Event,
    record: &Record,
    partitions: u32,
    effects: &mut Effects,
) -> Ending {
    if !take_in(&partition.bundle, event, &mut partition.known) {
        return Ending::Unchanged;
    }
    let origin = Origin {
        topic: SHARED.to_owned(),
        incarnation: 0,
        partition: partition.number,
        offset: record.offset,
        n: 0,
    };
    let copy = log_record::encode(&LogRecord::Row { event: event.clone(), origin }).into_bytes();
    let topic: std::sync::Arc<str> = LOG.into();
    effects.appends.extend((0..partitions).map(|number| Append {
        topic: topic.clone(),
        place: Place::Partition(number),
        key: None,
        value: Some(copy.clone()),
        headers: Vec::new(),
    }));
    Ending::Copied
}
