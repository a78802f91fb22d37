//! Looks at the files before the engine does, for what would not end in an error there but in the end of the process.
//!
//! fjall (and lsm-tree below it) opens trees while it holds locks: a panic there is followed by a second one where the locks are
//! freed, and that ends the process. And it reserves memory for as many entries as a file says it has, before
//! it checks the file. So here
//! - the manifest of each tree is compared with its checksum, which is there and is not looked at,
//! - the number of entries of a table's contents is compared with the file's length,
//! - each tree is opened once by itself, where a panic can be caught.
//!
//! Everything else is left to the engine: a table that was being written when the process was killed is no damage.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_128;

use super::{Fault, fault, guarded};

/// The end of a table: magic, version, kind of checksum, checksum, where the contents begin, and their length.
const TRAILER_BYTES: u64 = 4 + 1 + 1 + 16 + 8 + 8;
/// The least that an entry of the contents takes.
const ENTRY_BYTES_MIN: u64 = 8 + 8 + 2;

/// Looks at the files of a database, and gives the first fault.
pub(super) fn database(path: &Path) -> Result<(), Fault> {
    // Without any journal fjall would begin one, and number what it writes from 0 again, below what the tables hold.
    if !paths(path)?.iter().any(|path| path.extension().is_some_and(|extension| extension == "jnl")) {
        return damage("there is no journal".to_owned());
    }
    for tree in paths(&path.join("keyspaces"))? {
        // Another name would be a panic under a lock.
        let Some(number) = tree.file_name().and_then(|name| name.to_str()?.parse::<u64>().ok()) else {
            return damage("there is a tree without a number".to_owned());
        };
        if !manifest_is_whole(&tree) {
            return damage(format!("the manifest of tree {number} is not whole"));
        }
        for table in paths(&tree.join("tables"))? {
            if !contents_are_plausible(&table).map_err(|error| fault(error.into()))? {
                return damage(format!("a table of tree {number} has impossible contents"));
            }
        }
        guarded(|| {
            let counter = lsm_tree::SequenceNumberCounter::default;
            drop(lsm_tree::Config::new(&tree, counter(), counter()).open()?);
            Ok(())
        })?;
    }
    Ok(())
}

fn damage(detail: String) -> Result<(), Fault> {
    Err(Fault::Damage(detail))
}

/// True if the file `current` names a manifest, and gives the checksum that it has.
fn manifest_is_whole(tree: &Path) -> bool {
    let whole = || {
        let current = fs::read(tree.join("current")).ok()?;
        let (number, rest) = current.split_first_chunk()?;
        let (checksum, _) = rest.split_first_chunk()?;
        let manifest = fs::read(tree.join(format!("v{}", u64::from_le_bytes(*number)))).ok()?;
        Some(xxh3_128(&manifest) == u128::from_le_bytes(*checksum))
    };
    whole().unwrap_or(false)
}

/// False if a file that ends as a table does has contents that say they are longer than the file.
fn contents_are_plausible(table: &Path) -> io::Result<bool> {
    let file = File::open(table)?;
    let length = file.metadata()?.len();
    let mut trailer = [0; TRAILER_BYTES as usize];
    let Some(trailer_at) = length.checked_sub(TRAILER_BYTES) else { return Ok(true) };
    file.read_exact_at(&mut trailer, trailer_at)?;
    let mut contents = [0; 8];
    let at = trailer[22..].first_chunk().map_or(u64::MAX, |at| u64::from_le_bytes(*at));
    if &trailer[..4] != b"SFA!" || at > trailer_at || file.read_exact_at(&mut contents, at).is_err() {
        return Ok(true);
    }
    let entries = contents[4..].first_chunk().map_or(u32::MAX, |count| u32::from_le_bytes(*count));
    Ok(u64::from(entries) * ENTRY_BYTES_MIN <= length - at)
}

/// What is in a directory that must be there.
fn paths(path: &Path) -> Result<Vec<PathBuf>, Fault> {
    let read = || fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect();
    let paths: Result<_, io::Error> = read();
    paths.map_err(|error| fault(error.into()))
}
