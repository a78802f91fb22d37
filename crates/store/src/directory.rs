//! The files of a partition: where they are, who may touch them, and how they come and go.
//!
//! ```text
//! ROOT/TOPIC-7/identity    whose it is            ROOT/TOPIC-7.lock     held while the store is open
//! ROOT/TOPIC-7/data/       the engine's files     ROOT/TOPIC-7.scrap/   half made, or half removed
//! ROOT/TOPIC-7/opening     a byte per attempt     ROOT/aside/TOPIC-7.3/ the third that was set aside
//! ROOT/TOPIC-7.anew/       written anew, to take its place
//! ```
//!
//! A directory comes to be in `.scrap` and is renamed when it is whole, and goes the same way. So what is in its place
//! was whole once, and a file that is missing there is damage.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Error;
use crate::aside::Reason;
use crate::identity::{self, Identity};

/// How many attempts in a row may end the process before a directory is set aside unopened.
const ATTEMPTS_MAX: u64 = 3;

/// A partition that has files under a root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// The changelog topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
}

/// Says which partitions have files under a root, in use or not, in order. A root that does not exist holds none.
///
/// # Errors
/// The root cannot be read.
pub fn held(root: &Path) -> Result<Vec<Held>, Error> {
    let mut all: Vec<_> = entries(root)?.iter().filter_map(|name| parse(name)).collect();
    all.retain(|one| identity::name(&one.topic, one.partition).is_ok_and(|name| root.join(name).is_dir()));
    all.sort();
    Ok(all)
}

/// Removes the files of a partition that this instance will not own again soon.
///
/// # Errors
/// The partition is in use, or its files cannot be removed.
pub fn discard_held(root: &Path, held: &Held) -> Result<(), Error> {
    Directory::lock(root, identity::name(&held.topic, held.partition)?)?.remove()
}

/// Removes the files of all partitions that nobody has open and that were not written to for so long, with what was set aside, half
/// made or half removed of them, and says of how many partitions there was something.
///
/// # Errors
/// The root cannot be read, or files not be removed.
pub fn discard_unused(root: &Path, unused_for: Duration) -> Result<usize, Error> {
    let mut discarded = 0;
    for name in names_left(root)? {
        let directory = match Directory::lock(root, name) {
            Err(Error::InUse { .. }) => continue,
            locked => locked?,
        };
        if directory.is_unused_for(unused_for)? {
            directory.clear_up()?;
            let _ = directory.remove_aside()?;
            directory.remove()?;
            discarded += 1;
        }
    }
    Ok(discarded)
}

/// The names of all partitions of which anything is left under a root.
fn names_left(root: &Path) -> Result<BTreeSet<String>, Error> {
    let of_partition = |name: String| parse(&name).is_some().then_some(name);
    let mut names: BTreeSet<String> = entries(&root.join("aside"))?
        .iter()
        .filter_map(|name| of_partition(name.rsplit_once('.')?.0.to_owned()))
        .collect();
    for name in entries(root)?.into_iter().filter(|name| root.join(name).is_dir()) {
        let plain = name.strip_suffix(".scrap").or(name.strip_suffix(".anew")).unwrap_or(&name);
        names.extend(of_partition(plain.to_owned()));
    }
    Ok(names)
}

/// The directory of a partition, locked.
#[derive(Debug)]
pub(crate) struct Directory {
    root: PathBuf,
    name: String,
    path: PathBuf,
    lock: File,
}

impl Directory {
    /// Locks the directory of this name, which need not exist yet.
    pub(crate) fn lock(root: &Path, name: String) -> Result<Self, Error> {
        fs::create_dir_all(root).map_err(Error::io("create", root))?;
        let path = root.join(format!("{name}.lock"));
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let lock = file.map_err(Error::io("open", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), path: root.join(&name), name, lock }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse { path }),
            Err(TryLockError::Error(error)) => Err(Error::io("lock", &path)(error)),
        }
    }

    /// True if no file of the engine was changed for so long, in its place or out of it; a clock that went back says that they
    /// were.
    fn is_unused_for(&self, span: Duration) -> Result<bool, Error> {
        let aside = self.asides()?.into_iter();
        for directory in [self.path.clone(), self.scrap(), self.anew()].into_iter().chain(aside) {
            let data = directory.join("data");
            for name in entries(&data)? {
                let path = data.join(name);
                let changed = fs::metadata(&path).and_then(|metadata| metadata.modified());
                let changed = changed.map_err(Error::io("read", &path))?;
                if changed.elapsed().map_or(true, |age| age < span) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Where the engine's files are.
    pub(crate) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// True if there is nothing to resume: no directory, or an empty one.
    pub(crate) fn is_absent(&self) -> Result<bool, Error> {
        match fs::read_dir(&self.path) {
            Ok(mut entries) => Ok(entries.next().is_none()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(!self.path.exists()),
            Err(error) => Err(Error::io("read", &self.path)(error)),
        }
    }

    /// Says why the directory cannot be this identity's, before any of the engine's files is touched.
    pub(crate) fn unfit(&self, identity: &Identity) -> Result<Option<Reason>, Error> {
        let path = self.path.join("identity");
        let found = match identity::read(&path) {
            Ok(found) => found,
            Err(error) if is_not_there(&error) => {
                return Ok(Some(Reason::Damaged { detail: "the identity file is missing".to_owned() }));
            }
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        if let Some(reason) = identity.differs(&found) {
            return Ok(Some(reason));
        }
        let attempts = fs::metadata(self.opening()).map_or(0, |metadata| metadata.len());
        Ok((attempts >= ATTEMPTS_MAX).then_some(Reason::NeverOpened { attempts }))
    }

    /// Notes that an attempt to open begins.
    pub(crate) fn begin_attempt(&self) -> Result<(), Error> {
        let path = self.opening();
        let file = File::options().create(true).append(true).open(&path);
        file.and_then(|mut file| file.write_all(b".")).map_err(Error::io("write", &path))
    }

    /// Notes that the attempts came to an end, good or bad.
    pub(crate) fn end_attempts(&self) -> Result<(), Error> {
        let path = self.opening();
        fs::remove_file(&path).map_err(Error::io("remove", &path))
    }

    /// Makes the directory: `fill` makes the engine's files at the path that it is given, and has closed them when it returns.
    pub(crate) fn create(
        &self,
        identity: &Identity,
        fill: impl FnOnce(&Path) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let scrap = self.emptied_scrap()?;
        name(&scrap, identity)?;
        fill(&scrap.join("data"))?;
        sync(&scrap)?;
        fs::rename(&scrap, &self.path).map_err(Error::io("put in place", &self.path))?;
        sync(&self.root)
    }

    /// Begins a directory that is to take the place of this one, and returns where its engine's files go.
    pub(crate) fn begin_anew(&self, identity: &Identity) -> Result<PathBuf, Error> {
        let anew = self.emptied_anew()?;
        name(&anew, identity)?;
        Ok(anew.join("data"))
    }

    /// Waits until that directory is on the disk, and makes room for this one to go.
    pub(crate) fn sync_anew(&self) -> Result<(), Error> {
        let _ = self.emptied_scrap()?;
        sync(&self.anew())
    }

    /// Puts that directory, whose files are closed, in the place of this one, and removes this one. Killed in between, there is
    /// the old one, none, or the new one.
    pub(crate) fn take_anew(&self) -> Result<(), Error> {
        let scrap = self.emptied_scrap()?;
        fs::rename(&self.path, &scrap).map_err(Error::io("remove", &self.path))?;
        fs::rename(self.anew(), &self.path).map_err(Error::io("put in place", &self.path))?;
        sync(&self.root)?;
        remove_all(&scrap)
    }

    /// Removes what was half made or half removed, and may hold what was taken away since.
    pub(crate) fn clear_up(&self) -> Result<(), Error> {
        let _ = self.emptied_scrap()?;
        let _ = self.emptied_anew()?;
        Ok(())
    }

    /// Removes all that was set aside of it, and says how many directories those were.
    pub(crate) fn remove_aside(&self) -> Result<usize, Error> {
        let all = self.asides()?;
        all.iter().try_for_each(|path| remove_all(path))?;
        Ok(all.len())
    }

    /// All that was set aside of it.
    fn asides(&self) -> Result<Vec<PathBuf>, Error> {
        let aside = self.root.join("aside");
        let prefix = format!("{}.", self.name);
        let names = entries(&aside)?.into_iter().filter(|name| name.starts_with(&prefix));
        Ok(names.map(|name| aside.join(name)).collect())
    }

    /// Moves the directory aside and says where to; of those set aside, the latest `kept_max` are kept.
    pub(crate) fn set_aside(&self, kept_max: usize) -> Result<Option<PathBuf>, Error> {
        if kept_max == 0 {
            return self.remove().map(|()| None);
        }
        let aside = self.root.join("aside");
        fs::create_dir_all(&aside).map_err(Error::io("create", &aside))?;
        let prefix = format!("{}.", self.name);
        let number = |name: &String| name.strip_prefix(&prefix)?.parse::<u64>().ok();
        let mut numbers: Vec<_> = entries(&aside)?.iter().filter_map(number).collect();
        numbers.sort_unstable();
        let path = |number: u64| aside.join(format!("{prefix}{number}"));
        // Room is made first: if the disk is full, this is what frees it.
        let too_many = (numbers.len() + 1).saturating_sub(kept_max);
        for number in numbers.iter().take(too_many) {
            remove_all(&path(*number))?;
        }
        let to = path(numbers.last().map_or(1, |last| last.saturating_add(1)));
        fs::rename(&self.path, &to).map_err(Error::io("move aside", &self.path))?;
        sync(&self.root)?;
        Ok(Some(to))
    }

    /// Removes the directory. Killed in between, it is there whole or not at all.
    pub(crate) fn remove(&self) -> Result<(), Error> {
        let scrap = self.emptied_scrap()?;
        match fs::rename(&self.path, &scrap) {
            Err(error) if !is_not_there(&error) => return Err(Error::io("remove", &self.path)(error)),
            _ => sync(&self.root)?,
        }
        remove_all(&scrap)
    }

    fn opening(&self) -> PathBuf {
        self.path.join("opening")
    }

    fn anew(&self) -> PathBuf {
        self.root.join(format!("{}.anew", self.name))
    }

    fn scrap(&self) -> PathBuf {
        self.root.join(format!("{}.scrap", self.name))
    }

    fn emptied_anew(&self) -> Result<PathBuf, Error> {
        let anew = self.anew();
        remove_all(&anew)?;
        Ok(anew)
    }

    fn emptied_scrap(&self) -> Result<PathBuf, Error> {
        let scrap = self.scrap();
        remove_all(&scrap)?;
        Ok(scrap)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // Closing alone would leave the lock to a child process that was begun meanwhile and has not yet closed its copy.
        let _ = self.lock.unlock();
    }
}

/// Makes a directory with the file that says whose it is.
fn name(directory: &Path, identity: &Identity) -> Result<(), Error> {
    fs::create_dir_all(directory).map_err(Error::io("create", directory))?;
    let path = directory.join("identity");
    let written = File::create_new(&path).and_then(|mut file| {
        file.write_all(identity.encode().as_bytes())?;
        file.sync_all()
    });
    written.map_err(Error::io("write", &path))
}

fn parse(name: &str) -> Option<Held> {
    let (topic, number) = name.rsplit_once('-')?;
    let partition = number.parse().ok()?;
    Some(Held { topic: topic.to_owned(), partition })
}

/// The names in a directory; none if there is none.
fn entries(path: &Path) -> Result<Vec<String>, Error> {
    let read = || fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.file_name())).collect();
    let names: Vec<_> = match read() {
        Err(error) if is_not_there(&error) => Vec::new(),
        names => names.map_err(Error::io("read", path))?,
    };
    Ok(names.into_iter().filter_map(|name| name.into_string().ok()).collect())
}

fn remove_all(path: &Path) -> Result<(), Error> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if !is_not_there(&error) => Err(Error::io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// A path below what is now a plain file is as absent as any other.
fn is_not_there(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn sync(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|file| file.sync_all()).map_err(Error::io("sync", path))
}
