//! Signs that are operators elsewhere, and characters that text editors put in.

use super::token::Kind;
use super::{CHOICE, Walk};

/// Signs and the operators that they mean.
const OPERATORS: [(&str, &str); 12] = [
    ("=", "=="),
    ("===", "=="),
    (":=", "=="),
    ("!==", "!="),
    ("<>", "!="),
    ("=<", "<="),
    ("=>", ">="),
    ("&", "&&"),
    ("|", "||"),
    ("->", "."),
    ("::", "."),
    ("..", "."),
];
/// Signs that mean nothing in an expression, and what to do.
const OTHERS: [(&str, &str); 11] = [
    ("++", "an expression changes nothing: write `x + 1`"),
    ("+=", "an expression changes nothing: write `x + y`"),
    ("-=", "an expression changes nothing: write `x - y`"),
    ("*=", "an expression changes nothing: write `x * y`"),
    ("/=", "an expression changes nothing: write `x / y`, or `!=`"),
    ("**", "multiply, as in `x * x`"),
    ("^", "multiply, as in `x * x`"),
    (";", "remove it: an expression ends without it"),
    ("#", "a comment begins with `//`"),
    ("/*", "a comment begins with `//` and goes on to the end of the line"),
    ("~", "write `x.matches('..')`"),
];
/// Characters and the operators that they mean.
const LOOKALIKES: [(char, &str); 14] = [
    ('≥', ">="),
    ('≤', "<="),
    ('≠', "!="),
    ('≡', "=="),
    ('×', "*"),
    ('·', "*"),
    ('÷', "/"),
    ('–', "-"),
    ('—', "-"),
    ('−', "-"),
    ('∧', "&&"),
    ('∨', "||"),
    ('¬', "!"),
    ('∈', "in"),
];
/// Operators that need a value before them.
const BINARY: [&str; 12] = ["&&", "||", "==", "!=", "<", "<=", ">", ">=", "*", "/", "%", "in"];
const QUOTES: [char; 8] = ['“', '”', '„', '‘', '’', '‚', '«', '»'];
const CURRENCIES: [char; 3] = ['€', '£', '¥'];

impl Walk<'_> {
    pub(super) fn sign(&mut self, at: usize) -> usize {
        let sign = self.tokens[at].text;
        let had_value = std::mem::replace(&mut self.has_value, false);
        let next = self.tokens.get(at + 1).copied();
        match sign {
            "," => self.comma(at, had_value),
            "?" => {
                let is_field = next.is_some_and(|dot| dot.is(".") && dot.start == self.tokens[at].end())
                    && self.tokens.get(at + 2).is_some_and(|field| field.kind == Kind::Word);
                if is_field {
                    let left = self.left(at).unwrap_or("x");
                    let hint =
                        format!("write `{left}.`, and ask first with `has(..)` where it may be missing");
                    self.unexpected(at, at + 1, hint);
                    return at + 2;
                }
                // `a.?b` is of optional values, which the parser refuses in words of its own.
                if !at.checked_sub(1).is_some_and(|before| self.tokens[before].is(".")) {
                    self.choices().push(at);
                }
            }
            ":" => {
                if !had_value && at > 0 && self.tokens[at - 1].is("?") {
                    self.fault(at - 1, at, "`? :` without a value between".to_owned(), CHOICE.to_owned());
                }
                let _ = self.choices().pop();
            }
            "." if had_value && !self.is_field_at(at + 1) => {
                self.unexpected(at, at, "write the name of a field after it, or remove it".to_owned());
                self.has_value = true;
            }
            "??" => {
                let left = self.left(at).unwrap_or("x");
                let right = self.right(at + 1).map_or("y", |(right, _)| right);
                self.unexpected(at, at, format!("write `has({left}) ? {left} : {right}`"));
            }
            "=~" | "!~" => {
                let not = if sign == "!~" { "!" } else { "" };
                let left = self.left(at).unwrap_or("x");
                let right = self.right(at + 1).map_or("'..'", |(right, _)| right);
                self.unexpected(at, at, format!("write `{not}{left}.matches({right})`"));
            }
            "$" => {
                let hint = match next.map(|next| (next.kind, next.text)) {
                    Some((Kind::Open, "{")) => "remove `${` and `}`: an expression stands here already",
                    Some((Kind::Number, _)) => "write the number alone, without its currency",
                    _ => "remove it: no name has a `$`",
                };
                self.unexpected(at, at, hint.to_owned());
            }
            "%" if had_value && !next.is_some_and(|next| next.begins_value() || next.is("-")) => {
                self.unexpected(at, at, "write a share as a number: `0.1` for 10 %".to_owned());
                self.has_value = true;
            }
            "=" if at > 0 && matches!(self.tokens[at - 1].text, ">" | "<" | "!" | "=") => {
                let whole = format!("did you mean `{}=`?", self.tokens[at - 1].text);
                self.unexpected(at - 1, at, whole);
            }
            "=>" if at > 1 && self.tokens[at - 2].kind == Kind::Open => {
                let name = self.tokens[at - 1].text;
                self.unexpected(at, at, format!("write a comma after the name: `{name}, ..`"));
            }
            // Of a chain of slips, the first tells enough.
            _ if !had_value && BINARY.contains(&sign) && self.faults.is_empty() => {
                self.unexpected(at, at, "write what it goes with before it, or remove it".to_owned());
            }
            _ => self.foreign(at),
        }
        at + 1
    }

    /// True for what may stand behind the dot of a field.
    fn is_field_at(&self, at: usize) -> bool {
        // At the end it is the end that is wrong; `.?` is refused in words of its own.
        self.tokens.get(at).is_none_or(|next| next.kind == Kind::Word || next.is("?") || next.is("in"))
    }

    fn foreign(&mut self, at: usize) {
        let sign = self.tokens[at].text;
        let operator = OPERATORS.iter().find(|(known, _)| *known == sign);
        let operator = operator.map(|(_, operator)| format!("did you mean `{operator}`?"));
        let other = OTHERS.iter().find(|(known, _)| *known == sign).map(|(_, hint)| (*hint).to_owned());
        if let Some(hint) = operator.or(other) {
            self.unexpected(at, at, hint);
        }
    }

    /// A comma stands between arguments, items and entries only.
    fn comma(&mut self, at: usize, had_value: bool) {
        let Some(level) = self.levels.last() else {
            let is_number = |at: usize| self.tokens.get(at).is_some_and(|token| token.kind == Kind::Number);
            let hint = match (at.checked_sub(1).filter(|before| is_number(*before)), is_number(at + 1)) {
                (Some(before), true) => {
                    format!(
                        "write `{}{}`, without a comma",
                        self.tokens[before].text,
                        self.tokens[at + 1].text
                    )
                }
                _ => "join conditions with `&&` or `||`".to_owned(),
            };
            self.unexpected(at, at, hint);
            return;
        };
        let open = level.open;
        let is_group = self.tokens[open].is("(") && !self.is_call(open);
        // One fault for the whole list: that of its first comma.
        let is_first = !self.tokens[open + 1..at].iter().any(|token| token.is(","));
        if let (true, true, true, Some(close)) = (is_group, is_first, had_value, self.closing(open)) {
            let list = self.part(open + 1, close - 1).unwrap_or("..");
            let message = "a list stands in square brackets".to_owned();
            self.fault(open, close, message, format!("write `[{list}]`"));
        }
    }

    /// A character that CEL does not know.
    pub(super) fn strange(&mut self, at: usize) -> usize {
        let token = self.tokens[at];
        let Some(character) = token.text.chars().next() else { return at + 1 };
        self.has_value = false;
        if let Some((_, operator)) = LOOKALIKES.iter().find(|(known, _)| *known == character) {
            self.unexpected(at, at, format!("did you mean `{operator}`?"));
        } else if QUOTES.contains(&character) {
            self.unexpected(at, at, "write `'` or `\"` around a text, no typographic quotes".to_owned());
            // What stands in them is text, and nothing is to be said of it.
            let close = (at + 1..self.tokens.len()).find(|at| self.tokens[*at].text.starts_with(QUOTES));
            self.has_value = true;
            return close.map_or(self.tokens.len(), |close| close + 1);
        } else if CURRENCIES.contains(&character) {
            self.unexpected(at, at, "write the number alone, without its currency".to_owned());
        } else if character.is_whitespace() || matches!(character, '\u{200b}' | '\u{2060}' | '\u{feff}') {
            let message = format!("a blank that is no ordinary one: U+{:04X}", u32::from(character));
            self.fault(at, at, message, "write a space instead of it".to_owned());
        }
        at + 1
    }
}
