//! Numbers that are computed without making values of what comes between.

use segue_value::Value;

use super::truth::compare;
use crate::node::{Arithmetic, Comparison};

/// A number of one of the two types that events have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    Int(i64),
    Double(f64),
}

impl Number {
    /// As [`segue_value::operator`] computes; `None` for what it refuses, and for what is seldom asked for.
    #[inline]
    pub(super) fn of(arithmetic: Arithmetic, a: Number, b: Number) -> Option<Number> {
        match (a, b) {
            (Number::Double(a), Number::Double(b)) => Some(Number::Double(match arithmetic {
                Arithmetic::Add => a + b,
                Arithmetic::Subtract => a - b,
                Arithmetic::Multiply => a * b,
                Arithmetic::Divide => a / b,
                Arithmetic::Modulo => return None,
            })),
            (Number::Int(a), Number::Int(b)) => match arithmetic {
                Arithmetic::Add => a.checked_add(b),
                Arithmetic::Subtract => a.checked_sub(b),
                Arithmetic::Multiply => a.checked_mul(b),
                Arithmetic::Divide => a.checked_div(b),
                Arithmetic::Modulo => a.checked_rem(b),
            }
            .map(Number::Int),
            _ => None,
        }
    }

    /// Whether the comparison holds; `None` where there is no order, and for what is seldom asked for.
    #[inline]
    pub(super) fn compare(comparison: Comparison, a: Number, b: Number) -> Option<bool> {
        let order = match (a, b) {
            (Number::Double(a), Number::Double(b)) => a.partial_cmp(&b)?,
            (Number::Int(a), Number::Int(b)) => a.cmp(&b),
            (a, b) => return compare(comparison, &a.value(), &b.value()).ok(),
        };
        Some(comparison.admits(order))
    }

    fn value(self) -> Value<'static> {
        match self {
            Number::Int(number) => Value::Int(number),
            Number::Double(number) => Value::Double(number),
        }
    }
}
