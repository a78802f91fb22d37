//! Text without quotes of which YAML takes a part for something else: `!has(x)` for a tag, ` #` for a comment. What was
//! meant is told by what stands there.

use crate::findings::Place;

/// What is said of a text, and what it was meant to be.
pub(super) struct Found {
    pub(super) code: &'static str,
    pub(super) is_error: bool,
    pub(super) place: Place,
    pub(super) message: &'static str,
    pub(super) hint: &'static str,
    /// The text that was meant; `None` if it may well be what it is.
    pub(super) text: Option<String>,
}

/// Looks at a text without quotes that stands in the file from `start` to `end`, in characters.
pub(super) fn read(file: &str, place: Place, start: usize, end: usize) -> Option<Found> {
    // Of what is ASCII, as most files are, characters are bytes; walking to each text of a long file took half of the time
    // of reading it.
    let is_ascii = file.is_ascii();
    let at = |index: usize| match is_ascii {
        true => index.min(file.len()),
        false => file.char_indices().nth(index).map_or(file.len(), |(at, _)| at),
    };
    let (from, to) = (at(start), at(end));
    let source = file.get(from..to)?.trim_end();
    sign(source.trim_start(), place).or_else(|| comment(file, place.file, source, from))
}

/// An expression that begins with `!` or `&&`.
fn sign(source: &str, place: Place) -> Option<Found> {
    let word = source.split_whitespace().next()?;
    let is_alone = word.len() == source.len() && !word.starts_with("!!");
    let rest = source[word.len()..].trim_start();
    let is_expression = word.starts_with('!')
        && (word == "!" || word.contains(['(', '.']) || rest.starts_with('(') || is_alone);
    let (message, hint) = if is_expression {
        (
            "without quotes, `!` begins a tag, and tags are not supported",
            "put an expression that begins with `!` into quotes",
        )
    } else if word.starts_with("&&") {
        (
            "without quotes, `&` begins an anchor, and anchors are not supported",
            "put the expression into quotes, and an operand before the `&&`",
        )
    } else {
        return None;
    };
    // Lines are folded as they are in any text without quotes.
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    // No expression begins with `&&`, and that is said already.
    let text = lines.join(" ").trim_start_matches(['&', ' ']).to_owned();
    Some(Found { code: "yaml-feature", is_error: true, place, message, hint, text: Some(text) })
}

/// A ` #` that cuts off a part of the text.
fn comment(file: &str, index: usize, source: &str, from: usize) -> Option<Found> {
    let to = from + source.len();
    let line = file[to..].lines().next()?;
    let comment = line.trim_start();
    let is_cut = !source.is_empty() && comment.len() < line.len() && comment.starts_with('#');
    if !is_cut {
        return None;
    }
    let is_odd = |text: &str, quote: char| text.matches(quote).count() % 2 == 1;
    let is_code = ["==", "!=", "(", "&&", "||", " in ", "{{"].iter().any(|sign| source.contains(sign));
    let is_in_text = ['\'', '"'].iter().any(|quote| is_odd(source, *quote) && is_odd(comment, *quote));
    let is_open = source.matches("{{").count() > source.matches("}}").count();
    let is_certain = is_open || is_in_text && is_code;
    // `#1` is a number more often than a comment.
    let is_likely = comment[1..].starts_with(|c: char| c.is_ascii_digit() || c == '{');
    if !is_certain && !is_likely {
        return None;
    }
    let start = to + line.len() - comment.len();
    let place = Place::of_bytes(index, file, start, to + line.trim_end().len());
    Some(Found {
        code: "yaml-syntax",
        is_error: is_certain,
        place,
        message: "without quotes, ` #` begins a comment, and the text ends before it",
        hint: "put the whole text into quotes, or write a space after the `#` of a comment",
        text: is_certain.then(|| file[from..to + line.trim_end().len()].to_owned()),
    })
}
