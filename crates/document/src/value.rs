//! A cursor on one value of a document. Copying it copies nothing of the document.

use std::fmt;

use crate::document::{Document, Node};

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
    fn node(self) -> &'d Node {
        &self.document.nodes[self.at as usize]
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// Its text as it came: numbers to the bit, white space inside containers included.
    pub fn raw(self) -> &'d str {
        let node = self.node();
        &self.document.text[node.start as usize..node.end as usize]
    }

    /// True for `null`.
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The truth value, of a boolean.
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw() == "true")
    }

    /// The content, of a string.
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
        if self.kind() == Kind::Number { self.raw().parse().ok() } else { None }
    }

    /// The nearest double, of a number.
    pub fn as_f64(self) -> Option<f64> {
        if self.kind() == Kind::Number { self.raw().parse().ok() } else { None }
    }

    /// How many items or members it has; 0 for what is no container.
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
    pub fn get(self, name: &str) -> Option<Value<'d>> {
        self.members().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The item at that place, of an array.
    pub fn item(self, index: usize) -> Option<Value<'d>> {
        self.items().nth(index)
    }

    /// The value at the end of a chain of member names.
    pub fn at_path<'p>(self, path: impl IntoIterator<Item = &'p str>) -> Option<Value<'d>> {
        path.into_iter().try_fold(self, Value::get)
    }

    /// The members of an object in the order of the text; none for what is no object.
    pub fn members(self) -> impl Iterator<Item = (&'d str, Value<'d>)> {
        let mut next = self.at + 1;
        let count = if self.kind() == Kind::Object { self.len() } else { 0 };
        (0..count).map(move |_| {
            let key = Value { document: self.document, at: next };
            let value = Value { document: self.document, at: next + 1 };
            next = value.after();
            (key.as_str().expect("a key is a string"), value)
        })
    }

    /// The items of an array; none for what is no array.
    pub fn items(self) -> impl Iterator<Item = Value<'d>> {
        let mut next = self.at + 1;
        let count = if self.kind() == Kind::Array { self.len() } else { 0 };
        (0..count).map(move |_| {
            let item = Value { document: self.document, at: next };
            next = item.after();
            item
        })
    }

    /// A document of its own that holds just this value.
    pub fn to_document(self) -> Document {
        Document::parse_own(self.raw()).expect("a part of a valid document is valid")
    }

    fn after(self) -> u32 {
        match self.kind() {
            Kind::Array | Kind::Object => self.node().first,
            _ => self.at + 1,
        }
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
