//! Reads a bundle from its directory: the one place of this crate that does I/O.
//!
//! Taken are files that end in `.yaml` (documents) and `.json` (schemas), at any depth. Hidden directories and `target`
//! are skipped; links to directories are not followed, links to files only inside the bundle.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::findings::Finding;
use crate::read::{Loaded, Unreadable, is_documents, read_files};
use crate::{schema, yaml};

/// The most files that are read.
const FILES_MAX: usize = 10_000;

/// Why a bundle could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A directory or file could not be read; the environment's fault.
    #[error("cannot read {path}", path = path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
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
    let root = dir.canonicalize().map_err(|source| LoadError::Io { path: dir.to_owned(), source })?;
    let mut gathered = Gathered::default();
    gathered.directory(&root, &root, "")?;
    if !gathered.files.iter().any(|(path, _)| is_documents(path)) {
        return Err(LoadError::Empty { path: dir.to_owned() });
    }
    read_files(gathered.files, &gathered.unreadable).map_err(LoadError::Findings)
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
            move |source| LoadError::Io { path, source }
        };
        for entry in fs::read_dir(dir).map_err(failed(dir))? {
            let entry = entry.map_err(failed(dir))?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.starts_with('.') {
                continue;
            }
            let (path, relative) = (entry.path(), format!("{prefix}{name}"));
            let kind = entry.file_type().map_err(failed(&path))?;
            if kind.is_dir() && name != "target" {
                self.directory(root, &path, &format!("{relative}/"))?;
            } else if !kind.is_dir() && (is_documents(&name) || name.ends_with(".json")) {
                self.file(root, &path, relative).map_err(failed(&path))?;
            }
        }
        Ok(())
    }

    fn file(&mut self, root: &Path, path: &Path, relative: String) -> io::Result<()> {
        if self.files.len() == FILES_MAX {
            return Err(io::Error::other(format!("more than {FILES_MAX} files")));
        }
        let target = path.canonicalize()?;
        if target.is_dir() {
            return Ok(());
        }
        if !target.starts_with(root) {
            self.refuse(&relative, "outside", 0, "the link leads out of the bundle");
            self.files.push((relative, String::new()));
            return Ok(());
        }
        // One byte more than is allowed is enough to see that it is too long.
        let bytes_max = if is_documents(&relative) { yaml::BYTES_MAX } else { schema::BYTES_MAX };
        let mut bytes = Vec::new();
        let _ = File::open(target)?.take(bytes_max as u64 + 1).read_to_end(&mut bytes)?;
        let is_whole = bytes.len() <= bytes_max;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                if is_whole {
                    self.refuse(&relative, "not-utf8", at, "the file is not UTF-8 from here on");
                }
                // Kept with what cannot be read replaced, so that it is still too long if it was.
                String::from_utf8_lossy(error.as_bytes()).into_owned()
            }
        };
        self.files.push((relative, text));
        Ok(())
    }

    fn refuse(&mut self, path: &str, code: &'static str, at: usize, message: &'static str) {
        self.unreadable.push(Unreadable { path: path.to_owned(), code, at, message });
    }
}
