//! Where a command writes: data to stdout, diagnostics to stderr, each with colour only where it is wanted.

use std::io::{self, IsTerminal, Write};

use crate::cli::{Color, Output};
use crate::exit::{Exit, Failure};

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

    /// Writes a line of data to stdout.
    ///
    /// # Errors
    /// [`Stop`] when stdout cannot be written; the command ends.
    pub fn data(&self, line: &str) -> Result<(), Stop> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(line.as_bytes())?;
        stdout.write_all(b"\n")?;
        Ok(())
    }

    /// Writes a line of diagnostics to stderr. A stderr that nobody reads is no reason to stop.
    pub fn note(&self, line: &str) {
        let _ = writeln!(io::stderr().lock(), "{line}");
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
    /// The text in this style, whatever the terminal takes.
    pub fn paint(self, text: &str) -> String {
        let code = match self {
            Style::Error => "1;31",
            Style::Warning => "1;33",
            Style::Good => "1;32",
            Style::Strong => "1",
            Style::Faint => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

fn paint(color: bool, style: Style, text: &str) -> String {
    if color { style.paint(text) } else { text.to_owned() }
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
    fn a_reader_that_left_is_no_failure() {
        assert!(matches!(Stop::from(io::Error::from(io::ErrorKind::BrokenPipe)), Stop::NobodyReads));
        assert!(matches!(Stop::from(io::Error::from(io::ErrorKind::StorageFull)), Stop::Failure(_)));
    }
}
