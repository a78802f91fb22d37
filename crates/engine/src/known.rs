//! What a partition knows: its subjects' profiles, and the rows that everyone sees.

use std::borrow::Cow;
use std::collections::BTreeMap;

use segue_bundle::Bundle;
use segue_bundle::bundle::Into;
use segue_model::{Event, Profile, Row, Rows, Timestamp};
use segue_wire::key;

use crate::overlay::Overlay;
use crate::profiles::Profiles;

/// Profiles and rows, with what the step that is not committed yet has changed.
#[derive(Debug, Default)]
pub struct Known {
    /// Profiles by subject key.
    pub profiles: Profiles,
    /// Rows of everyone by (table, key): what the changelog has.
    pub rows: Overlay<(String, String), Row>,
    /// The same rows by table, as decisions see them; changed at once, and put right when a step is undone.
    tables: BTreeMap<String, Rows>,
}

impl Known {
    /// The rows that everyone sees, by table.
    pub fn tables(&self) -> &BTreeMap<String, Rows> {
        &self.tables
    }

    /// A row that everyone sees.
    pub fn row(&self, table: &str, key: &str) -> Option<&Row> {
        self.tables.get(table)?.0.get(key)
    }

    /// Writes a row that everyone sees.
    pub fn set_row(&mut self, table: &str, key: &str, row: Row) {
        let _ = self.tables.entry(table.to_owned()).or_default().0.insert(key.to_owned(), row.clone());
        self.rows.set((table.to_owned(), key.to_owned()), Some(row));
    }

    /// Puts a row in as kept, when it is restored.
    pub fn restore_row(&mut self, table: &str, key: &str, row: Option<Row>) {
        let rows = self.tables.entry(table.to_owned()).or_default();
        let _ = match row.clone() {
            Some(row) => rows.0.insert(key.to_owned(), row),
            None => rows.0.remove(key),
        };
        self.rows.restore((table.to_owned(), key.to_owned()), row);
    }

    /// The step is committed.
    pub fn settle(&mut self) {
        self.profiles.settle();
        self.rows.settle();
    }

    /// The step is undone.
    pub fn undo(&mut self) {
        self.profiles.undo();
        let changed: Vec<(String, String)> = self.rows.pending().map(|(place, _)| place.clone()).collect();
        self.rows.undo();
        for place in changed {
            let rows = self.tables.entry(place.0.clone()).or_default();
            let _ = match self.rows.get(&place) {
                Some(row) => rows.0.insert(place.1, row.clone()),
                None => rows.0.remove(&place.1),
            };
        }
    }
}

/// Takes what a data event says into its subject's profile, which stays borrowed if nothing changes: the event fills
/// nothing, its row has no key, or its source said something newer before.
pub fn take_in(bundle: &Bundle, event: &Event, profile: &mut Cow<'_, Profile>) {
    let declared = bundle.sources.get(&event.source).and_then(|source| source.events.get(&event.kind));
    let (source, instant) = (event.source.as_str(), event.instant());
    let is_news = |known: Option<&Timestamp>| known.is_none_or(|newest| instant >= *newest);
    match declared.and_then(|declared| declared.into.as_ref()) {
        Some(Into::Who) if is_news(profile.who_instants.get(source)) => {
            let _ = profile.to_mut().merge_who(source, instant, event.data.root());
        }
        Some(Into::Who) | None => {}
        Some(Into::Table(id)) => {
            let Some(table) = bundle.tables.get(id).filter(|table| !table.of_everyone) else { return };
            let Some(key) = key::of_event(event, &table.key) else { return };
            let row = profile.tables.get(id).and_then(|rows| rows.0.get(key));
            if is_news(row.and_then(|row| row.instants.get(source))) {
                let rows = profile.to_mut().tables.entry(id.clone()).or_default();
                let _ = rows.write(key, source, instant, event.data.root(), table.patch);
            }
        }
    }
}
