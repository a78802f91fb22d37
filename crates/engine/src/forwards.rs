//! Who goes by whose id: an index over the forwards, so that those of one person are found without a scan.
//!
//! It follows the profiles, which alone are kept.

use std::collections::{BTreeMap, BTreeSet};

use segue_model::Profile;

/// The keys of those who go by an id, by that id.
#[derive(Debug, Default)]
pub(crate) struct Forwards {
    to: BTreeMap<String, BTreeSet<String>>,
    /// What the step that is not committed yet has changed: true was added.
    undo: Vec<(String, String, bool)>,
}

impl Forwards {
    /// True as long as nobody goes by another id: then nobody has to be asked.
    pub(crate) fn is_empty(&self) -> bool {
        self.to.is_empty()
    }

    /// The keys of those who go by that id.
    pub(crate) fn to(&self, id: &str) -> Vec<String> {
        self.to.get(id).into_iter().flatten().cloned().collect()
    }

    /// Says what a subject's profile has become.
    pub(crate) fn set(&mut self, key: &str, before: &Profile, after: &Profile) {
        for (to, is_new) in changed(before, after) {
            self.put(to, key, is_new);
            self.undo.push((to.to_owned(), key.to_owned(), is_new));
        }
    }

    /// The same, for a profile that is restored.
    pub(crate) fn restore(&mut self, key: &str, before: &Profile, after: &Profile) {
        changed(before, after).into_iter().for_each(|(to, is_new)| self.put(to, key, is_new));
    }

    /// The step is committed.
    pub(crate) fn settle(&mut self) {
        self.undo.clear();
    }

    /// The step is undone.
    pub(crate) fn undo(&mut self) {
        for (to, key, was_added) in std::mem::take(&mut self.undo).into_iter().rev() {
            self.put(&to, &key, !was_added);
        }
    }

    fn put(&mut self, to: &str, key: &str, is_new: bool) {
        if is_new {
            let _ = self.to.entry(to.to_owned()).or_default().insert(key.to_owned());
        } else if let Some(keys) = self.to.get_mut(to) {
            let _ = keys.remove(key);
            if keys.is_empty() {
                let _ = self.to.remove(to);
            }
        }
    }
}

/// Where it went before and no longer does, and where it goes now and did not before.
fn changed<'p>(before: &'p Profile, after: &'p Profile) -> Vec<(&'p str, bool)> {
    let to = |profile: &'p Profile| profile.forward.as_ref().map(|forward| forward.to.as_str());
    let (before, after) = (to(before), to(after));
    if before == after {
        return Vec::new();
    }
    before.map(|to| (to, false)).into_iter().chain(after.map(|to| (to, true))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_model::Forward;

    #[test]
    fn what_is_undone_is_as_it_was() {
        let gone = |to: &str| {
            let forward = Forward { to: to.to_owned(), tasks: Vec::new() };
            Profile { forward: Some(Box::new(forward)), ..Profile::default() }
        };
        let (here, there) = (Profile::default(), gone("c1"));
        let mut forwards = Forwards::default();
        forwards.restore("web:1", &here, &there);
        forwards.set("web:2", &here, &there);
        forwards.set("web:1", &there, &gone("c0"));
        assert_eq!(
            (forwards.to("c1"), forwards.to("c0")),
            (vec!["web:2".to_owned()], vec!["web:1".to_owned()])
        );
        forwards.undo();
        assert_eq!((forwards.to("c1"), forwards.to("c0")), (vec!["web:1".to_owned()], vec![]));
        forwards.set("web:1", &there, &here);
        forwards.settle();
        forwards.undo();
        assert!(forwards.is_empty());
    }
}
