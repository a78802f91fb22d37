//! Words that are operators elsewhere.

use super::token::{Kind, Token};
use super::{CHOICE, Walk};

/// Words between two values and the operators that they mean.
const OPERATORS: [(&str, &str); 18] = [
    ("and", "&&"),
    ("or", "||"),
    ("xor", "!="),
    ("is", "=="),
    ("eq", "=="),
    ("equal", "=="),
    ("equals", "=="),
    ("ne", "!="),
    ("neq", "!="),
    ("gt", ">"),
    ("gte", ">="),
    ("ge", ">="),
    ("lt", "<"),
    ("lte", "<="),
    ("le", "<="),
    ("mod", "%"),
    ("div", "/"),
    ("in", "in"),
];
/// Words between two values that are functions of the first.
const METHODS: [(&str, &str); 7] = [
    ("contains", "contains"),
    ("includes", "contains"),
    ("startswith", "startsWith"),
    ("starts_with", "startsWith"),
    ("endswith", "endsWith"),
    ("ends_with", "endsWith"),
    ("matches", "matches"),
];
/// What is nothing in other languages.
const NOTHING: [&str; 5] = ["null", "none", "nil", "undefined", "empty"];

impl Walk<'_> {
    pub(super) fn word(&mut self, at: usize) -> usize {
        let is_field = at.checked_sub(1).is_some_and(|before| self.tokens[before].is("."));
        if is_field {
            self.has_value = true;
            return at + 1;
        }
        if self.has_value { self.infix(at) } else { self.prefix(at) }
    }

    /// A word behind a value, where only an operator can stand.
    fn infix(&mut self, at: usize) -> usize {
        let word = self.tokens[at].text.to_lowercase();
        let next = self.tokens.get(at + 1).map(|next| next.text.to_lowercase()).unwrap_or_default();
        self.has_value = false;
        match (word.as_str(), next.as_str()) {
            ("is", _) => return self.is(at, next == "not"),
            ("not", "in") => {
                let hint = match self.left(at).zip(self.right(at + 2)) {
                    Some((left, (right, _))) => format!("write `!({left} in {right})`"),
                    None => "write `!(x in list)`".to_owned(),
                };
                self.unexpected(at, at + 1, hint);
                return at + 2;
            }
            ("between", _) => return self.between(at),
            ("like" | "ilike", _) => {
                let left = self.left(at).unwrap_or("x");
                let hint = format!(
                    "write `{left}.startsWith('..')`, `{left}.contains('..')` or `{left}.matches('..')`"
                );
                self.unexpected(at, at, hint);
            }
            ("then" | "if" | "else", _) => {
                self.unexpected(at, at, CHOICE.to_owned());
                return self.tokens.len();
            }
            ("for", _) => {
                let hint = "write `list.exists(x, ..)`, `list.filter(x, ..)` or `list.map(x, ..)`";
                self.unexpected(at, at, hint.to_owned());
                return self.tokens.len();
            }
            (word, _) => {
                let operator = OPERATORS.iter().find(|(known, _)| *known == word);
                let method = METHODS.iter().find(|(known, _)| *known == word);
                if let Some((_, operator)) = operator {
                    self.unexpected(at, at, format!("did you mean `{operator}`?"));
                } else if let Some((_, method)) = method {
                    let hint = match self.left(at).zip(self.right(at + 1)) {
                        Some((left, (right, _))) => format!("write `{left}.{method}({right})`"),
                        None => format!("write `x.{method}('..')`"),
                    };
                    self.unexpected(at, at, hint);
                } else {
                    self.has_value = true;
                }
            }
        }
        at + 1
    }

    /// `x is y`, `x is not y`, `x is None`.
    fn is(&mut self, at: usize, is_not: bool) -> usize {
        let last = at + usize::from(is_not);
        let (operator, asked) = if is_not { ("!=", "has") } else { ("==", "!has") };
        let left = self.left(at).unwrap_or("x");
        let is_nothing = |token: &Token<'_>| NOTHING.contains(&token.text.to_lowercase().as_str());
        if self.tokens.get(last + 1).is_some_and(is_nothing) {
            let hint =
                format!("write `{left} {operator} null`, or `{asked}({left})` where it may be missing");
            self.unexpected(at, last + 1, hint);
            self.has_value = true;
            return last + 2;
        }
        self.unexpected(at, last, format!("did you mean `{operator}`?"));
        last + 1
    }

    /// `x between 1 and 3`.
    fn between(&mut self, at: usize) -> usize {
        let low = self.right(at + 1);
        let high = low
            .filter(|(_, and)| self.tokens.get(*and).is_some_and(|and| and.text.eq_ignore_ascii_case("and")));
        let high = high.and_then(|(_, and)| self.right(and + 1));
        let (hint, next) = match (self.left(at), low, high) {
            (Some(left), Some((low, _)), Some((high, next))) => {
                (format!("write `{left} >= {low} && {left} <= {high}`"), next)
            }
            _ => ("write `x >= 1 && x <= 3`".to_owned(), self.tokens.len()),
        };
        self.unexpected(at, at, hint);
        self.has_value = true;
        next
    }

    /// A word where a value may begin: a name, or what other languages put before a value.
    fn prefix(&mut self, at: usize) -> usize {
        let token = self.tokens[at];
        let next = self.tokens.get(at + 1);
        self.has_value = true;
        if !next.is_some_and(Token::begins_value) {
            return at + 1;
        }
        let is_call = next.is_some_and(|next| next.kind == Kind::Open);
        let hint = match token.text.to_lowercase().as_str() {
            "not" => "write `!( .. )` around what must not hold",
            "if" => CHOICE,
            "return" | "when" if !is_call => "remove it: an expression stands alone",
            "let" | "var" | "const" if !is_call => "write the value where it is used: there are no variables",
            _ => return at + 1,
        };
        self.unexpected(at, at, hint.to_owned());
        self.has_value = false;
        if hint == CHOICE { self.tokens.len() } else { at + 1 }
    }
}
