//! What concerns everyone: taken in once, in one order, then copied to every partition of the log.

use segue_bundle::Bundle;
use segue_bundle::bundle::Into;
use segue_log::{Append, Place, Record};
use segue_model::{Event, Rows};
use segue_wire::log_record::RECORD_BYTES_MAX;
use segue_wire::topics::{LOG, SHARED};
use segue_wire::{LogRecord, Origin, key, log_record, profile};

use crate::effects::Effects;
use crate::known::Known;

/// What an event about everyone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing new: its row is as it was, its source said something newer before, or it fills no row.
    Nothing,
    /// Its row has changed.
    News,
    /// Its row would be larger than a record of the changelog can be; nothing has changed.
    TooMuch,
}

/// Writes the row that an event about everyone fills.
pub fn take_in(bundle: &Bundle, event: &Event, known: &mut Known) -> Said {
    written(bundle, event, known).unwrap_or(Said::Nothing)
}

fn written(bundle: &Bundle, event: &Event, known: &mut Known) -> Option<Said> {
    let declared = bundle.sources.get(&event.source)?.events.get(&event.kind)?;
    let Some(Into::Table(id)) = &declared.into else { return None };
    let table = bundle.tables.get(id).filter(|table| table.is_of_everyone())?;
    let row_key = key::of_event(event, &table.key)?;
    let old = known.row(id, row_key).cloned();
    if declared.removes {
        let mut rows = Rows(old.map(|old| (row_key.to_owned(), old)).into_iter().collect());
        return rows.remove(row_key, &event.source, event.instant()).then(|| {
            known.remove_row(id, row_key);
            Said::News
        });
    }
    let mut rows = Rows::default();
    if let Some(old) = &old {
        let _ = rows.0.insert(row_key.to_owned(), old.clone());
    }
    if !rows.write(row_key, &event.source, event.instant(), event.data.root(), table.patch) {
        return None;
    }
    let row = rows.0.remove(row_key)?;
    if profile::encode_row(&row).len() > RECORD_BYTES_MAX {
        return Some(Said::TooMuch);
    }
    let is_new = old.is_none_or(|old| old.document != row.document);
    known.set_row(id, row_key, row);
    Some(if is_new { Said::News } else { Said::Nothing })
}

/// Copies an event about everyone to every partition of the log.
pub(crate) fn copy(event: &Event, record: &Record, partitions: u32, effects: &mut Effects) {
    let origin =
        Origin { topic: SHARED.to_owned(), incarnation: 0, partition: 0, offset: record.offset, n: 0 };
    let copy = LogRecord::Row { event: event.clone(), origin };
    copy_to_all(log_record::encode(&copy), partitions, effects);
}

/// Writes a record to every partition of the log.
pub(crate) fn copy_to_all(copy: String, partitions: u32, effects: &mut Effects) {
    let copy = copy.into_bytes();
    let topic: std::sync::Arc<str> = LOG.into();
    effects.appends.extend((0..partitions).map(|number| Append {
        topic: topic.clone(),
        place: Place::Partition(number),
        key: None,
        value: Some(copy.clone()),
        headers: Vec::new(),
    }));
}
