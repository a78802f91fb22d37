//! What may reach the parser. It and the interpreter call themselves for each level of a source, so a source that is
//! long or deep enough would end the process; such a source is refused before.
//!
//! Measured on a thread of 2 MiB: a chain of some 1,370 operators is the first that overflows, of which the limit is a
//! tenth. Brackets cost more each; 32 are what the specification asks for, and a fifth of such a stack is enough for
//! them whatever stands between.

use crate::fault::Fault;
use crate::scan::{Piece, piece};

/// The longest source of one expression, in bytes.
pub(crate) const SOURCE_BYTES_MAX: usize = 2048;
/// The most brackets and conditions (`?:`) inside one another.
pub const NESTING_MAX: usize = 32;
/// The most operators of one chain, with those of the chains around it. `&&` and `||` begin a new one.
pub const CHAIN_MAX: usize = 128;

/// One level of brackets.
#[derive(Clone, Copy, Default)]
struct Level {
    operators: usize,
    conditions: usize,
}

/// Refuses a source that is too long or too deep to be parsed.
pub(crate) fn admit(source: &str) -> Result<(), Fault> {
    if source.len() > SOURCE_BYTES_MAX {
        let message = format!("the expression is longer than {SOURCE_BYTES_MAX} bytes");
        let hint = Some("split it into several rules or actions".to_owned());
        return Err(Fault { start: 0, end: source.len(), code: "too-long", message, hint });
    }
    let mut levels = vec![Level::default()];
    let mut at = 0;
    while at < source.len() {
        let (piece, next) = piece(source.as_bytes(), at);
        step(&mut levels, piece);
        let nesting = levels.len() - 1 + levels.iter().map(|level| level.conditions).sum::<usize>();
        let chain = levels.iter().map(|level| level.operators).sum::<usize>();
        if nesting > NESTING_MAX {
            let message = format!("more than {NESTING_MAX} brackets and conditions inside one another");
            return Err(Fault { start: at, end: next, code: "too-deep", message, hint: None });
        }
        if chain > CHAIN_MAX {
            let message = format!("a chain of more than {CHAIN_MAX} operators");
            return Err(Fault { start: at, end: next, code: "too-deep", message, hint: None });
        }
        at = next.min(source.len());
    }
    Ok(())
}

fn step(levels: &mut Vec<Level>, piece: Piece) {
    let level = levels.len() - 1;
    match piece {
        Piece::Open => {
            // An index or a call deepens the chain that it stands in.
            levels[level].operators += 1;
            levels.push(Level::default());
        }
        Piece::Close(_) if level > 0 => drop(levels.pop()),
        Piece::Comma => levels[level] = Level::default(),
        // The conditions stay: what follows is still inside of them.
        Piece::Logic => levels[level].operators = 0,
        Piece::Question => levels[level].conditions += 1,
        Piece::Operator => levels[level].operators += 1,
        Piece::Close(_) | Piece::Other => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_or_too_deep_is_refused_and_the_rest_admitted() {
        let nested = |n: usize| format!("{}1{}", "(".repeat(n), ")".repeat(n));
        let cases = [
            (vec!["a"; 100].join("+"), None),
            (vec!["a"; 200].join("+"), Some("too-deep")),
            (vec!["a"; 300].join("&&"), None),
            (vec!["a.b.c == 1"; 100].join("||"), None),
            (nested(NESTING_MAX), None),
            (nested(NESTING_MAX + 1), Some("too-deep")),
            ("!".repeat(CHAIN_MAX + 1), Some("too-deep")),
            (format!("a{}", "[0]".repeat(CHAIN_MAX + 1)), Some("too-deep")),
            (format!("a{}", ".b".repeat(CHAIN_MAX + 1)), Some("too-deep")),
            (format!("{}1", "a||b?1:".repeat(NESTING_MAX + 1)), Some("too-deep")),
            (format!("'{}'", "(".repeat(1000)), None),
            (format!("1 // {}", "(".repeat(1000)), None),
            (format!(r"r'\' + {}1", "(".repeat(40)), Some("too-deep")),
            (format!(r"'\'{}'", "(".repeat(40)), None),
            ("a".repeat(SOURCE_BYTES_MAX + 1), Some("too-long")),
        ];
        for (source, expected) in cases {
            assert_eq!(admit(&source).err().map(|fault| fault.code), expected, "{source}");
        }
    }
}
