//! Who goes by which ids, and who was erased: as the changelog of profiles says it.

use std::collections::{BTreeMap, BTreeSet};

use segue_wire::profile;
use segue_wire::topics::PROFILES;

use crate::commands::broker::Broker;
use crate::erased::Erased;
use crate::exit::Failure;
use crate::terminal::Terminal;

/// So many records are read before it is said how far it has come.
const TELL_EVERY: u64 = 1_000_000;

/// What the changelog says of ids.
#[derive(Default)]
pub(super) struct People {
    /// By which id another goes.
    goes_by: BTreeMap<String, String>,
    /// Who was erased.
    pub(super) erased: Erased,
    /// True if anything is known of whoever was asked about.
    pub(super) is_known: bool,
    /// Where each partition of the changelog ended.
    pub(super) ends: Vec<u64>,
}

impl People {
    /// Reads the whole changelog, for what it says of one.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub(super) fn read(broker: &Broker, subject: &str, terminal: &Terminal) -> Result<People, Failure> {
        let count = broker.needs(PROFILES)?;
        let mut people = People::default();
        let mut records = 0;
        for partition in 0..count {
            let end = broker.read(PROFILES, partition, 0, &mut |record| {
                records += 1;
                if records % TELL_EVERY == 0 {
                    terminal.note(&format!(
                        "{records} records of {PROFILES} are read, in partition {partition} of {count}"
                    ));
                }
                let key = record.key.as_deref().and_then(|key| std::str::from_utf8(key).ok());
                people.take(subject, key.unwrap_or_default(), record.value.as_deref());
            })?;
            people.ends.push(end);
        }
        Ok(people)
    }

    fn take(&mut self, subject: &str, key: &str, value: Option<&[u8]>) {
        self.erased.take(key, value);
        let Some(id) = key.strip_prefix("s/") else { return };
        if id == subject {
            self.is_known = value.is_some();
        }
        match value.and_then(profile::goes_by) {
            Some(to) => drop(self.goes_by.insert(id.to_owned(), to)),
            None => drop(self.goes_by.remove(id)),
        }
    }

    /// All ids of the person who has that one, which is among them.
    pub(super) fn ids(&self, subject: &str) -> BTreeSet<String> {
        let mut ids: BTreeSet<String> = [subject.to_owned()].into();
        // Each round adds one at least, or is the last.
        loop {
            let is_in = |id: &String| ids.contains(id);
            let pairs = self.goes_by.iter().filter(|(id, to)| is_in(id) != is_in(to));
            let more: Vec<String> = pairs.map(|(id, to)| if is_in(id) { to } else { id }).cloned().collect();
            if more.is_empty() {
                return ids;
            }
            ids.extend(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ids_are_found_from_any_of_them_over_any_number_of_steps() {
        let mut people = People::default();
        let forward = |to: &str| format!("{{\"v\":1,\"forward\":{{\"to\":\"{to}\"}}}}").into_bytes();
        for (id, to) in [("web:1", "crm:7"), ("crm:7", "c-17"), ("app:3", "c-17"), ("web:9", "c-18")] {
            people.take("web:1", &format!("s/{id}"), Some(&forward(to)));
        }
        let all: BTreeSet<String> = ["web:1", "crm:7", "app:3", "c-17"].map(str::to_owned).into();
        for id in &all {
            assert_eq!(people.ids(id), all);
        }
        people.take("web:1", "s/crm:7", None);
        assert_eq!(people.ids("web:1").len(), 2, "a forward that is gone leads nowhere");
        assert_eq!(people.ids("nobody").len(), 1);
        assert!(people.is_known);
        people.take("web:1", "s/web:1", None);
        assert!(!people.is_known);
    }
}
