//! The profiles of a partition's subjects, and those that the step that is not committed yet has changed.

use std::collections::BTreeMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use indexmap::IndexMap;
use segue_model::Profile;

/// Profiles by subject key.
#[derive(Debug, Default)]
pub struct Profiles {
    /// By hash, as in [`Overlay`](crate::overlay::Overlay).
    kept: IndexMap<String, Arc<Profile>, BuildHasherDefault<DefaultHasher>>,
    pending: BTreeMap<String, Changed>,
}

/// A profile that the step has changed.
#[derive(Debug)]
struct Changed {
    /// Where the profile is kept that it takes the place of.
    at: Option<usize>,
    profile: Arc<Profile>,
    /// The profile as it is written: its size was asked for already.
    written: String,
}

/// A profile as the step sees it, and where it is kept.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The profile; an empty one if nothing is known of the subject.
    pub profile: Arc<Profile>,
    at: Option<usize>,
}

impl Profiles {
    /// The profile of the subject of that key.
    pub fn find(&self, key: &str) -> Found {
        if let Some(changed) = self.pending.get(key) {
            return Found { profile: changed.profile.clone(), at: changed.at };
        }
        match self.kept.get_full(key) {
            Some((at, _, profile)) => Found { profile: profile.clone(), at: Some(at) },
            None => Found::default(),
        }
    }

    /// Puts a changed profile in the place of the one that was found.
    pub(crate) fn change(&mut self, key: String, found: &Found, profile: Profile, written: String) {
        let _ = self.pending.insert(key, Changed { at: found.at, profile: Arc::new(profile), written });
    }

    /// Puts a profile in as kept, when it is restored; `None` takes it away. Never in the middle of a step.
    pub fn restore(&mut self, key: String, profile: Option<Arc<Profile>>) {
        debug_assert!(self.pending.is_empty(), "places change");
        let _ = match profile {
            Some(profile) => self.kept.insert(key, profile),
            None => self.kept.swap_remove(&key),
        };
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// True if none is kept.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// What the step changed, as it is written, in the order of the keys. Asked for once a step.
    pub(crate) fn written(&mut self) -> impl Iterator<Item = (&str, String)> {
        self.pending.iter_mut().map(|(key, changed)| (key.as_str(), std::mem::take(&mut changed.written)))
    }

    /// The step is committed: what it changed is kept.
    pub(crate) fn settle(&mut self) {
        for (key, changed) in std::mem::take(&mut self.pending) {
            match changed.at.and_then(|at| self.kept.get_index_mut(at)) {
                Some((_, kept)) => *kept = changed.profile,
                None => {
                    let _ = self.kept.insert(key, changed.profile);
                }
            }
        }
    }

    /// The step is undone: what it changed is forgotten.
    pub(crate) fn undo(&mut self) {
        self.pending.clear();
    }
}
