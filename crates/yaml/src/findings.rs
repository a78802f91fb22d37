//! What is wrong with a bundle: what, where, and what to do about it.
//!
//! Shape: [`Finding`]s, printed like a compiler's. Every code is one of a closed list; [`explain`] says what it means.

use std::fmt;
use std::ops::RangeInclusive;

use crate::closest::closest;
use crate::codes::{self, Explanation};
use crate::shown::{excerpt, visible};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The bundle cannot be used.
    Error,
    /// The bundle can be used, but hardly as it was meant.
    Warning,
}

/// One thing wrong with a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// One of a closed list: see [`explain`].
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The file, relative to the bundle, with `/` between names.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in which it begins, from 1, in characters.
    pub column: usize,
    /// The column after its last character, in the same line.
    pub end_column: usize,
    /// The text of the line.
    pub line_text: String,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do, if it can be guessed.
    pub hint: Option<String>,
}

/// What the code of a finding means and what to do about it; `None` if there is no such code.
pub fn explain(code: &str) -> Option<Explanation<'static>> {
    codes::of_findings().find(|explanation| explanation.code == code)
}

/// The code of every finding there is, in alphabetical order.
pub fn codes() -> impl Iterator<Item = &'static str> {
    codes::of_findings().map(|explanation| explanation.code)
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

/// Several lines, the last without a line break; no colours, and nothing of the bundle that a terminal would obey. A long
/// line is cut around the place.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { code, severity, file, line, column, end_column, line_text, message, hint } = self;
        let margin = line.to_string().len();
        writeln!(f, "{severity}[{code}]: {}", visible(message))?;
        writeln!(f, "{:margin$}--> {}:{line}:{column}", "", visible(file))?;
        writeln!(f, "{:margin$} |", "")?;
        let start = column.saturating_sub(1);
        let (shown, mark) = excerpt(line_text, start..end_column.saturating_sub(1).max(start + 1));
        writeln!(f, "{line} | {shown}")?;
        write!(f, "{:margin$} | {}{}", "", " ".repeat(mark.start), "^".repeat(mark.len()))?;
        if let Some(hint) = hint {
            write!(f, "\n{:margin$} = help: {}", "", visible(hint))?;
        }
        Ok(())
    }
}

/// A file of the bundle.
#[derive(Debug)]
pub struct SourceFile {
    /// Its path, relative to the bundle, with `/` between names.
    pub path: String,
    /// All of its text.
    pub text: String,
}

/// A stretch of a file; lines and columns from 1, columns in characters, the end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which of the report's files.
    pub file: usize,
    /// The line in which it begins.
    pub line: usize,
    /// The column in which it begins.
    pub column: usize,
    /// The line in which it ends.
    pub end_line: usize,
    /// The column after its last character.
    pub end_column: usize,
}

impl Place {
    /// A stretch of one line.
    pub fn in_line(file: usize, line: usize, column: usize, end_column: usize) -> Place {
        Place { file, line, column, end_line: line, end_column }
    }

    /// The place of a stretch of a file's text, in bytes.
    pub fn of_bytes(file: usize, text: &str, start: usize, end: usize) -> Place {
        let spot = |at: usize| {
            let before = &text[..text.floor_char_boundary(at)];
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
        };
        let ((line, column), (end_line, end_column)) = (spot(start), spot(end.max(start)));
        Place { file, line, column, end_line, end_column }
    }
}

/// Gathers findings while the files are read.
pub struct Report<'f> {
    /// The files that places point into.
    pub files: &'f [SourceFile],
    findings: Vec<Finding>,
    /// True if a part of the documents could not be read.
    pub is_incomplete: bool,
    /// What documents call themselves that are not what they should be, with their kind; `None` if any could be meant.
    pub doubtful: Vec<(Option<&'static str>, String)>,
}

/// Codes of what may be wrong only because a part of the bundle could not be read.
const FOLLOWING: [&str; 5] = ["never-fires", "unfilled-table", "unknown-field", "unknown-name", "unused"];

impl<'f> Report<'f> {
    /// Begins a report with nothing found in these files.
    pub fn new(files: &'f [SourceFile]) -> Report<'f> {
        Report { files, findings: Vec::new(), is_incomplete: false, doubtful: Vec::new() }
    }

    /// Adds an error; the caller may add a hint to what is returned.
    pub fn error(&mut self, code: &'static str, place: Place, message: impl Into<String>) -> &mut Finding {
        self.add(Severity::Error, code, place, message.into())
    }

    /// Adds a warning, likewise.
    pub fn warning(&mut self, code: &'static str, place: Place, message: impl Into<String>) -> &mut Finding {
        self.add(Severity::Warning, code, place, message.into())
    }

    fn add(&mut self, severity: Severity, code: &'static str, place: Place, message: String) -> &mut Finding {
        debug_assert!(codes::is_known(code), "docs/reference/findings.md does not explain the code {code}");
        let file = &self.files[place.file];
        let line_text = file.text.lines().nth(place.line - 1).unwrap_or_default().to_owned();
        // What goes on in later lines is shown to the end of its first.
        let length = line_text.chars().count();
        let end = if place.end_line > place.line { length + 1 } else { place.end_column };
        self.findings.push(Finding {
            code,
            severity,
            file: file.path.clone(),
            line: place.line,
            column: place.column,
            end_column: end.max(place.column + 1),
            line_text,
            message,
            hint: None,
        });
        self.findings.last_mut().expect("it was just added")
    }

    /// Adds that no schema has a field: an error where a name near it is known, else a warning, since a schema that names
    /// only some of its fields is valid.
    pub fn no_field(&mut self, place: Place, message: String, hint: Option<String>) {
        let severity = if hint.is_some() { Severity::Error } else { Severity::Warning };
        self.add(severity, "unknown-field", place, message).hint = hint;
    }

    /// True if something is found that begins at the same place.
    pub fn has_any_at(&self, place: Place) -> bool {
        let is_there = |f: &Finding| (f.line, f.column) == (place.line, place.column);
        self.findings.iter().any(|f| f.file == self.files[place.file].path && is_there(f))
    }

    /// True if anything is found in these lines of a file.
    pub fn has_any_within(&self, file: usize, lines: &RangeInclusive<usize>) -> bool {
        let path = &self.files[file].path;
        self.findings.iter().any(|one| lines.contains(&one.line) && one.file == *path)
    }

    /// True if that name may mean a document of the kind that is not what it should be, so that it is not said to be
    /// unknown.
    pub fn is_doubtful(&self, kind: &str, name: &str) -> bool {
        let is_meant = |other: &Option<&str>| other.is_none_or(|other| other == kind);
        let of_kind = self.doubtful.iter().filter(|(kind, _)| is_meant(kind));
        let doubtful = || of_kind.clone().map(|(_, id)| id.as_str());
        doubtful().any(|id| id == name) || closest(name, doubtful()).is_some()
    }

    /// All that was found: (errors or not, everything sorted by place, each thing once).
    pub fn finish(mut self) -> (bool, Vec<Finding>) {
        let place = |f: &Finding| (f.file.clone(), f.line, f.column, f.severity, f.code, f.message.clone());
        self.findings.sort_by_key(place);
        self.findings.dedup();
        if self.is_incomplete {
            self.findings.retain(|finding| !FOLLOWING.contains(&finding.code));
        }
        (self.findings.iter().any(|finding| finding.severity == Severity::Error), self.findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_prints_like_a_compilers() {
        let files = [SourceFile { path: "a/b.yaml".into(), text: "rule: x\nwhne: 1\n".into() }];
        let mut report = Report::new(&files);
        let place = Place::of_bytes(0, &files[0].text, 8, 12);
        report.error("unknown-key", place, "unknown key `whne` in rule `x`").hint =
            Some("did you mean `when`?".into());
        let (_, findings) = report.finish();
        let expected = "error[unknown-key]: unknown key `whne` in rule `x`
 --> a/b.yaml:2:1
  |
2 | whne: 1
  | ^^^^
  = help: did you mean `when`?";
        assert_eq!(findings[0].to_string(), expected);
    }

    #[test]
    fn a_finding_far_along_a_line_prints_and_the_terminal_obeys_nothing_of_it() {
        let text = format!("{{about: \"{}\", tp\u{1b}[2Jic: x}}", "x".repeat(70_000));
        let files = [SourceFile { path: "a\u{202e}\n.yaml".into(), text }];
        let mut report = Report::new(&files);
        let place = Place::in_line(0, 1, 70_013, 70_022);
        report.error("unknown-key", place, "unknown key `tp\u{1b}[2Jic`").hint = Some("\u{9b}".into());
        let shown = report.finish().1[0].to_string();
        assert!(shown.chars().all(|one| one == '\n' || !one.is_control() && one != '\u{202e}'), "{shown}");
        assert!(
            shown.lines().count() == 6 && shown.lines().all(|line| line.chars().count() < 200),
            "{shown}"
        );
        assert!(shown.contains("…") && shown.contains("^^^"), "{shown}");
    }

    #[test]
    fn every_code_is_explained_once_in_order() {
        let names: Vec<_> = codes().collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        assert!(explain("unknown-key").is_some_and(|one| one.remedy.ends_with('.')));
        assert_eq!(explain("no-such-code"), None);
    }
}
