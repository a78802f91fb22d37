//! Where in the file a part of a scalar's content stands: quotes, escapes, indentation and folded lines undone.
//!
//! Content and file are walked side by side. White space on one side matches any run of it on the other, which covers
//! folding and indentation in every style; only escapes and doubled quotes need to be known.

use saphyr_parser::ScalarStyle;

use super::Scalar;
use crate::findings::Place;

/// The place of the content's bytes `start..end`; `None` if the walk loses its way.
pub(super) fn place(whole: Place, scalar: &Scalar, text: &str, start: usize, end: usize) -> Option<Place> {
    let from = text.char_indices().nth(scalar.start).map(|(at, _)| at)?;
    let mut source = Source { text, at: from };
    match scalar.style {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => source.at += 1,
        // The parser's place of a block is that of its first line, the one after `|` or `>`.
        ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => {}
    }
    let (mut first, mut last) = (None, None);
    for (at, character) in scalar.text.char_indices() {
        if at >= end && first.is_some() {
            break;
        }
        let (before, after) = source.step(character, scalar.style)?;
        if at >= start && first.is_none() {
            first = Some(before);
        }
        last = Some(after);
    }
    // A fault at the very end of the content stands after its last character.
    let first = first.or(last).unwrap_or(source.at);
    Some(Place::of_bytes(whole.file, text, first, last.unwrap_or(first).max(first)))
}

struct Source<'t> {
    text: &'t str,
    at: usize,
}

impl Source<'_> {
    /// Finds the next character of the content; where it begins and ends in the text.
    fn step(&mut self, character: char, style: ScalarStyle) -> Option<(usize, usize)> {
        if style == ScalarStyle::DoubleQuoted {
            self.skip_continued_lines();
        }
        if !character.is_whitespace() {
            self.skip_space();
            if style == ScalarStyle::DoubleQuoted {
                self.skip_continued_lines();
            }
        }
        let start = self.at;
        let rest = &self.text[start..];
        let next = rest.chars().next()?;
        let length = match (style, next) {
            (ScalarStyle::SingleQuoted, '\'') => 2,
            (ScalarStyle::DoubleQuoted, '\\') => match rest[1..].chars().next()? {
                'x' => 4,
                'u' => 6,
                'U' => 10,
                other => 1 + other.len_utf8(),
            },
            _ if character.is_whitespace() => {
                // One blank of the content may be a whole run of line breaks and indentation in the file.
                if next.is_whitespace() { next.len_utf8() } else { 0 }
            }
            _ if next == character => next.len_utf8(),
            _ => return None,
        };
        self.at = (start + length).min(self.text.len());
        self.text.is_char_boundary(self.at).then_some((start, self.at))
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    /// A backslash at the end of a line: the break and the indentation after it are not content.
    fn skip_continued_lines(&mut self) {
        while let Some(rest) = self.text[self.at..].strip_prefix("\\\n") {
            self.at += 2 + rest.len() - rest.trim_start().len();
        }
    }
}
