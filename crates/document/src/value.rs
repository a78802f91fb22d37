//! A cursor on one value of a document. Copying it copies nothing of the document.

use std::fmt;

use crate::document::{Document, Node};
use crate::parse::bytes::mark;
use crate::text::{few_digits, few_digits_double};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number; its text is kept.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// One value of a document.
#[derive(Clone, Copy)]
pub struct Value<'d> {
    pub(crate) document: &'d Document,
    pub(crate) at: u32,
}

impl<'d> Value<'d> {
    #[inline]
    fn node(self) -> &'d Node {
        &self.document.nodes[self.at as usize]
    }

    /// What it is.
    #[inline]
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// Its text as it came: numbers to the bit, white space inside containers included.
    #[inline]
    pub fn raw(self) -> &'d str {
        let node = self.node();
        &self.document.text[node.start as usize..node.end as usize]
    }

    /// True if its text is known to be as a writer writes it, without white space.
    #[inline]
    pub fn is_compact(self) -> bool {
        self.document.is_compact
    }

    /// True for `null`.
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The truth value, of a boolean.
    #[inline]
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw() == "true")
    }

    /// The content, of a string.
    #[inline]
    pub fn as_str(self) -> Option<&'d str> {
        let node = self.node();
        if node.kind != Kind::String {
            return None;
        }
        Some(if node.escaped {
            &self.document.unescaped[node.first as usize..node.second as usize]
        } else {
            &self.document.text[node.start as usize + 1..node.end as usize - 1]
        })
    }

    /// The whole number, of a number that is written as one and fits.
    pub fn as_i64(self) -> Option<i64> {
        if self.kind() != Kind::Number {
            return None;
        }
        let text = self.raw();
        few_digits(text).or_else(|| text.parse().ok())
    }

    /// The nearest double, of a number.
    pub fn as_f64(self) -> Option<f64> {
        if self.kind() != Kind::Number {
            return None;
        }
        let text = self.raw();
        few_digits_double(text).or_else(|| text.parse().ok())
    }

    /// How many items or members it has; 0 for what is no container.
    #[inline]
    pub fn len(self) -> usize {
        match self.kind() {
            Kind::Array | Kind::Object => self.node().second as usize,
            _ => 0,
        }
    }

    /// True for an empty container and for what is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The member of that name, of an object.
    #[inline]
    pub fn get(self, name: &str) -> Option<Value<'d>> {
        self.find(name, mark(name.as_bytes()))
    }

    /// The member of that name, of an object. As [`Value::get`], and quicker.
    #[inline]
    pub fn get_named(self, name: &Name) -> Option<Value<'d>> {
        self.find(&name.text, name.mark)
    }

    #[inline]
    fn find(self, name: &str, mark: u32) -> Option<Value<'d>> {
        let object = self.node();
        if object.kind != Kind::Object {
            return None;
        }
        let document = self.document;
        let mut at = self.at + 1;
        for _ in 0..object.second {
            let key = &document.nodes[at as usize];
            let value = Value { document, at: at + 1 };
            if (key.escaped || key.first == mark) && document.is_text(key, name) {
                return Some(value);
            }
            at = value.after();
        }
        None
    }

    /// The item at that place, of an array.
    pub fn item(self, index: usize) -> Option<Value<'d>> {
        self.items().nth(index)
    }

    /// The place of the first item of an array that is that text, or (`is` being false) of the first that is not.
    pub fn position_of_text(self, text: &str, is: bool) -> Option<usize> {
        let array = self.node();
        if array.kind != Kind::Array {
            return None;
        }
        let nodes = &self.document.nodes[self.at as usize + 1..array.first as usize];
        // Where no item holds others, each is one node.
        if nodes.len() == array.second as usize {
            nodes.iter().position(|node| self.document.is_text(node, text) == is)
        } else {
            self.items().position(|item| self.document.is_text(item.node(), text) == is)
        }
    }

    /// The value at the end of a chain of member names.
    pub fn at_path<'p>(self, path: impl IntoIterator<Item = &'p str>) -> Option<Value<'d>> {
        path.into_iter().try_fold(self, Value::get)
    }

    /// The members of an object in the order of the text; none for what is no object.
    pub fn members(self) -> Members<'d> {
        let left = if self.kind() == Kind::Object { self.len() } else { 0 };
        Members(Walk { document: self.document, next: self.at + 1, left })
    }

    /// The items of an array; none for what is no array.
    pub fn items(self) -> Items<'d> {
        let left = if self.kind() == Kind::Array { self.len() } else { 0 };
        Items(Walk { document: self.document, next: self.at + 1, left })
    }

    /// A document of its own that holds just this value.
    pub fn to_document(self) -> Document {
        Document::parse_own(self.raw()).expect("a part of a valid document is valid")
    }

    #[inline]
    fn after(self) -> u32 {
        match self.kind() {
            Kind::Array | Kind::Object => self.node().first,
            _ => self.at + 1,
        }
    }
}

/// The name of a member, made ready to be looked for many times.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    text: Box<str>,
    mark: u32,
}

impl Name {
    /// Makes a name ready.
    pub fn new(text: &str) -> Name {
        Name { text: text.into(), mark: mark(text.as_bytes()) }
    }
}

impl std::ops::Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// What of a container is still to come.
#[derive(Clone, Debug)]
struct Walk<'d> {
    document: &'d Document,
    next: u32,
    left: usize,
}

/// The members of an object: see [`Value::members`].
#[derive(Clone, Debug)]
pub struct Members<'d>(Walk<'d>);

/// The items of an array: see [`Value::items`].
#[derive(Clone, Debug)]
pub struct Items<'d>(Walk<'d>);

impl<'d> Iterator for Members<'d> {
    type Item = (&'d str, Value<'d>);

    #[inline]
    fn next(&mut self) -> Option<(&'d str, Value<'d>)> {
        let walk = &mut self.0;
        walk.left = walk.left.checked_sub(1)?;
        let key = Value { document: walk.document, at: walk.next };
        let value = Value { document: walk.document, at: walk.next + 1 };
        walk.next = value.after();
        Some((key.as_str().expect("a key is a string"), value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.left, Some(self.0.left))
    }
}

impl<'d> Iterator for Items<'d> {
    type Item = Value<'d>;

    #[inline]
    fn next(&mut self) -> Option<Value<'d>> {
        let walk = &mut self.0;
        walk.left = walk.left.checked_sub(1)?;
        let item = Value { document: walk.document, at: walk.next };
        walk.next = item.after();
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.left, Some(self.0.left))
    }
}

/// Equal as JSON: members in any order, numbers by what they mean rather than how they are written.
impl PartialEq for Value<'_> {
    fn eq(&self, other: &Value<'_>) -> bool {
        if self.kind() != other.kind() {
            return false;
        }
        match self.kind() {
            Kind::Null => true,
            Kind::Bool => self.as_bool() == other.as_bool(),
            Kind::Number => match (self.as_i64(), other.as_i64()) {
                (Some(a), Some(b)) => a == b,
                _ => self.raw() == other.raw() || self.as_f64() == other.as_f64(),
            },
            Kind::String => self.as_str() == other.as_str(),
            Kind::Array => self.len() == other.len() && self.items().eq(other.items()),
            Kind::Object => {
                self.len() == other.len() && self.members().all(|(key, value)| other.get(key) == Some(value))
            }
        }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.raw())
    }
}
