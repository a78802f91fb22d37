//! The words, numbers, texts and signs of a source, also of one that is not CEL.

use crate::scan::{Piece, piece};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, or a word that was meant as an operator.
    Word,
    /// Digits and whatever touches them, such as `24h`.
    Number,
    /// A text with its quotes and its prefix.
    Text,
    /// An opening bracket.
    Open,
    /// A closing bracket.
    Close,
    /// An operator, a comma, or what was meant as one; the `in` of CEL too.
    Sign,
    /// A character that CEL does not know.
    Strange,
}

/// One token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'s> {
    pub(super) kind: Kind,
    pub(super) text: &'s str,
    pub(super) start: usize,
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// True if a value may begin with it.
    pub(super) fn begins_value(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Number | Kind::Text | Kind::Open)
    }

    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text
    }
}

/// Signs of several characters, the longer before those that they begin with. Most are of other languages.
const SIGNS: [&str; 25] = [
    "===", "!==", "&&", "||", "==", "!=", "<=", ">=", "<>", "=<", "=>", "=~", "!~", "++", "+=", "-=", "*=",
    "/=", "**", "->", "::", ":=", "??", "..", "/*",
];

/// All tokens; blanks and comments are left out.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let bytes = source.as_bytes();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        let (found, next) = piece(bytes, at);
        let word =
            rest.len() - rest.trim_start_matches(|c: char| c == '_' || c.is_ascii_alphanumeric()).len();
        let (kind, length) = match (found, bytes[at]) {
            (_, byte) if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            (_, b'/') if rest.starts_with("//") => {
                at = next;
                continue;
            }
            (Piece::Open, _) => (Kind::Open, 1),
            (Piece::Close(_), _) => (Kind::Close, 1),
            (Piece::Other, byte) if byte.is_ascii_digit() => (Kind::Number, number(rest)),
            (Piece::Other, b'`') => (Kind::Word, next - at),
            // What goes on behind the word is a text with a prefix.
            (Piece::Other, _) if word > 0 && next - at == word => (Kind::Word, word),
            (Piece::Other, byte) if word > 0 || matches!(byte, b'\'' | b'"') => (Kind::Text, next - at),
            (Piece::Operator, _) if word > 0 => (Kind::Sign, word),
            (_, byte) if byte.is_ascii() => {
                (Kind::Sign, SIGNS.iter().find(|sign| rest.starts_with(*sign)).map_or(1, |sign| sign.len()))
            }
            _ => (Kind::Strange, rest.chars().next().map_or(1, char::len_utf8)),
        };
        let Some(text) = rest.get(..length) else { break };
        tokens.push(Token { kind, text, start: at });
        at += length;
    }
    tokens
}

/// How long the number at the front is, with a fraction, an exponent, and whatever touches it.
fn number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let is_inside = match byte {
            b'.' => is_digit(at + 1),
            b'+' | b'-' => {
                matches!(bytes[at - 1], b'e' | b'E') && is_digit(at + 1) && !text.starts_with("0x")
            }
            byte => *byte == b'_' || byte.is_ascii_alphanumeric(),
        };
        if !is_inside {
            break;
        }
        at += 1;
    }
    at
}
