//! Facts -> values of the interpreter. A value has the type that its schema gives it.

use cel::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelTimestamp, CelUInt,
};
use cel::common::value::Val;
use segue_document::{Kind, Value};
use segue_model::{Event, Rows, Timestamp};

use segue_expr::{Rest, Shape};

/// A value that may borrow from the facts.
pub(crate) type Held<'a> = Box<dyn Val + 'a>;

/// The first second of the year 1, before which CEL knows no time; its last is that of the year 9999.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// The value as its shape says; as it looks where the shape says nothing or something else.
pub(crate) fn value<'a>(value: Value<'a>, shape: &Shape) -> Held<'a> {
    match (value.kind(), shape) {
        (Kind::Null, _) => null(),
        (Kind::Bool, _) => Box::new(CelBool::from(value.as_bool() == Some(true))),
        (Kind::Number, shape) => number(value, shape),
        (Kind::String, Shape::Timestamp) => {
            let text = value.as_str().unwrap_or_default();
            instant(text).unwrap_or_else(|| self::text(text))
        }
        (Kind::String, _) => text(value.as_str().unwrap_or_default()),
        (Kind::Array, shape) => {
            let item = if let Shape::List(item) = shape { item } else { &Shape::Any };
            let items: Vec<Held<'a>> = value.items().map(|value| self::value(value, item)).collect();
            Box::new(CelList::from(items))
        }
        (Kind::Object, shape) => map(value.members().map(|(name, value)| {
            let shape = shape.member(name).unwrap_or(&Shape::Any);
            (name, self::value(value, shape))
        })),
    }
}

fn number(value: Value<'_>, shape: &Shape) -> Held<'static> {
    let double = value.as_f64().unwrap_or(f64::NAN);
    if *shape == Shape::Double {
        return Box::new(CelDouble::from(double));
    }
    if let Some(whole) = value.as_i64() {
        return Box::new(CelInt::from(whole));
    }
    if let Ok(whole) = value.raw().parse::<u64>() {
        return Box::new(CelUInt::from(whole));
    }
    // JSON Schema takes 1.0 and 1e3 for integers; below 2^53 every whole double is exact.
    if *shape == Shape::Int && double.fract() == 0.0 && double.abs() < 9_007_199_254_740_992.0 {
        return Box::new(CelInt::from(double as i64));
    }
    Box::new(CelDouble::from(double))
}

/// A timestamp of an RFC 3339 text, to the nanosecond.
fn instant(text: &str) -> Option<Held<'static>> {
    let instant = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    timestamp(instant.timestamp(), instant.timestamp_subsec_nanos())
}

fn timestamp(seconds: i64, nanos: u32) -> Option<Held<'static>> {
    if !SECONDS.contains(&seconds) {
        return None;
    }
    let instant = chrono::DateTime::from_timestamp(seconds, nanos)?;
    Some(Box::new(CelTimestamp::from(instant.fixed_offset())))
}

/// A moment of the router; `null` outside of the years 1 to 9999.
pub(crate) fn moment(moment: Timestamp) -> Held<'static> {
    let nanos = u32::try_from(moment.0.rem_euclid(1_000)).map_or(0, |millis| millis * 1_000_000);
    timestamp(moment.0.div_euclid(1_000), nanos).unwrap_or_else(null)
}

pub(crate) fn null() -> Held<'static> {
    Box::new(CelNull)
}

fn text<'a>(text: &'a str) -> Held<'a> {
    Box::new(CelString::from(text))
}

/// A map. The interpreter keeps its maps unordered; `@ordered` and the writing of results put them in order.
pub(crate) fn map<'a>(members: impl IntoIterator<Item = (&'a str, Held<'a>)>) -> Held<'a> {
    #[expect(
        clippy::disallowed_types,
        reason = "the interpreter takes no other map; its order is never seen"
    )]
    let map: std::collections::HashMap<CelMapKey<'a>, Held<'a>> =
        members.into_iter().map(|(name, value)| (CelMapKey::from(name), value)).collect();
    Box::new(CelMap::from(map))
}

/// `event` and `cause`.
pub(crate) fn event<'a>(event: &'a Event, shape: &Shape) -> Held<'a> {
    let data = shape.member("data").unwrap_or(&Shape::Any);
    map([
        ("id", text(&event.id)),
        ("type", text(&event.kind)),
        ("source", text(&event.source)),
        ("time", moment(event.time)),
        ("subject", event.subject.as_ref().map_or_else(|| null() as Held<'a>, |subject| text(&subject.id))),
        ("journey", text(&event.journey)),
        ("data", value(event.data.root(), data)),
    ])
}

/// A table: a map from key to row.
pub(crate) fn table<'a>(rows: Option<&'a Rows>, shape: &Shape) -> Held<'a> {
    let row_shape = match shape {
        Shape::Map { rest, .. } => match &**rest {
            Rest::Open(row) => row,
            Rest::Closed => &Shape::Any,
        },
        _ => &Shape::Any,
    };
    let rows = rows.into_iter().flat_map(|rows| &rows.0);
    map(rows.map(|(key, row)| (key.as_str(), value(row.document.root(), row_shape))))
}

/// `local`.
pub(crate) fn local(hour: i64, minute: i64, weekday: i64, date: &str) -> Held<'static> {
    map([
        ("hour", Box::new(CelInt::from(hour)) as Held<'static>),
        ("minute", Box::new(CelInt::from(minute))),
        ("weekday", Box::new(CelInt::from(weekday))),
        ("date", Box::new(CelString::from(date.to_owned()))),
    ])
}

/// `action`, of no group; what the actions of a bundle cannot say yet has its default.
pub(crate) fn action<'a>(id: &'a str) -> Held<'a> {
    map([
        ("id", text(id)),
        ("group", null() as Held<'a>),
        ("complexity", text("simple")),
        ("sensitivity", text("personal")),
        ("transactional", Box::new(CelBool::from(false))),
    ])
}
