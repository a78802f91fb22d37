//! The functions of the language: those that CEL has, and those of the router that are not built yet.

use std::ops::RangeInclusive;

use segue_value::Shape;
use segue_value::function::Part;

/// A function of CEL.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// Called on a value, as in `who.name.size()`.
    pub(crate) is_member: bool,
    /// How many arguments, beside the value that it is called on.
    pub(crate) arity: RangeInclusive<usize>,
    /// What it gives.
    pub(crate) shape: Shape,
}

const fn function(
    name: &'static str,
    is_member: bool,
    arity: RangeInclusive<usize>,
    shape: Shape,
) -> Function {
    Function { name, is_member, arity, shape }
}

/// The functions of CEL. Macros stand here too: a call that is still one after parsing has wrong arguments.
pub(crate) static FUNCTIONS: &[Function] = &[
    function("bool", false, 1..=1, Shape::Bool),
    function("bytes", false, 1..=1, Shape::Any),
    function("double", false, 1..=1, Shape::Double),
    function("duration", false, 1..=1, Shape::Any),
    function("dyn", false, 1..=1, Shape::Any),
    function("has", false, 1..=1, Shape::Bool),
    function("int", false, 1..=1, Shape::Int),
    function("matches", false, 2..=2, Shape::Bool),
    function("size", false, 1..=1, Shape::Int),
    function("string", false, 1..=1, Shape::Text),
    function("timestamp", false, 1..=1, Shape::Timestamp),
    function("type", false, 1..=1, Shape::Any),
    function("uint", false, 1..=1, Shape::Int),
    function("all", true, 2..=2, Shape::Bool),
    function("contains", true, 1..=1, Shape::Bool),
    function("endsWith", true, 1..=1, Shape::Bool),
    function("exists", true, 2..=2, Shape::Bool),
    function("existsOne", true, 2..=2, Shape::Bool),
    function("exists_one", true, 2..=2, Shape::Bool),
    function("filter", true, 2..=2, Shape::Any),
    function("getDate", true, 0..=1, Shape::Int),
    function("getDayOfMonth", true, 0..=1, Shape::Int),
    function("getDayOfWeek", true, 0..=1, Shape::Int),
    function("getDayOfYear", true, 0..=1, Shape::Int),
    function("getFullYear", true, 0..=1, Shape::Int),
    function("getHours", true, 0..=1, Shape::Int),
    function("getMilliseconds", true, 0..=1, Shape::Int),
    function("getMinutes", true, 0..=1, Shape::Int),
    function("getMonth", true, 0..=1, Shape::Int),
    function("getSeconds", true, 0..=1, Shape::Int),
    function("map", true, 2..=3, Shape::Any),
    function("matches", true, 1..=1, Shape::Bool),
    function("size", true, 0..=0, Shape::Int),
    function("startsWith", true, 1..=1, Shape::Bool),
];

/// Functions of the contract that are not built yet.
pub(crate) const NOT_BUILT: [&str; 14] = [
    "age",
    "avg",
    "count",
    "decide",
    "distance_km",
    "distinct",
    "last",
    "max",
    "min",
    "outcomes",
    "released",
    "since",
    "speed_kmh",
    "sum",
];

/// The names of types, which stand for themselves.
pub(crate) const TYPES: [&str; 10] =
    ["bool", "bytes", "double", "dyn", "int", "list", "map", "null_type", "string", "uint"];

/// A function as the evaluation knows it; what is called on a value has that value as its first argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Bool,
    Bytes,
    Double,
    Duration,
    Dyn,
    Int,
    Size,
    Text,
    Timestamp,
    Type,
    UInt,
    Contains,
    EndsWith,
    StartsWith,
    /// A part of a timestamp or a duration.
    Part(Part),
}

/// The calls by name, and whether they are called on a value.
const CALLS: &[(&str, bool, Call)] = &[
    ("bool", false, Call::Bool),
    ("bytes", false, Call::Bytes),
    ("double", false, Call::Double),
    ("duration", false, Call::Duration),
    ("dyn", false, Call::Dyn),
    ("int", false, Call::Int),
    ("size", false, Call::Size),
    ("string", false, Call::Text),
    ("timestamp", false, Call::Timestamp),
    ("type", false, Call::Type),
    ("uint", false, Call::UInt),
    ("contains", true, Call::Contains),
    ("endsWith", true, Call::EndsWith),
    ("getDate", true, Call::Part(Part::Date)),
    ("getDayOfMonth", true, Call::Part(Part::DayOfMonth)),
    ("getDayOfWeek", true, Call::Part(Part::DayOfWeek)),
    ("getDayOfYear", true, Call::Part(Part::DayOfYear)),
    ("getFullYear", true, Call::Part(Part::FullYear)),
    ("getHours", true, Call::Part(Part::Hours)),
    ("getMilliseconds", true, Call::Part(Part::Milliseconds)),
    ("getMinutes", true, Call::Part(Part::Minutes)),
    ("getMonth", true, Call::Part(Part::Month)),
    ("getSeconds", true, Call::Part(Part::Seconds)),
    ("size", true, Call::Size),
    ("startsWith", true, Call::StartsWith),
];

impl Call {
    /// The function of that name. `matches` and the macros are not among them: they are nodes of their own.
    pub(crate) fn of(name: &str, is_member: bool) -> Option<Call> {
        let known = CALLS.iter().find(|(known, member, _)| *known == name && *member == is_member);
        known.map(|(.., call)| *call)
    }

    /// As it is written.
    pub(crate) fn name(self) -> &'static str {
        CALLS.iter().find(|(.., call)| *call == self).map_or("", |(name, ..)| name)
    }
}

/// A duration as the bundle writes it (`1d12h`) or as CEL does (`1.5h`, `-90s`, `250ms`).
pub(crate) fn parse_duration(text: &str) -> Option<segue_value::Duration> {
    segue_value::Duration::parse(text)
}
