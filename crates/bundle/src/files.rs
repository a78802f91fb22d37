//! Reads a bundle from its directory: the one place of this crate that does I/O.
//!
//! Taken are files that end in `.yaml` (documents), `.json` (schemas) and `.csv` (rows), at any depth; what ends nearly so is named as
//! not read. Hidden directories and `target` are skipped; links to directories are not followed, links to files only inside the bundle.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use segue_yaml::Finding;

use crate::documents::decision_table::CSV_BYTES_MAX;
use crate::read::{Loaded, Unreadable, is_documents, is_nearly_documents, read_files};

/// The most files that are read.
const FILES_MAX: usize = 10_000;

/// Why a bundle could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is nothing of that name.
    #[error("there is no directory {path}: give the directory that holds the bundle", path = path.display())]
    Missing {
        /// What was asked for.
        path: PathBuf,
    },
    /// It is no directory.
    #[error("{path} is a file: give the directory that holds the bundle, such as {parent}", path = path.display(), parent = parent.display())]
    File {
        /// What was asked for.
        path: PathBuf,
        /// The directory that it lies in.
        parent: PathBuf,
    },
    /// A directory could not be read; the environment's fault. A file that cannot be read is a finding.
    #[error("cannot read {path}: {reason}", path = path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// The bundle has errors; its author's fault. Holds warnings, too, sorted by place.
    #[error("the bundle has errors")]
    Findings(Vec<Finding>),
    /// There is no file that ends in `.yaml`.
    #[error("no .yaml file below {path}", path = path.display())]
    Empty {
        /// Below which directory.
        path: PathBuf,
    },
}

/// Reads and compiles the bundle in a directory.
///
/// # Errors
/// See [`LoadError`].
pub fn load(dir: &Path) -> Result<Loaded, LoadError> {
    let gathered = gather(dir)?;
    read_files(gathered.files, &gathered.unreadable).map_err(LoadError::Findings)
}

/// The files of the bundle in a directory, as [`load`] reads them: paths relative to it and texts. What cannot be read as
/// text is there with what of it is text; [`load`] says so.
///
/// # Errors
/// See [`LoadError`].
pub fn texts(dir: &Path) -> Result<Vec<(String, String)>, LoadError> {
    gather(dir).map(|gathered| gathered.files)
}

fn gather(dir: &Path) -> Result<Gathered, LoadError> {
    let path = || dir.to_owned();
    let root = dir.canonicalize().map_err(|reason| match reason.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => LoadError::Missing { path: path() },
        _ => LoadError::Io { path: path(), reason },
    })?;
    if root.is_file() {
        let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
        return Err(LoadError::File { path: path(), parent: parent.unwrap_or(Path::new(".")).to_owned() });
    }
    let mut gathered = Gathered::default();
    gathered.directory(&root, &root, "")?;
    if !gathered.files.iter().any(|(path, _)| is_documents(path) || is_nearly_documents(path)) {
        return Err(LoadError::Empty { path: dir.to_owned() });
    }
    Ok(gathered)
}

#[derive(Default)]
struct Gathered {
    files: Vec<(String, String)>,
    unreadable: Vec<Unreadable>,
}

impl Gathered {
    fn directory(&mut self, root: &Path, dir: &Path, prefix: &str) -> Result<(), LoadError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |reason| LoadError::Io { path, reason }
        };
        for entry in fs::read_dir(dir).map_err(failed(dir))? {
            let entry = entry.map_err(failed(dir))?;
            let name = entry.file_name();
            let (name, is_utf8) = (name.to_string_lossy(), name.to_str().is_some());
            if name.starts_with('.') {
                continue;
            }
            let (path, relative) = (entry.path(), format!("{prefix}{name}"));
            let kind = entry.file_type().map_err(failed(&path))?;
            if kind.is_dir() {
                if name != "target" {
                    self.directory(root, &path, &format!("{relative}/"))?;
                }
            } else if is_nearly_documents(&name) {
                self.files.push((relative, String::new()));
            } else if is_documents(&name) || [".json", ".csv"].iter().any(|end| name.ends_with(end)) {
                self.taken(root, &path, relative, is_utf8);
            }
        }
        Ok(())
    }

    /// Reads a file that is part of the bundle, or says why it cannot be read.
    fn taken(&mut self, root: &Path, path: &Path, relative: String, is_utf8: bool) {
        let refused = match self.files.len() {
            FILES_MAX => Some(("too-big", format!("the bundle has more than {FILES_MAX} files"))),
            count if count > FILES_MAX => return,
            _ if !is_utf8 => Some(("not-utf8", "the name of this file is not UTF-8".to_owned())),
            _ => self
                .file(root, path, &relative)
                .err()
                .map(|reason| ("unreadable", format!("this file cannot be read: {reason}"))),
        };
        if let Some((code, message)) = refused {
            self.refuse(&relative, code, 0, message);
            self.files.push((relative, String::new()));
        }
    }

    fn file(&mut self, root: &Path, path: &Path, relative: &str) -> io::Result<()> {
        let target = path.canonicalize()?;
        if target.is_dir() {
            return Ok(());
        }
        if !target.starts_with(root) {
            self.refuse(relative, "outside", 0, "the link leads out of the bundle".to_owned());
            self.files.push((relative.to_owned(), String::new()));
            return Ok(());
        }
        // A pipe would be waited for without end.
        if !target.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        // One byte more than is allowed is enough to see that it is too long.
        let bytes_max = match relative.rsplit_once('.') {
            Some((_, "csv")) => CSV_BYTES_MAX,
            Some((_, "json")) => segue_schema::BYTES_MAX,
            _ => segue_yaml::BYTES_MAX,
        };
        let mut bytes = Vec::new();
        let _ = File::open(target)?.take(bytes_max as u64 + 1).read_to_end(&mut bytes)?;
        let is_whole = bytes.len() <= bytes_max;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                if is_whole {
                    let message = format!("`{relative}` is not UTF-8 text from here on");
                    self.refuse(relative, "not-utf8", at, message);
                }
                // Kept with what cannot be read replaced, so that it is still too long if it was.
                String::from_utf8_lossy(error.as_bytes()).into_owned()
            }
        };
        self.files.push((relative.to_owned(), text));
        Ok(())
    }

    fn refuse(&mut self, path: &str, code: &'static str, at: usize, message: String) {
        self.unreadable.push(Unreadable { path: path.to_owned(), code, at, message });
    }
}
