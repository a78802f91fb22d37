//! Tree + scope -> a result, or why there is none.

use std::collections::BTreeSet;
use std::sync::Arc;

use cel::common::ast::IdedExpr;
use cel::common::types::{
    CelBool, CelDouble, CelDuration, CelInt, CelList, CelMap, CelMapKey, CelString, CelTimestamp, CelUInt,
    Kind,
};
use cel::common::value::Val;
use cel::{Context, ExecutionError};
use segue_document::Writer;

use crate::fault::EvalError;
use crate::function::ENV;
use crate::scope::Scope;

/// Evaluates a tree and hands its value to `use_value`. `words` are the field names and texts of the source, which
/// an error may name.
pub(crate) fn evaluate<T>(
    tree: &IdedExpr,
    scope: &Scope<'_>,
    words: &BTreeSet<String>,
    use_value: impl FnOnce(&dyn Val) -> Result<T, EvalError>,
) -> Result<T, EvalError> {
    let mut context = Context::with_env(Arc::clone(&ENV));
    context.set_variable_resolver(scope);
    match cel::Value::resolve_val(tree, &context) {
        Ok(value) => use_value(value.as_ref()),
        Err(error) => Err(EvalError(describe(&error, words))),
    }
}

/// The truth value.
pub(crate) fn truth(value: &dyn Val) -> Result<bool, EvalError> {
    let found = value.downcast_ref::<CelBool>().map(|truth| *truth.inner());
    found.ok_or_else(|| EvalError(format!("the value is no bool but {}", kind(value))))
}

/// The finite number.
pub(crate) fn number(value: &dyn Val) -> Result<f64, EvalError> {
    let number = if let Some(double) = value.downcast_ref::<CelDouble>() {
        *double.inner()
    } else if let Some(int) = value.downcast_ref::<CelInt>() {
        *int.inner() as f64
    } else if let Some(uint) = value.downcast_ref::<CelUInt>() {
        *uint.inner() as f64
    } else {
        return Err(EvalError(format!("the value is no number but {}", kind(value))));
    };
    if number.is_finite() { Ok(number) } else { Err(EvalError("the number is not finite".to_owned())) }
}

/// The value as JSON text.
pub(crate) fn json(value: &dyn Val) -> Result<String, EvalError> {
    let mut writer = Writer::new();
    write(&mut writer, value)?;
    Ok(writer.finish())
}

/// The value as it goes into a text: a text as it is, a timestamp and a duration without quotes, else JSON.
pub(crate) fn text(value: &dyn Val) -> Result<String, EvalError> {
    match plain_text(value) {
        Some(text) => Ok(text),
        None => json(value),
    }
}

fn plain_text(value: &dyn Val) -> Option<String> {
    if let Some(text) = value.downcast_ref::<CelString<'_>>() {
        return Some(text.inner().to_owned());
    }
    if let Some(instant) = value.downcast_ref::<CelTimestamp>() {
        let instant = instant.inner();
        let text = instant.to_utc().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        // Without the zeros at the end of a fraction, as everywhere else in the router.
        return Some(match text.strip_suffix('Z').filter(|text| text.contains('.')) {
            Some(text) => format!("{}Z", text.trim_end_matches('0')),
            None => text,
        });
    }
    // As the JSON form of durations has it: seconds, with a fraction where there is one.
    let duration = value.downcast_ref::<CelDuration>()?.inner();
    let (seconds, nanos) = (duration.num_seconds(), duration.subsec_nanos());
    let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
    let fraction = format!("{:09}", nanos.unsigned_abs());
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{}{dot}{fraction}s", seconds.unsigned_abs()))
}

fn write(writer: &mut Writer, value: &dyn Val) -> Result<(), EvalError> {
    if let Some(text) = plain_text(value) {
        let _ = writer.string(&text);
    } else if let Some(truth) = value.downcast_ref::<CelBool>() {
        let _ = writer.bool(*truth.inner());
    } else if let Some(int) = value.downcast_ref::<CelInt>() {
        let _ = writer.integer(*int.inner());
    } else if let Some(uint) = value.downcast_ref::<CelUInt>() {
        let _ = writer.raw(&uint.inner().to_string());
    } else if let Some(double) = value.downcast_ref::<CelDouble>() {
        let _ = writer.double(number(double)?);
    } else if value.get_type().kind() == Kind::NullType {
        let _ = writer.null();
    } else if let Some(list) = value.downcast_ref::<CelList<'_>>() {
        let _ = writer.begin_array();
        for item in list.inner() {
            write(writer, item.as_ref())?;
        }
        let _ = writer.end_array();
    } else if let Some(map) = value.downcast_ref::<CelMap<'_>>() {
        let mut members: Vec<_> = map.inner().iter().collect();
        members.sort_by_key(|(key, _)| *key);
        let _ = writer.begin_object();
        for (key, member) in members {
            write(writer.key(&key_text(key)), member.as_ref())?;
        }
        let _ = writer.end_object();
    } else {
        return Err(EvalError(format!("a value of type {} cannot be written as JSON", kind(value))));
    }
    Ok(())
}

fn key_text(key: &CelMapKey<'_>) -> String {
    match key {
        CelMapKey::Bool(key) => key.inner().to_string(),
        CelMapKey::Int(key) => key.inner().to_string(),
        CelMapKey::UInt(key) => key.inner().to_string(),
        CelMapKey::String(key) => key.inner().to_owned(),
    }
}

fn kind(value: &dyn Val) -> String {
    value.get_type().name().to_owned()
}

/// What went wrong, without the values that the interpreter's own messages hold.
fn describe(error: &ExecutionError, words: &BTreeSet<String>) -> String {
    match error {
        // A key may come from a profile; one that stands in the source does not give anything away.
        ExecutionError::NoSuchKey(key) if words.contains(key.as_str()) => format!("there is no `{key}`"),
        ExecutionError::NoSuchKey(_) => "there is nothing of that key".to_owned(),
        ExecutionError::NoSuchOverload(call) => {
            let types = call.argument_types().join(" and ");
            match call.function() {
                "_._" => format!("a field is read of what has none: {types}"),
                name => format!("`{}` does not go with {types}", operator(name)),
            }
        }
        ExecutionError::UndeclaredReference(name) => format!("`{name}` is not known"),
        ExecutionError::UnsupportedBinaryOperator(name, a, b) => {
            format!("`{name}` does not go with {} and {}", a.type_of(), b.type_of())
        }
        ExecutionError::ValuesNotComparable(a, b) => {
            format!("{} and {} cannot be compared", a.type_of(), b.type_of())
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "division by zero".to_owned()
        }
        ExecutionError::Overflow(..) => "a result is out of range".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => "the list has no item of that index".to_owned(),
        ExecutionError::DuplicateKey(_) => "a map has a key twice".to_owned(),
        ExecutionError::FunctionError { function, .. } => {
            format!("`{}` failed", function.trim_start_matches('@'))
        }
        ExecutionError::InvalidArgumentCount { .. } | ExecutionError::MissingArgumentOrTarget => {
            "a function has a wrong number of arguments".to_owned()
        }
        _ => "a value has a wrong type".to_owned(),
    }
}

/// An operator as it is written: `+` for `_+_`.
fn operator(name: &str) -> &str {
    let name = name.trim_start_matches('@');
    if name == "_[_]" { "[]" } else { name.trim_matches('_') }
}
