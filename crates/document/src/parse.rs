//! Bytes -> document, within limits: one pass, no recursion.
//!
//! Written here rather than taken from a library because three things are wanted at once that none gives: numbers
//! that keep their text, duplicate keys refused, and limits that name the place as a JSON Pointer.
//! `docs/decisions/0003-a-document-of-our-own.md` has the reasons; a property test holds it against serde_json.

pub(crate) mod bytes;
mod escape;

use std::fmt::Write as _;

use bytes::{mark, plain_end};

use crate::document::{Document, Node};
use crate::value::Kind;

/// How much of a document is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest text, in bytes.
    pub bytes_max: usize,
    /// The most containers inside one another.
    pub depth_max: usize,
    /// The most values, containers and their members counted one by one.
    pub values_max: usize,
}

impl Limits {
    /// The limits of the contract: 256 KiB, 32 levels, 10,000 values.
    pub const CONTRACT: Limits = Limits { bytes_max: 256 * 1024, depth_max: 32, values_max: 10_000 };
    /// No limit but that of the places in a text, 4 GiB.
    pub const NONE: Limits =
        Limits { bytes_max: u32::MAX as usize, depth_max: usize::MAX, values_max: usize::MAX };
}

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// Longer than the limit.
    TooLarge,
    /// Not UTF-8.
    NotUtf8,
    /// Not JSON.
    NotJson,
    /// More containers inside one another than the limit.
    TooDeep,
    /// More values than the limit.
    TooMany,
    /// An object names a member twice.
    DuplicateKey,
}

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail} at byte {at}")]
pub struct ParseError {
    /// What kind of thing is wrong.
    pub kind: ParseErrorKind,
    /// What is wrong, in words; holds nothing of the text itself.
    pub detail: &'static str,
    /// Where, in bytes from the beginning.
    pub at: usize,
    /// Where, as a JSON Pointer to the value that was being read; empty at the root.
    pub pointer: String,
}

/// Parses a whole text. See [`Document::parse`].
pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Document, ParseError> {
    refuse_too_long(bytes.len(), limits)?;
    let text = std::str::from_utf8(bytes)
        .map_err(|e| error(ParseErrorKind::NotUtf8, "not UTF-8", e.valid_up_to()))?;
    parse_text(without_mark(text), limits)
}

fn refuse_too_long(bytes: usize, limits: &Limits) -> Result<(), ParseError> {
    if bytes > limits.bytes_max.min(u32::MAX as usize) {
        return Err(error(ParseErrorKind::TooLarge, "text longer than the limit", bytes));
    }
    Ok(())
}

fn error(kind: ParseErrorKind, detail: &'static str, at: usize) -> ParseError {
    ParseError { kind, detail, at, pointer: String::new() }
}

/// What may stand before a text and is no part of it.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

/// A copy of a text, without a byte order mark.
pub(crate) fn without_mark(text: &str) -> String {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text).to_owned()
}

/// Parses a text that has no byte order mark.
pub(crate) fn parse_text(text: String, limits: &Limits) -> Result<Document, ParseError> {
    refuse_too_long(text.len(), limits)?;
    let mut parser = Parser {
        text: &text,
        bytes: text.as_bytes(),
        at: 0,
        limits,
        nodes: Vec::with_capacity(text.len() / 8 + 1),
        unescaped: String::new(),
        open: NOTHING,
        depth: 0,
        values: 0,
        is_compact: true,
    };
    match parser.run() {
        Ok(()) => {
            let Parser { unescaped, nodes, is_compact, .. } = parser;
            let unescaped = unescaped.into_boxed_str();
            Ok(Document { text: text.into_boxed_str(), unescaped, nodes, is_compact })
        }
        Err((kind, detail)) => Err(ParseError { kind, detail, at: parser.at, pointer: parser.pointer(kind) }),
    }
}

type Fault = (ParseErrorKind, &'static str);
const fn not_json(detail: &'static str) -> Fault {
    (ParseErrorKind::NotJson, detail)
}

/// No node.
const NOTHING: u32 = u32::MAX;
/// Up to so many members are looked at in pairs to find one that is named twice.
const PAIRS_MAX: usize = 4;
/// Up to so many members are told apart by their marks at first.
const MARKED_MAX: usize = 64;

struct Parser<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    limits: &'t Limits,
    nodes: Vec<Node>,
    unescaped: String,
    /// The innermost container that is open, as a node. As long as one is open, its `end` is the one around it.
    open: u32,
    /// How many containers are open.
    depth: usize,
    values: usize,
    /// As in [`Document`], of what was read so far.
    is_compact: bool,
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        loop {
            // A value is due here; a container that opens leads straight to its first value, or closes at once.
            self.space();
            if !self.value()? {
                continue;
            }
            // A value has ended; close containers and find the next value.
            loop {
                self.space();
                if self.open == NOTHING {
                    return if self.at == self.bytes.len() {
                        Ok(())
                    } else {
                        Err(not_json("text after the value"))
                    };
                }
                let is_object = self.nodes[self.open as usize].kind == Kind::Object;
                match self.bytes.get(self.at) {
                    Some(b',') => {
                        self.at += 1;
                        if is_object {
                            self.key()?;
                        }
                        break;
                    }
                    Some(b'}') if is_object => self.close()?,
                    Some(b']') if !is_object => self.close()?,
                    Some(_) => return Err(not_json("expected a comma or the end of the container")),
                    None => return Err(not_json("text ended inside a container")),
                }
            }
        }
    }

    /// Reads a value; false if it is a container that is now open and whose first value is due.
    fn value(&mut self) -> Result<bool, Fault> {
        if let Some(container) = self.nodes.get_mut(self.open as usize) {
            container.second += 1;
        }
        self.values += 1;
        if self.values > self.limits.values_max {
            return Err((ParseErrorKind::TooMany, "more values than the limit"));
        }
        match self.bytes.get(self.at) {
            Some(b'{') => self.begin(Kind::Object, b'}'),
            Some(b'[') => self.begin(Kind::Array, b']'),
            Some(b'"') => self.string().map(|()| true),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| true),
            Some(b't') => self.word("true", Kind::Bool).map(|()| true),
            Some(b'f') => self.word("false", Kind::Bool).map(|()| true),
            Some(b'n') => self.word("null", Kind::Null).map(|()| true),
            Some(_) => Err(not_json("expected a value")),
            None => Err(not_json("text ended where a value was expected")),
        }
    }

    fn begin(&mut self, kind: Kind, end: u8) -> Result<bool, Fault> {
        if self.depth >= self.limits.depth_max {
            return Err((ParseErrorKind::TooDeep, "more containers inside one another than the limit"));
        }
        let outer = std::mem::replace(&mut self.open, self.nodes.len() as u32);
        self.depth += 1;
        self.push(kind, self.at, outer as usize, false);
        self.at += 1;
        self.space();
        if self.bytes.get(self.at) == Some(&end) {
            self.close()?;
            return Ok(true);
        }
        if kind == Kind::Object {
            self.key()?;
        }
        Ok(false)
    }

    fn key(&mut self) -> Result<(), Fault> {
        self.space();
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(not_json("expected a member's name"));
        }
        self.string()?;
        let key = self.nodes.last_mut().expect("just pushed");
        if key.escaped {
            self.is_compact = false;
        } else {
            key.first = mark(&self.bytes[key.start as usize + 1..key.end as usize - 1]);
        }
        self.space();
        if self.bytes.get(self.at) != Some(&b':') {
            return Err(not_json("expected a colon after a member's name"));
        }
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        let container = self.open as usize;
        if self.nodes[container].kind == Kind::Object {
            self.refuse_duplicate_keys(container)?;
        }
        self.at += 1;
        let after = self.nodes.len() as u32;
        let node = &mut self.nodes[container];
        self.open = std::mem::replace(&mut node.end, self.at as u32);
        self.depth -= 1;
        node.first = after;
        Ok(())
    }

    fn refuse_duplicate_keys(&mut self, object: usize) -> Result<(), Fault> {
        let count = self.nodes[object].second as usize;
        if count < 2 || (count <= MARKED_MAX && !self.may_have_duplicates(object, count)) {
            return Ok(());
        }
        let mut keys: Vec<usize> = self.keys(object).collect();
        keys.sort_by(|a, b| self.content(*a).cmp(self.content(*b)).then(a.cmp(b)));
        let twice = keys
            .windows(2)
            .filter(|pair| self.content(pair[0]) == self.content(pair[1]))
            .map(|pair| pair[1])
            .min();
        if let Some(second) = twice {
            // The pointer is to end in this key.
            self.at = self.nodes[second].start as usize;
            self.nodes.truncate(second + 1);
            return Err((ParseErrorKind::DuplicateKey, "member named twice"));
        }
        Ok(())
    }

    /// False if no two members have one name. True does not say that two have: names may share a mark by chance.
    fn may_have_duplicates(&self, object: usize, count: usize) -> bool {
        if count <= PAIRS_MAX {
            let mut names = [&[][..]; PAIRS_MAX];
            for (at, key) in self.keys(object).enumerate() {
                names[at] = self.content(key).as_bytes();
                if names[..at].contains(&names[at]) {
                    return true;
                }
            }
            return false;
        }
        let mut marks = [0u64; 64];
        self.keys(object).any(|key| {
            let node = &self.nodes[key];
            let mark = if node.escaped { mark(self.content(key).as_bytes()) } else { node.first };
            // Its twelve uppermost bits.
            let word = &mut marks[(mark >> 26) as usize];
            let bit = 1 << (mark >> 20 & 63);
            let is_known = *word & bit != 0;
            *word |= bit;
            is_known
        })
    }

    /// The keys of an object that is whole.
    fn keys(&self, object: usize) -> impl Iterator<Item = usize> {
        let mut next = object + 1;
        (0..self.nodes[object].second).map(move |_| {
            let key = next;
            let value = &self.nodes[key + 1];
            next = match value.kind {
                Kind::Array | Kind::Object => value.first as usize,
                _ => key + 2,
            };
            key
        })
    }

    fn content(&self, string: usize) -> &str {
        let node = &self.nodes[string];
        if node.escaped {
            &self.unescaped[node.first as usize..node.second as usize]
        } else {
            &self.text[node.start as usize + 1..node.end as usize - 1]
        }
    }

    fn string(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at += 1;
        let plain = self.plain();
        if self.bytes.get(self.at) == Some(&b'"') {
            self.at += 1;
            self.push(Kind::String, start, self.at, false);
            return Ok(());
        }
        let first = self.unescaped.len();
        self.unescaped.push_str(&self.text[plain..self.at]);
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(not_json("control character in a string")),
                None => return Err(not_json("text ended inside a string")),
            }
            let plain = self.plain();
            self.unescaped.push_str(&self.text[plain..self.at]);
        }
        self.at += 1;
        self.push(Kind::String, start, self.at, true);
        let second = self.unescaped.len() as u32;
        let node = self.nodes.last_mut().expect("just pushed");
        (node.first, node.second) = (first as u32, second);
        Ok(())
    }

    /// Goes on to the next quote, backslash or control character; returns where it began.
    #[inline]
    fn plain(&mut self) -> usize {
        let start = self.at;
        self.at = plain_end(self.bytes, start);
        start
    }

    fn number(&mut self) -> Result<(), Fault> {
        let start = self.at;
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        let whole = self.digits();
        if whole == 0 || (whole > 1 && self.bytes[self.at - whole] == b'0') {
            return Err(not_json("malformed number"));
        }
        let mut has_exponent = false;
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(not_json("malformed number"));
            }
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            has_exponent = true;
            self.at += 1;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(not_json("malformed number"));
            }
        }
        // Without an exponent, so few digits are never beyond a double.
        let fits = (!has_exponent && self.at - start < 300)
            || self.text[start..self.at].parse::<f64>().is_ok_and(f64::is_finite);
        if !fits {
            return Err(not_json("number out of range"));
        }
        self.push(Kind::Number, start, self.at, false);
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        self.at - start
    }

    fn word(&mut self, word: &'static str, kind: Kind) -> Result<(), Fault> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(not_json("expected a value"));
        }
        self.push(kind, self.at, self.at + word.len(), false);
        self.at += word.len();
        Ok(())
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize, escaped: bool) {
        self.nodes.push(Node { kind, escaped, start: start as u32, end: end as u32, first: 0, second: 0 });
    }

    #[inline]
    fn space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
            self.is_compact = false;
        }
    }

    /// The pointer to where the parser stands: down the open containers, through the value last begun in each.
    fn pointer(&self, kind: ParseErrorKind) -> String {
        let mut open: Vec<u32> = std::iter::successors(Some(self.open), |container| {
            self.nodes.get(*container as usize).map(|node| node.end)
        })
        .take_while(|container| *container != NOTHING)
        .collect();
        open.reverse();
        let mut pointer = String::new();
        for (level, &container) in open.iter().enumerate() {
            let below = open.get(level + 1).copied();
            let step = self.last_step(container, below, kind);
            if let Some(step) = step {
                pointer.push('/');
                pointer.push_str(&step);
            }
        }
        pointer
    }

    /// The name or place within `container` of the container `below`, or of the value last begun.
    fn last_step(&self, container: u32, below: Option<u32>, kind: ParseErrorKind) -> Option<String> {
        let node = &self.nodes[container as usize];
        if node.kind == Kind::Array {
            let mut step = String::new();
            write!(step, "{}", node.second.checked_sub(1)?).expect("writing to a string succeeds");
            return Some(step);
        }
        let key = match below {
            Some(below) => below as usize - 1,
            None if kind == ParseErrorKind::DuplicateKey => self.nodes.len() - 1,
            None => self.last_key(container)?,
        };
        Some(self.content(key).replace('~', "~0").replace('/', "~1"))
    }

    /// The last key of an object that is still open and holds only whole values after its earlier keys.
    fn last_key(&self, object: u32) -> Option<usize> {
        let (mut next, mut last) = (object as usize + 1, None);
        while next < self.nodes.len() {
            last = Some(next);
            next = match self.nodes.get(next + 1) {
                Some(value) if matches!(value.kind, Kind::Array | Kind::Object) => value.first as usize,
                Some(_) => next + 2,
                None => break,
            };
        }
        last
    }
}
