//! Numbers with what does not belong to them, and texts with escapes that are none.

use segue_value::Duration;

use super::Walk;
use super::token::{Kind, Token};
use crate::fault::Fault;

/// The functions whose arguments may be a length of time, which is a text there.
const OF_TIME: [&str; 11] =
    ["avg", "count", "distinct", "duration", "last", "max", "min", "outcomes", "released", "since", "sum"];

impl Walk<'_> {
    pub(super) fn number(&mut self, at: usize) {
        let token = self.tokens[at];
        let text = token.text;
        let is_cut = self.tokens.get(at + 1).is_some_and(|dot| dot.is(".") && dot.start == token.end())
            && !self.tokens.get(at + 2).is_some_and(|field| field.kind == Kind::Word);
        if is_cut {
            self.unexpected(at, at + 1, format!("write `{text}.0`"));
        } else if is_number(text) {
            self.missing_operator(at);
        } else if Duration::parse(text).is_some() {
            let is_text = self
                .levels
                .last()
                .is_some_and(|level| level.open > 0 && OF_TIME.contains(&self.tokens[level.open - 1].text));
            let hint =
                if is_text { format!("write `'{text}'`") } else { format!("write `duration('{text}')`") };
            self.fault(at, at, format!("`{text}` is no number: a length of time is a text"), hint);
        } else if text.contains('_') && is_number(&text.replace('_', "")) {
            self.unexpected(at, at, format!("write `{}`", text.replace('_', "")));
        }
    }

    pub(super) fn text(&mut self, token: Token<'_>) {
        let Some((at, length, is_character)) = wrong_escape(token.text) else { return };
        let escape = &token.text[at..at + length];
        let (message, hint) = if is_character {
            (format!("`{escape}` is no character"), "write the character itself".to_owned())
        } else {
            let hint = format!("write `\\{escape}`, or `r` before the text, as in `r'{escape}'`");
            (format!("`{escape}` is no escape of CEL"), hint)
        };
        let start = token.start + at;
        self.faults.push(Fault { start, end: start + length, code: "syntax", message, hint: Some(hint) });
    }
}

/// True for what CEL reads as a number.
fn is_number(text: &str) -> bool {
    let digits = text.trim_end_matches(['u', 'U']);
    match digits.strip_prefix("0x") {
        Some(hex) => !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => {
            digits.parse::<f64>().is_ok_and(f64::is_finite)
                || digits.bytes().all(|byte| byte.is_ascii_digit())
        }
    }
}

/// The first escape of a text that is none: where it begins, how long it is, and whether it names a character that there
/// is not. `None` for a text that is whole, and for one that does not end.
fn wrong_escape(text: &str) -> Option<(usize, usize, bool)> {
    let quote = text.find(['\'', '"'])?;
    let prefix = text[..quote].to_ascii_lowercase();
    let is_ended = text.len() > quote + 1 && text.ends_with(&text[quote..=quote]);
    if prefix.contains('r') || !is_ended {
        return None;
    }
    let mut at = quote + 1;
    while let Some(found) = text[at..].find('\\').map(|found| at + found) {
        let escaped = text[found + 1..].chars().next()?;
        let width = match escaped {
            'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\' | '\'' | '"' | '`' | '?' => 0,
            'x' | 'X' => 2,
            'u' if !prefix.contains('b') => 4,
            'U' if !prefix.contains('b') => 8,
            '0'..='3' => 2,
            _ => return Some((found, 1 + escaped.len_utf8(), false)),
        };
        let digits: String = text[found + 2..].chars().take(width).collect();
        let radix = if escaped.is_ascii_digit() { 8 } else { 16 };
        let first = if escaped.is_ascii_digit() { escaped.to_string() } else { String::new() };
        let number = u32::from_str_radix(&format!("{first}{digits}"), radix).ok();
        let is_whole = digits.len() == width && digits.chars().all(|digit| digit.is_digit(radix));
        if width > 0 && !(is_whole && number.and_then(char::from_u32).is_some()) {
            return Some((found, 2 + digits.trim_end_matches(['\'', '"']).len(), true));
        }
        at = found + 2 + digits.len();
    }
    None
}
