//! Where commands find recorded events: a file, or stdin.

use std::fs::File;
use std::io::{self, BufRead, BufReader, stdin};
use std::path::Path;

use segue_bundle::visible;

use crate::exit::Failure;
use crate::replay::Unread;
use crate::terminal::{Terminal, many, shown};

/// Opens a file of events; `-` is stdin.
///
/// # Errors
/// It is not there, is no file, or may not be read.
pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(stdin())));
    }
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    if file.metadata().is_ok_and(|data| data.is_dir()) {
        return Err(unreadable(path, &io::Error::from(io::ErrorKind::IsADirectory)));
    }
    Ok(Box::new(BufReader::new(file)))
}

/// Opens a file of events a second time; `None` for what can be read only once, as stdin and pipes.
pub(super) fn again(path: &Path) -> Option<BufReader<File>> {
    let file = File::open(path).ok()?;
    let is_file = path != Path::new("-") && file.metadata().is_ok_and(|data| data.is_file());
    is_file.then(|| BufReader::new(file))
}

/// Says of a file of events that it cannot be read. What is not there or no file is a slip of whoever typed the command;
/// a disk that fails is not.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let message = format!("{} cannot be read: {error}", shown(path));
    let hint = "give a file of events, one JSON object a line, or `-` for stdin";
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Failure::usage("events", message).hint(hint)
        }
        io::ErrorKind::IsADirectory => {
            Failure::usage("events", format!("{} is a directory", shown(path))).hint(hint)
        }
        _ => Failure::environment("events", message),
    }
}

/// Says which lines were left out because they are no recorded events.
pub(super) fn say_unread(path: &Path, unread: &Unread, terminal: &Terminal) {
    for (line, message) in &unread.first {
        terminal.note(&format!("{}:{line}: {}", shown(path), visible(message)));
    }
    let more = unread.count.saturating_sub(unread.first.len() as u64);
    if more > 0 {
        terminal.note(&format!("and {} like these", many(more, "more line")));
    }
    if unread.count > 0 {
        terminal.note(&format!("left out {}, which no recorded event stands in", many(unread.count, "line")));
    }
}
