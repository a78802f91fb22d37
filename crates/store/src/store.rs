//! The store of a partition: opened, read, changed in batches, handed over.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::aside::Reason;
use crate::batch::Batch;
use crate::directory::Directory;
use crate::engine::{Engine, Fault};
use crate::identity::Identity;
use crate::mark::{Mark, Sum};
use crate::rewrite::Rewrite;

/// How much a store may use. All sizes are for one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Memory for blocks read from disk.
    pub block_cache_bytes: u64,
    /// Memory for what was written lately and is not in a table yet. It may be reached twice for a moment, while a
    /// table is written.
    pub write_buffer_bytes: u64,
    /// How many directories that were set aside are kept; with 0 they are removed at once.
    pub aside_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { block_cache_bytes: 32 << 20, write_buffer_bytes: 16 << 20, aside_max: 2 }
    }
}

/// What was found when a store was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// Nothing. The store is empty, at position 0.
    Fresh,
    /// What was written before, whole. The changelog is to be read on from `next`.
    Resumed {
        /// The position after the last batch that is there.
        next: u64,
    },
    /// Something that cannot be used. The store is empty, at position 0.
    SetAside {
        /// Why.
        reason: Reason,
        /// Where it was moved to, if it was kept.
        moved_to: Option<PathBuf>,
    },
}

/// The values of one partition on local disk.
///
/// ```
/// use segue_store::{Batch, Identity, Opened, Settings, Store};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let root = tempfile::tempdir()?;
/// # let root = root.path();
/// let identity = Identity {
///     format: 1,
///     cluster: "c".into(),
///     topic: "segue.profiles".into(),
///     incarnation: "i".into(),
///     partition: 7,
///     partitions: 12,
/// };
/// let settings = Settings::default();
/// let (mut store, opened) = Store::open(root, &identity, &settings)?;
/// assert_eq!(opened, Opened::Fresh);
///
/// let mut batch = Batch::default();
/// batch.put("s/customer:1", "{}");
/// store.apply(0, 31, &batch)?;
/// assert!(store.apply(0, 31, &batch).is_err(), "a batch is applied once");
/// store.close()?;
///
/// let (store, opened) = Store::open(root, &identity, &settings)?;
/// assert_eq!(opened, Opened::Resumed { next: 31 });
/// assert_eq!(store.get(b"s/customer:1")?, Some(b"{}".to_vec()));
/// # Ok(())
/// # }
/// ```
pub struct Store {
    // Fields are dropped in this order: the lock is given back last, when nothing has files open any more.
    rewrite: Option<Rewrite>,
    /// None in the moment in which another takes its place.
    engine: Option<Engine>,
    directory: Directory,
    mark: Mark,
    failed: Option<String>,
    identity: Identity,
    settings: Settings,
}

impl Store {
    /// Opens the store of a partition under a root directory, and looks at every value that is there.
    ///
    /// # Errors
    /// [`Error::InUse`], [`Error::Name`], or [`Error::Io`] if the machine refuses. What was found on disk is an error
    /// of no kind: it is resumed or set aside.
    pub fn open(root: &Path, identity: &Identity, settings: &Settings) -> Result<(Self, Opened), Error> {
        let directory = Directory::lock(root, identity.name()?)?;
        directory.clear_up()?;
        let mut set_aside = None;
        if !directory.is_absent()? {
            match resume(&directory, identity, settings)? {
                Ok((engine, mark)) => {
                    let store = Self::new(engine, directory, mark, identity, settings);
                    return Ok((store, Opened::Resumed { next: mark.next }));
                }
                Err(reason) => set_aside = Some((reason, directory.set_aside(settings.aside_max)?)),
            }
        }
        let mark = Mark { fingerprint: identity.fingerprint(), next: 0, sum: Sum::default() };
        directory.create(identity, |path| {
            let engine = Engine::open(path, settings).map_err(refused("create", path))?;
            engine.write(&Batch::default(), &mark).map_err(refused("write", path))?;
            engine.persist().map_err(refused("sync", path))
        })?;
        let path = directory.data();
        let engine = Engine::open(&path, settings).map_err(refused("open", &path))?;
        let opened = match set_aside {
            None => Opened::Fresh,
            Some((reason, moved_to)) => Opened::SetAside { reason, moved_to },
        };
        Ok((Self::new(engine, directory, mark, identity, settings), opened))
    }

    /// The position after the last batch.
    pub fn next(&self) -> u64 {
        self.mark.next
    }

    /// How many values there are.
    pub fn values(&self) -> u64 {
        self.mark.sum.values
    }

    /// How much of the disk the files take, in bytes, the space that a journal reserves included.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Damaged`].
    pub fn disk_bytes(&self) -> Result<u64, Error> {
        self.engine()?.disk_bytes().map_err(refused("measure", &self.directory.data()))
    }

    /// Reads the value of a key.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Damaged`].
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let value = self.engine()?.get(key).map_err(refused("read", &self.directory.data()))?;
        Ok(value.map(|value| value.to_vec()))
    }

    /// Gives all values whose keys begin with `prefix`, in the order of their keys.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Damaged`], perhaps after some values were given.
    pub fn scan(&self, prefix: &[u8], visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), Error> {
        self.engine()?.scan(prefix, visit).map_err(refused("read", &self.directory.data()))
    }

    /// Applies a batch that leads from position `from` to position `next`, all or nothing. A value that is already there is
    /// not written again.
    ///
    /// # Errors
    /// [`Error::Gap`] if the store is not at `from`, or [`Error::TooLong`]: nothing was changed. [`Error::Io`] or
    /// [`Error::Damaged`] if what was there could not be read: nothing was changed. [`Error::Failed`] if the batch
    /// could not be written, or one before it.
    pub fn apply(&mut self, from: u64, next: u64, batch: &Batch) -> Result<(), Error> {
        if let Some(detail) = &self.failed {
            return Err(Error::Failed { detail: detail.clone() });
        }
        if from != self.mark.next || next < from {
            return Err(Error::Gap { held: self.mark.next, from, next });
        }
        batch.check()?;
        let (written, mark) = self.weigh(next, batch)?;
        // What goes wrong with the files that are written anew does no harm to these, and on a full disk leaves them the room.
        if self.rewrite.as_ref().is_some_and(|rewrite| rewrite.write(&written, &mark).is_err()) {
            self.end_rewrite();
        }
        if let Err(fault) = self.engine()?.write(&written, &mark) {
            self.end_rewrite();
            return Err(self.fail(words(fault)));
        }
        self.mark = mark;
        Ok(())
    }

    /// Begins to write all of it anew, so that nothing is left in its files of what was taken away before; removes what was set
    /// aside as well, and says how many directories those were. What is taken away while it lasts may be in the new files too.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Damaged`]: the store is as it was.
    pub fn begin_rewrite(&mut self) -> Result<usize, Error> {
        self.end_rewrite();
        let _ = self.engine()?;
        let begun = self.directory.begin_anew(&self.identity).and_then(|path| {
            let engine = Engine::open(&path, &self.settings).map_err(unwritten(&path))?;
            self.rewrite = Some(Rewrite::into(engine));
            self.directory.remove_aside()
        });
        begun.inspect_err(|_| self.end_rewrite())
    }

    /// Copies values of so many bytes more to the new files; true once these have taken the place of the old ones, or if nothing is
    /// written anew.
    ///
    /// # Errors
    /// [`Error::Io`] if the new files could not be written: nothing is left of them, and the store is as it was.
    /// [`Error::Damaged`] if the old ones could not be read. [`Error::Failed`] if the new files could not take the place of the old
    /// ones: the store is of no use any more.
    pub fn rewrite_some(&mut self, bytes: usize) -> Result<bool, Error> {
        let has_copied = self.copy_some(bytes).inspect_err(|_| self.end_rewrite())?;
        if !has_copied || self.rewrite.is_none() {
            return Ok(has_copied);
        }
        self.close_new().inspect_err(|_| self.end_rewrite())?;
        self.engine = None;
        let path = self.directory.data();
        let taken = self.directory.take_anew();
        match taken.and_then(|()| Engine::open(&path, &self.settings).map_err(refused("open", &path))) {
            Ok(engine) => {
                self.engine = Some(engine);
                Ok(true)
            }
            Err(error) => Err(self.fail(error.to_string())),
        }
    }

    /// True while it is written anew.
    pub fn is_rewriting(&self) -> bool {
        self.rewrite.is_some()
    }

    /// Waits for the disk and gives the partition back; its files stay, to be resumed here.
    ///
    /// # Errors
    /// [`Error::Io`]: the store is closed all the same, and perhaps further behind.
    pub fn close(mut self) -> Result<(), Error> {
        if self.rewrite.take().is_some() {
            self.directory.clear_up()?;
        }
        self.engine()?.persist().map_err(refused("sync", &self.directory.data()))
    }

    /// Removes the files: the caller found them too far behind to be of use.
    ///
    /// # Errors
    /// [`Error::Io`]: the files are there or not, as a whole.
    pub fn discard(self) -> Result<(), Error> {
        drop((self.rewrite, self.engine));
        self.directory.clear_up()?;
        self.directory.remove()
    }

    /// Moves the files aside, and says where to: the caller found them wrong.
    ///
    /// # Errors
    /// [`Error::Io`]: the files are still in their place.
    pub fn set_aside(self) -> Result<Option<PathBuf>, Error> {
        drop((self.rewrite, self.engine));
        self.directory.clear_up()?;
        self.directory.set_aside(self.settings.aside_max)
    }

    fn new(
        engine: Engine,
        directory: Directory,
        mark: Mark,
        identity: &Identity,
        settings: &Settings,
    ) -> Self {
        let (identity, settings) = (identity.clone(), settings.clone());
        Self { engine: Some(engine), directory, mark, failed: None, rewrite: None, identity, settings }
    }

    /// True once all is copied, or if nothing is written anew.
    fn copy_some(&mut self, bytes: usize) -> Result<bool, Error> {
        let Some(rewrite) = &self.rewrite else { return Ok(true) };
        let path = self.directory.data();
        let slice = rewrite.read(self.engine()?, bytes).map_err(refused("read", &path))?;
        let put = self.rewrite.as_mut().map_or(Ok(true), |rewrite| rewrite.put(slice, &self.mark));
        put.map_err(unwritten(&path))
    }

    /// Closes the new files, which hold all, so that nothing is left but to put them in place.
    fn close_new(&mut self) -> Result<(), Error> {
        let ended = self.rewrite.take().map_or(Ok(()), |rewrite| rewrite.end(&self.mark));
        ended.map_err(unwritten(&self.directory.data()))?;
        self.directory.sync_anew()
    }

    /// Gives up the new files, which leave room. What cannot be removed now is when it is begun again or the store opened.
    fn end_rewrite(&mut self) {
        self.rewrite = None;
        let _ = self.directory.clear_up();
    }

    fn engine(&self) -> Result<&Engine, Error> {
        let detail = || self.failed.clone().unwrap_or_else(|| "it is closed".to_owned());
        self.engine.as_ref().ok_or_else(|| Error::Failed { detail: detail() })
    }

    fn fail(&mut self, detail: String) -> Error {
        self.failed = Some(detail.clone());
        Error::Failed { detail }
    }

    /// What of a batch has to be written, and what is true of all values after it.
    fn weigh(&self, next: u64, batch: &Batch) -> Result<(Batch, Mark), Error> {
        let engine = self.engine()?;
        let mut mark = Mark { next, ..self.mark };
        let mut written = Batch::default();
        for (key, value) in batch.iter() {
            let before = engine.get(key).map_err(refused("read", &self.directory.data()))?;
            if before.as_deref() == value {
                continue;
            }
            if let Some(before) = before {
                mark.sum.subtract(key, &before);
            }
            match value {
                Some(value) => {
                    mark.sum.add(key, value);
                    written.put(key, value);
                }
                None => written.remove(key),
            }
        }
        Ok((written, mark))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("directory", &self.directory)
            .field("mark", &self.mark)
            .finish_non_exhaustive()
    }
}

/// Opens what is there, or says why it cannot be used.
fn resume(
    directory: &Directory,
    identity: &Identity,
    settings: &Settings,
) -> Result<Result<(Engine, Mark), Reason>, Error> {
    if let Some(reason) = directory.unfit(identity)? {
        return Ok(Err(reason));
    }
    directory.begin_attempt()?;
    let path = directory.data();
    let resumed = open_whole(&path, identity, settings);
    directory.end_attempts()?;
    match resumed {
        Ok(whole) => Ok(Ok(whole)),
        Err(Fault::Damage(detail)) => Ok(Err(Reason::Damaged { detail })),
        Err(fault) => Err(refused("open", &path)(fault)),
    }
}

fn open_whole(path: &Path, identity: &Identity, settings: &Settings) -> Result<(Engine, Mark), Fault> {
    let engine = Engine::resume(path, settings)?;
    let mark = engine.mark()?;
    if mark.fingerprint != identity.fingerprint() {
        return Err(Fault::Damage("the data belong to another identity".to_owned()));
    }
    let sum = engine.sum()?;
    if sum != mark.sum {
        let (found, said) = (sum.values, mark.sum.values);
        return Err(Fault::Damage(format!("{found} values are not the {said} that the mark is of")));
    }
    Ok((engine, mark))
}

fn words(fault: Fault) -> String {
    match fault {
        Fault::InUse => "it is in use".to_owned(),
        Fault::Machine(error) => error.to_string(),
        Fault::Damage(detail) => detail,
    }
}

/// Makes an error of a fault of files that are written anew: none of it is damage, since the old ones are there.
fn unwritten(path: &Path) -> impl FnOnce(Fault) -> Error {
    let path = path.to_owned();
    move |fault| match fault {
        Fault::Machine(source) => Error::Io { doing: "write anew", path, source },
        fault => Error::Io { doing: "write anew", path, source: io::Error::other(words(fault)) },
    }
}

/// Makes an error of a fault, to be given what was tried and where.
fn refused(doing: &'static str, path: &Path) -> impl FnOnce(Fault) -> Error {
    let path = path.to_owned();
    move |fault| match fault {
        Fault::InUse => Error::InUse { path },
        Fault::Machine(source) => Error::Io { doing, path, source },
        Fault::Damage(detail) => Error::Damaged { detail },
    }
}
