//! Equality, order, and `in`.

use std::cmp::Ordering;

use segue_document::same_text;

use crate::fault::Fault;
use crate::value::{List, Map, Value};

/// The first double past every int; its negative is an int.
const INT_END: f64 = 9_223_372_036_854_775_808.0;
/// The first double past every uint.
const UINT_END: f64 = 18_446_744_073_709_551_616.0;

/// Up to it every whole number is a double.
const EXACT_DOUBLE_MAX: u64 = 1 << 53;

/// `a == b`. Never an error: values of two types that are not both numbers differ. NaN differs from all.
#[inline]
pub fn equals(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => same_text(a.as_str(), b.as_str()),
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Double(a), Value::Double(b)) => a == b,
        // As what a schema calls a number meets the `20` of a rule.
        (Value::Double(a), Value::Int(b)) => int_with_double(*b, *a) == Some(Ordering::Equal),
        (Value::Bool(a), Value::Bool(b)) => a == b,
        _ => equals_otherwise(a, b),
    }
}

fn equals_otherwise(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::UInt(a), Value::UInt(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
        (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Type(a), Value::Type(b)) => a == b,
        (Value::List(a), Value::List(b)) => equal_lists(a, b),
        (Value::Map(a), Value::Map(b)) => equal_maps(a, b),
        _ => across(a, b) == Ok(Ordering::Equal),
    }
}

fn equal_lists(a: &List<'_>, b: &List<'_>) -> bool {
    a.len() == b.len() && a.items().zip(b.items()).all(|(a, b)| equals(&a, &b))
}

/// Both are in the order of their keys, so members face each other.
fn equal_maps(a: &Map<'_>, b: &Map<'_>) -> bool {
    a.len() == b.len()
        && a.entries()
            .iter()
            .zip(&b.entries())
            .all(|((a_key, a), (b_key, b))| equals(a_key, b_key) && equals(a, b))
}

/// The order of `a` and `b`: numbers by their size whatever their type, texts by code points, bytes, `false` before
/// `true`, instants, durations.
///
/// # Errors
/// [`Fault::NoOverload`] for all other types, [`Fault::NotOrdered`] for NaN.
#[inline]
pub fn compare(a: &Value<'_>, b: &Value<'_>) -> Result<Ordering, Fault> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Ok(a.cmp(b)),
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b).ok_or(Fault::NotOrdered),
        (Value::Double(a), Value::Int(b)) => {
            int_with_double(*b, *a).map(Ordering::reverse).ok_or(Fault::NotOrdered)
        }
        (Value::Timestamp(a), Value::Timestamp(b)) => Ok(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Ok(a.cmp(b)),
        _ => compare_otherwise(a, b),
    }
}

fn compare_otherwise(a: &Value<'_>, b: &Value<'_>) -> Result<Ordering, Fault> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Ok(a.as_str().cmp(b.as_str())),
        (Value::UInt(a), Value::UInt(b)) => Ok(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Ok(a.cmp(b)),
        (Value::Bytes(a), Value::Bytes(b)) => Ok(a.cmp(b)),
        _ => across(a, b),
    }
}

/// The order of numbers of two types, which NaN has with nothing; else that the types do not go together.
fn across(a: &Value<'_>, b: &Value<'_>) -> Result<Ordering, Fault> {
    let order = match (a, b) {
        (Value::Int(a), Value::Double(b)) => int_with_double(*a, *b),
        (Value::Double(_), Value::Int(_)) => return across(b, a).map(Ordering::reverse),
        (Value::UInt(a), Value::Double(b)) => uint_with_double(*a, *b),
        (Value::Double(_), Value::UInt(_)) => return across(b, a).map(Ordering::reverse),
        (Value::Int(a), Value::UInt(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Value::UInt(a), Value::Int(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        _ => return Err(Fault::NoOverload),
    };
    order.ok_or(Fault::NotOrdered)
}

/// Exact: an int beyond 2^53 is not rounded to a double first, or equality would not be transitive. A double that is
/// equal to such an int has no fraction.
#[inline]
fn int_with_double(int: i64, double: f64) -> Option<Ordering> {
    if int.unsigned_abs() <= EXACT_DOUBLE_MAX {
        return (int as f64).partial_cmp(&double);
    }
    if double >= INT_END {
        Some(Ordering::Less)
    } else if double < -INT_END {
        Some(Ordering::Greater)
    } else {
        (!double.is_nan()).then(|| int.cmp(&(double as i64)))
    }
}

#[inline]
fn uint_with_double(uint: u64, double: f64) -> Option<Ordering> {
    if uint <= EXACT_DOUBLE_MAX {
        return (uint as f64).partial_cmp(&double);
    }
    if double >= UINT_END {
        Some(Ordering::Less)
    } else {
        (!double.is_nan()).then(|| uint.cmp(&(double as u64)))
    }
}

/// `element in container`: an item of a list, a key of a map.
///
/// # Errors
/// [`Fault::NoOverload`] for other containers, and for what can be no key of a map.
pub fn is_in(element: &Value<'_>, container: &Value<'_>) -> Result<bool, Fault> {
    match container {
        Value::List(List::Made(items)) => Ok(items.iter().any(|item| equals(item, element))),
        Value::List(list) => Ok(list.items().any(|item| equals(&item, element))),
        Value::Map(map) => map.contains(element),
        _ => Err(Fault::NoOverload),
    }
}
