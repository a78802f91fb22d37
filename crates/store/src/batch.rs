//! What one step changes: values by key, each key once.

use std::collections::BTreeMap;

use crate::Error;

/// The longest key. The engine counts a key's bytes in sixteen bits, and one byte of them is ours.
const KEY_BYTES_MAX: usize = u16::MAX as usize - 1;
/// The longest value. The engine counts a value's bytes in thirty-two bits.
const VALUE_BYTES_MAX: usize = u32::MAX as usize;

/// Values put and taken away, to be applied all or none. Of two changes of one key, the later counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Batch {
    /// Puts a value at a key.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        let _ = self.changes.insert(key.into(), Some(value.into()));
    }

    /// Takes away what is at a key, if anything is.
    pub fn remove(&mut self, key: impl Into<Vec<u8>>) {
        let _ = self.changes.insert(key.into(), None);
    }

    /// True if nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changes, in the order of their keys; none for a value that is taken away.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.changes.iter().map(|(key, value)| (key.as_slice(), value.as_deref()))
    }

    /// Refuses what the engine would cut short.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let too_long =
            |what, bytes, max| if bytes > max { Err(Error::TooLong { what, bytes, max }) } else { Ok(()) };
        self.iter().try_for_each(|(key, value)| {
            too_long("key", key.len(), KEY_BYTES_MAX)?;
            too_long("value", value.map_or(0, <[u8]>::len), VALUE_BYTES_MAX)
        })
    }
}

/// A change: a key, and its value if it has one from now on.
impl<K: Into<Vec<u8>>, V: Into<Vec<u8>>> FromIterator<(K, Option<V>)> for Batch {
    fn from_iter<I: IntoIterator<Item = (K, Option<V>)>>(changes: I) -> Self {
        let changes = changes.into_iter().map(|(key, value)| (key.into(), value.map(Into::into)));
        Self { changes: changes.collect() }
    }
}
