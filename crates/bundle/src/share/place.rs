//! Where in a text a path is read.

use std::ops::Range;

use segue_expr::Template;

use crate::paths::ANY;

/// Where the path is read in the text of a template, in bytes: as far as it is written out there, else the expression
/// that reads it.
pub(super) fn of(template: &Template, path: &[String]) -> Option<Range<usize>> {
    let (source, mut at) = (template.source(), 0);
    let mut whole = None;
    let mut best: Option<(usize, bool, Range<usize>)> = None;
    for expression in template.expressions() {
        let text = expression.source();
        let start = at + source.get(at..)?.find(&format!("{{{{{text}}}}}"))? + 2;
        at = start + text.len();
        if !expression.paths().iter().any(|read| read == path) {
            continue;
        }
        let gap = text.len() - text.trim_start().len();
        let _ = whole.get_or_insert(start + gap..start + text.trim_end().len().max(gap));
        for (known, is_end, range) in spots(text, path) {
            // The first of the best ones.
            if best.as_ref().is_none_or(|(most, end, _)| (known, is_end) > (*most, *end)) {
                best = Some((known, is_end, start + range.start..start + range.end));
            }
        }
    }
    best.map(|(_, _, range)| range).or(whole)
}

/// Where the path is read in the text of an expression, in bytes, as far as it is written out there.
pub(super) fn in_expression(text: &str, path: &[String]) -> Option<Range<usize>> {
    let mut best: Option<(usize, bool, Range<usize>)> = None;
    for spot in spots(text, path) {
        // The first of the best ones.
        if best.as_ref().is_none_or(|best| (spot.0, spot.1) > (best.0, best.1)) {
            best = Some(spot);
        }
    }
    best.map(|(_, _, range)| range)
}

/// Every place in an expression where the path begins: how many of its names follow, whether it ends there, and where.
fn spots(text: &str, path: &[String]) -> Vec<(usize, bool, Range<usize>)> {
    let (mut found, mut at, mut is_field) = (Vec::new(), 0, false);
    while let Some(first) = text[at..].chars().next() {
        let length = match first {
            '\'' | '"' => text_length(&text[at..], first),
            first if is_part(first) => {
                let length = word_length(&text[at..]);
                if !is_field && text[at..at + length] == path[0] {
                    found.push(follow(text, at, at + length, path));
                }
                length
            }
            first => first.len_utf8(),
        };
        if !first.is_whitespace() {
            is_field = first == '.';
        }
        at += length;
    }
    found
}

/// Follows the names of a path from the end of its root.
fn follow(text: &str, start: usize, mut end: usize, path: &[String]) -> (usize, bool, Range<usize>) {
    let mut known = 1;
    for name in &path[1..] {
        let Some(next) = step(text, end, name) else { break };
        end = next;
        known += 1;
    }
    let rest = text[end..].trim_start();
    let is_end = known == path.len() && !rest.starts_with(['.', '[']);
    (known, is_end, start..end)
}

/// Where the name ends that follows; `None` if another does.
fn step(text: &str, at: usize, name: &str) -> Option<usize> {
    let rest = text[at..].trim_start();
    let at = text.len() - rest.len();
    if let Some(inner) = rest.strip_prefix('[') {
        let close = closing(inner)?;
        let key = inner[..close].trim();
        let is_name = [format!("'{name}'"), format!("\"{name}\"")].iter().any(|quoted| quoted == key);
        return (name == ANY || is_name).then_some(at + close + 2);
    }
    let field = rest.strip_prefix('.')?.trim_start();
    let begin = text.len() - field.len();
    (field[..word_length(field)] == *name).then_some(begin + name.len())
}

/// Where the bracket stands that closes the one before the text.
fn closing(text: &str) -> Option<usize> {
    let (mut at, mut depth) = (0, 0usize);
    while let Some(first) = text[at..].chars().next() {
        match first {
            ']' if depth == 0 => return Some(at),
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        at += if matches!(first, '\'' | '"') { text_length(&text[at..], first) } else { first.len_utf8() };
    }
    None
}

/// How long the text is that begins with the quote, with both.
fn text_length(text: &str, quote: char) -> usize {
    text[1..].find(quote).map_or(text.len(), |length| length + 2)
}

fn word_length(text: &str) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

fn is_part(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_where_it_is_read() {
        for (text, path, expected) in [
            ("who.first + who.first_name", "who.first_name", "who.first_name"),
            ("event.data.url != '' ? event.data : 1", "event.data", "event.data"),
            ("x.who.name == who . name", "who.name", "who . name"),
            ("'who.name' + who.name", "who.name", "who.name"),
            (
                "accounts[event.data['a]b']].balance",
                "accounts.[].balance",
                "accounts[event.data['a]b']].balance",
            ),
            ("accounts['a'].balance", "accounts.[].balance", "accounts['a'].balance"),
            ("who['first name'].é", "who.first name.é", "who['first name'].é"),
            ("accounts.exists(a, accounts[a].open)", "accounts.[].open", "accounts[a].open"),
            ("accounts.map(a, a)", "accounts.[].id", "accounts"),
        ] {
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            let range = in_expression(text, &path).unwrap_or_default();
            assert_eq!(&text[range], expected, "{text}");
        }
    }
}
