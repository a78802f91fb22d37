//! Where a command writes: data to stdout, diagnostics to stderr, each with colour only where it is wanted.
//!
//! Invariant: what people read holds no control character but the ends of our own lines and our own colours. Names of
//! files, texts of bundles and values of events may hold anything; a terminal would obey it.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use segue_bundle::visible;

use crate::cli::{Color, Output};
use crate::exit::{Exit, Failure};
use crate::stdout;

/// Writes what a command has to say.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// How data are written.
    pub output: Output,
    /// True if stdout takes colour.
    pub stdout_color: bool,
    /// True if stderr takes colour.
    pub stderr_color: bool,
}

/// A piece of text that colour may stress. Its meaning never hangs on the colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// What is wrong.
    Error,
    /// What may be wrong.
    Warning,
    /// What went well.
    Good,
    /// What stands out.
    Strong,
    /// What stands back.
    Faint,
}

impl Terminal {
    /// Decides on colour: the flag, then `NO_COLOR`, then whether it is a terminal that reads it.
    pub fn new(output: Output, color: Color) -> Terminal {
        let wanted = |is_terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        Terminal {
            output,
            stdout_color: wanted(io::stdout().is_terminal()),
            stderr_color: wanted(io::stderr().is_terminal()),
        }
    }

    /// Writes a line of data for programs to stdout, to the byte.
    ///
    /// # Errors
    /// [`Stop`] when stdout cannot be written; the command ends.
    pub fn data(&self, line: &str) -> Result<(), Stop> {
        Ok(stdout::line(line)?)
    }

    /// Writes lines for people to stdout. They are our own where they break; what of them is text of others goes through
    /// [`visible`] before it becomes a part of them, so that it cannot break a line.
    ///
    /// # Errors
    /// As [`Terminal::data`].
    pub fn show(&self, lines: &str) -> Result<(), Stop> {
        self.data(&harmless(lines, self.stdout_color))
    }

    /// Writes lines of diagnostics to stderr, as [`Terminal::show`]. A stderr that nobody reads is no reason to stop.
    pub fn note(&self, lines: &str) {
        let _ = io::stderr().lock().write_all((harmless(lines, self.stderr_color) + "\n").as_bytes());
    }

    /// The text in a style, for stdout.
    pub fn styled(&self, style: Style, text: &str) -> String {
        paint(self.stdout_color, style, text)
    }

    /// The text in a style, for stderr.
    pub fn styled_note(&self, style: Style, text: &str) -> String {
        paint(self.stderr_color, style, text)
    }
}

impl Style {
    const ALL: [Style; 5] = [Style::Error, Style::Warning, Style::Good, Style::Strong, Style::Faint];

    /// The text in this style, whatever the terminal takes. What of the text a terminal would obey is written out.
    pub fn paint(self, text: &str) -> String {
        format!("{}{}{PLAIN}", self.begin(), harmless(text, false))
    }

    fn begin(self) -> &'static str {
        match self {
            Style::Error => "\x1b[1;31m",
            Style::Warning => "\x1b[1;33m",
            Style::Good => "\x1b[1;32m",
            Style::Strong => "\x1b[1m",
            Style::Faint => "\x1b[2m",
        }
    }
}

/// Ends every style.
const PLAIN: &str = "\x1b[0m";

/// The lines without what a terminal would obey; with `color`, our own styles stay.
fn harmless(lines: &str, color: bool) -> String {
    let mut out = String::with_capacity(lines.len());
    let mut rest = lines;
    while let Some(at) = rest.find(['\n', '\x1b']) {
        out.push_str(&visible(&rest[..at]));
        let here = &rest[at..];
        let ours = Style::ALL.into_iter().map(Style::begin).chain([PLAIN]).filter(|_| color).chain(["\n"]);
        let kept = ours.into_iter().find(|ours| here.starts_with(ours));
        match kept {
            Some(kept) => out.push_str(kept),
            None => out.push_str(&visible(&here[..1])),
        }
        rest = &here[kept.map_or(1, str::len)..];
    }
    out.push_str(&visible(rest));
    out
}

fn paint(color: bool, style: Style, text: &str) -> String {
    if color { style.paint(text) } else { text.to_owned() }
}

/// A path as people read it: nothing in it breaks a line or moves a cursor.
pub fn shown(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}

/// So many of something, in words.
pub fn many(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Why a command stops before its end.
#[derive(Debug)]
pub enum Stop {
    /// It cannot do what it was asked for.
    Failure(Failure),
    /// All has been said; only the exit code is left.
    Said(Exit),
    /// Who read its output has left: there is nothing more to say, and nothing is wrong.
    NobodyReads,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failure(failure)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::NobodyReads,
            _ => Stop::Failure(Failure::environment("output", format!("cannot write the output: {error}"))),
        }
    }
}

/// What a command ends with.
pub type Done = Result<Exit, Stop>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_decides_on_colour_and_meaning_stays_without_it() {
        let always = Terminal::new(Output::Human, Color::Always);
        let never = Terminal::new(Output::Human, Color::Never);
        assert_eq!(never.styled(Style::Error, "wrong"), "wrong");
        assert!(always.styled(Style::Error, "wrong").contains("wrong"));
        assert_ne!(always.styled_note(Style::Error, "wrong"), "wrong");
    }

    #[test]
    fn what_a_terminal_would_obey_is_written_out_and_our_own_styles_and_lines_stay() {
        let red = Style::Error.paint("wrong\x1b[1m");
        assert_eq!(red, "\x1b[1;31mwrong\\u{1b}[1m\x1b[0m");
        let lines = format!("{red}: a\x1b[2Jb\x07\n\tc\u{9b}31m\r\u{202e}");
        assert_eq!(
            harmless(&lines, true),
            format!("{red}: a\\u{{1b}}[2Jb\\u{{7}}\n\\u{{9}}c\\u{{9b}}31m\\u{{d}}\\u{{202e}}")
        );
        assert!(!harmless(&lines, false).contains('\x1b'));
    }

    #[test]
    fn a_reader_that_left_is_no_failure() {
        assert!(matches!(Stop::from(io::Error::from(io::ErrorKind::BrokenPipe)), Stop::NobodyReads));
        assert!(matches!(Stop::from(io::Error::from(io::ErrorKind::StorageFull)), Stop::Failure(_)));
    }
}
