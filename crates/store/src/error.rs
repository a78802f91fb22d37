//! What can go wrong, and what the caller does about it.

use std::io;
use std::path::{Path, PathBuf};

/// Why a store could not do what was asked.
///
/// | error | whose fault | what to do |
/// |---|---|---|
/// | `InUse` | another process, or the former owner of the partition | wait and open again |
/// | `Io` | the machine: rights, space, too many open files | mend it; until then, work without a store |
/// | `Name` | the caller | never happens with names of Kafka topics |
/// | `Gap`, `TooLong` | the caller; nothing was changed | mend the caller |
/// | `Damaged` | the disk | set aside, open again, restore |
/// | `Failed` | the machine: most often, the disk is full | drop the store; what it holds is right, and behind |
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The partition is open already, here or in another process.
    #[error("the store is in use by another process, which holds {}", path.display())]
    InUse {
        /// The file that is locked.
        path: PathBuf,
    },
    /// The machine refused an operation on a file.
    #[error("could not {doing} {}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The topic's name cannot be the name of a directory.
    #[error("the topic name {topic:?} cannot name a directory")]
    Name {
        /// The name.
        topic: String,
    },
    /// The batch does not begin where the store ends, or ends before it begins.
    #[error("a batch from {from} to {next} does not fit a store that is at {held}")]
    Gap {
        /// Where the store is.
        held: u64,
        /// Where the batch begins.
        from: u64,
        /// Where the batch ends.
        next: u64,
    },
    /// A key is longer than 65,534 bytes, or a value than 4 GiB less one byte.
    #[error("a {what} of {bytes} bytes is longer than {max}")]
    TooLong {
        /// A key or a value.
        what: &'static str,
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        max: usize,
    },
    /// What was read from disk is not what was written.
    #[error("the files of the store are damaged: {detail}")]
    Damaged {
        /// What was found.
        detail: String,
    },
    /// A write failed, now or earlier. Nothing more can be written until the store is opened again; only then is known
    /// whether the batch that failed is in it, whole.
    #[error("the store takes no more writes: {detail}")]
    Failed {
        /// What went wrong first.
        detail: String,
    },
}

impl Error {
    /// Makes the error of a file operation, to be given what was tried and where.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}
