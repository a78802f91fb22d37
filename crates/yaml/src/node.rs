//! YAML 1.2 -> nodes that know their places.
//!
//! Shape: text -> one [`Node`] a document. Scalars follow the core schema: `on`, `yes` and `no` are text. Anchors,
//! aliases, tags and merge keys are findings, as are keys given twice.
//! Limits: a file 1 MiB, 10,000 nodes, 32 levels.

mod build;
mod mapping;
mod meant;
mod scalar;
mod syntax;

pub use build::documents;

use segue_document::Writer;

use crate::findings::{Place, SourceFile};

/// The longest file, in bytes.
pub const BYTES_MAX: usize = 1024 * 1024;

/// A value and its place.
#[derive(Debug)]
pub struct Node {
    /// Where it stands.
    pub place: Place,
    /// What stands there.
    pub value: Value,
}

/// What a value is.
#[derive(Debug)]
pub enum Value {
    /// A value that holds no others.
    Scalar(Scalar),
    /// Values, in the order of the text.
    List(Vec<Node>),
    /// Keys and values, in the order of the text; no key twice.
    Map(Vec<(Key, Node)>),
}

/// A key and its place.
#[derive(Debug)]
pub struct Key {
    /// What it says, quotes and escapes undone.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

/// A value that holds no others.
#[derive(Debug)]
pub struct Scalar {
    /// What it says, quotes and escapes undone.
    pub text: String,
    /// What it is by the core schema.
    pub kind: ScalarKind,
    style: saphyr_parser::ScalarStyle,
    /// Where it begins in the file's text, in characters.
    start: usize,
}

/// What a scalar is by the core schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarKind {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int,
    /// A number with a fraction or an exponent, or one that is none.
    Float,
    /// Text: whatever stands in quotes, and the rest.
    Text,
}

impl Node {
    /// The content, of a text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) if scalar.kind == ScalarKind::Text => Some(&scalar.text),
            _ => None,
        }
    }

    /// True if there is nothing: no value, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(Scalar { kind: ScalarKind::Null, .. }))
    }

    /// What it is, for people.
    pub fn describe(&self) -> &'static str {
        match &self.value {
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
            Value::Scalar(scalar) => match scalar.kind {
                ScalarKind::Null => "nothing",
                ScalarKind::Bool(_) => "a truth value",
                ScalarKind::Int | ScalarKind::Float => "a number",
                ScalarKind::Text => "text",
            },
        }
    }

    /// Writes it as JSON; a number keeps its text where JSON has the same.
    pub fn to_json(&self) -> String {
        let mut writer = Writer::new();
        self.write(&mut writer);
        writer.finish()
    }

    fn write(&self, writer: &mut Writer) {
        match &self.value {
            Value::Scalar(scalar) => {
                let _ = match scalar.kind {
                    ScalarKind::Null => writer.null(),
                    ScalarKind::Bool(truth) => writer.bool(truth),
                    ScalarKind::Int | ScalarKind::Float => writer.raw(&scalar::json_number(&scalar.text)),
                    ScalarKind::Text => writer.string(&scalar.text),
                };
            }
            Value::List(items) => {
                let _ = writer.begin_array();
                items.iter().for_each(|item| item.write(writer));
                let _ = writer.end_array();
            }
            Value::Map(members) => {
                let _ = writer.begin_object();
                for (key, value) in members {
                    value.write(writer.key(&key.text));
                }
                let _ = writer.end_object();
            }
        }
    }

    /// The place of a stretch of a scalar's content, in bytes; the whole value's where it cannot be told.
    pub fn place_inside(&self, file: &SourceFile, start: usize, end: usize) -> Place {
        let Value::Scalar(scalar) = &self.value else { return self.place };
        mapping::place(self.place, scalar, &file.text, start, end).unwrap_or(self.place)
    }
}

#[cfg(test)]
mod tests;
