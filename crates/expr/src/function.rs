//! The functions of the language: those that CEL has, those of the router that are not built yet, and two of our own
//! that stand behind them.

use std::ops::RangeInclusive;
use std::sync::{Arc, LazyLock};

use cel::common::types::{self, CelDuration, CelList, CelMap, CelMapKey, CelString};
use cel::common::value::{CowVal, Val};
use cel::{Env, ExecutionError};
use segue_model::Span;

use segue_value::Shape;

/// `duration()` that takes days and weeks too: every call is turned into one of this.
pub(crate) const DURATION: &str = "@duration";
/// A list as it is, and of a map its keys in order: stands around whatever is walked, since the interpreter walks a
/// map in an order that differs from run to run.
pub(crate) const ORDERED: &str = "@ordered";
/// The longest duration of CEL: some ten thousand years.
const DURATION_SECONDS_MAX: i64 = 315_576_000_000;

/// The standard library of CEL and our functions.
pub(crate) static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    let text = "the two names are ours alone";
    env.add_overload(DURATION, "segue_duration", vec![types::DYN_TYPE], duration).expect(text);
    env.add_overload(ORDERED, "segue_ordered", vec![types::DYN_TYPE], ordered).expect(text);
    Arc::new(env)
});

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

/// A duration as the bundle writes it (`1d12h`) or as CEL does (`1.5h`, `-90s`, `250ms`).
pub(crate) fn parse_duration(text: &str) -> Option<chrono::TimeDelta> {
    let found = match Span::parse(text) {
        Some(span) => chrono::TimeDelta::try_milliseconds(span.0)?,
        None => {
            let argument = || CowVal::owned(CelString::from(text));
            let standard = ENV_STANDARD.find_overload("duration", &[argument()])?;
            let value = standard(vec![argument()]).ok()?;
            *value.downcast_ref::<CelDuration>()?.inner()
        }
    };
    (found.num_seconds().abs() <= DURATION_SECONDS_MAX).then_some(found)
}

/// Kept apart from [`ENV`], which could not be used while it is made.
static ENV_STANDARD: LazyLock<Env> = LazyLock::new(Env::stdlib);

fn duration<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let fault = |message: &str| ExecutionError::function_error("duration", message);
    let Some(argument) = args.into_iter().next() else { return Err(fault("no argument")) };
    if argument.downcast_ref::<CelDuration>().is_some() {
        return Ok(argument);
    }
    let text = argument.downcast_ref::<CelString<'_>>().ok_or_else(|| fault("not a text"))?;
    let found = parse_duration(text.inner()).ok_or_else(|| fault("not a duration"))?;
    Ok(CowVal::owned(CelDuration::from(found)))
}

fn ordered<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let argument = args.into_iter().next();
    let argument = argument.ok_or_else(|| ExecutionError::function_error("ordered", "no argument"))?;
    let Some(map) = argument.downcast_ref::<CelMap<'_>>() else { return Ok(argument) };
    let mut keys: Vec<CelMapKey<'v>> = map.keys().cloned().collect();
    keys.sort();
    let keys = keys.iter().map(|key| key.inner().clone_as_boxed()).collect::<Vec<Box<dyn Val + 'v>>>();
    Ok(CowVal::owned(CelList::from(keys)))
}
