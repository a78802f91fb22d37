//! The journal: entries in order, in memory or in the segments of a directory.
//!
//! A segment is only ever appended to. One write call carries one entry, so a crash tears at most the last one; what
//! it left of that is cut off when the directory is opened. Anything else that is not as it was written is refused
//! with the file and the place, since nothing can tell what it was.
//!
//! An entry that was written but never came to the disk may also be followed by whole ones where
//! [`Durability::Batched`] let several wait; that is refused as well rather than guessed at.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::embedded::error::OpenError;
use crate::embedded::frame::{self, BadHeader, Found};
use crate::embedded::{Durability, segment_path};

/// Where a stretch of bytes lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Location {
    /// The segment, or in memory the entry.
    pub(super) segment: u32,
    /// Bytes from the segment's beginning.
    pub(super) position: u64,
    /// Its length in bytes.
    pub(super) length: u32,
}

/// What was cut off a journal's end when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The segment.
    pub path: PathBuf,
    /// The length it was cut to, in bytes.
    pub position: u64,
    /// How many bytes were cut off.
    pub bytes: u64,
}

/// Where entries are kept.
#[derive(Debug)]
pub(super) enum Journal {
    /// In memory, one box an entry.
    Memory(Vec<Box<[u8]>>),
    /// In a directory.
    Files(Files),
}

/// What takes each entry that is read back, with its place.
pub(super) type Replay<'a> = dyn FnMut(&[u8], Location) -> Result<(), String> + 'a;

impl Journal {
    /// Writes a framed entry. When this fails, what the disk holds is not known until it is opened again.
    pub(super) fn append(&mut self, framed: &[u8]) -> io::Result<Location> {
        let length = u32::try_from(framed.len()).expect("entries are limited far below 4 GiB");
        match self {
            Self::Memory(entries) => {
                let segment = u32::try_from(entries.len()).map_err(|_| io::ErrorKind::StorageFull)?;
                entries.push(framed.into());
                Ok(Location { segment, position: 0, length })
            }
            Self::Files(files) => {
                let (segment, position) = files.append(framed)?;
                Ok(Location { segment, position, length })
            }
        }
    }

    /// Reads a stretch back.
    pub(super) fn read(&self, location: Location) -> io::Result<Vec<u8>> {
        let length = location.length as usize;
        match self {
            Self::Memory(entries) => {
                let at = usize::try_from(location.position).map_err(|_| io::ErrorKind::UnexpectedEof)?;
                let entry =
                    entries.get(location.segment as usize).and_then(|entry| entry.get(at..at + length));
                Ok(entry.ok_or(io::ErrorKind::UnexpectedEof)?.to_vec())
            }
            Self::Files(files) => {
                let mut file = &files.segments[location.segment as usize];
                let _ = file.seek(SeekFrom::Start(location.position))?;
                let mut bytes = vec![0; length];
                file.read_exact(&mut bytes)?;
                Ok(bytes)
            }
        }
    }

    /// Forces what was written to the disk: all of it, or only if it has waited long enough.
    pub(super) fn sync(&mut self, only_if_due: bool) -> io::Result<()> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Files(files) => files.sync(only_if_due),
        }
    }
}

/// The segments of a directory, and the lock that keeps other processes out.
#[derive(Debug)]
pub(super) struct Files {
    dir: PathBuf,
    segments: Vec<File>,
    /// The length of the last segment, in bytes.
    length: u64,
    /// The number that the next entry gets.
    next: u64,
    durability: Durability,
    segment_bytes_max: u64,
    /// Since when something waits to be forced to the disk.
    waiting_since: Option<Instant>,
    /// Held as long as the log is open; the system gives it back when the process dies.
    _lock: File,
}

impl Files {
    /// Opens or makes the journal of a directory and replays its entries.
    pub(super) fn open(
        dir: &Path,
        durability: Durability,
        segment_bytes_max: u64,
        replay: &mut Replay<'_>,
    ) -> Result<(Self, Option<Torn>), OpenError> {
        fs::create_dir_all(dir).map_err(|source| failed("make", dir, source))?;
        let lock = lock(dir)?;
        let mut files = Self {
            dir: dir.to_owned(),
            segments: Vec::new(),
            length: 0,
            next: 0,
            durability,
            segment_bytes_max,
            waiting_since: None,
            _lock: lock,
        };
        let mut torn = None;
        let count = count_segments(dir)?;
        for number in 0..count {
            torn = files.replay(number, number + 1 == count, replay)?;
        }
        if let Some(torn) = &torn {
            files.cut(torn).map_err(|source| failed("cut the torn end off", &torn.path, source))?;
        }
        if files.segments.is_empty() {
            files.begin_segment().map_err(|source| failed("write to", dir, source))?;
        }
        Ok((files, torn))
    }

    /// Replays one segment. Only the last may end torn.
    fn replay(
        &mut self,
        number: u32,
        last: bool,
        replay: &mut Replay<'_>,
    ) -> Result<Option<Torn>, OpenError> {
        let path = segment_path(&self.dir, number);
        let bytes = fs::read(&path).map_err(|source| failed("read", &path, source))?;
        let file = open_segment(&path, false).map_err(|source| failed("open", &path, source))?;
        self.segments.push(file);
        self.length = bytes.len() as u64;
        let damaged = |position: usize, detail: &str| OpenError::Damaged {
            path: path.clone(),
            position: position as u64,
            detail: detail.to_owned(),
        };
        let torn =
            |at: usize| Torn { path: path.clone(), position: at as u64, bytes: (bytes.len() - at) as u64 };
        match frame::read_segment_header(&bytes) {
            Ok(first) if first == self.next => {}
            Ok(_) => return Err(damaged(12, "entries are missing before this segment")),
            Err(BadHeader::Format(found)) => {
                return Err(OpenError::Format { path, found, known: frame::FORMAT });
            }
            // The header is on the disk before anything is written behind it, so this segment never had an entry.
            Err(BadHeader::Broken) if last && bytes.len() <= frame::SEGMENT_HEADER => {
                return Ok(Some(torn(0)));
            }
            Err(BadHeader::Broken) => return Err(damaged(0, "this is not the beginning of a segment")),
        }
        let mut at = frame::SEGMENT_HEADER;
        loop {
            match frame::find(&bytes, at) {
                Found::End => return Ok(None),
                Found::Entry { end } => {
                    let location =
                        Location { segment: number, position: at as u64, length: (end - at) as u32 };
                    replay(&bytes[at..end], location).map_err(|detail| damaged(at, &detail))?;
                    self.next += 1;
                    at = end;
                }
                Found::Bad(_) if last && !frame::entry_follows(&bytes, at) => return Ok(Some(torn(at))),
                Found::Bad(detail) => return Err(damaged(at, detail)),
            }
        }
    }

    /// Cuts a torn end off the last segment, and writes its header again where that was torn.
    fn cut(&mut self, torn: &Torn) -> io::Result<()> {
        let mut file = self.segments.last().expect("what was torn is a segment");
        file.set_len(torn.position)?;
        self.length = torn.position;
        if self.length == 0 {
            file.write_all(&frame::segment_header(self.next))?;
            self.length = frame::SEGMENT_HEADER as u64;
        }
        file.sync_all()
    }

    fn append(&mut self, framed: &[u8]) -> io::Result<(u32, u64)> {
        if self.length >= self.segment_bytes_max.max(frame::SEGMENT_HEADER as u64 + 1) {
            self.sync(false)?;
            self.begin_segment()?;
        }
        let position = self.length;
        let mut file = self.segments.last().expect("an open journal has a segment");
        file.write_all(framed)?;
        self.length += framed.len() as u64;
        self.next += 1;
        let _ = self.waiting_since.get_or_insert_with(Instant::now);
        self.sync(true)?;
        Ok((self.segments.len() as u32 - 1, position))
    }

    /// Makes a segment and brings it to the disk, with its name, before anything is written behind its header.
    fn begin_segment(&mut self) -> io::Result<()> {
        let number = u32::try_from(self.segments.len()).map_err(|_| io::ErrorKind::StorageFull)?;
        let mut file = open_segment(&segment_path(&self.dir, number), true)?;
        file.write_all(&frame::segment_header(self.next))?;
        file.sync_all()?;
        sync_dir(&self.dir)?;
        self.segments.push(file);
        self.length = frame::SEGMENT_HEADER as u64;
        Ok(())
    }

    fn sync(&mut self, only_if_due: bool) -> io::Result<()> {
        let Some(since) = self.waiting_since else { return Ok(()) };
        let due = match self.durability {
            Durability::EachStep => true,
            Durability::Batched(longest) => since.elapsed() >= longest,
        };
        if due || !only_if_due {
            self.segments.last().expect("an open journal has a segment").sync_data()?;
            self.waiting_since = None;
        }
        Ok(())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // Nobody is left to be told; what does not come to the disk here is what `Batched` may lose.
        let _ = self.sync(false);
    }
}

fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join("lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|source| failed("open", &path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { dir: dir.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed("lock", &path, source)),
    }
}

/// Counts the segments and sees that none is missing between the first and the last.
fn count_segments(dir: &Path) -> Result<u32, OpenError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(dir).map_err(|source| failed("list", dir, source))? {
        let name = entry.map_err(|source| failed("list", dir, source))?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("journal-")?.strip_suffix(".log"));
        numbers.extend(number.and_then(|number| number.parse::<u32>().ok()));
    }
    numbers.sort_unstable();
    for (expected, number) in (0..).zip(&numbers) {
        if *number != expected {
            let detail = "this segment is missing".to_owned();
            return Err(OpenError::Damaged { path: segment_path(dir, expected), position: 0, detail });
        }
    }
    Ok(numbers.len() as u32)
}

fn open_segment(path: &Path, new: bool) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create_new(new).open(path)
}

/// Brings a new file's name to the disk. Windows has no such call and needs none.
fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

fn failed(what: &'static str, path: &Path, source: io::Error) -> OpenError {
    OpenError::Files { what, path: path.to_owned(), source }
}
