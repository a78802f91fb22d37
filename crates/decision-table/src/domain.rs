//! The classes of values that the cells of a column tell apart, each with a value of it, in an order in which every cell
//! admits a few stretches of them.
//!
//! The values between two literals are one class, since every cell admits all of them or none. So a table of a few
//! literals has few combinations of classes, and what holds of them holds of all values. Classes of which no value ever
//! comes are left out, as far as it is known what comes.

use std::cmp::Ordering;
use std::ops::Range;

use segue_value::{Duration, Text, Timestamp, Type, Value, operator};

use crate::cell::{Cell, within};
use crate::given::{Given, Group};

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

/// From one class to another, both included, by their places.
pub(crate) type Stretch = (u32, u32);

/// The classes of a column: null, truth values, instants, texts and numbers, each rising; then what stands for others.
#[derive(Debug)]
pub(crate) struct Domain {
    pub(crate) classes: Vec<Class>,
    /// Where the classes of each sort of values stand.
    blocks: Vec<(Group, Range<usize>)>,
}

impl Domain {
    /// The classes of the column that these cells are of, given these values; anything, if it is not known.
    pub(crate) fn of<'c>(cells: impl Iterator<Item = &'c Cell> + Clone, given: &[Given]) -> Domain {
        let named: Vec<&Value<'static>> = cells.clone().flat_map(Cell::literals).collect();
        let mut classes = all(cells, &named, given);
        let is_listed = !given.is_empty() && given.iter().all(Given::is_listed);
        // A column of empty cells tells nothing apart, so that its one class stands for all that is listed, too.
        let stands = |class: &Class| class.sort == Sort::Anything || !is_listed;
        classes.retain(|class| match class.sort {
            Sort::Anything | Sort::Unnamed => stands(class),
            _ => given.is_empty() || given.iter().any(|one| one.admits(&class.sample)),
        });
        let mut blocks: Vec<(Group, Range<usize>)> = Vec::new();
        for (place, class) in classes.iter().enumerate() {
            let group = if class.sort == Sort::OtherText { Group::Other } else { Group::of(&class.sample) };
            match blocks.last_mut() {
                Some((last, range)) if *last == group => range.end = place + 1,
                _ => blocks.push((group, place..place + 1)),
            }
        }
        Domain { classes, blocks }
    }

    /// The place of the class that holds this literal of a cell alone; `None` if it never comes.
    pub(crate) fn find(&self, value: &Value<'_>) -> Option<u32> {
        let range = self.block(Group::of(value));
        let before = |class: &Class| operator::compare(&class.sample, value) == Ok(Ordering::Less);
        // Null has no order, and no other value beside it.
        let place = range.start + self.classes[range.clone()].partition_point(before);
        let class = self.classes[range].get(place - self.block(Group::of(value)).start)?;
        operator::equals(&class.sample, value).then_some(place as u32)
    }

    /// The classes that the cell admits, as rising stretches that do not touch.
    pub(crate) fn stretches(&self, cell: &Cell) -> Vec<Stretch> {
        let Some(last) = self.classes.len().checked_sub(1).map(|last| last as u32) else { return Vec::new() };
        match cell {
            Cell::Any => vec![(0, last)],
            Cell::OneOf(literals) => {
                let mut places: Vec<u32> = literals.iter().filter_map(|literal| self.find(literal)).collect();
                places.sort_unstable();
                let mut stretches: Vec<Stretch> = Vec::new();
                for place in places {
                    match stretches.last_mut() {
                        Some((_, end)) if *end + 1 >= place => *end = place,
                        _ => stretches.push((place, place)),
                    }
                }
                stretches
            }
            Cell::Not(literal) => match self.find(literal) {
                None => vec![(0, last)],
                Some(place) => {
                    let below = place.checked_sub(1).map(|end| (0, end));
                    let above = (place < last).then_some((place + 1, last));
                    below.into_iter().chain(above).collect()
                }
            },
            Cell::Range { low, high } => {
                let end = low.as_ref().or(high.as_ref()).expect("a range has an end");
                let range = self.block(Group::of(&end.value));
                let inside = &self.classes[range.clone()];
                let start = inside.partition_point(|class| !within(&class.sample, low, Ordering::Greater));
                let end = inside.partition_point(|class| within(&class.sample, high, Ordering::Less));
                let stretch = || ((range.start + start) as u32, (range.start + end - 1) as u32);
                (start < end).then(stretch).into_iter().collect()
            }
        }
    }

    fn block(&self, group: Group) -> Range<usize> {
        let found = self.blocks.iter().find(|(of, _)| *of == group);
        found.map_or(0..0, |(_, range)| range.clone())
    }
}

/// The classes of all values, whether they come or not.
fn all<'c>(
    cells: impl Iterator<Item = &'c Cell> + Clone,
    named: &[&Value<'static>],
    given: &[Given],
) -> Vec<Class> {
    let of_group = |group: Group| {
        let is_named = |value: &Value<'static>| Group::of(value) == group;
        let mut some: Vec<Value<'static>> =
            named.iter().filter(|one| is_named(one)).map(|one| (*one).clone()).collect();
        // Where cells are about such values, those that schemas speak of are told apart, too.
        if !some.is_empty() && group != Group::Null {
            some.extend(given.iter().flat_map(Given::constants).filter(|one| is_named(one)).cloned());
        }
        some.sort_by(|a, b| operator::compare(a, b).unwrap_or(Ordering::Equal));
        some.dedup_by(|a, b| operator::equals(a, b));
        some
    };
    let mut classes = Vec::new();
    let mut plain = |samples: Vec<Value<'static>>| {
        classes.extend(samples.into_iter().map(|sample| Class { sample, sort: Sort::Plain }));
    };
    plain(of_group(Group::Null).into_iter().take(1).collect());
    if !of_group(Group::Bool).is_empty() {
        plain(vec![Value::Bool(false), Value::Bool(true)]);
    }
    plain(around(of_group(Group::Timestamp), neighbour_of_instant));
    let texts = of_group(Group::Text);
    let is_text_range = |cell: &Cell| {
        matches!(cell, Cell::Range { .. }) && cell.literals().any(|end| end.as_text().is_some())
    };
    let has_ranges = cells.clone().any(is_text_range);
    plain(if has_ranges { around(texts.clone(), neighbour_of_text) } else { texts.clone() });
    let is_whole = named.iter().filter(|one| Group::of(one) == Group::Number).all(|one| whole(one).is_some());
    let only_whole = !given.is_empty() && given.iter().all(Given::is_whole);
    classes.extend(numbers(&of_group(Group::Number), is_whole, only_whole));
    if !texts.is_empty() && !has_ranges {
        classes.push(Class { sample: other_text(&texts), sort: Sort::OtherText });
    }
    if named.iter().all(|literal| literal.is_null()) {
        classes.push(Class { sample: Value::Type(Type::Type), sort: Sort::Anything });
    }
    classes.push(Class { sample: Value::Type(Type::Type), sort: Sort::Unnamed });
    classes
}

/// Which neighbour of a value is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Below,
    Above,
}

/// All of them, one below all, one above all, and one between each two, where there is one.
fn around(
    rising: Vec<Value<'static>>,
    neighbour: fn(&Value<'static>, Side) -> Option<Value<'static>>,
) -> Vec<Value<'static>> {
    let mut samples: Vec<_> =
        rising.first().and_then(|first| neighbour(first, Side::Below)).into_iter().collect();
    let mut rest = rising.into_iter().peekable();
    while let Some(value) = rest.next() {
        let above = neighbour(&value, Side::Above);
        samples.push(value);
        samples.extend(above.filter(|above| rest.peek().is_none_or(|next| is_less(above, next))));
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

/// The classes of numbers, rising. `is_whole`: the cells name whole numbers only; `only_whole`: no other comes.
fn numbers(rising: &[Value<'static>], is_whole: bool, only_whole: bool) -> Vec<Class> {
    let mut classes = Vec::new();
    let (Some(first), Some(last)) = (rising.first(), rising.last()) else { return classes };
    let plain = |sample: Value<'static>| Class { sample, sort: Sort::Plain };
    let below = [step(first, -1), Value::Double(f64::MIN)];
    classes.extend(below.into_iter().find(|below| is_less(below, first)).map(plain));
    for (place, value) in rising.iter().enumerate() {
        classes.push(plain(value.clone()));
        let Some(next) = rising.get(place + 1) else { continue };
        let is_between = |one: &Value<'static>| is_less(value, one) && is_less(one, next);
        let middle = Value::Double(double(value) / 2.0 + double(next) / 2.0);
        let after = Some(step(value, 1)).filter(|after| is_between(after) && (is_whole || only_whole));
        classes.extend(match after {
            Some(after) => Some(plain(after)),
            None if only_whole || !is_between(&middle) => None,
            None => {
                let sort = if is_whole { Sort::Fraction } else { Sort::Plain };
                Some(Class { sample: middle, sort })
            }
        });
    }
    let above = [step(last, 1), Value::Double(f64::MAX)];
    classes.extend(above.into_iter().find(|above| is_less(last, above)).map(plain));
    classes
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

/// The whole number next to it, on the side of `by`.
fn step(value: &Value<'static>, by: i64) -> Value<'static> {
    let stepped = whole(value).map(|value| value + i128::from(by));
    match (stepped.map(i64::try_from), stepped.map(u64::try_from)) {
        (Some(Ok(int)), _) => Value::Int(int),
        (_, Some(Ok(uint))) => Value::UInt(uint),
        _ if by < 0 => Value::Double(double(value).ceil() - 1.0),
        _ => Value::Double(double(value).floor() + 1.0),
    }
}
