//! What authors write who know other languages: `<>`, `AND`, `x is None`, `24h` without quotes.
//!
//! The parser says where it gave up and not what was meant. So a source that it refuses is looked at once more, token by
//! token, for what is never CEL and easily told. What is found comes with the remedy; all of it is said at once.
//!
//! Read on: `token`; then what may be wrong with a `word`, a `sign`, a `value` (numbers, texts).

mod sign;
mod token;
mod value;
mod word;

use crate::fault::Fault;
use token::{Kind, Token, tokens};

/// The longest part of the source that a hint repeats, in bytes.
const PART_BYTES_MAX: usize = 48;
/// How a choice is written.
const CHOICE: &str = "write `condition ? a : b`";

/// All slips of a source that the parser refuses, in its order; none, if it is wrong in another way.
pub(crate) fn find(source: &str) -> Vec<Fault> {
    let mut walk = Walk { source, tokens: tokens(source), ..Walk::default() };
    let mut at = 0;
    while at < walk.tokens.len() {
        at = walk.step(at);
    }
    walk.close(None);
    walk.faults.sort_by_key(|fault| fault.start);
    walk.faults
}

/// One level of brackets.
struct Level {
    /// The token that opened it.
    open: usize,
    /// The `?` that no `:` has followed yet.
    choices: Vec<usize>,
}

#[derive(Default)]
struct Walk<'s> {
    source: &'s str,
    tokens: Vec<Token<'s>>,
    faults: Vec<Fault>,
    levels: Vec<Level>,
    /// The `?` outside of all brackets that no `:` has followed yet.
    choices: Vec<usize>,
    /// True if the last token ended a value, so that an operator must follow.
    has_value: bool,
}

impl<'s> Walk<'s> {
    /// Looks at the token there; gives where to go on.
    fn step(&mut self, at: usize) -> usize {
        let token = self.tokens[at];
        match token.kind {
            Kind::Word => return self.word(at),
            Kind::Number => {
                self.number(at);
                self.has_value = true;
            }
            Kind::Text => {
                self.text(token);
                self.missing_operator(at);
                self.has_value = true;
            }
            Kind::Open => return self.open(at),
            Kind::Close => {
                self.close(Some(at));
                self.has_value = true;
            }
            Kind::Sign => return self.sign(at),
            Kind::Strange => return self.strange(at),
        }
        at + 1
    }

    /// Braces in braces are those of a template, in which an expression stands already; the rest of it tells nothing.
    fn open(&mut self, at: usize) -> usize {
        let next = self.tokens.get(at + 1);
        if self.tokens[at].is("{")
            && next.is_some_and(|next| next.is("{") && next.start == self.tokens[at].end())
        {
            let hint = "remove the `{{ }}` within: an expression stands here already";
            self.unexpected(at, at + 1, hint.to_owned());
            return self.tokens.len();
        }
        self.levels.push(Level { open: at, choices: Vec::new() });
        self.has_value = false;
        at + 1
    }

    /// The end of a level, or of the source: no `?` may be left without its `:`.
    fn close(&mut self, at: Option<usize>) {
        let choices = match self.levels.pop() {
            Some(level) => level.choices,
            None => std::mem::take(&mut self.choices),
        };
        for choice in choices {
            self.fault(choice, choice, "`?` without `:`".to_owned(), CHOICE.to_owned());
        }
        if at.is_none() && (!self.levels.is_empty() || !self.choices.is_empty()) {
            self.close(at);
        }
    }

    fn choices(&mut self) -> &mut Vec<usize> {
        match self.levels.last_mut() {
            Some(level) => &mut level.choices,
            None => &mut self.choices,
        }
    }

    /// Two values beside each other. Of two words the first may be half a name, so nothing is said.
    fn missing_operator(&mut self, at: usize) {
        if self.has_value && !self.is_call(at) {
            self.unexpected(at, at, "put an operator before it, such as `&&` or `==`".to_owned());
        }
    }

    /// True if the token before ends what a bracket here would call or index.
    fn is_call(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map(|before| self.tokens[before]);
        self.tokens[at].kind == Kind::Open
            && before.is_some_and(|before| matches!(before.kind, Kind::Word | Kind::Close | Kind::Text))
    }

    fn unexpected(&mut self, first: usize, last: usize, hint: String) {
        let text = &self.source[self.tokens[first].start..self.tokens[last].end()];
        self.fault(first, last, format!("unexpected `{text}`"), hint);
    }

    fn fault(&mut self, first: usize, last: usize, message: String, hint: String) {
        let (start, end) = (self.tokens[first].start, self.tokens[last].end());
        self.faults.push(Fault { start, end, code: "syntax", message, hint: Some(hint) });
    }

    /// The value that ends before the token there, as a hint repeats it: `who.tier`, `size(x)`, `'a'`.
    fn left(&self, at: usize) -> Option<&'s str> {
        let last = at.checked_sub(1)?;
        let mut first = last;
        loop {
            if self.tokens[first].kind == Kind::Close {
                first = self.opening(first)?;
            }
            let before = first.checked_sub(1).map(|before| self.tokens[before]);
            let is_word = self.tokens[first].kind == Kind::Word;
            let is_called = self.tokens[first].kind == Kind::Open
                && before.is_some_and(|before| matches!(before.kind, Kind::Word | Kind::Close));
            if is_called {
                first -= 1;
            } else if is_word && first > 1 && before.is_some_and(|before| before.is(".")) {
                first -= 2;
            } else {
                return self.part(first, last);
            }
        }
    }

    /// The value that begins at the token there, and the token behind it.
    fn right(&self, at: usize) -> Option<(&'s str, usize)> {
        let mut next = at;
        while self.tokens.get(next).is_some_and(|sign| sign.is("-") || sign.is("!")) {
            next += 1;
        }
        if !self.tokens.get(next)?.begins_value() {
            return None;
        }
        loop {
            let token = self.tokens[next];
            next = if token.kind == Kind::Open { self.closing(next)? + 1 } else { next + 1 };
            match self.tokens.get(next) {
                Some(dot) if dot.is(".") && self.tokens.get(next + 1).is_some() => next += 1,
                Some(open) if open.is("(") || open.is("[") => {}
                _ => return Some((self.part(at, next - 1)?, next)),
            }
        }
    }

    fn part(&self, first: usize, last: usize) -> Option<&'s str> {
        let part = &self.source[self.tokens[first].start..self.tokens[last].end()];
        (part.len() <= PART_BYTES_MAX && !part.contains(['\n', '`'])).then_some(part)
    }

    fn opening(&self, close: usize) -> Option<usize> {
        let mut depth = 0usize;
        (0..=close).rev().find(|at| {
            match self.tokens[*at].kind {
                Kind::Close => depth += 1,
                Kind::Open => depth -= 1,
                _ => {}
            }
            depth == 0
        })
    }

    fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0usize;
        (open..self.tokens.len()).find(|at| {
            match self.tokens[*at].kind {
                Kind::Open => depth += 1,
                Kind::Close => depth -= 1,
                _ => {}
            }
            depth == 0
        })
    }
}

#[cfg(test)]
mod tests;
