//! Writing a store anew, in slices: what was taken away is out of reach at once, and its bytes leave the disk only with the
//! files that hold them.
//!
//! Beside the engine stands another one, in a directory of its own. Values are copied in the order of their keys, from behind
//! the last one copied, and each batch that is applied meanwhile goes to both. So behind that key both hold the same, and at
//! the end everywhere; then the new directory takes the place of the old one.

use crate::batch::Batch;
use crate::engine::{Engine, Fault};
use crate::mark::Mark;

/// A store that is being written anew.
pub(crate) struct Rewrite {
    engine: Engine,
    /// The last key that was copied.
    behind: Option<Vec<u8>>,
}

/// Values on their way from the old files to the new ones.
pub(crate) struct Slice {
    values: Batch,
    /// The last key of them.
    last: Option<Vec<u8>>,
    has_more: bool,
}

impl Rewrite {
    pub(crate) fn into(engine: Engine) -> Rewrite {
        Rewrite { engine, behind: None }
    }

    /// Writes what is written to the store.
    pub(crate) fn write(&self, changes: &Batch, mark: &Mark) -> Result<(), Fault> {
        self.engine.write(changes, mark)
    }

    /// The next values of the old engine, of so many bytes; [`Rewrite::put`] takes them.
    pub(crate) fn read(&self, from: &Engine, bytes: usize) -> Result<Slice, Fault> {
        let (mut values, mut copied, mut last) = (Batch::default(), 0, None);
        let has_more = from.scan_some(self.behind.as_deref(), &mut |key, value| {
            values.put(key, value);
            copied += key.len() + value.len();
            last = Some(key.to_vec());
            copied < bytes
        })?;
        Ok(Slice { values, last, has_more })
    }

    /// Writes values that were read; true once none is left.
    pub(crate) fn put(&mut self, slice: Slice, mark: &Mark) -> Result<bool, Fault> {
        self.engine.write(&slice.values, mark)?;
        self.behind = slice.last.or(self.behind.take());
        Ok(!slice.has_more)
    }

    /// Waits until all of it is on the disk, and closes it.
    pub(crate) fn end(self, mark: &Mark) -> Result<(), Fault> {
        self.engine.write(&Batch::default(), mark)?;
        self.engine.persist()
    }
}
