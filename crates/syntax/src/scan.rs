//! The words of a source, as far as the guard and templates need them: texts and comments are stepped over, so that
//! a bracket inside a text is none.

/// One piece of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// One of `(`, `[`, `{`.
    Open,
    /// One of `)`, `]`, `}`; with the byte, since templates look for `}`.
    Close(u8),
    /// A comma.
    Comma,
    /// `&&` or `||`: chains of these do not deepen the tree.
    Logic,
    /// `?`
    Question,
    /// Any other operator, the dot included.
    Operator,
    /// A name, a number, a text, white space, a comment.
    Other,
}

/// Reads the piece that begins at `at`, which must be before the end; gives where the next one begins.
pub fn piece(bytes: &[u8], at: usize) -> (Piece, usize) {
    let next = bytes.get(at + 1).copied();
    match bytes[at] {
        b'(' | b'[' | b'{' => (Piece::Open, at + 1),
        close @ (b')' | b']' | b'}') => (Piece::Close(close), at + 1),
        b',' => (Piece::Comma, at + 1),
        b'?' => (Piece::Question, at + 1),
        b'&' | b'|' if next == Some(bytes[at]) => (Piece::Logic, at + 2),
        b'/' if next == Some(b'/') => (Piece::Other, after_line(bytes, at)),
        b'=' | b'!' | b'<' | b'>' if next == Some(b'=') => (Piece::Operator, at + 2),
        b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'!' | b'.' | b':' => (Piece::Operator, at + 1),
        b'\'' | b'"' => (Piece::Other, after_text(bytes, at, false)),
        // A quoted field name: `a.`b-c``.
        b'`' => (Piece::Other, after_name(bytes, at)),
        byte if byte == b'_' || byte.is_ascii_alphanumeric() => word(bytes, at),
        _ => (Piece::Other, at + 1),
    }
}

/// A name or a number; `in` is an operator, and `r'..'`, `b"..."` and the like are texts.
fn word(bytes: &[u8], at: usize) -> (Piece, usize) {
    let length = bytes[at..].iter().take_while(|b| **b == b'_' || b.is_ascii_alphanumeric()).count();
    let word = &bytes[at..at + length];
    let is_prefix = length <= 2 && word.iter().all(|b| matches!(b, b'r' | b'R' | b'b' | b'B'));
    if is_prefix && matches!(bytes.get(at + length), Some(b'\'' | b'"')) {
        let is_raw = word.iter().any(|b| matches!(b, b'r' | b'R'));
        return (Piece::Other, after_text(bytes, at + length, is_raw));
    }
    (if word == b"in" { Piece::Operator } else { Piece::Other }, at + length)
}

fn after_line(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |length| at + length + 1)
}

fn after_name(bytes: &[u8], at: usize) -> usize {
    bytes[at + 1..].iter().position(|b| *b == b'`').map_or(bytes.len(), |length| at + length + 2)
}

/// Where the text that opens with the quote at `at` has ended; the end of the source if it does not end.
fn after_text(bytes: &[u8], at: usize, is_raw: bool) -> usize {
    let quote = [bytes[at]; 3];
    let quote = if bytes[at..].starts_with(&quote) { &quote[..] } else { &quote[..1] };
    let mut next = at + quote.len();
    while next < bytes.len() {
        if bytes[next..].starts_with(quote) {
            return next + quote.len();
        }
        next += if bytes[next] == b'\\' && !is_raw { 2 } else { 1 };
    }
    bytes.len()
}
