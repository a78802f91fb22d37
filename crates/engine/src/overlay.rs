//! A map whose changes wait for the commit.

use std::collections::BTreeMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash};

use indexmap::IndexMap;

/// What is kept, and over it what the step that is not committed yet has changed.
#[derive(Clone, Debug)]
pub struct Overlay<K, V> {
    /// By hash, since of a million keys a tree would be looked through in twenty places of cold memory. The hash is the
    /// same in every run, and nobody sees the order.
    settled: IndexMap<K, V, BuildHasherDefault<DefaultHasher>>,
    pending: BTreeMap<K, Option<V>>,
}

impl<K: Ord + Hash + Clone, V> Overlay<K, V> {
    /// The value as the step sees it.
    pub fn get(&self, key: &K) -> Option<&V> {
        match self.pending.get(key) {
            Some(changed) => changed.as_ref(),
            None => self.settled.get(key),
        }
    }

    /// Changes a value; `None` removes it.
    pub fn set(&mut self, key: K, value: Option<V>) {
        let _ = self.pending.insert(key, value);
    }

    /// Puts a value in as kept, when it is restored.
    pub fn restore(&mut self, key: K, value: Option<V>) {
        let _ = match value {
            Some(value) => self.settled.insert(key, value),
            None => self.settled.swap_remove(&key),
        };
    }

    /// What the step changed, in the order of the keys.
    pub fn pending(&self) -> impl Iterator<Item = (&K, Option<&V>)> {
        self.pending.iter().map(|(key, value)| (key, value.as_ref()))
    }

    /// How many values are kept.
    pub fn len(&self) -> usize {
        self.settled.len()
    }

    /// True if nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.settled.is_empty()
    }

    /// The step is committed: what it changed is kept.
    pub fn settle(&mut self) {
        for (key, value) in std::mem::take(&mut self.pending) {
            self.restore(key, value);
        }
    }

    /// The step is undone: what it changed is forgotten.
    pub fn undo(&mut self) {
        self.pending.clear();
    }
}

impl<K, V> Default for Overlay<K, V> {
    fn default() -> Overlay<K, V> {
        Overlay { settled: IndexMap::default(), pending: BTreeMap::new() }
    }
}
