//! The engine: the only place that knows fjall.
//!
//! One database for each partition, so that damage stays in one; in it one keyspace, since a second that is seldom
//! flushed would keep the journals of the first alive. So keys carry a first byte: the mark's, or that of values.
//!
//! fjall answers some damage with a panic. Every call is therefore made behind [`guarded`], which turns it into a fault.

mod inspect;

use std::error::Error as StdError;
use std::io;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Slice};

use crate::Settings;
use crate::batch::Batch;
use crate::mark::{Mark, Sum};

const MARK: &[u8] = b"m";
const VALUE: u8 = b'v';

/// Why the engine failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Another has the files open.
    InUse,
    /// The machine refused; the files may be whole.
    Machine(io::Error),
    /// The files are not what was written.
    Damage(String),
}

/// The open database of a partition.
pub(crate) struct Engine {
    /// Always there, until it is dropped.
    open: Option<(Keyspace, Database)>,
}

impl Engine {
    /// Opens the database that is at a path, once it is certain that this ends well.
    pub(crate) fn resume(path: &Path, settings: &Settings) -> Result<Self, Fault> {
        inspect::database(path)?;
        Self::open(path, settings)
    }

    /// Opens the database at a path, or makes one.
    pub(crate) fn open(path: &Path, settings: &Settings) -> Result<Self, Fault> {
        guarded(|| {
            // With one worker, a full write buffer is written to a table before the next is put aside. Of two, one would
            // go round and round while the other merges tables.
            let builder = Database::builder(path)
                .cache_size(settings.block_cache_bytes)
                .worker_threads(1)
                .max_journaling_size(JOURNALS_BYTES_MAX);
            let database = builder.open()?;
            let options = || KeyspaceCreateOptions::default().max_memtable_size(settings.write_buffer_bytes);
            let keyspace = database.keyspace("values", options)?;
            Ok(Self { open: Some((keyspace, database)) })
        })
    }

    /// Reads the mark.
    pub(crate) fn mark(&self) -> Result<Mark, Fault> {
        let bytes = guarded(|| self.values().get(MARK))?;
        bytes
            .and_then(|bytes| Mark::decode(&bytes))
            .ok_or_else(|| Fault::Damage("there is no mark".to_owned()))
    }

    /// Reads every value, and so every block of the files, and counts and sums them.
    pub(crate) fn sum(&self) -> Result<Sum, Fault> {
        let mut sum = Sum::default();
        self.scan(b"", &mut |key, value| sum.add(key, value))?;
        Ok(sum)
    }

    /// Reads the value of a key.
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Slice>, Fault> {
        guarded(|| self.values().get(prefixed(key)))
    }

    /// Gives all values whose keys begin so, in the order of the keys.
    pub(crate) fn scan(&self, prefix: &[u8], visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), Fault> {
        let mut entries = guarded(|| Ok(self.values().prefix(prefixed(prefix))))?;
        // The visitor stands outside of the guard: its panics are its own.
        while let Some((key, value)) = guarded(|| entries.next().map(|entry| entry.into_inner()).transpose())?
        {
            visit(&key[1..], &value);
        }
        guarded(|| {
            drop(entries);
            Ok(())
        })
    }

    /// Gives the values whose keys are greater than `behind`, in the order of the keys, until `visit` wants no more; false if
    /// there were no more.
    pub(crate) fn scan_some(
        &self,
        behind: Option<&[u8]>,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<bool, Fault> {
        let from = behind.map_or(Bound::Included(vec![VALUE]), |key| Bound::Excluded(prefixed(key)));
        let mut entries = guarded(|| Ok(self.values().range((from, Bound::Unbounded))))?;
        let mut is_wanted = true;
        while is_wanted
            && let Some((key, value)) =
                guarded(|| entries.next().map(|entry| entry.into_inner()).transpose())?
        {
            is_wanted = visit(&key[1..], &value);
        }
        guarded(|| {
            drop(entries);
            Ok(!is_wanted)
        })
    }

    /// Writes changes and mark, all or nothing, and hands them to the operating system.
    pub(crate) fn write(&self, changes: &Batch, mark: &Mark) -> Result<(), Fault> {
        guarded(|| {
            let (keyspace, database) = self.open.as_ref().expect("open until it is dropped");
            let mut batch = database.batch().durability(Some(PersistMode::Buffer));
            for (key, value) in changes.iter() {
                match value {
                    Some(value) => batch.insert(keyspace, prefixed(key), value),
                    None => batch.remove(keyspace, prefixed(key)),
                }
            }
            batch.insert(keyspace, MARK, mark.encode());
            batch.commit()
        })
    }

    /// Waits until all that was written is on the disk.
    pub(crate) fn persist(&self) -> Result<(), Fault> {
        let (_, database) = self.open.as_ref().expect("open until it is dropped");
        guarded(|| database.persist(PersistMode::SyncAll))
    }

    /// How much of the disk the files take, in bytes.
    pub(crate) fn disk_bytes(&self) -> Result<u64, Fault> {
        let (_, database) = self.open.as_ref().expect("open until it is dropped");
        guarded(|| database.disk_space())
    }

    fn values(&self) -> &Keyspace {
        &self.open.as_ref().expect("open until it is dropped").0
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // After a panic within it, the database may panic once more where it is dropped; nothing is lost by that.
        let open = self.open.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(open)));
    }
}

/// fjall begins a new journal at 64 MB; more than two of them are not worth the time to read them again.
const JOURNALS_BYTES_MAX: u64 = 128 * 1024 * 1024;

fn prefixed(key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(key.len() + 1);
    bytes.push(VALUE);
    bytes.extend_from_slice(key);
    bytes
}

fn guarded<T>(call: impl FnOnce() -> Result<T, fjall::Error>) -> Result<T, Fault> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(fault),
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            Err(Fault::Damage(format!("the engine panicked: {}", text.unwrap_or_default())))
        }
    }
}

/// Tells damage from a machine that refuses: what a healthy directory can run into as well must not set it aside.
fn fault(error: fjall::Error) -> Fault {
    if matches!(error, fjall::Error::Locked) {
        return Fault::InUse;
    }
    let mut cause: Option<&(dyn StdError + 'static)> = Some(&error);
    while let Some(one) = cause {
        if let Some(io) = one.downcast_ref::<io::Error>().filter(|io| is_of_the_machine(io)) {
            return Fault::Machine(copy(io));
        }
        cause = one.source();
    }
    Fault::Damage(error.to_string())
}

fn is_of_the_machine(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    /// Too many open files, in the whole system or in this process.
    const FILES: [i32; 2] = [23, 24];
    let kinds = [
        Kind::PermissionDenied,
        Kind::ReadOnlyFilesystem,
        Kind::StorageFull,
        Kind::QuotaExceeded,
        Kind::FileTooLarge,
        Kind::OutOfMemory,
        Kind::ResourceBusy,
        Kind::StaleNetworkFileHandle,
        Kind::TimedOut,
    ];
    kinds.contains(&error.kind()) || error.raw_os_error().is_some_and(|code| FILES.contains(&code))
}

fn copy(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}
