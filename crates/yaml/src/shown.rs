//! Text as a terminal may show it: without what would move the cursor, hide or reorder words, and no longer than a line.

use std::borrow::Cow;
use std::ops::Range;

/// The most characters of a line that are shown around a place in it.
const WINDOW: usize = 160;
/// How many characters before the place are shown at most if the line is cut.
const BEFORE: usize = 60;
/// Stands for what is cut off.
const CUT: &str = "…";

/// The text with every control character and every one that changes the direction of text written out: `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_unsafe) {
        Cow::Owned(text.chars().fold(String::with_capacity(text.len() + 8), |mut all, one| {
            push(&mut all, one);
            all
        }))
    } else {
        Cow::Borrowed(text)
    }
}

/// A line as it is shown with a mark below it: the text, and where the mark begins and ends, in characters of that text.
/// `marked` counts characters of the line, from 0; it may lie behind the end.
pub fn excerpt(line: &str, marked: Range<usize>) -> (String, Range<usize>) {
    let length = line.chars().count();
    let start = if length <= WINDOW {
        0
    } else {
        // What is near the end of the line is shown up to the end.
        marked.start.min(length).saturating_sub(BEFORE).min(length - WINDOW)
    };
    let mut shown = String::new();
    let mut count = 0;
    let mut mark = None::<(usize, usize)>;
    if start > 0 {
        shown.push_str(CUT);
        count += 1;
    }
    for (at, one) in line.chars().enumerate().skip(start).take(WINDOW) {
        let before = shown.len();
        push(&mut shown, if one == '\t' { ' ' } else { one });
        let end = count + shown[before..].chars().count();
        if marked.contains(&at) {
            mark = Some((mark.map_or(count, |(start, _)| start), end));
        }
        count = end;
    }
    if start + WINDOW < length {
        shown.push_str(CUT);
    }
    // Behind the end of the line there is nothing to mark but the place.
    let (start, end) = mark.unwrap_or((count, count + 1));
    (shown, start..end)
}

fn push(all: &mut String, one: char) {
    if is_unsafe(one) {
        all.extend(one.escape_unicode());
    } else {
        all.push(one);
    }
}

/// True for control characters, ends of lines, and marks that change the direction of text or are not to be seen.
fn is_unsafe(one: char) -> bool {
    one.is_control()
        || matches!(one,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_the_cursor_or_turns_text_around_is_written_out() {
        assert_eq!(visible("a\u{1b}[2Jb\r\n\u{9b}"), r"a\u{1b}[2Jb\u{d}\u{a}\u{9b}");
        assert_eq!(visible("x\u{202e}y\u{2066}\u{feff}"), r"x\u{202e}y\u{2066}\u{feff}");
        assert!(matches!(visible("plain é 漢字 👩\u{200d}🔧"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let line = format!("{}HERE{}", "a".repeat(70_000), "b".repeat(70_000));
        let (shown, mark) = excerpt(&line, 70_000..70_004);
        assert_eq!(shown.chars().count(), WINDOW + 2);
        assert!(shown.starts_with('…') && shown.ends_with('…'));
        assert_eq!(shown.chars().skip(mark.start).take(mark.len()).collect::<String>(), "HERE");
        let (shown, mark) = excerpt(&line, 0..140_004);
        assert!(shown.starts_with('a') && shown.ends_with('…'));
        assert_eq!(mark, 0..WINDOW);
        let (shown, mark) = excerpt(&line, 140_004..140_005);
        assert!(shown.starts_with('…') && shown.ends_with('b'));
        assert_eq!(mark, WINDOW + 1..WINDOW + 2);
    }

    #[test]
    fn a_mark_stands_below_what_it_means_though_characters_before_it_are_written_out() {
        let (shown, mark) = excerpt("\ta\u{1b}b: c", 3..4);
        assert_eq!(shown, r" a\u{1b}b: c");
        assert_eq!(&shown[mark], "b");
    }
}
