//! Where a part stands in the source, from its first character to its last. The parser keeps one token of each node,
//! and none of the brackets that only group.

use crate::ast::{EntryExpr, Expr, IdedExpr, LiteralValue};

use crate::parse::Places;
use crate::scan::{Piece, piece};

/// The longest part that a message repeats, in characters.
const EXCERPT_CHARS_MAX: usize = 48;

/// From where to where a part goes, with the brackets that belong to it.
pub(crate) fn extent(places: &Places<'_>, node: &IdedExpr) -> (usize, usize) {
    let mut span = Span { start: usize::MAX, end: 0 };
    span.gather(places, node);
    if span.start > span.end {
        return (0, places.source().len());
    }
    let pairs = brackets(places.source());
    loop {
        let before = (span.start, span.end);
        for &(open, close) in &pairs {
            let holds = |at: usize| (span.start..span.end).contains(&at);
            if holds(open) != holds(close) {
                span.add((open, close + 1));
            }
        }
        if before == (span.start, span.end) {
            return before;
        }
    }
}

/// The part as a message repeats it; `None` if it is too long for that.
pub(super) fn excerpt(places: &Places<'_>, node: &IdedExpr) -> Option<String> {
    let (start, end) = extent(places, node);
    let text = places.source().get(start..end)?;
    let is_short = text.chars().count() <= EXCERPT_CHARS_MAX && !text.contains(['\n', '`']);
    is_short.then(|| text.to_owned())
}

struct Span {
    start: usize,
    end: usize,
}

impl Span {
    fn add(&mut self, (start, end): (usize, usize)) {
        self.start = self.start.min(start);
        self.end = self.end.max(end);
    }

    fn gather(&mut self, places: &Places<'_>, node: &IdedExpr) {
        let token = places.token(node);
        match &node.expr {
            Expr::Literal(literal) => self.add((sign(places.source(), literal, token.0), token.1)),
            Expr::Select(select) => {
                self.gather(places, &select.operand);
                self.add(places.field(node, select));
                if select.test {
                    self.add(places.function(node, "has"));
                    self.add(token);
                }
            }
            Expr::Call(call) => {
                self.add(token);
                if call.target.is_none() {
                    self.add(places.function(node, &call.func_name));
                }
                call.target.iter().for_each(|target| self.gather(places, target));
                call.args.iter().for_each(|arg| self.gather(places, arg));
            }
            Expr::List(list) => {
                self.add(token);
                list.elements.iter().for_each(|element| self.gather(places, element));
            }
            Expr::Map(map) => {
                self.add(token);
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.gather(places, &entry.value);
                    }
                }
            }
            Expr::Comprehension(comprehension) => {
                self.add(token);
                self.gather(places, &comprehension.iter_range);
            }
            Expr::Ident(_) | Expr::Struct(_) | Expr::Unspecified => self.add(token),
        }
    }
}

/// Where a literal begins: the sign of a number stands before its token.
fn sign(source: &str, literal: &LiteralValue, start: usize) -> usize {
    let is_negative = match literal {
        LiteralValue::Int(number) => *number.inner() < 0,
        LiteralValue::Double(number) => number.inner().is_sign_negative(),
        _ => false,
    };
    let before = source.get(..start).unwrap_or_default().trim_end();
    if is_negative && before.ends_with('-') { before.len() - 1 } else { start }
}

/// Where each bracket opens and closes.
fn brackets(source: &str) -> Vec<(usize, usize)> {
    let (mut open, mut pairs, mut at) = (Vec::new(), Vec::new(), 0);
    while at < source.len() {
        let (found, next) = piece(source.as_bytes(), at);
        match found {
            Piece::Open => open.push(at),
            Piece::Close(_) => pairs.extend(open.pop().map(|begin| (begin, at))),
            _ => {}
        }
        at = next;
    }
    pairs
}
