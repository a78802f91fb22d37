//! A parsed document: its text, and where in the text each value stands.

use crate::parse::{self, Limits, ParseError};
use crate::text::same_bytes;
use crate::value::{Kind, Value};

/// One JSON text, parsed.
#[derive(Clone, Debug)]
pub struct Document {
    pub(crate) text: Box<str>,
    /// What strings with escapes say, one after the other.
    pub(crate) unescaped: Box<str>,
    /// Every value and every key, in the order of the text. A container is followed by all that it holds.
    pub(crate) nodes: Vec<Node>,
    /// True if the text is just as a writer would write it: no white space between its parts, no escapes in its keys.
    pub(crate) is_compact: bool,
}

/// One value or key of the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// True for a string whose content stands in `unescaped`.
    pub(crate) escaped: bool,
    /// Where its text begins, quotes and brackets included.
    pub(crate) start: u32,
    /// Where its text ends.
    pub(crate) end: u32,
    /// Of a container: the node after all that it holds. Of an escaped string: where its content begins. Of a key
    /// without escapes: its name's mark.
    pub(crate) first: u32,
    /// Of a container: how many items or members. Of an escaped string: where its content ends.
    pub(crate) second: u32,
}

impl Document {
    /// Parses bytes that came from outside.
    ///
    /// # Errors
    /// The first thing that is wrong, with its kind, its place in bytes and a JSON Pointer to it.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Document, ParseError> {
        parse::parse(bytes, limits)
    }

    /// Parses a text that the router itself has written or has already checked: only its syntax is looked at.
    ///
    /// # Errors
    /// As [`Document::parse`], without the limits.
    pub fn parse_own(text: &str) -> Result<Document, ParseError> {
        parse::parse_text(parse::without_mark(text), &Limits::NONE)
    }

    /// As [`Document::parse_own`], of a text that nobody else needs: no copy is made of it.
    ///
    /// # Errors
    /// As [`Document::parse_own`].
    pub fn parse_owned(text: String) -> Result<Document, ParseError> {
        if text.starts_with(parse::BYTE_ORDER_MARK) {
            return Document::parse_own(&text);
        }
        parse::parse_text(text, &Limits::NONE)
    }

    /// The document that holds an object without members.
    pub fn empty_object() -> Document {
        Document::parse_own("{}").expect("an empty object is valid JSON")
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_> {
        Value { document: self, at: 0 }
    }

    /// True if a node is a string of that content. Most strings differ in their length, which is looked at first.
    #[inline]
    pub(crate) fn is_text(&self, node: &Node, text: &str) -> bool {
        if node.kind != Kind::String {
            return false;
        }
        if node.escaped {
            return self.unescaped[node.first as usize..node.second as usize] == *text;
        }
        let (start, end) = (node.start as usize + 1, node.end as usize - 1);
        end - start == text.len() && same_bytes(&self.text.as_bytes()[start..end], text.as_bytes())
    }

    /// The text it was parsed from, without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Document) -> bool {
        self.root() == other.root()
    }
}
