//! Waits until a file of a directory changes.
//!
//! Shape: a [`Look`] is what can be seen of a directory; [`Watch::changed`] looks again and again until it sees
//! something else, and then until it sees the same twice: an editor that writes several files is waited for.
//! Looking is done by polling, on purpose: it needs no crate, and works on shared folders and in containers, where
//! what the operating system tells of changes does not arrive. A bundle has some hundred files; a look takes well under
//! a millisecond.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

/// How long it waits between two looks.
const PAUSE: Duration = Duration::from_millis(150);
/// The most files that are looked at, as many as a bundle may have.
const FILES_MAX: usize = 10_000;

/// What can be seen of a directory: each file's length and time of change.
type Look = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// A directory, as it was when it was looked at last.
#[derive(Debug)]
pub struct Watch {
    directory: PathBuf,
    seen: Look,
}

impl Watch {
    /// Looks at a directory for the first time.
    pub fn new(directory: &Path) -> Watch {
        Watch { directory: directory.to_owned(), seen: look(directory) }
    }

    /// Waits for a change and says which files are another.
    pub fn changed(&mut self) -> Vec<String> {
        let mut before = look(&self.directory);
        loop {
            thread::sleep(PAUSE);
            let now = look(&self.directory);
            if now == before && now != self.seen {
                let seen = std::mem::replace(&mut self.seen, now);
                return self.differing(&seen);
            }
            before = now;
        }
    }

    fn differing(&self, before: &Look) -> Vec<String> {
        let all = before.keys().chain(self.seen.keys().filter(|path| !before.contains_key(*path)));
        let differing = all.filter(|path| before.get(*path) != self.seen.get(*path));
        let relative =
            |path: &PathBuf| path.strip_prefix(&self.directory).unwrap_or(path).display().to_string();
        let mut names: Vec<String> = differing.map(relative).collect();
        names.sort();
        names
    }
}

/// What can be seen now. What cannot be read is as if it were not there: the check says what is wrong with it.
fn look(directory: &Path) -> Look {
    let mut found = Look::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            let name = entry.file_name();
            // As the bundle is read: what is hidden or built is not.
            if name.to_string_lossy().starts_with('.') || name == "target" || found.len() == FILES_MAX {
                continue;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(entry.path());
            } else if let Ok(data) = fs::metadata(entry.path()) {
                let _ = found.insert(entry.path(), (data.len(), data.modified().ok()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_changed_made_or_removed_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for name in ["a.yaml", "b.yaml", "d.yaml"] {
            fs::write(path(name), "one").unwrap();
        }
        let mut watch = Watch::new(directory.path());
        fs::write(path("a.yaml"), "another").unwrap();
        fs::remove_file(path("b.yaml")).unwrap();
        fs::create_dir_all(path("c")).unwrap();
        fs::write(path("c/new.yaml"), "").unwrap();
        fs::write(path(".hidden"), "").unwrap();
        assert_eq!(watch.changed(), ["a.yaml", "b.yaml", "c/new.yaml"]);
    }
}
