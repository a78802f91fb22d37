//! The one way to stdout, in whole lines, so that an interrupt never leaves half a line behind.
//!
//! Shape: [`line`] writes a line at once; [`Lines`] gathers many and writes them by the block. Both go through one lock:
//! [`close`] takes it and keeps it, and nothing is written after that. [`undisturbed`] holds it for work on files that
//! an interrupt must not cut in two.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

/// How much [`Lines`] gathers before it writes.
const BLOCK: usize = 64 << 10;
/// How long [`close`] waits for a line that is being written: its reader may never read on.
const PATIENCE: Duration = Duration::from_secs(1);
const GLANCE: Duration = Duration::from_millis(5);

/// What was gathered and not written yet.
static GATHERED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Writes a line.
///
/// # Errors
/// Where stdout cannot be written.
pub fn line(text: &str) -> io::Result<()> {
    let mut gathered = lock();
    gathered.extend_from_slice(text.as_bytes());
    gathered.push(b'\n');
    write_whole_lines(&mut gathered)
}

/// Does something with files that an interrupt is to wait for.
pub fn undisturbed<T>(work: impl FnOnce() -> T) -> T {
    let _held = lock();
    work()
}

/// Writes the whole lines that were gathered, if stdout takes them in time. Nothing is written after that: whoever
/// tries to waits for ever, so the program has to end.
pub fn close() {
    let asked = Instant::now();
    loop {
        match GATHERED.try_lock() {
            Err(TryLockError::WouldBlock) if asked.elapsed() < PATIENCE => thread::sleep(GLANCE),
            Err(TryLockError::WouldBlock) => return,
            Ok(gathered) => return finish(gathered),
            Err(TryLockError::Poisoned(gathered)) => return finish(gathered.into_inner()),
        }
    }
}

fn finish(mut gathered: MutexGuard<'static, Vec<u8>>) {
    // An interrupted program has nobody to tell of a failure.
    let _ = write_whole_lines(&mut gathered);
    std::mem::forget(gathered);
}

/// Many lines to stdout. Flush it at the end.
#[derive(Debug, Default)]
pub struct Lines(());

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut gathered = lock();
        gathered.extend_from_slice(bytes);
        if gathered.len() >= BLOCK {
            write_whole_lines(&mut gathered)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        write_whole_lines(&mut lock())
    }
}

fn lock() -> MutexGuard<'static, Vec<u8>> {
    GATHERED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes up to the last end of a line and keeps the rest. What could not be written is not tried again.
fn write_whole_lines(gathered: &mut Vec<u8>) -> io::Result<()> {
    let end = gathered.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(&gathered[..end]).and_then(|()| stdout.flush());
    let _ = gathered.drain(..end);
    written
}
