//! Why a log's directory could not be opened.

use std::path::PathBuf;

/// Why a log's directory could not be opened. Each says what to do where the reader cannot know.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the log open.
    #[error("{} is in use by another process; stop that one, or give this one a directory of its own", dir.display())]
    InUse {
        /// The log's directory.
        dir: PathBuf,
    },
    /// The file system refused.
    #[error("cannot {what} {}", path.display())]
    Files {
        /// What was tried, such as `read`.
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The journal was written in a format that this version does not know.
    #[error("{} has format {found}, and this version reads format {known}", path.display())]
    Format {
        /// The segment.
        path: PathBuf,
        /// The format it has.
        found: u32,
        /// The format that is read.
        known: u32,
    },
    /// The journal is damaged at a place where no crash could have done it. Nothing was changed.
    #[error("{} is damaged at byte {position}: {detail}", path.display())]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// Where in it, in bytes from its beginning.
        position: u64,
        /// What is wrong there.
        detail: String,
    },
}
