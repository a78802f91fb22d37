//! Why what was found on disk is not used.

/// Why a directory was set aside. The changelog has all that was in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// It belongs to another cluster, topic, life of the topic, partition, or number of partitions.
    #[error("it belongs to another log: it says {found}, wanted is {wanted}")]
    Foreign {
        /// The first line of its identity that differs.
        found: String,
        /// That line of the identity that was asked for.
        wanted: String,
    },
    /// A newer version wrote it.
    #[error("a newer version wrote it: its format is {found}, wanted is {wanted}")]
    TooNew {
        /// Layout and format that were found.
        found: String,
        /// Layout and format that can be read.
        wanted: String,
    },
    /// An older version wrote it.
    #[error("an older version wrote it: its format is {found}, wanted is {wanted}")]
    TooOld {
        /// Layout and format that were found.
        found: String,
        /// Layout and format that can be read.
        wanted: String,
    },
    /// A file is missing, cut short, older than the others, or has bytes that were not written.
    #[error("its files are damaged: {detail}")]
    Damaged {
        /// What was found.
        detail: String,
    },
    /// Each of the latest attempts to open it ended the process.
    #[error("{attempts} attempts to open it did not come to an end")]
    NeverOpened {
        /// How many.
        attempts: u64,
    },
}
