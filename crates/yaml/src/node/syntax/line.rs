//! What one line and the line above it tell: quotes, brackets, dashes, colons and blanks where none were meant.

use super::{Said, Spot};
use crate::findings::Place;

/// The longest text that a hint repeats, in bytes.
const PART_BYTES_MAX: usize = 60;
/// The escapes that a text in double quotes may have.
const ESCAPES: &str = "0abtnvfre \"/\\N_LPxuU\t\n";

impl Spot<'_> {
    /// A blank that only looks like one: YAML does not take it for the space that a colon needs.
    pub(super) fn blank(&self) -> Option<Said> {
        let lines = [Some((self.place.line, self.line)), self.above];
        let is_blank = |c: char| c.is_whitespace() && !c.is_ascii() || matches!(c, '\u{200b}' | '\u{feff}');
        let (number, line, at) = lines
            .into_iter()
            .flatten()
            .find_map(|(number, line)| Some((number, line, line.find(is_blank)?)))?;
        let blank = line[at..].chars().next()?;
        let column = line[..at].chars().count() + 1;
        let place = Place::in_line(self.place.file, number, column, column + 1);
        let message = format!("this is a blank that is no ordinary one: U+{:04X}", u32::from(blank));
        Some((place, message, "write a space instead of it".to_owned()))
    }

    /// What was meant to divide two documents.
    pub(super) fn dashes(&self) -> Option<Said> {
        let lines = [Some((self.place.line, self.line)), self.above];
        let is_dashes =
            |line: &str| line.trim().len() > 1 && line.trim().chars().all(|c| matches!(c, '-' | '–' | '—'));
        let is_meant = |line: &str| is_dashes(line) && !line.trim_end().eq("---");
        let (number, line) = lines.into_iter().flatten().find(|(_, line)| is_meant(line))?;
        let start = line.chars().take_while(|c| *c == ' ').count() + 1;
        let place = Place::in_line(self.place.file, number, start, line.trim_end().chars().count() + 1);
        let message = "documents are divided by three dashes at the very beginning of a line".to_owned();
        Some((place, message, "write `---`".to_owned()))
    }

    /// `when: 'a' == x`: the text that begins with a quote ends with the next one.
    pub(super) fn behind_quotes(&self, info: &str) -> Option<Said> {
        if !(info.contains("trailing content after") || info.contains("quoted scalar, did not find")) {
            return None;
        }
        let before = self.before();
        if before.matches(['{', '[']).count() > before.matches(['}', ']']).count() {
            let message = "a comma was expected here".to_owned();
            return Some((self.place, message, "put a comma between the two".to_owned()));
        }
        let value = self.value()?;
        let inner = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
        // A quote too many inside of quotes, or an expression that begins with one.
        let is_prose = inner.is_some_and(|inner| inner.matches('\'').count() == 1);
        let whole = if is_prose { inner.unwrap_or(value) } else { value };
        let hint = if whole.contains('\\') || value.len() > PART_BYTES_MAX {
            return None;
        } else if !whole.contains('"') {
            format!("put all of it into double quotes: `\"{whole}\"`")
        } else if !whole.contains('\'') {
            format!("put all of it into single quotes: `'{whole}'`")
        } else {
            return None;
        };
        Some((self.place, "the text goes on after its closing quote".to_owned(), hint))
    }

    /// `when: [1, 2].size() == 2`: what begins with a bracket is a list, and ends with it.
    pub(super) fn behind_brackets(&self, info: &str) -> Option<Said> {
        let is_it = info.contains("did not find expected key") || info.contains("<document");
        let value = self.value().filter(|value| is_it && value.starts_with(['[', '{']))?;
        let before = self.before().trim_end();
        if !before.ends_with([']', '}']) || value.contains('"') || value.len() > PART_BYTES_MAX {
            return None;
        }
        let what = if value.starts_with('[') { "list" } else { "mapping" };
        let message = format!("without quotes, this begins a {what}, and the line goes on after its end");
        Some((self.place, message, format!("put all of it into double quotes: `\"{value}\"`")))
    }

    /// The backslash that begins no escape; the parser only says in which text.
    pub(super) fn escape(&self, info: &str) -> Option<Said> {
        if !info.contains("parsing a quoted scalar") || !info.contains("escape") {
            return None;
        }
        let start = self.before().len();
        let mut at = start;
        loop {
            let found = at + self.line.get(at..)?.find('\\')?;
            let escaped = self.line[found + 1..].chars().next()?;
            if !ESCAPES.contains(escaped) {
                let place = self.stretch(found, found + 1 + escaped.len_utf8());
                let message = format!("`\\{escaped}` is no escape that YAML knows inside \"...\"");
                return Some((
                    place,
                    message,
                    "write the backslash twice, or put the text into '...'".to_owned(),
                ));
            }
            at = found + 1 + escaped.len_utf8();
        }
    }

    /// A value of several lines that are not indented.
    pub(super) fn lines(&self, text: &str, info: &str) -> Option<Said> {
        let is_operator = ["||", "&&"].iter().any(|begin| self.line.starts_with(begin));
        let (number, line) = match self.above? {
            _ if is_operator => (self.place.line, self.line),
            above if info.contains("simple key expect") => above,
            _ => return None,
        };
        let lines = text.lines().take(number - 1);
        let before = lines.filter(|line| !line.trim().is_empty()).last()?.trim_end();
        let goes_on = ["|", ">", "|-", ">-", "&&", "||", "+", "(", "[", ",", "?", "=="];
        let begins = ["&&", "||", "==", "!=", "+", "?", ")", "]"];
        let is_rest = goes_on.iter().any(|end| before.ends_with(end))
            || begins.iter().any(|begin| line.trim_start().starts_with(begin));
        if !is_rest {
            return None;
        }
        let column = line.len() - line.trim_start().len() + 1;
        let place = Place::in_line(self.place.file, number, column, line.trim_end().chars().count() + 1);
        let message = "this line goes on the value above, and is not indented more than its key".to_owned();
        Some((place, message, "indent it by two spaces".to_owned()))
    }

    /// A colon too many, or one too few.
    pub(super) fn colon(&self, info: &str) -> Option<Said> {
        if info.contains("simple key expect") {
            let (number, line) = self.above?;
            let column = line.len() - line.trim_start().len() + 1;
            let end_column = line.trim_end().chars().count() + 1;
            let place = Place::in_line(self.place.file, number, column, end_column);
            let message =
                "here `key: value` was expected, and there is no colon with a space after it".to_owned();
            return Some((
                place,
                message,
                as_pair(line).unwrap_or_else(|| "write a colon and a space after the key".to_owned()),
            ));
        }
        if !info.contains("mapping values are not allowed") {
            return None;
        }
        let before = self.before();
        let is_value = before.contains(['\'', '"', '(', '[', '{', '&', '|', '=', '?']);
        if is_value || has_key(before.trim_start_matches([' ', '-'])) {
            let message = "a second `: ` in the line would begin a mapping inside the value".to_owned();
            return Some((self.place, message, "put the value into quotes".to_owned()));
        }
        let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let (why, hint) = match self.above? {
            (_, above) if !has_key(above) => {
                let plain = || "write a colon and a space after the key in the line above".to_owned();
                (
                    "is no `key: value`",
                    as_pair(above).map_or_else(plain, |hint| format!("{hint} in the line above")),
                )
            }
            (_, above) if indent(self.line) > indent(above) => {
                ("has its value already", "begin the line in the same column as the other keys".to_owned())
            }
            _ => return None,
        };
        Some((self.place, format!("a key cannot stand here, since the line above {why}"), hint))
    }

    /// What stands behind the key of the line.
    fn value(&self) -> Option<&str> {
        let line = self.line.trim();
        let line = line.trim_start_matches("- ");
        Some(line.split_once(": ")?.1.trim())
    }
}

fn has_key(line: &str) -> bool {
    line.contains(": ") || line.trim_end().ends_with(':')
}

/// `key:value` and `key = value` as they were meant.
fn as_pair(line: &str) -> Option<String> {
    let line = line.trim().trim_start_matches("- ");
    let (key, value) = line.split_once(':').or_else(|| line.split_once('='))?;
    let (key, value) = (key.trim(), value.trim_start_matches('=').trim());
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    (is_key && !value.is_empty() && line.len() <= PART_BYTES_MAX).then(|| format!("write `{key}: {value}`"))
}
