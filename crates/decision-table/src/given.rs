//! What is known of the values that a table is given: their types, and what schemas say of them.

use std::cmp::Ordering;

use segue_value::{Shape, Type, Value, operator};

/// What one use of a table gives one of its inputs.
#[derive(Clone, Debug)]
pub struct Given {
    /// The type of the values; that one may be null is not told.
    pub shape: Shape,
    /// What holds of every value, all at once.
    pub limits: Vec<Limit>,
}

/// What holds of every value that an input is given.
#[derive(Clone, Debug)]
pub enum Limit {
    /// It is one of these.
    OneOf(Vec<Value<'static>>),
    /// It is no number, or one of at least this.
    AtLeast(Value<'static>),
    /// It is no number, or one greater than this.
    Above(Value<'static>),
    /// It is no number, or one of at most this.
    AtMost(Value<'static>),
    /// It is no number, or one less than this.
    Below(Value<'static>),
}

/// What values are told apart by: those of one sort have an order among them, and none with those of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    Null,
    Bool,
    Timestamp,
    Text,
    Number,
    Other,
}

impl Group {
    pub(crate) fn of(value: &Value<'_>) -> Group {
        match value.type_of() {
            Type::Null => Group::Null,
            Type::Bool => Group::Bool,
            Type::Timestamp => Group::Timestamp,
            Type::Text => Group::Text,
            Type::Int | Type::UInt | Type::Double => Group::Number,
            _ => Group::Other,
        }
    }

    /// The sort of all values of a shape; `None` if there may be several.
    fn of_shape(shape: &Shape) -> Option<Group> {
        Some(match shape {
            Shape::Any => return None,
            Shape::Null => Group::Null,
            Shape::Bool => Group::Bool,
            Shape::Timestamp => Group::Timestamp,
            Shape::Text => Group::Text,
            Shape::Int | Shape::UInt | Shape::Double => Group::Number,
            _ => Group::Other,
        })
    }
}

impl Given {
    /// What nothing is known of.
    pub fn anything() -> Given {
        Given { shape: Shape::Any, limits: Vec::new() }
    }

    /// This value and no other.
    pub fn only(value: Value<'static>) -> Given {
        Given { shape: Shape::Any, limits: vec![Limit::OneOf(vec![value])] }
    }

    /// True if such a value may come. A value of sort [`Group::Other`] stands for all that no cell is about.
    pub(crate) fn admits(&self, value: &Value<'_>) -> bool {
        let group = Group::of(value);
        let fits_shape = match group {
            // That it may be null is not told by a shape.
            Group::Null | Group::Other => true,
            _ => Group::of_shape(&self.shape).is_none_or(|of| of == group),
        };
        let is_fraction = || value.as_number().is_some_and(|number| number.fract() != 0.0);
        fits_shape
            && !(self.is_whole() && is_fraction())
            && self.limits.iter().all(|limit| limit.admits(value))
    }

    /// True if all numbers among the values are whole.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.shape, Shape::Int | Shape::UInt)
    }

    /// True if all values are known one by one.
    pub(crate) fn is_listed(&self) -> bool {
        self.limits.iter().any(|limit| matches!(limit, Limit::OneOf(_)))
    }

    /// The values that the limits name.
    pub(crate) fn constants(&self) -> impl Iterator<Item = &Value<'static>> {
        self.limits.iter().flat_map(|limit| match limit {
            Limit::OneOf(values) => values.as_slice(),
            Limit::AtLeast(value) | Limit::Above(value) | Limit::AtMost(value) | Limit::Below(value) => {
                std::slice::from_ref(value)
            }
        })
    }
}

impl Limit {
    fn admits(&self, value: &Value<'_>) -> bool {
        let order = |end| operator::compare(value, end).ok().filter(|_| value.as_number().is_some());
        match self {
            Limit::OneOf(values) => values.iter().any(|one| operator::equals(value, one)),
            Limit::AtLeast(low) => order(low) != Some(Ordering::Less),
            Limit::Above(low) => !matches!(order(low), Some(Ordering::Less | Ordering::Equal)),
            Limit::AtMost(high) => order(high) != Some(Ordering::Greater),
            Limit::Below(high) => !matches!(order(high), Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}
