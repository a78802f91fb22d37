//! The databases of addresses, as files: read at the start, and read again whenever one has changed.
//!
//! Shape: files -> [`Addresses`], or which file is [`Unusable`]; [`Databases::look`] looks at the files now and then, and
//! gives other [`Addresses`] once there are some. Nobody waits for it: a worker that finds another one looking goes on.
//! Invariant: what was good goes on until something better is there: a new file that cannot be used changes nothing.

use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant, SystemTime};

use segue_intake::Addresses;
use segue_intake::addresses::{DATABASE_BYTES_MAX, Database, Fault};
use segue_telemetry::{Counter, Gauge, Metrics};

/// The most files that are asked.
pub use segue_intake::addresses::DATABASES_MAX;

/// How often the files are looked at, unless something else is said.
pub const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A file that cannot be used as a database of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Which.
    pub file: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.file.display(), self.reason)
    }
}

impl std::error::Error for Unusable {}

/// What can be seen of a file: its length and its time of change; `None` if it is not there.
type Stamp = Option<(u64, Option<SystemTime>)>;

/// The databases of a process, which follow their files.
#[derive(Debug)]
pub struct Databases {
    files: Vec<PathBuf>,
    every: Duration,
    metrics: Metrics,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    looked_at: Instant,
    seen: Vec<Stamp>,
    addresses: Arc<Addresses>,
}

/// Reads databases once, in the order in which they are asked.
///
/// # Errors
/// The first file that cannot be used.
pub fn read_all(files: &[PathBuf]) -> Result<Addresses, Unusable> {
    let databases = files.iter().map(|file| read(file).map(Arc::new));
    Ok(Addresses::new(databases.collect::<Result<_, _>>()?))
}

impl Databases {
    /// Reads the files, and looks at them again this often at most.
    ///
    /// # Errors
    /// As [`read_all`].
    pub fn open(files: Vec<PathBuf>, every: Duration, metrics: Metrics) -> Result<Databases, Unusable> {
        // Looked at before they are read: what is written meanwhile is found at the next look.
        let seen = files.iter().map(|file| stamp(file)).collect();
        let addresses = Arc::new(read_all(&files)?);
        let state = State { looked_at: Instant::now(), seen, addresses: addresses.clone() };
        let databases = Databases { files, every, metrics, state: Mutex::new(state) };
        for (file, database) in databases.files.iter().zip(addresses.databases()) {
            databases.say_read(file, database);
        }
        Ok(databases)
    }

    /// The files, in the order in which they are asked.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// What is asked now, once nobody is looking.
    pub fn current(&self) -> Arc<Addresses> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).addresses.clone()
    }

    /// What is asked now, if that is another than this. The files are looked at if that was not done a moment ago.
    pub fn look(&self, known: &Arc<Addresses>) -> Option<Arc<Addresses>> {
        let mut state = match self.state.try_lock() {
            Ok(state) => state,
            // Whole whatever panicked: its parts are set one by one, each to something that is right by itself.
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        if state.looked_at.elapsed() >= self.every {
            self.read_changed(&mut state);
            state.looked_at = Instant::now();
        }
        (!Arc::ptr_eq(&state.addresses, known)).then(|| state.addresses.clone())
    }

    fn read_changed(&self, state: &mut State) {
        for (number, file) in self.files.iter().enumerate() {
            let now = stamp(file);
            if now == state.seen[number] {
                continue;
            }
            state.seen[number] = now;
            match read(file) {
                Ok(database) => {
                    self.say_read(file, &database);
                    let mut databases = state.addresses.databases().to_vec();
                    databases[number] = Arc::new(database);
                    state.addresses = Arc::new(Addresses::new(databases));
                }
                Err(Unusable { file, reason }) => {
                    self.metrics.count(Counter::AddressDatabases { result: "refused" }, 1);
                    tracing::error!(file = %file.display(), reason, "database of addresses cannot be used: the former goes on");
                }
            }
        }
    }

    fn say_read(&self, file: &Path, database: &Database) {
        let built_at = i64::try_from(database.built_at_secs()).unwrap_or(i64::MAX);
        let name = file.display().to_string();
        self.metrics.count(Counter::AddressDatabases { result: "read" }, 1);
        self.metrics.set(Gauge::AddressDatabaseBuilt { file: &name }, built_at);
        tracing::info!(file = name, built_at, "database of addresses was read");
    }
}

fn stamp(file: &Path) -> Stamp {
    let data = fs::metadata(file).ok()?;
    Some((data.len(), data.modified().ok()))
}

fn read(file: &Path) -> Result<Database, Unusable> {
    let unusable = |reason: String| Unusable { file: file.to_owned(), reason };
    let unread = |error: std::io::Error| unusable(format!("cannot be read: {error}"));
    let data = fs::metadata(file).map_err(unread)?;
    // A pipe would be waited for, and a device has no end.
    if !data.is_file() {
        return Err(unusable("is no file".to_owned()));
    }
    let most = DATABASE_BYTES_MAX as u64;
    if data.len() > most {
        return Err(unusable(Fault::TooLarge.to_string()));
    }
    let mut bytes = Vec::with_capacity(data.len() as usize);
    // It may grow while it is read.
    let _ = File::open(file).and_then(|open| open.take(most + 1).read_to_end(&mut bytes)).map_err(unread)?;
    Database::read(bytes).map_err(|fault| unusable(fault.to_string()))
}

#[cfg(test)]
mod tests;
