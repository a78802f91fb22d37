//! What the interpreter gets wrong, put right: so that no expression has to be left out of the comparison for it.
//!
//! Calls of the functions in question become calls of those here, which do the one thing differently and leave the rest
//! to the interpreter. A test sees to it that the interpreter gets each of [`CORRECTED`] wrong still.

use std::sync::LazyLock;

use cel::common::ast::CallExpr;
use cel::common::functions::Function;
use cel::common::types::{CelDouble, CelDuration, CelInt, CelString, CelTimestamp};
use cel::common::value::CowVal;
use cel::{Env, ExecutionError};
use segue_model::Span;

/// What the interpreter gets wrong: a source, what it comes to by the specification, and what is wrong. Where it must be an error, that is none.
pub(crate) const CORRECTED: &[(&str, Option<&str>, &str)] = &[
    (
        "timestamp('2026-03-01T12:00:00+01:00').getHours()",
        Some("11"),
        "where no zone is given, the parts of an instant are those of UTC; the interpreter takes the offset that it was written with",
    ),
    (
        "duration('1h0.25s').getMilliseconds()",
        Some("250"),
        "the milliseconds of a duration are those of its last second; the interpreter takes all of it",
    ),
    (
        "duration('1h' + ' or so') == duration('1h')",
        None,
        "what stands behind a duration makes it none; the interpreter takes no notice of it",
    ),
    (
        "duration('1772414999.75s') - duration('1772414999s')",
        Some("\"0.75s\""),
        "a duration is read to the nanosecond; the interpreter reads it by way of a double",
    ),
    (
        "dyn([1]) + dyn({'a': 1})",
        None,
        "a list goes together with a list only; the interpreter takes the keys of a map for one",
    ),
    (
        "9007199254740993 == 9007199254740992.0",
        Some("false"),
        "a whole number and a double are compared exactly, which is a choice of ours; the interpreter rounds as cel-go does",
    ),
    (
        "string(1e308 * 10.0)",
        Some("\"+Inf\""),
        "infinity is written as cel-go does; the interpreter writes it as Rust does",
    ),
];

/// The functions by the names that calls of them get.
pub(crate) const FUNCTIONS: &[(&str, Function)] = &[
    ("@duration", duration),
    ("@milliseconds", milliseconds),
    ("@string", string),
    ("@timestamp", timestamp),
];

/// The units of a duration in nanoseconds. `ms` stands before `m`, which it begins with.
const UNITS: [(&str, i128); 6] = [
    ("h", 3_600_000_000_000),
    ("ms", 1_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("us", 1_000),
    ("ns", 1),
];

static STANDARD: LazyLock<Env> = LazyLock::new(Env::stdlib);

/// Makes a call of a function that the interpreter gets wrong one of those here.
pub(crate) fn replace(call: &mut CallExpr) {
    let by = match (call.func_name.as_str(), &call.target) {
        ("duration", None) => "@duration",
        ("timestamp", None) => "@timestamp",
        ("string", None) => "@string",
        ("getMilliseconds", Some(_)) if call.args.is_empty() => "@milliseconds",
        _ => return,
    };
    call.func_name = by.to_owned();
    call.args.extend(call.target.take().map(|target| *target));
}

fn fault(function: &str, message: &str) -> ExecutionError {
    ExecutionError::function_error(function, message)
}

/// What the interpreter makes of it.
fn standard<'b, 'v>(name: &str, args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let function = STANDARD.find_overload(name, &args).ok_or_else(|| fault(name, "no such overload"))?;
    function(args)
}

/// `duration(x)`, also of days and weeks, which are ours; of nothing but what is a duration as a whole.
fn duration<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let Some(text) = args.first().and_then(|argument| argument.downcast_ref::<CelString<'_>>()) else {
        return standard("duration", args);
    };
    if let Some(span) = Span::parse(text.inner()) {
        let found = chrono::TimeDelta::try_milliseconds(span.0)
            .filter(|found| found.num_nanoseconds().is_some())
            .ok_or_else(|| fault("duration", "too long"))?;
        return Ok(CowVal::owned(CelDuration::from(found)));
    }
    let found = nanos(text.inner()).ok_or_else(|| fault("duration", "no duration"))?;
    let found = i64::try_from(found).map_err(|_| fault("duration", "too long"))?;
    Ok(CowVal::owned(CelDuration::from(chrono::TimeDelta::nanoseconds(found))))
}

/// The nanoseconds of numbers with units, and of nothing else.
fn nanos(text: &str) -> Option<i128> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if text == "0" {
        return Some(0);
    }
    let (mut total, mut rest) = (0, text);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let (unit, nanos) = UNITS.iter().find(|(unit, _)| after.starts_with(unit))?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        total += digits.checked_mul(*nanos)? / 10i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        rest = &after[unit.len()..];
    }
    (!text.is_empty()).then_some(sign * total)
}

/// `x.getMilliseconds()`: of a duration, those of its last second.
fn milliseconds<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let argument = args.into_iter().next().ok_or_else(|| fault("getMilliseconds", "no argument"))?;
    let millis = if let Some(duration) = argument.downcast_ref::<CelDuration>() {
        i64::from(duration.inner().subsec_millis())
    } else if let Some(instant) = argument.downcast_ref::<CelTimestamp>() {
        i64::from(instant.inner().timestamp_subsec_millis())
    } else {
        return Err(fault("getMilliseconds", "no such overload"));
    };
    Ok(CowVal::owned(CelInt::from(millis)))
}

/// `string(x)`: infinity as cel-go writes it.
fn string<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let double = args.first().and_then(|argument| argument.downcast_ref::<CelDouble>());
    match double.map(|double| *double.inner()) {
        Some(double) if double.is_infinite() => {
            let text = if double > 0.0 { "+Inf" } else { "-Inf" };
            Ok(CowVal::owned(CelString::from(text)))
        }
        _ => standard("string", args),
    }
}

/// `timestamp(x)`, in UTC whatever offset it was written with.
fn timestamp<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let made = standard("timestamp", args)?;
    let instant = made.downcast_ref::<CelTimestamp>().ok_or_else(|| fault("timestamp", "not an instant"))?;
    Ok(CowVal::owned(CelTimestamp::from(instant.inner().to_utc().fixed_offset())))
}

#[test]
fn nothing_stands_behind_the_last_unit_of_a_duration() {
    assert_eq!(nanos("0"), Some(0));
    assert_eq!(nanos("-1m0.5s"), Some(-60_500_000_000));
    assert_eq!(nanos("1s0"), None);
    assert_eq!(nanos("00"), None);
}
