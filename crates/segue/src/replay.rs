//! Runs recorded events through the whole router: no broker, no side effect, the same bytes each time.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use segue_bundle::LoadError;
use segue_log::{Append, Record};
use segue_model::Timestamp;
use segue_wire::log_record;
use segue_wire::topics::LOG;

use crate::pipeline::Pipeline;
use crate::recording;

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
    /// Reading or writing went wrong.
    #[error("{0}")]
    Io(#[from] std::io::Error),
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
    /// True if something still waits for its time.
    pub waiting: bool,
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
    let mut count = Count::default();
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            break;
        }
        count.lines += 1;
        if line.trim().is_empty() {
            continue;
        }
        let read = recording::read(line.trim_end(), count.lines - 1);
        let (record, at) = read.map_err(|message| Error::Line { line: count.lines, message })?;
        let out = if &*record.topic == LOG {
            own(&record).map_err(|message| Error::Line { line: count.lines, message })?;
            pipeline.take_logged(&record)
        } else {
            if !pipeline.reads(&record.topic) {
                *count.unread.entry(record.topic.to_string()).or_default() += 1;
            }
            // What falls due before this line happens first.
            let mut out = pipeline.advance(at);
            out.extend(pipeline.take(&record, at));
            out
        };
        write(&out, pipeline.now().max(at), only, output, &mut count)?;
    }
    if let Some(until) = until {
        let out = pipeline.advance(until);
        write(&out, until, only, output, &mut count)?;
    }
    output.flush()?;
    count.waiting = pipeline.waiting();
    Ok(count)
}

/// Refuses what the router would not have written to its log. The service makes a failed event of it; here it most
/// often is a line that says the wrong topic, and its author can mend it.
fn own(record: &Record) -> Result<(), String> {
    match log_record::decode(record.value.as_deref().unwrap_or_default()) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("not a record of {LOG}: {error}")),
    }
}

fn write(
    out: &[Append],
    at: Timestamp,
    only: &[String],
    output: &mut dyn Write,
    count: &mut Count,
) -> Result<(), std::io::Error> {
    for append in out {
        if only.is_empty() || only.iter().any(|kind| kind == recording::kind(&append.topic)) {
            writeln!(output, "{}", recording::write(append, at))?;
            count.records += 1;
        }
    }
    Ok(())
}
