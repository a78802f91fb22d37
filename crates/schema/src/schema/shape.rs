//! What a schema says of the types of values, for the checking of expressions.
//!
//! A schema that names properties and is silent about others is taken at its word: a field that it does not name is
//! one that no schema has. `additionalProperties` (or `patternProperties`) opens it.

use std::collections::BTreeMap;

use segue_document::{Document, Kind, Value};
use segue_value::{Rest, Shape};

use super::limits::target;

/// How many levels are described; what lies deeper is anything. Also ends schemas that refer to themselves.
const DEPTH_MAX: usize = 16;

/// The shape of what the schema admits.
pub(super) fn of(document: &Document) -> Shape {
    shape(document, document.root(), 0)
}

fn shape(document: &Document, schema: Value<'_>, depth: usize) -> Shape {
    let mut parts = Parts::new(document);
    parts.collect(schema, depth);
    parts.finish()
}

/// What the keywords of a schema, and of those that hold beside it, say together.
struct Parts<'d> {
    document: &'d Document,
    kinds: Vec<&'d str>,
    is_date_time: bool,
    fields: BTreeMap<String, Shape>,
    items: Option<Shape>,
    rest: Option<Shape>,
    /// What `anyOf` and `oneOf` say, where nothing else does.
    choice: Option<Shape>,
}

impl<'d> Parts<'d> {
    fn new(document: &'d Document) -> Parts<'d> {
        Parts {
            document,
            kinds: Vec::new(),
            is_date_time: false,
            fields: BTreeMap::new(),
            items: None,
            rest: None,
            choice: None,
        }
    }

    fn collect(&mut self, schema: Value<'d>, depth: usize) {
        if depth > DEPTH_MAX {
            self.rest = Some(Shape::Any);
            return;
        }
        if let Some(kind) = schema.get("type") {
            // What may also be null is described as what it is otherwise.
            let kinds = kind.as_str().into_iter().chain(kind.items().filter_map(Value::as_str));
            let is_single = kind.kind() == Kind::String || kind.len() == 1;
            self.kinds = kinds.filter(|kind| is_single || *kind != "null").collect();
        }
        self.is_date_time |= schema.get("format").and_then(Value::as_str) == Some("date-time");
        for (name, property) in schema.get("properties").iter().flat_map(|map| map.members()) {
            let shape = shape(self.document, property, depth + 1);
            let _ = self.fields.insert(name.to_owned(), shape);
        }
        match schema.get("additionalProperties") {
            Some(rest) if rest.as_bool() != Some(false) => self.open(shape(self.document, rest, depth + 1)),
            _ => {}
        }
        for (_, rest) in schema.get("patternProperties").iter().flat_map(|map| map.members()) {
            self.open(shape(self.document, rest, depth + 1));
        }
        if let Some(items) = schema.get("items").filter(|_| schema.get("prefixItems").is_none()) {
            self.items = Some(shape(self.document, items, depth + 1));
        }
        self.collect_beside(schema, depth);
    }

    /// The schemas that hold for the same value.
    fn collect_beside(&mut self, schema: Value<'d>, depth: usize) {
        if let Some(target) =
            schema.get("$ref").and_then(Value::as_str).and_then(|reference| target(self.document, reference))
        {
            self.collect(target, depth + 1);
        }
        for inner in schema.get("allOf").iter().flat_map(|list| list.items()) {
            self.collect(inner, depth + 1);
        }
        for keyword in ["then", "else"] {
            if let Some(inner) = schema.get(keyword) {
                self.collect(inner, depth + 1);
            }
        }
        for keyword in ["anyOf", "oneOf"] {
            let branches = schema.get(keyword).into_iter().flat_map(|list| list.items());
            let shapes = branches.map(|branch| shape(self.document, branch, depth + 1));
            let joined = shapes.filter(|shape| *shape != Shape::Null).reduce(|a, b| a.join(&b));
            if let Some(Shape::Map { fields, rest }) = joined {
                for (name, field) in fields {
                    let _ = self.fields.entry(name).or_insert(field);
                }
                if let (Rest::Open(rest), true) = (*rest, self.fields.is_empty()) {
                    self.open(rest);
                }
            } else if joined.is_some() {
                self.choice = joined;
            }
        }
    }

    fn open(&mut self, shape: Shape) {
        self.rest = Some(match self.rest.take() {
            Some(rest) => rest.join(&shape),
            None => shape,
        });
    }

    fn finish(self) -> Shape {
        let map = |fields: BTreeMap<String, Shape>, rest: Option<Shape>| {
            let rest = match rest {
                Some(shape) => Rest::Open(shape),
                None if fields.is_empty() => Rest::Open(Shape::Any),
                None => Rest::Closed,
            };
            Shape::Map { fields, rest: Box::new(rest) }
        };
        match self.kinds.as_slice() {
            [] if !self.fields.is_empty() || self.rest.is_some() => map(self.fields, self.rest),
            [] if self.items.is_some() => Shape::List(Box::new(self.items.unwrap_or(Shape::Any))),
            [] if self.is_date_time => Shape::Timestamp,
            [] => self.choice.unwrap_or(Shape::Any),
            ["null"] => Shape::Null,
            ["boolean"] => Shape::Bool,
            ["integer"] => Shape::Int,
            ["number"] | ["integer", "number"] | ["number", "integer"] => Shape::Double,
            ["string"] if self.is_date_time => Shape::Timestamp,
            ["string"] => Shape::Text,
            ["array"] => Shape::List(Box::new(self.items.unwrap_or(Shape::Any))),
            ["object"] => map(self.fields, self.rest),
            _ => Shape::Any,
        }
    }
}
