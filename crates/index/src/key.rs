//! What values are worth, so that equal ones are the same key whatever their type, and the order between them.

use std::cmp::Ordering;
use std::sync::Arc;

use segue_value::{Duration, Text, Timestamp, Value};

use crate::atom::Constant;

/// Up to here, and no further, every whole number is a double.
const TWO_TO_53: i64 = 1 << 53;
const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;

/// A value that a test can be about. A number is `Int` if it can be, else `Large`, else `Fraction`, so that each
/// number has one key only.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key<T> {
    Null,
    Bool(bool),
    Int(i64),
    /// A whole number beyond `Int`.
    Large(u64),
    /// What is no whole number or none that fits; never not-a-number.
    Fraction(f64),
    Text(T),
    Timestamp(Timestamp),
    Duration(Duration),
}

/// What can be put in an order with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Bool,
    Number,
    Text,
    Timestamp,
    Duration,
}

impl Kind {
    pub(crate) const ALL: [Kind; 5] = [Kind::Bool, Kind::Number, Kind::Text, Kind::Timestamp, Kind::Duration];
}

/// What a value is to the tests.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Probe<'a> {
    Key(Key<&'a str>),
    /// A value that equals no constant and has an order with none, such as not-a-number.
    Other,
}

impl<T: AsRef<str>> Key<T> {
    fn of_uint(value: u64) -> Key<T> {
        i64::try_from(value).map_or(Key::Large(value), Key::Int)
    }

    /// `None` of not-a-number.
    fn of_double(value: f64) -> Option<Key<T>> {
        // A cast saturates; the greatest i64 is no double, so that it comes from a cast only when out of range.
        let int = value as i64;
        if int as f64 == value && int != i64::MAX {
            return Some(Key::Int(int));
        }
        let uint = value as u64;
        if uint as f64 == value && uint != u64::MAX {
            return Some(Key::Large(uint));
        }
        (!value.is_nan()).then_some(Key::Fraction(value))
    }

    /// `None` of null, which has no order.
    pub(crate) fn kind(&self) -> Option<Kind> {
        Some(match self {
            Key::Null => return None,
            Key::Bool(_) => Kind::Bool,
            Key::Int(_) | Key::Large(_) | Key::Fraction(_) => Kind::Number,
            Key::Text(_) => Kind::Text,
            Key::Timestamp(_) => Kind::Timestamp,
            Key::Duration(_) => Kind::Duration,
        })
    }

    /// The number as a double, if it is a number and nothing is lost.
    #[inline]
    pub(crate) fn double(&self) -> Option<f64> {
        match self {
            Key::Int(value) if (-TWO_TO_53..=TWO_TO_53).contains(value) => Some(*value as f64),
            Key::Fraction(value) => Some(*value),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn same<U: AsRef<str>>(&self, other: &Key<U>) -> bool {
        match (self, other) {
            (Key::Text(a), Key::Text(b)) => a.as_ref() == b.as_ref(),
            (Key::Int(a), Key::Int(b)) => a == b,
            (Key::Null, Key::Null) => true,
            (Key::Bool(a), Key::Bool(b)) => a == b,
            (Key::Large(a), Key::Large(b)) => a == b,
            (Key::Fraction(a), Key::Fraction(b)) => a == b,
            (Key::Timestamp(a), Key::Timestamp(b)) => a == b,
            (Key::Duration(a), Key::Duration(b)) => a == b,
            _ => false,
        }
    }

    /// The order of two keys; `None` of different kinds, and of null.
    #[inline]
    pub(crate) fn order<U: AsRef<str>>(&self, other: &Key<U>) -> Option<Ordering> {
        Some(match (self, other) {
            (Key::Int(a), Key::Int(b)) => a.cmp(b),
            (Key::Int(_), Key::Large(_)) => Ordering::Less,
            (Key::Large(_), Key::Int(_)) => Ordering::Greater,
            (Key::Large(a), Key::Large(b)) => a.cmp(b),
            (Key::Fraction(a), Key::Fraction(b)) => a.total_cmp(b),
            (Key::Int(a), Key::Fraction(b)) => int_to_fraction(*a, *b),
            (Key::Fraction(a), Key::Int(b)) => int_to_fraction(*b, *a).reverse(),
            (Key::Large(_), Key::Fraction(b)) => large_to_fraction(*b),
            (Key::Fraction(a), Key::Large(_)) => large_to_fraction(*a).reverse(),
            (Key::Text(a), Key::Text(b)) => a.as_ref().cmp(b.as_ref()),
            (Key::Timestamp(a), Key::Timestamp(b)) => a.cmp(b),
            (Key::Duration(a), Key::Duration(b)) => a.cmp(b),
            (Key::Bool(a), Key::Bool(b)) => a.cmp(b),
            _ => return None,
        })
    }

    /// A number that equal keys share. Not for adversaries: the keys of a table are those of the bundle's author.
    #[inline]
    pub(crate) fn hash(&self) -> u64 {
        match self {
            Key::Text(text) => hash_text(text.as_ref().as_bytes()),
            Key::Int(value) => stir(1, value.cast_unsigned()),
            Key::Null => 0,
            Key::Bool(value) => stir(2, u64::from(*value)),
            Key::Large(value) => stir(3, *value),
            Key::Fraction(value) => stir(4, value.to_bits()),
            Key::Timestamp(at) => stir(stir(5, at.seconds.cast_unsigned()), u64::from(at.nanos)),
            Key::Duration(length) => stir(stir(6, length.seconds.cast_unsigned()), length.nanos as u64),
        }
    }
}

impl<'a> Key<&'a Arc<str>> {
    /// `None` of not-a-number.
    pub(crate) fn of(constant: &'a Constant) -> Option<Key<&'a Arc<str>>> {
        Some(match constant {
            Constant::Null => Key::Null,
            Constant::Bool(value) => Key::Bool(*value),
            Constant::Int(value) => Key::Int(*value),
            Constant::UInt(value) => Key::of_uint(*value),
            Constant::Double(value) => return Key::of_double(*value),
            Constant::Text(text) => Key::Text(text),
            Constant::Timestamp(at) => Key::Timestamp(*at),
            Constant::Duration(length) => Key::Duration(*length),
        })
    }

    /// The same, to be looked for.
    pub(crate) fn sought(self) -> Key<&'a str> {
        match self {
            Key::Null => Key::Null,
            Key::Bool(value) => Key::Bool(value),
            Key::Int(value) => Key::Int(value),
            Key::Large(value) => Key::Large(value),
            Key::Fraction(value) => Key::Fraction(value),
            Key::Text(text) => Key::Text(text),
            Key::Timestamp(at) => Key::Timestamp(at),
            Key::Duration(length) => Key::Duration(length),
        }
    }

    /// The same, to be kept.
    pub(crate) fn kept(self) -> Key<Arc<str>> {
        match self {
            Key::Null => Key::Null,
            Key::Bool(value) => Key::Bool(value),
            Key::Int(value) => Key::Int(value),
            Key::Large(value) => Key::Large(value),
            Key::Fraction(value) => Key::Fraction(value),
            Key::Text(text) => Key::Text(Arc::clone(text)),
            Key::Timestamp(at) => Key::Timestamp(at),
            Key::Duration(length) => Key::Duration(length),
        }
    }
}

impl<'a> Probe<'a> {
    #[inline]
    pub(crate) fn of(value: &'a Value<'_>) -> Probe<'a> {
        Probe::Key(match value {
            Value::Text(Text::Borrowed(text)) => Key::Text(text),
            Value::Text(Text::Made(text)) => Key::Text(text),
            Value::Int(value) => Key::Int(*value),
            Value::Double(value) => return Key::of_double(*value).map_or(Probe::Other, Probe::Key),
            Value::Bool(value) => Key::Bool(*value),
            Value::Null => Key::Null,
            Value::UInt(value) => Key::of_uint(*value),
            Value::Timestamp(at) => Key::Timestamp(*at),
            Value::Duration(length) => Key::Duration(*length),
            Value::Bytes(_) | Value::Type(_) | Value::List(_) | Value::Map(_) => return Probe::Other,
        })
    }
}

/// A fraction is never equal to a whole number, or it would not be one.
fn int_to_fraction(int: i64, fraction: f64) -> Ordering {
    let below = if fraction >= TWO_TO_63 {
        true
    } else if fraction < -TWO_TO_63 {
        false
    } else if fraction > 0.0 {
        int <= fraction as i64
    } else {
        int < fraction as i64
    };
    if below { Ordering::Less } else { Ordering::Greater }
}

fn large_to_fraction(fraction: f64) -> Ordering {
    if fraction >= TWO_TO_64 { Ordering::Less } else { Ordering::Greater }
}

#[inline]
fn stir(seed: u64, value: u64) -> u64 {
    let product = (seed.rotate_left(23) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ (product >> 32)
}

#[inline]
fn hash_text(bytes: &[u8]) -> u64 {
    let mut state = bytes.len() as u64;
    let mut rest = bytes;
    while let Some((chunk, after)) = rest.split_first_chunk::<8>() {
        state = stir(state, u64::from_le_bytes(*chunk));
        rest = after;
    }
    let mut tail = 0;
    for byte in rest {
        tail = (tail << 8) | u64::from(*byte);
    }
    stir(state, tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(value: f64) -> Key<&'static str> {
        Key::of_double(value).unwrap()
    }

    #[test]
    fn a_number_has_one_key_whatever_its_type() {
        for (double, whole) in [(0.0, 0), (-0.0, 0), (5.0, 5), (-7.0, -7), (-TWO_TO_63, i64::MIN)] {
            assert!(key(double).same(&Key::<&str>::Int(whole)), "{double}");
            assert_eq!(key(double).hash(), Key::<&str>::Int(whole).hash(), "{double}");
        }
        assert!(key(TWO_TO_63).same(&Key::<&str>::of_uint(1 << 63)));
        assert!(Key::<&str>::of_uint(5).same(&key(5.0)));
        assert!(matches!(key(TWO_TO_64), Key::Fraction(_)));
        assert!(matches!(key(f64::INFINITY), Key::Fraction(_)));
        assert!(Key::<&str>::of_double(f64::NAN).is_none());
        assert!(!key(0.5).same(&Key::<&str>::Int(0)));
    }

    #[test]
    fn numbers_are_ordered_exactly_across_types() {
        let rising: [Key<&str>; 15] = [
            key(f64::NEG_INFINITY),
            key(-1e300),
            Key::Int(i64::MIN),
            key(-2.5),
            Key::Int(-2),
            key(-0.5),
            Key::Int(0),
            key(0.5),
            Key::Int(1),
            Key::Int((1 << 53) + 1),
            Key::Int(i64::MAX),
            key(TWO_TO_63),
            Key::Large(u64::MAX),
            key(TWO_TO_64),
            key(f64::INFINITY),
        ];
        for (i, a) in rising.iter().enumerate() {
            for (j, b) in rising.iter().enumerate() {
                assert_eq!(a.order(b), Some(i.cmp(&j)), "{a:?} {b:?}");
                assert_eq!(a.same(b), i == j, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn what_is_of_another_kind_has_no_order() {
        let keys: [Key<&str>; 5] =
            [Key::Null, Key::Bool(true), Key::Int(1), Key::Text("1"), Key::Fraction(1.5)];
        assert_eq!(keys[0].order(&keys[0]), None);
        assert_eq!(keys[1].order(&keys[2]), None);
        assert_eq!(keys[2].order(&keys[3]), None);
        assert_eq!(keys[2].order(&keys[4]), Some(Ordering::Less));
    }
}
