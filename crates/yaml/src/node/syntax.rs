//! What the YAML parser gives up on -> what was expected there, in plain words, and what to do about it.
//!
//! The parser says what it did not find. Authors slip in a few ways only, so the line is looked at, too. Read on: `line`
//! knows the ways that one line tells.

mod line;

use crate::findings::{Place, Report};

/// Where the parser gave up.
struct Spot<'t> {
    place: Place,
    line: &'t str,
    /// The last line before it that is not empty, and its number.
    above: Option<(usize, &'t str)>,
}

/// What is said of it: (place, what is wrong, what to do).
type Said = (Place, String, String);

/// Reports that the parser gave up at a place, for a reason of its own.
pub(super) fn report(report: &mut Report<'_>, place: Place, info: &str) {
    let text = &report.files[place.file].text;
    let line = text.lines().nth(place.line - 1).unwrap_or_default();
    let above = text.lines().enumerate().take(place.line - 1).filter(|(_, line)| !line.trim().is_empty());
    let above = above.last().map(|(index, line)| (index + 1, line));
    let spot = Spot { place, line, above };
    let said = spot.tab(text, info).or_else(|| spot.blank()).or_else(|| spot.dashes());
    let said = said.or_else(|| spot.braces(info)).or_else(|| spot.brackets(info));
    let said = said.or_else(|| spot.behind_quotes(info)).or_else(|| spot.behind_brackets(info));
    let said = said.or_else(|| spot.escape(info)).or_else(|| spot.lines(text, info));
    let said = said.or_else(|| spot.colon(info));
    let (place, message, hint) = said.unwrap_or_else(|| plainly(place, info));
    // Braces may have been refused already, where they ended well.
    if !report.has_any_at(place) {
        report.error("yaml-syntax", place, message).hint = Some(hint);
    }
}

impl Spot<'_> {
    /// The line up to the place.
    fn before(&self) -> &str {
        let end = self.line.char_indices().nth(self.place.column - 1).map_or(self.line.len(), |(at, _)| at);
        &self.line[..end]
    }

    /// A stretch of the line, in bytes.
    fn stretch(&self, start: usize, end: usize) -> Place {
        let columns = |at: usize| self.line[..at].chars().count() + 1;
        let (column, end_column) = (columns(start), columns(end));
        Place::in_line(self.place.file, self.place.line, column, end_column)
    }

    /// The parser may give up before the tab, at the end of the line above.
    fn tab(&self, text: &str, info: &str) -> Option<Said> {
        let is_it =
            info.contains("tab") && !info.contains("directive") || info.contains("valid YAML whitespace");
        let mut lines = text.lines().enumerate().skip(self.place.line - 1).take(3).filter(|_| is_it);
        let (index, at) = lines.find_map(|(index, line)| Some((index, line.find('\t')?)))?;
        let line = text.lines().nth(index)?;
        let column = line[..at].chars().count() + 1;
        let place = Place::in_line(self.place.file, index + 1, column, column + 1);
        let message = "this is a tab, and YAML is indented with spaces".to_owned();
        Some((place, message, "replace the tab with spaces".to_owned()))
    }

    /// `{{ }}` begins a mapping unless it stands in quotes.
    fn braces(&self, info: &str) -> Option<Said> {
        if info.contains("quoted") {
            return None;
        }
        let start = self.line.find("{{").filter(|start| *start <= self.before().len())?;
        let message = "without quotes, `{` begins a mapping here".to_owned();
        let place = self.stretch(start, self.line.trim_end().len());
        Some((place, message, "put text with {{ }} into quotes".to_owned()))
    }

    /// A name with brackets inside a list or mapping in brackets.
    fn brackets(&self, info: &str) -> Option<Said> {
        let is_name = |c: char| c.is_alphanumeric() || "_.-".contains(c);
        let (before, open) = (self.before(), self.before().len());
        let is_it = info.contains("parsing a flow") && before.ends_with(is_name);
        if !(is_it && self.line[open..].starts_with('[')) {
            return None;
        }
        let start = before.trim_end_matches(is_name).len();
        let end = self.line[open..].find([',', ' ', '}']).map_or(self.line.len(), |end| open + end);
        // A bracket more than were opened closes the list around it.
        let is_closed = |word: &str| word.matches(']').count() <= word.matches('[').count();
        let word = &self.line[start..end];
        let word = if is_closed(word) { word } else { word.strip_suffix(']').unwrap_or(word) };
        let message = format!("without quotes, the brackets of `{word}` begin a list here");
        let hint = if word.contains("[]") {
            "put a path with [] into quotes, or write the list with dashes"
        } else {
            "put it into quotes"
        };
        Some((self.stretch(start, start + word.len()), message, hint.to_owned()))
    }
}

/// The rest: (a part of what the parser says, what is wrong, what to do).
#[rustfmt::skip]
const PLAINLY: [(&str, &str, &str); 22] = [
    ("trailing content after", "the text goes on after its closing quote", "put all of it into quotes, and write a quote inside '...' twice: `'it''s'`"),
    ("parsing a quoted scalar", "what follows a backslash inside \"...\" is no escape that YAML knows", "write the backslash twice, or put the text into '...'"),
    ("quoted scalar", "the quote that begins here is not closed before the text ends", "close it with the same quote"),
    ("unexpected character", "a text cannot begin with this character", "put the text into quotes"),
    ("unknown anchor", "`*` begins an alias, which is not supported", "write the value out, or put text that begins with `*` into quotes"),
    ("block scalar, did not find", "after `>` or `|` the text was expected on the next line", "put an expression that begins with `>` or `|` into quotes"),
    ("block scalar", "the lines after `>` or `|` were expected to be indented alike, with spaces", "indent every line of the text by two spaces more than its key"),
    ("block sequence entries", "a list with dashes was expected to begin on a line of its own", "begin it on the next line, or write it as `[a, b]`"),
    ("flow sequence, expected", "`,` or `]` was expected here", "close the list, and put a comma after each item"),
    ("flow mapping, did", "`,` or `}` was expected here", "close the mapping, and put a comma after each value"),
    ("placement of ':'", "no `: ` was expected here, inside `[...]`", "close the `[` or `{` above"),
    ("misplaced bracket", "nothing was opened that this closes", "remove it, or put the text into quotes"),
    ("did not find expected key", "here another key of the mapping above was expected", "begin the line in the same column as the other keys; indent what goes on a value"),
    ("expected '-' indicator", "here another item of the list above was expected, with a dash", "begin the line with a dash below the others, or begin a document with `---`"),
    ("node content", "a value was expected here", "write the value, or remove the comma before it"),
    ("invalid indentation", "this line was expected to be indented more than the key that it belongs to", "indent it by two spaces more"),
    ("byte order mark", "no byte order mark was expected inside the text", "remove it"),
    ("document end marker", "nothing was expected after `...`", "remove `...`, or write `---` between documents"),
    ("mapping keys are not allowed", "`?` begins a key here", "put text that begins with `?` into quotes"),
    ("tag", "without quotes, `!` begins a tag, and tags are not supported", "put an expression that begins with `!` into quotes"),
    ("<document", "a document was expected to begin here", "begin it with `---`"),
    ("directive", "`%` begins a directive, which is not needed here", "put text that begins with `%` into quotes"),
];

fn plainly(place: Place, info: &str) -> Said {
    match PLAINLY.iter().find(|(part, ..)| info.contains(part)) {
        Some((_, message, hint)) => (place, (*message).to_owned(), (*hint).to_owned()),
        None => (
            place,
            format!("something else was expected here: {info}"),
            "look at indentation, quotes and brackets, here and in the line above".to_owned(),
        ),
    }
}
