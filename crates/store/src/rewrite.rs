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

impl Rewrite {
    pub(crate) fn into(engine: Engine) -> Rewrite {
        Rewrite { engine, behind: None }
    }

    /// Writes what is written to the store.
    pub(crate) fn write(&self, changes: &Batch, mark: &Mark) -> Result<(), Fault> {
        self.engine.write(changes, mark)
    }

    /// Copies values until they have so many bytes; true once none is left.
    pub(crate) fn copy(&mut self, from: &Engine, bytes: usize, mark: &Mark) -> Result<bool, Fault> {
        let mut some = Batch::default();
        let (mut copied, mut last) = (0, None);
        let has_more = from.scan_some(self.behind.as_deref(), &mut |key, value| {
            some.put(key, value);
            copied += key.len() + value.len();
            last = Some(key.to_vec());
            copied < bytes
        })?;
        self.engine.write(&some, mark)?;
        self.behind = last.or(self.behind.take());
        Ok(!has_more)
    }

    /// Waits until all of it is on the disk, and closes it.
    pub(crate) fn end(self, mark: &Mark) -> Result<(), Fault> {
        self.engine.write(&Batch::default(), mark)?;
        self.engine.persist()
    }
}
