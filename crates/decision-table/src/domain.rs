//! The classes of values that the cells of a column tell apart, each with a value of it, and the rows that admit it.
//!
//! The values between two literals are one class, since every cell admits all of them or none. So a table of a few
//! literals has few combinations of classes, and what holds of them holds of all values.

use std::cmp::Ordering;

use segue_value::{Duration, Text, Timestamp, Type, Value, operator};

use crate::cell::Cell;

/// A class of values of one column.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub(crate) sample: Value<'static>,
    pub(crate) sort: Sort,
}

/// What a class holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    /// Values that are to be expected.
    Plain,
    /// Any text that no cell names.
    OtherText,
    /// Anything, but for null if a cell names it; no cell of the column names more.
    Anything,
    /// Numbers between two neighbouring whole ones, in a column that names whole numbers only.
    Fraction,
    /// What no cell is about: values of other kinds.
    Unnamed,
}

/// The classes of the column that these cells are of; those to be expected first.
pub(crate) fn classes<'c>(cells: impl Iterator<Item = &'c Cell> + Clone) -> Vec<Class> {
    let literals: Vec<&Value<'static>> = cells.clone().flat_map(Cell::literals).collect();
    let of_type = |types: &[Type]| {
        let mut some: Vec<Value<'static>> =
            literals.iter().filter(|one| types.contains(&one.type_of())).map(|one| (*one).clone()).collect();
        some.sort_by(|a, b| operator::compare(a, b).unwrap_or(Ordering::Equal));
        some.dedup_by(|a, b| operator::equals(a, b));
        some
    };
    let mut classes = Vec::new();
    let mut plain = |samples: Vec<Value<'static>>| {
        classes.extend(samples.into_iter().map(|sample| Class { sample, sort: Sort::Plain }));
    };
    plain(of_type(&[Type::Null]));
    if !of_type(&[Type::Bool]).is_empty() {
        plain(vec![Value::Bool(true), Value::Bool(false)]);
    }
    let instants = of_type(&[Type::Timestamp]);
    plain(around(&instants, neighbour_of_instant));
    plain(instants);
    let texts = of_type(&[Type::Text]);
    let is_text_range = |cell: &Cell| {
        matches!(cell, Cell::Range { .. }) && cell.literals().any(|end| end.as_text().is_some())
    };
    let has_ranges = cells.clone().any(is_text_range);
    if has_ranges {
        plain(around(&texts, neighbour_of_text));
    }
    plain(texts.clone());
    let numbers = of_type(&[Type::Int, Type::UInt, Type::Double]);
    let fractions = add_numbers(&numbers, &mut classes);
    if !texts.is_empty() && !has_ranges {
        classes.push(Class { sample: other_text(&texts), sort: Sort::OtherText });
    }
    if literals.iter().all(|literal| literal.is_null()) {
        classes.push(Class { sample: Value::Type(Type::Type), sort: Sort::Anything });
    }
    classes.extend(fractions);
    classes.push(Class { sample: Value::Type(Type::Type), sort: Sort::Unnamed });
    classes
}

/// Which neighbour of a value is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Below,
    Above,
}

/// A value below all, one above all, and one between each two, where there is one.
fn around(
    rising: &[Value<'static>],
    neighbour: fn(&Value<'static>, Side) -> Option<Value<'static>>,
) -> Vec<Value<'static>> {
    let mut samples: Vec<_> =
        rising.first().and_then(|first| neighbour(first, Side::Below)).into_iter().collect();
    for (place, value) in rising.iter().enumerate() {
        let Some(above) = neighbour(value, Side::Above) else { continue };
        if rising.get(place + 1).is_none_or(|next| is_less(&above, next)) {
            samples.push(above);
        }
    }
    samples
}

fn is_less(a: &Value<'_>, b: &Value<'_>) -> bool {
    operator::compare(a, b) == Ok(Ordering::Less)
}

fn neighbour_of_instant(value: &Value<'static>, side: Side) -> Option<Value<'static>> {
    let Value::Timestamp(at) = value else { return None };
    let nano = Duration::of_nanos(1)?;
    let near: Option<Timestamp> = if side == Side::Below { at.minus(nano) } else { at.plus(nano) };
    near.map(Value::Timestamp)
}

fn neighbour_of_text(value: &Value<'static>, side: Side) -> Option<Value<'static>> {
    let text = value.as_text()?;
    match side {
        Side::Below => (!text.is_empty()).then(|| Value::text("")),
        Side::Above => Some(Value::Text(Text::Made(format!("{text}\0").into()))),
    }
}

fn other_text(texts: &[Value<'static>]) -> Value<'static> {
    let mut other = "another".to_owned();
    while texts.iter().any(|text| text.as_text() == Some(&other)) {
        other.push_str(" one");
    }
    Value::Text(Text::Made(other.into()))
}

/// Adds the classes of numbers, and gives back those that hold fractions only.
fn add_numbers(rising: &[Value<'static>], classes: &mut Vec<Class>) -> Vec<Class> {
    let is_whole = rising.iter().all(|one| whole(one).is_some());
    let mut fractions = Vec::new();
    let (Some(first), Some(last)) = (rising.first(), rising.last()) else { return fractions };
    let mut plain = |sample: Value<'static>| classes.push(Class { sample, sort: Sort::Plain });
    let below = [step(first, -1), Value::Double(f64::MIN)];
    below.into_iter().find(|below| is_less(below, first)).into_iter().for_each(&mut plain);
    for (place, value) in rising.iter().enumerate() {
        plain(value.clone());
        let Some(next) = rising.get(place + 1) else { continue };
        let middle = Value::Double(double(value) / 2.0 + double(next) / 2.0);
        let is_between = |one: &Value<'static>| is_less(value, one) && is_less(one, next);
        if is_whole && is_between(&step(value, 1)) {
            plain(step(value, 1));
        } else if is_between(&middle) {
            if is_whole {
                fractions.push(Class { sample: middle, sort: Sort::Fraction });
            } else {
                plain(middle);
            }
        }
    }
    let above = [step(last, 1), Value::Double(f64::MAX)];
    above.into_iter().find(|above| is_less(last, above)).into_iter().for_each(&mut plain);
    fractions
}

fn whole(value: &Value<'static>) -> Option<i128> {
    match value {
        Value::Int(value) => Some(i128::from(*value)),
        Value::UInt(value) => Some(i128::from(*value)),
        _ => None,
    }
}

fn double(value: &Value<'static>) -> f64 {
    value.as_number().unwrap_or(0.0)
}

/// The number one away, as a whole one if it can be.
fn step(value: &Value<'static>, by: i64) -> Value<'static> {
    let stepped = whole(value).map(|value| value + i128::from(by));
    match (stepped.map(i64::try_from), stepped.map(u64::try_from)) {
        (Some(Ok(int)), _) => Value::Int(int),
        (_, Some(Ok(uint))) => Value::UInt(uint),
        _ => Value::Double(double(value) + by as f64),
    }
}
