//! What type of value stands where, as far as the JSON Schemas say.

use std::collections::BTreeMap;

/// What type of value stands in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Anything; nothing is known.
    Any,
    /// No value at all: the items of a list that is written out and empty. Only the checker has it, and only inside of
    /// lists.
    Nothing,
    /// `null`.
    Null,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// A number, held as a double even when it is written as a whole one.
    Double,
    /// A text.
    Text,
    /// A whole number that is never negative, of CEL's own kind; JSON has none.
    UInt,
    /// Bytes; JSON has none.
    Bytes,
    /// A length of time; JSON has none.
    Duration,
    /// The name of a type, as `type(x)` gives it.
    Type,
    /// A text that is an RFC 3339 date and time; in expressions, a timestamp.
    Timestamp,
    /// A list whose items all have one shape.
    List(Box<Shape>),
    /// An object.
    Map {
        /// The members that are declared.
        fields: BTreeMap<String, Shape>,
        /// What other members there may be.
        rest: Box<Rest>,
    },
}

/// What members an object may have beside the declared ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    /// None.
    Closed,
    /// Any, each of that shape.
    Open(Shape),
}

impl Shape {
    /// An object of which nothing is known.
    pub fn open_map() -> Shape {
        Shape::Map { fields: BTreeMap::new(), rest: Box::new(Rest::Open(Shape::Any)) }
    }

    /// The shape of what may be either: the same if both are, or if the other is nothing; a double of an int and a
    /// double; of two maps the join member by member, where a member that one of them cannot have keeps its shape; else anything.
    pub fn join(&self, other: &Shape) -> Shape {
        match (self, other) {
            (a, b) if a == b => a.clone(),
            (Shape::Nothing, other) | (other, Shape::Nothing) => other.clone(),
            (Shape::Int, Shape::Double) | (Shape::Double, Shape::Int) => Shape::Double,
            (Shape::List(a), Shape::List(b)) => Shape::List(Box::new(a.join(b))),
            (Shape::Map { fields: a, rest: a_rest }, Shape::Map { fields: b, rest: b_rest }) => {
                let mut fields = BTreeMap::new();
                for name in a.keys().chain(b.keys()) {
                    let joined = join_member(a.get(name), a_rest, b.get(name), b_rest);
                    let _ = fields.insert(name.clone(), joined);
                }
                let rest = match (&**a_rest, &**b_rest) {
                    (Rest::Closed, rest) | (rest, Rest::Closed) => rest.clone(),
                    (Rest::Open(a), Rest::Open(b)) => Rest::Open(a.join(b)),
                };
                Shape::Map { fields, rest: Box::new(rest) }
            }
            _ => Shape::Any,
        }
    }

    /// What such a value is called in a message.
    pub fn noun(&self) -> &'static str {
        match self {
            Shape::Any | Shape::Nothing => "a value",
            Shape::Null => "null",
            Shape::Bool => "a bool",
            Shape::Int | Shape::UInt | Shape::Double => "a number",
            Shape::Bytes => "bytes",
            Shape::Duration => "a duration",
            Shape::Type => "a type",
            Shape::Text => "a text",
            Shape::Timestamp => "a timestamp",
            Shape::List(_) => "a list",
            Shape::Map { .. } => "a map",
        }
    }

    /// The shape of the member of that name; `None` if there can be none.
    pub fn member(&self, name: &str) -> Option<&Shape> {
        match self {
            Shape::Any => Some(&Shape::Any),
            Shape::Map { fields, rest } => fields.get(name).or(match &**rest {
                Rest::Open(shape) => Some(shape),
                Rest::Closed => None,
            }),
            _ => None,
        }
    }
}

fn join_member(a: Option<&Shape>, a_rest: &Rest, b: Option<&Shape>, b_rest: &Rest) -> Shape {
    let of = |declared: Option<&Shape>, rest: &Rest| match (declared, rest) {
        (Some(shape), _) => Some(shape.clone()),
        (None, Rest::Open(shape)) => Some(shape.clone()),
        (None, Rest::Closed) => None,
    };
    match (of(a, a_rest), of(b, b_rest)) {
        (Some(a), Some(b)) => a.join(&b),
        (Some(shape), None) | (None, Some(shape)) => shape,
        (None, None) => Shape::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(fields: &[(&str, Shape)], rest: Rest) -> Shape {
        let fields = fields.iter().map(|(name, shape)| ((*name).to_owned(), shape.clone())).collect();
        Shape::Map { fields, rest: Box::new(rest) }
    }

    #[test]
    fn a_join_admits_what_either_admits() {
        let a = map(&[("x", Shape::Int), ("y", Shape::Text)], Rest::Closed);
        let b = map(&[("x", Shape::Double), ("z", Shape::Bool)], Rest::Closed);
        let both = map(&[("x", Shape::Double), ("y", Shape::Text), ("z", Shape::Bool)], Rest::Closed);
        let open = map(&[("x", Shape::Int)], Rest::Open(Shape::Text));
        let with_open = map(&[("x", Shape::Int), ("y", Shape::Text)], Rest::Open(Shape::Text));
        for (one, other, expected) in [
            (Shape::Int, Shape::Int, Shape::Int),
            (Shape::Int, Shape::Double, Shape::Double),
            (Shape::Text, Shape::Timestamp, Shape::Any),
            (
                Shape::List(Box::new(Shape::Int)),
                Shape::List(Box::new(Shape::Double)),
                Shape::List(Box::new(Shape::Double)),
            ),
            (a.clone(), b, both),
            (a.clone(), open, with_open),
            (
                Shape::List(Box::new(Shape::Nothing)),
                Shape::List(Box::new(a.clone())),
                Shape::List(Box::new(a.clone())),
            ),
            (a, Shape::Int, Shape::Any),
        ] {
            assert_eq!(one.join(&other), expected);
            assert_eq!(other.join(&one), expected);
        }
    }
}
