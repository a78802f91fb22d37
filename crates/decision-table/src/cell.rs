//! What a cell of an input admits.

use std::cmp::Ordering;

use segue_index::{Bound, Constant, Test};
use segue_value::{Value, operator};

/// What a cell of an input admits.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    /// Anything at all.
    Any,
    /// What equals one of these.
    OneOf(Vec<Value<'static>>),
    /// What does not equal this, of whatever type it is.
    Not(Value<'static>),
    /// What has an order with the ends and is within them; of two ends, both are of one kind.
    Range { low: Option<End>, high: Option<End> },
}

/// An end of a range.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) value: Value<'static>,
    pub(crate) inclusive: bool,
}

impl Cell {
    /// Whether the value is admitted. A value that has no order with the ends of a range is not within them.
    pub(crate) fn admits(&self, value: &Value<'_>) -> bool {
        match self {
            Cell::Any => true,
            Cell::OneOf(literals) => literals.iter().any(|literal| operator::equals(value, literal)),
            Cell::Not(literal) => !operator::equals(value, literal),
            Cell::Range { low, high } => {
                within(value, low, Ordering::Greater) && within(value, high, Ordering::Less)
            }
        }
    }

    /// The test that a value passes if it is admitted, or if it has no order with the ends; none if all values are.
    pub(crate) fn test(&self) -> Option<Test> {
        let constant = |literal: &Value<'static>| Constant::of(literal).expect("a literal is a constant");
        let bound = |end: &Option<End>| {
            end.as_ref().map(|end| Bound { constant: constant(&end.value), inclusive: end.inclusive })
        };
        Some(match self {
            Cell::Any => return None,
            Cell::OneOf(literals) => Test::OneOf(literals.iter().map(constant).collect()),
            Cell::Not(literal) => Test::NoneOf(vec![constant(literal)]),
            Cell::Range { low, high } => Test::Range { low: bound(low), high: bound(high) },
        })
    }

    /// The literals that the cell names.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &Value<'static>> {
        let (list, one, ends) = match self {
            Cell::Any => (&[][..], None, [None, None]),
            Cell::OneOf(literals) => (literals.as_slice(), None, [None, None]),
            Cell::Not(literal) => (&[][..], Some(literal), [None, None]),
            Cell::Range { low, high } => (&[][..], None, [low.as_ref(), high.as_ref()]),
        };
        list.iter().chain(one).chain(ends.into_iter().flatten().map(|end| &end.value))
    }
}

/// Whether the value is on that side of the end, or on the end if that belongs to the range.
pub(crate) fn within(value: &Value<'_>, end: &Option<End>, side: Ordering) -> bool {
    let Some(end) = end else { return true };
    match operator::compare(value, &end.value) {
        Ok(Ordering::Equal) => end.inclusive,
        Ok(order) => order == side,
        Err(_) => false,
    }
}
