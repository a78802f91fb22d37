//! Kinds of values, and what is either of two.

use std::collections::BTreeMap;

use segue_value::{Rest, Shape};

/// A kind of value: a shape without what is inside of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Int,
    UInt,
    Double,
    Text,
    Bytes,
    Timestamp,
    Duration,
    Type,
    List,
    Map,
}

impl Kind {
    /// The kind of a shape; `None` if it may be any.
    pub(super) fn of(shape: &Shape) -> Option<Kind> {
        Some(match shape {
            Shape::Any | Shape::Nothing => return None,
            Shape::Null => Kind::Null,
            Shape::Bool => Kind::Bool,
            Shape::Int => Kind::Int,
            Shape::UInt => Kind::UInt,
            Shape::Double => Kind::Double,
            Shape::Text => Kind::Text,
            Shape::Bytes => Kind::Bytes,
            Shape::Timestamp => Kind::Timestamp,
            Shape::Duration => Kind::Duration,
            Shape::Type => Kind::Type,
            Shape::List(_) => Kind::List,
            Shape::Map { .. } => Kind::Map,
        })
    }

    /// The shape of that kind, of whose inside nothing is known.
    pub(super) fn shape(self) -> Shape {
        match self {
            Kind::Null => Shape::Null,
            Kind::Bool => Shape::Bool,
            Kind::Int => Shape::Int,
            Kind::UInt => Shape::UInt,
            Kind::Double => Shape::Double,
            Kind::Text => Shape::Text,
            Kind::Bytes => Shape::Bytes,
            Kind::Timestamp => Shape::Timestamp,
            Kind::Duration => Shape::Duration,
            Kind::Type => Shape::Type,
            Kind::List => Shape::List(Box::new(Shape::Any)),
            Kind::Map => Shape::open_map(),
        }
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Kind::Int | Kind::UInt | Kind::Double)
    }

    /// What such a value is called in a message.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool => "a truth value (bool)",
            Kind::Int => "a whole number (int)",
            Kind::UInt => "a whole number (uint)",
            Kind::Double => "a number (double)",
            Kind::Text => "a text",
            Kind::Bytes => "bytes",
            Kind::Timestamp => "a timestamp",
            Kind::Duration => "a duration",
            Kind::Type => "a type",
            Kind::List => "a list",
            Kind::Map => "a map",
        }
    }
}

/// What such a value is called in a message.
pub(super) fn noun(shape: &Shape) -> &'static str {
    Kind::of(shape).map_or("a value", Kind::noun)
}

/// True if values of these shapes can be equal: numbers of all kinds, and anything with null, which every field of a
/// document may be.
pub(super) fn can_equal(a: &Shape, b: &Shape) -> bool {
    match (Kind::of(a), Kind::of(b)) {
        (None, _) | (_, None) | (Some(Kind::Null), _) | (_, Some(Kind::Null)) => true,
        (Some(a), Some(b)) => a == b || (a.is_number() && b.is_number()),
    }
}

/// True if one of these can be before the other.
pub(super) fn can_compare(a: &Shape, b: &Shape) -> bool {
    let has_order = |kind: Kind| !matches!(kind, Kind::Null | Kind::Type | Kind::List | Kind::Map);
    match (Kind::of(a), Kind::of(b)) {
        (None, None) => true,
        (None, Some(kind)) | (Some(kind), None) => has_order(kind),
        (Some(a), Some(b)) => has_order(a) && (a == b || (a.is_number() && b.is_number())),
    }
}

/// What is one or the other of two values.
///
/// Unlike [`Shape::join`], which says how a document is read: there an int or a double is read as a double, whereas a
/// value that was worked out stays what it is, so that nothing is known of its kind.
pub(super) fn either(a: &Shape, b: &Shape) -> Shape {
    match (a, b) {
        (a, b) if a == b => a.clone(),
        (Shape::Nothing, other) | (other, Shape::Nothing) => other.clone(),
        // As with the fields of documents, that it may be null is not told.
        (Shape::Null, other) | (other, Shape::Null) => other.clone(),
        (Shape::List(a), Shape::List(b)) => Shape::List(Box::new(either(a, b))),
        (Shape::Map { fields: a, rest: a_rest }, Shape::Map { fields: b, rest: b_rest }) => {
            let mut fields = BTreeMap::new();
            for name in a.keys().chain(b.keys()) {
                let (of_a, of_b) = (member(a, a_rest, name), member(b, b_rest, name));
                let shape = match (of_a, of_b) {
                    (Some(a), Some(b)) => either(a, b),
                    (Some(shape), None) | (None, Some(shape)) => shape.clone(),
                    (None, None) => Shape::Any,
                };
                let _ = fields.insert(name.clone(), shape);
            }
            let rest = match (&**a_rest, &**b_rest) {
                (Rest::Closed, rest) | (rest, Rest::Closed) => rest.clone(),
                (Rest::Open(a), Rest::Open(b)) => Rest::Open(either(a, b)),
            };
            Shape::Map { fields, rest: Box::new(rest) }
        }
        _ => Shape::Any,
    }
}

fn member<'m>(fields: &'m BTreeMap<String, Shape>, rest: &'m Rest, name: &str) -> Option<&'m Shape> {
    match (fields.get(name), rest) {
        (Some(shape), _) => Some(shape),
        (None, Rest::Open(shape)) => Some(shape),
        (None, Rest::Closed) => None,
    }
}

/// The shape with anything where it says nothing: what is taken out of an empty list is of no kind that were known.
pub(super) fn known(shape: Shape) -> Shape {
    match shape {
        Shape::Nothing => Shape::Any,
        Shape::List(item) => Shape::List(Box::new(known(*item))),
        Shape::Map { fields, rest } => {
            let fields = fields.into_iter().map(|(name, shape)| (name, known(shape))).collect();
            let rest = match *rest {
                Rest::Open(shape) => Rest::Open(known(shape)),
                Rest::Closed => Rest::Closed,
            };
            Shape::Map { fields, rest: Box::new(rest) }
        }
        other => other,
    }
}

/// What any of these is; anything if there are none.
pub(super) fn any_of<'s>(shapes: impl IntoIterator<Item = &'s Shape>) -> Shape {
    let mut shapes = shapes.into_iter();
    let Some(first) = shapes.next() else { return Shape::Any };
    shapes.fold(first.clone(), |joined, shape| either(&joined, shape))
}
