//! Which log a directory holds: a name that no other log has, so that what is kept beside one is not taken for another's.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::embedded::error::OpenError;

/// The longest id that is read.
const BYTES_MAX: u64 = 128;

/// How many ids this process has made.
static MADE: AtomicU64 = AtomicU64::new(0);

/// Makes an id: the time, the process, and how many it has made.
pub(super) fn new() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    format!("embedded-{since:x}-{:x}-{made:x}", std::process::id())
}

/// Reads the id of a directory, which its first opening gave it. Without one, or with one that cannot be read, it gets
/// a new one: what was kept beside it is then made anew.
pub(super) fn of(dir: &Path) -> Result<String, OpenError> {
    let path = dir.join("id");
    let is_short = fs::metadata(&path).is_ok_and(|found| found.len() <= BYTES_MAX);
    let known = if is_short { fs::read_to_string(&path).ok() } else { None };
    if let Some(known) = known.filter(|known| known.starts_with("embedded-")) {
        return Ok(known);
    }
    let id = new();
    write(dir, &path, &id).map_err(|source| OpenError::Files { what: "write", path, source })?;
    Ok(id)
}

fn write(dir: &Path, path: &Path, id: &str) -> io::Result<()> {
    let written = dir.join("id.new");
    let mut file = File::create(&written)?;
    file.write_all(id.as_bytes())?;
    file.sync_all()?;
    fs::rename(&written, path)?;
    File::open(dir)?.sync_all()
}
