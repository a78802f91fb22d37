//! Decoded values in front of a store, within a number of bytes.

use quick_cache::Weighter;
use quick_cache::unsync;

/// What an entry weighs besides its key and value: the places that keys, values and the order of use take.
const ENTRY_BYTES: u64 = 96;

/// Values by key, of which those that were not used lately make room for others.
///
/// It holds what the caller puts in, so nothing that was not committed may be put in. A value heavier than the whole cache is
/// not kept. Which one has to go is decided as in S3-FIFO: a key that is used once, as in a scan, does not drive
/// out keys that are used again and again.
pub struct Cache<V> {
    entries: unsync::Cache<Box<[u8]>, Entry<V>, ByBytes>,
}

struct Entry<V> {
    value: V,
    bytes: u64,
}

#[derive(Clone)]
struct ByBytes;

impl<V> Weighter<Box<[u8]>, Entry<V>> for ByBytes {
    fn weight(&self, _: &Box<[u8]>, entry: &Entry<V>) -> u64 {
        entry.bytes
    }
}

impl<V> Cache<V> {
    /// Makes a cache of at most `bytes_max` bytes, of values that are expected to have `value_bytes` on average.
    pub fn new(bytes_max: u64, value_bytes: u64) -> Self {
        let values = bytes_max / value_bytes.saturating_add(ENTRY_BYTES).max(1);
        let values = usize::try_from(values).unwrap_or(usize::MAX).max(1);
        Self { entries: unsync::Cache::with_weighter(values, bytes_max, ByBytes) }
    }

    /// The value of a key, if it is here.
    pub fn get(&self, key: &[u8]) -> Option<&V> {
        self.entries.get(key).map(|entry| &entry.value)
    }

    /// Keeps a value of `value_bytes` bytes, in place of the one before it.
    pub fn put(&mut self, key: &[u8], value: V, value_bytes: u64) {
        let bytes = value_bytes.saturating_add(key.len() as u64 + ENTRY_BYTES);
        // One that is not kept must not leave an older one behind.
        if bytes > self.entries.capacity() {
            self.remove(key);
        } else {
            self.entries.insert(key.into(), Entry { value, bytes });
        }
    }

    /// Forgets a key.
    pub fn remove(&mut self, key: &[u8]) {
        let _ = self.entries.remove(key);
    }

    /// Forgets everything: after a step that was not committed, or a partition that went to another.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// How many bytes are used.
    pub fn bytes(&self) -> u64 {
        self.entries.weight()
    }

    /// How many values are here.
    pub fn values(&self) -> usize {
        self.entries.len()
    }
}

impl<V> std::fmt::Debug for Cache<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache")
            .field("values", &self.values())
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}
