//! Runs recorded events through the whole router: no broker, no side effect, the same bytes each time.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Read, Write};
use std::sync::Arc;

use segue_bundle::LoadError;
use segue_log::{Append, Record};
use segue_model::Timestamp;
use segue_wire::bundles::Gathered;
use segue_wire::topics::{BUNDLES, LOG};
use segue_wire::{LogRecord, log_record};

use crate::pipeline::Pipeline;
use crate::recording;

/// The longest line: room for the largest record that Kafka takes by default many times over, and an end for what has
/// no lines at all.
const LINE_BYTES_MAX: u64 = 32 << 20;
/// How many of the lines that are none are told of one by one.
const UNREAD_SHOWN_MAX: usize = 10;

/// Why a replay stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A line cannot be read.
    #[error("line {line}: {message}")]
    Line {
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        message: String,
    },
    /// The lines cannot be read on.
    #[error("cannot read: {0}")]
    Read(std::io::Error),
    /// What leaves cannot be written.
    #[error("cannot write: {0}")]
    Write(std::io::Error),
    /// The bundle cannot be used.
    #[error("{0}")]
    Bundle(#[from] LoadError),
}

/// What a replay did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Lines read, empty ones included.
    pub lines: u64,
    /// Records written.
    pub records: u64,
    /// How many lines had a topic that no source reads, by topic.
    pub unread: BTreeMap<String, u64>,
    /// Lines of the log that are no record of the router's own, and which was the first. As in the service, each became
    /// a failed event.
    pub foreign: u64,
    /// The first of them, from 1; 0 if there was none.
    pub foreign_first: u64,
    /// Notes of the log that count before they stand there.
    pub notes: u64,
    /// The digests of bundles that the log switched to, and that are not there: the former went on.
    pub unknown: BTreeSet<String>,
    /// Lines that are no recorded event: they were left out.
    pub unread_lines: Unread,
    /// True if something still waits for its time.
    pub waiting: bool,
    /// The latest time of a line.
    pub latest: Option<Timestamp>,
}

/// Lines that cannot be read as recorded events. One of them spoils none of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// How many there are.
    pub count: u64,
    /// The first of them, from 1, each with what is wrong with it.
    pub first: Vec<(u64, String)>,
}

impl Unread {
    fn add(&mut self, line: u64, message: String) {
        self.count += 1;
        if self.first.len() < UNREAD_SHOWN_MAX {
            self.first.push((line, message));
        }
    }
}

/// Reads the lines of a log ahead, and tells the pipeline of the notes that count before they stand there, and of the bundles
/// that the log may switch to, where the records of `segue.bundles` are among the lines; returns how many notes there are. What is wrong with a line is found when it is replayed.
///
/// # Errors
/// [`Error::Read`] and what is no line at all.
pub fn foretell(pipeline: &mut Pipeline, input: &mut dyn BufRead) -> Result<u64, Error> {
    let (mut notes, mut lines, mut bytes) = (0, 0, Vec::new());
    let mut bundles: BTreeMap<String, Gathered> = BTreeMap::new();
    while let Some(line) = next_line(input, &mut bytes, lines + 1)? {
        lines += 1;
        let Ok(line) = line else { continue };
        // Few lines are notes, and the others are not worth parsing twice.
        if !line.contains("\"behind") && !line.contains("\"closed") && !line.contains(BUNDLES) {
            continue;
        }
        let Ok((record, _)) = recording::read(line.trim_end(), lines - 1) else { continue };
        notes += u64::from(&*record.topic == LOG && pipeline.foretell(&record));
        if &*record.topic == BUNDLES
            && let Some((digest, key)) = record.key.as_deref().and_then(part_of)
        {
            let value = record.value.as_deref().unwrap_or_default();
            bundles.entry(digest.to_owned()).or_default().take(digest, key, value);
        }
    }
    for (digest, gathered) in bundles {
        let files = gathered.files().ok().flatten();
        // One that cannot be used is as one that is not there: the log went on without it too.
        if let Some(loaded) = files.and_then(|files| segue_bundle::read(files).ok())
            && loaded.bundle.digest == digest
        {
            pipeline.offer(Arc::new(loaded.bundle));
        }
    }
    Ok(notes)
}

/// The digest of the bundle that a record of `segue.bundles` is a part of, and its key.
fn part_of(key: &[u8]) -> Option<(&str, &[u8])> {
    let (digest, _) = std::str::from_utf8(key).ok()?.split_once('/')?;
    Some((digest, key))
}

/// Replays all lines of `input`, then lets the clock go on to `until`; writes what leaves to `output`, of the kinds in
/// `only` if any are given.
///
/// # Errors
/// See [`Error`]. What was written before it stands.
pub fn run(
    mut pipeline: Pipeline,
    input: &mut dyn BufRead,
    until: Option<Timestamp>,
    only: &[String],
    output: &mut dyn Write,
) -> Result<Count, Error> {
    let statuses = pipeline.statuses();
    let mut written = Written { statuses, only, output, count: 0 };
    let mut count = Count::default();
    let mut bytes = Vec::new();
    while let Some(line) = next_line(input, &mut bytes, count.lines + 1)? {
        count.lines += 1;
        if line.as_ref().is_ok_and(|line| line.trim().is_empty()) {
            continue;
        }
        let read = line.and_then(|line| recording::read(line.trim_end(), count.lines - 1));
        let (record, at) = match read {
            Ok(read) => read,
            Err(message) => {
                count.unread_lines.add(count.lines, message);
                continue;
            }
        };
        count.latest = count.latest.max(Some(at));
        let out = if &*record.topic == LOG {
            match log_record::decode(record.value.as_deref().unwrap_or_default()) {
                Ok(LogRecord::Note(note)) => count.notes += u64::from(note.from().is_some()),
                Ok(_) => {}
                Err(_) => {
                    count.foreign += 1;
                    count.foreign_first = if count.foreign == 1 { count.lines } else { count.foreign_first };
                }
            }
            pipeline.take_logged(&record)
        } else if &*record.topic == BUNDLES {
            // Read ahead.
            Vec::new()
        } else {
            if !pipeline.reads(&record.topic) {
                *count.unread.entry(record.topic.to_string()).or_default() += 1;
            }
            // What falls due before this line happens first.
            advance(&mut pipeline, at, &mut written).map_err(Error::Write)?;
            pipeline.take(&record, at)
        };
        written.write(&out, pipeline.now().max(at)).map_err(Error::Write)?;
    }
    if let Some(until) = until {
        advance(&mut pipeline, until, &mut written).map_err(Error::Write)?;
    }
    count.records = written.count;
    written.output.flush().map_err(Error::Write)?;
    count.waiting = pipeline.waiting();
    count.unknown = pipeline.unknown().clone();
    Ok(count)
}

/// Records, each with when it was logged.
pub type Records = Vec<(Record, Timestamp)>;

/// Reads all lines, at most `max` of them, as records and when each was logged; and says which are none.
///
/// # Errors
/// [`Error::Read`] and [`Error::Line`], which also says that there are more.
pub fn read_all(input: &mut dyn BufRead, max: usize) -> Result<(Records, Unread), Error> {
    let (mut records, mut line, mut bytes) = (Vec::new(), 0, Vec::new());
    let mut unread = Unread::default();
    while let Some(text) = next_line(input, &mut bytes, line + 1)? {
        line += 1;
        if text.as_ref().is_ok_and(|text| text.trim().is_empty()) {
            continue;
        }
        if records.len() == max {
            let message = format!("more than {max} records: give a part of them");
            return Err(Error::Line { line, message });
        }
        match text.and_then(|text| recording::read(text.trim_end(), line - 1)) {
            Ok(read) => records.push(read),
            Err(message) => unread.add(line, message),
        }
    }
    Ok((records, unread))
}

/// Reads the next line, number `line`, or says why it is no text; `None` after the last.
///
/// # Errors
/// [`Error::Read`], and [`Error::Line`] of one that has no end.
pub(crate) fn next_line<'b>(
    input: &mut dyn BufRead,
    bytes: &'b mut Vec<u8>,
    line: u64,
) -> Result<Option<Result<&'b str, String>>, Error> {
    bytes.clear();
    let read = input.take(LINE_BYTES_MAX + 1).read_until(b'\n', bytes).map_err(Error::Read)? as u64;
    if read > LINE_BYTES_MAX {
        return Err(Error::Line { line, message: format!("longer than {LINE_BYTES_MAX} bytes") });
    }
    let is_text = |_| "not UTF-8: bytes that are no text stand in `value_base64`".to_owned();
    Ok((read > 0).then(|| std::str::from_utf8(bytes).map_err(is_text)))
}

/// Lets the clock go on, from one time at which something is due to the next, so that each record says when it left.
fn advance(
    pipeline: &mut Pipeline,
    until: Timestamp,
    written: &mut Written<'_>,
) -> Result<(), std::io::Error> {
    while let Some(due) = pipeline.due_at().filter(|due| *due < until) {
        let at = pipeline.now().max(due);
        written.write(&pipeline.advance(at), at)?;
    }
    written.write(&pipeline.advance(until), until)
}

/// Where what leaves is written.
struct Written<'a> {
    /// The topics on which sources are told what became of their events.
    statuses: BTreeSet<String>,
    /// The kinds that are written; all if there are none.
    only: &'a [String],
    output: &'a mut dyn Write,
    count: u64,
}

impl Written<'_> {
    fn write(&mut self, out: &[Append], at: Timestamp) -> Result<(), std::io::Error> {
        for append in out {
            let Some(kind) = recording::kind(&append.topic, &self.statuses) else { continue };
            if self.only.is_empty() || self.only.iter().any(|only| only == kind) {
                writeln!(self.output, "{}", recording::write(append, kind, at))?;
                self.count += 1;
            }
        }
        Ok(())
    }
}
