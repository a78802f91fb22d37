//! Which subjects have a task that waits for its destination to open: they are gone through when one does.

use std::collections::BTreeSet;
use std::ops::Bound;

use segue_model::Agenda;

/// The subjects' keys. It follows the profiles, which alone are kept.
#[derive(Debug, Default)]
pub(crate) struct Shut {
    subjects: BTreeSet<String>,
    /// What the step that is not committed yet has changed: the key, and whether it was there.
    undo: Vec<(String, bool)>,
}

impl Shut {
    /// The first subject after this one.
    pub(crate) fn after(&self, key: &str) -> Option<&str> {
        self.subjects.range::<str, _>((Bound::Excluded(key), Bound::Unbounded)).next().map(String::as_str)
    }

    /// Says what a subject's agenda has become.
    pub(crate) fn set(&mut self, key: &str, agenda: &Agenda) {
        let was = self.subjects.contains(key);
        if agenda.is_shut() != was {
            self.put(key, !was);
            self.undo.push((key.to_owned(), was));
        }
    }

    /// The same, for a profile that is restored.
    pub(crate) fn restore(&mut self, key: &str, agenda: &Agenda) {
        self.put(key, agenda.is_shut());
    }

    /// The step is committed.
    pub(crate) fn settle(&mut self) {
        self.undo.clear();
    }

    /// The step is undone.
    pub(crate) fn undo(&mut self) {
        for (key, was) in std::mem::take(&mut self.undo).into_iter().rev() {
            self.put(&key, was);
        }
    }

    fn put(&mut self, key: &str, is_in: bool) {
        let _ = if is_in { self.subjects.insert(key.to_owned()) } else { self.subjects.remove(key) };
    }
}
