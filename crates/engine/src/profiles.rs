//! The profiles of a partition's subjects, and those that the step that is not committed yet has changed.
//!
//! They are kept in memory, all of them, or on a [`Shelf`], which the shell provides: what is decided is the same. A shelf
//! that fails is no reason to decide on less: the partition then says so, and nothing of the step may be committed.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use indexmap::IndexMap;
use segue_model::Profile;

/// A place where profiles are kept that need not all be in memory. It gives back what was put in last.
pub trait Shelf: fmt::Debug {
    /// The profile of the subject of that key; `None` if none is kept.
    ///
    /// # Errors
    /// What is kept cannot be read, and why. It is not known then whether there is such a profile.
    fn get(&mut self, key: &str) -> Result<Option<Arc<Profile>>, String>;

    /// Keeps a profile, which takes so many bytes as it is written; `None` takes it away.
    fn put(&mut self, key: &str, profile: Option<&Arc<Profile>>, bytes: usize);

    /// Shows all that is kept, in any order.
    ///
    /// # Errors
    /// As [`Shelf::get`].
    fn each(&mut self, visit: &mut dyn FnMut(&str, &Profile)) -> Result<(), String>;
}

/// Profiles by subject key.
#[derive(Debug, Default)]
pub struct Profiles {
    kept: Kept,
    pending: BTreeMap<String, Changed>,
    /// Why a profile could not be read.
    fault: Option<String>,
}

/// Where profiles are kept.
#[derive(Debug)]
enum Kept {
    /// By hash, as in [`Overlay`](crate::overlay::Overlay).
    Memory(IndexMap<String, Arc<Profile>, BuildHasherDefault<DefaultHasher>>),
    /// So many of them on a shelf.
    Shelf(Box<dyn Shelf>, usize),
}

impl Default for Kept {
    fn default() -> Self {
        Kept::Memory(IndexMap::default())
    }
}

/// A profile that the step has changed.
#[derive(Debug)]
struct Changed {
    /// Where the profile is kept that it takes the place of.
    at: At,
    /// None if it is taken away.
    profile: Option<Arc<Profile>>,
    /// The profile as it is written: its size was asked for already.
    written: Option<String>,
    bytes: usize,
}

/// Where a profile is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Nowhere,
    Slot(usize),
    Shelf,
}

/// A profile as the step sees it, and where it is kept.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The profile; an empty one if nothing is known of the subject.
    pub profile: Arc<Profile>,
    at: At,
    /// True if the step has taken it away.
    is_gone: bool,
}

impl Found {
    /// The profile, if one is kept.
    pub(crate) fn kept(self) -> Option<Arc<Profile>> {
        (self.at != At::Nowhere && !self.is_gone).then_some(self.profile)
    }
}

impl Profiles {
    /// Keeps the profiles on a shelf from now on. Before any is kept.
    pub(crate) fn keep_on(&mut self, shelf: Box<dyn Shelf>) {
        debug_assert!(self.is_empty(), "what is in memory would be lost");
        self.kept = Kept::Shelf(shelf, 0);
    }

    /// Why a profile could not be read, if that has happened.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// The profile of the subject of that key.
    pub fn find(&mut self, key: &str) -> Found {
        if let Some(changed) = self.pending.get(key) {
            let profile = changed.profile.clone();
            let is_gone = profile.is_none();
            return Found { profile: profile.unwrap_or_default(), at: changed.at, is_gone };
        }
        match &mut self.kept {
            Kept::Memory(kept) => match kept.get_full(key) {
                Some((at, _, profile)) => {
                    Found { profile: profile.clone(), at: At::Slot(at), is_gone: false }
                }
                None => Found::default(),
            },
            Kept::Shelf(shelf, _) => match shelf.get(key) {
                Ok(Some(profile)) => Found { profile, at: At::Shelf, is_gone: false },
                Ok(None) => Found::default(),
                Err(detail) => {
                    let _ = self.fault.get_or_insert(detail);
                    Found::default()
                }
            },
        }
    }

    /// The profile of the subject of that key as the step sees it, if there is one.
    pub(crate) fn known(&mut self, key: &str) -> Option<Arc<Profile>> {
        let is_pending = self.pending.contains_key(key);
        let found = self.find(key);
        if is_pending { (!found.is_gone).then_some(found.profile) } else { found.kept() }
    }

    /// Puts a changed profile in the place of the one that was found.
    pub(crate) fn change(&mut self, key: String, found: &Found, profile: Profile, written: String) {
        let (profile, bytes) = (Arc::new(profile), written.len());
        let (profile, written) = (Some(profile), Some(written));
        let _ = self.pending.insert(key, Changed { at: found.at, profile, written, bytes });
    }

    /// Takes the profile away that was found.
    pub(crate) fn remove(&mut self, key: String, found: &Found) {
        let gone = Changed { at: found.at, profile: None, written: None, bytes: 0 };
        let _ = self.pending.insert(key, gone);
    }

    /// Puts a profile in as kept, in the place of the one that was found, when it is restored; `None` takes it away. Never in
    /// the middle of a step.
    pub(crate) fn restore(
        &mut self,
        key: String,
        found: &Found,
        profile: Option<Arc<Profile>>,
        bytes: usize,
    ) {
        debug_assert!(self.pending.is_empty(), "places change");
        match &mut self.kept {
            Kept::Memory(kept) => {
                let _ = match profile {
                    Some(profile) => kept.insert(key, profile),
                    None => kept.swap_remove(&key),
                };
            }
            Kept::Shelf(shelf, count) => {
                *count -= usize::from(found.at != At::Nowhere);
                *count += usize::from(profile.is_some());
                shelf.put(&key, profile.as_ref(), bytes);
            }
        }
    }

    /// Counts one that is on the shelf already.
    pub(crate) fn count_kept(&mut self) {
        if let Kept::Shelf(_, count) = &mut self.kept {
            *count += 1;
        }
    }

    /// Shows every profile, as the step sees it.
    pub(crate) fn each(&mut self, visit: &mut dyn FnMut(&str, &Profile)) {
        let pending = &self.pending;
        let changed = pending.iter().filter_map(|(key, changed)| Some((key, changed.profile.as_ref()?)));
        changed.for_each(|(key, profile)| visit(key, profile));
        let mut others = |key: &str, profile: &Profile| {
            if !pending.contains_key(key) {
                visit(key, profile);
            }
        };
        match &mut self.kept {
            Kept::Memory(kept) => kept.iter().for_each(|(key, profile)| others(key, profile)),
            Kept::Shelf(shelf, _) => {
                if let Err(detail) = shelf.each(&mut others) {
                    let _ = self.fault.get_or_insert(detail);
                }
            }
        }
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        match &self.kept {
            Kept::Memory(kept) => kept.len(),
            Kept::Shelf(_, count) => *count,
        }
    }

    /// True if none is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the step changed, as it is written, in the order of the keys; `None`: it is gone. Asked for once a step.
    pub(crate) fn written(&mut self) -> impl Iterator<Item = (&str, Option<String>)> {
        self.pending.iter_mut().map(|(key, changed)| (key.as_str(), std::mem::take(&mut changed.written)))
    }

    /// The step is committed: what it changed is kept.
    pub(crate) fn settle(&mut self) {
        let mut gone = Vec::new();
        for (key, Changed { at, profile, bytes, .. }) in std::mem::take(&mut self.pending) {
            let Some(profile) = profile else {
                gone.push((key, at));
                continue;
            };
            match (&mut self.kept, at) {
                (Kept::Memory(kept), At::Slot(slot)) if slot < kept.len() => {
                    kept[slot] = profile;
                }
                (Kept::Memory(kept), _) => {
                    let _ = kept.insert(key, profile);
                }
                (Kept::Shelf(shelf, count), at) => {
                    *count += usize::from(at == At::Nowhere);
                    shelf.put(&key, Some(&profile), bytes);
                }
            }
        }
        // Last, since they move the places of others.
        for (key, at) in gone {
            match &mut self.kept {
                Kept::Memory(kept) => drop(kept.swap_remove(&key)),
                Kept::Shelf(shelf, count) => {
                    *count -= usize::from(at != At::Nowhere);
                    shelf.put(&key, None, 0);
                }
            }
        }
    }

    /// The step is undone: what it changed is forgotten.
    pub(crate) fn undo(&mut self) {
        self.pending.clear();
    }
}
