//! When each subject's next entry falls due: an order over all subjects, so that a million timers cost no scan.

use std::collections::{BTreeMap, BTreeSet};

use segue_model::Timestamp;

/// What falls due next, over all subjects. It follows the profiles, which alone are kept.
#[derive(Debug, Default)]
pub(crate) struct Dues {
    by_time: BTreeSet<(Timestamp, String)>,
    of: BTreeMap<String, Timestamp>,
    /// What the step that is not committed yet has changed, as it was before.
    undo: Vec<(String, Option<Timestamp>)>,
}

impl Dues {
    /// The earliest, with its subject's key.
    pub(crate) fn first(&self) -> Option<(Timestamp, &str)> {
        self.by_time.first().map(|(due, key)| (*due, key.as_str()))
    }

    /// Says when a subject's next entry falls due; `None`: nothing waits.
    pub(crate) fn set(&mut self, key: &str, due: Option<Timestamp>) {
        let before = self.put(key, due);
        if before != due {
            self.undo.push((key.to_owned(), before));
        }
    }

    /// The same, for a profile that is restored.
    pub(crate) fn restore(&mut self, key: &str, due: Option<Timestamp>) {
        let _ = self.put(key, due);
    }

    /// The step is committed.
    pub(crate) fn settle(&mut self) {
        self.undo.clear();
    }

    /// The step is undone.
    pub(crate) fn undo(&mut self) {
        for (key, before) in std::mem::take(&mut self.undo).into_iter().rev() {
            let _ = self.put(&key, before);
        }
    }

    fn put(&mut self, key: &str, due: Option<Timestamp>) -> Option<Timestamp> {
        let before = self.of.get(key).copied();
        if before == due {
            return before;
        }
        if let Some(before) = before {
            let _ = self.by_time.remove(&(before, key.to_owned()));
        }
        let _ = match due {
            Some(due) => {
                let _ = self.by_time.insert((due, key.to_owned()));
                self.of.insert(key.to_owned(), due)
            }
            None => self.of.remove(key),
        };
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_what_is_undone_is_as_it_was() {
        let mut dues = Dues::default();
        dues.restore("a", Some(Timestamp(5)));
        dues.set("b", Some(Timestamp(3)));
        dues.settle();
        assert_eq!(dues.first(), Some((Timestamp(3), "b")));
        dues.set("b", Some(Timestamp(9)));
        dues.set("b", None);
        dues.set("c", Some(Timestamp(1)));
        assert_eq!(dues.first(), Some((Timestamp(1), "c")));
        dues.undo();
        assert_eq!(dues.first(), Some((Timestamp(3), "b")));
        dues.set("b", None);
        assert_eq!(dues.first(), Some((Timestamp(5), "a")));
        dues.set("a", None);
        assert_eq!(dues.first(), None);
    }
}
