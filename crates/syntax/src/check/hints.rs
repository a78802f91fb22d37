//! What to do about kinds that do not go together.

use crate::ast::{Expr, IdedExpr, LiteralValue};

use super::constant::{is_duration, is_timestamp};
use super::kind::Kind;
use super::operator::Operand;
use segue_value::Shape;

/// Gives the text of a part, if it is short.
type Excerpt<'e> = &'e dyn Fn(&IdedExpr) -> Option<String>;

/// Operands of `+ - * / %` that do not go together.
pub(super) fn arithmetic(
    sign: &str,
    left: Operand<'_>,
    right: Operand<'_>,
    excerpt: Excerpt<'_>,
) -> Option<String> {
    let (Some(a), Some(b)) = (Kind::of(left.1), Kind::of(right.1)) else { return None };
    match (a, b) {
        (Kind::Int | Kind::UInt, Kind::Double) if sign != "%" => as_double(left.0, excerpt),
        (Kind::Double, Kind::Int | Kind::UInt) if sign != "%" => as_double(right.0, excerpt),
        (Kind::Int, Kind::UInt) => Some(format!("write `uint({})`", excerpt(left.0)?)),
        (Kind::UInt, Kind::Int) => match &right.0.expr {
            Expr::Literal(LiteralValue::Int(number)) if *number.inner() >= 0 => {
                Some(format!("write `{0}u` instead of `{0}`", number.inner()))
            }
            _ => Some(format!("write `uint({})`", excerpt(right.0)?)),
        },
        (Kind::Timestamp, Kind::Text) | (Kind::Duration, Kind::Text) => as_duration(right.0, excerpt),
        (Kind::Timestamp | Kind::Duration, number) if number.is_number() && matches!(sign, "+" | "-") => {
            Some("a length of time is a duration: `duration('72h')`".to_owned())
        }
        (Kind::Timestamp, Kind::Timestamp) if sign == "+" => {
            Some("add a duration: `duration('72h')`".to_owned())
        }
        (Kind::Text, kind) if sign == "+" && is_scalar(kind) => {
            Some(format!("write `string({})`", excerpt(right.0)?))
        }
        (kind, Kind::Text) if sign == "+" && is_scalar(kind) => {
            Some(format!("write `string({})`", excerpt(left.0)?))
        }
        (Kind::Double, _) if sign == "%" => Some(format!("write `int({})`", excerpt(left.0)?)),
        (_, Kind::Double) if sign == "%" => Some(format!("write `int({})`", excerpt(right.0)?)),
        _ => None,
    }
}

/// A literal or field that is compared with what it never equals.
pub(super) fn comparison(culprit: Operand<'_>, other: Operand<'_>, excerpt: Excerpt<'_>) -> Option<String> {
    let text = match &culprit.0.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    };
    let wanted = Kind::of(other.1)?;
    let without_quotes = |text: &str| Some(format!("without quotes: `{text}`"));
    match (Kind::of(culprit.1)?, wanted, text) {
        (Kind::Text, wanted, Some(text)) if wanted.is_number() => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => without_quotes(text.trim()),
            _ => None,
        },
        (Kind::Text, wanted, None) if wanted.is_number() => {
            let function = if wanted == Kind::Double { "double" } else { "int" };
            Some(format!("read the text as a number: `{function}({})`", excerpt(culprit.0)?))
        }
        (Kind::Text, Kind::Bool, Some(text)) if matches!(text, "true" | "false") => without_quotes(text),
        (Kind::Text, Kind::Timestamp, Some(text)) if is_timestamp(text) => {
            Some(format!("write `timestamp({})`", excerpt(culprit.0)?))
        }
        (Kind::Text, Kind::Timestamp, Some(_)) => {
            Some("write it as in `timestamp('2026-03-02T10:00:00Z')`".to_owned())
        }
        (Kind::Text, Kind::Timestamp, None) => Some(format!("write `timestamp({})`", excerpt(culprit.0)?)),
        (Kind::Timestamp, Kind::Text, _) => Some(format!("write `timestamp({})`", excerpt(other.0)?)),
        (Kind::Text, Kind::Duration, _) => as_duration(culprit.0, excerpt),
        (Kind::Duration, Kind::Timestamp, _) | (Kind::Timestamp, Kind::Duration, _) => {
            Some("the time since then is `now - x`, a duration".to_owned())
        }
        (number, Kind::Duration, _) if number.is_number() => {
            Some("a length of time is a duration: `duration('72h')`".to_owned())
        }
        (number, Kind::Text, _) if number.is_number() || number == Kind::Bool => match &culprit.0.expr {
            Expr::Literal(_) => Some(format!("a text stands in quotes: `'{}'`", excerpt(culprit.0)?)),
            _ => Some(format!("write `string({})`", excerpt(culprit.0)?)),
        },
        (_, Kind::List, _) => Some("ask whether the list has it: `x in list`".to_owned()),
        _ => None,
    }
}

/// What is no condition.
pub(super) fn as_condition(shape: &Shape, excerpt: Option<String>) -> Option<String> {
    let part = operand(excerpt?);
    match Kind::of(shape)? {
        Kind::Text => Some(format!("compare it, as in `{part} == 'x'`")),
        Kind::List | Kind::Map => Some(format!("ask for its size, as in `size({part}) > 0`")),
        number if number.is_number() => Some(format!("compare it, as in `{part} > 0`")),
        _ => None,
    }
}

/// A field of what has none.
pub(super) fn no_field(shape: &Shape) -> Option<String> {
    match Kind::of(shape)? {
        Kind::List => Some("pick an item, as in `x[0].name`, or ask `x.exists(i, i.name == 'y')`".to_owned()),
        Kind::Timestamp => Some("ask as in `x.getHours('Europe/Paris')`".to_owned()),
        _ => None,
    }
}

/// What `in` cannot look into.
pub(super) fn no_container(shape: &Shape, item: Option<String>, whole: Option<String>) -> Option<String> {
    match shape {
        Shape::Text => Some(format!("write `{}.contains({})`", operand(whole?), item?)),
        _ => None,
    }
}

/// True for what `string(..)` takes.
fn is_scalar(kind: Kind) -> bool {
    !matches!(kind, Kind::Null | Kind::Type | Kind::List | Kind::Map)
}

/// The part as it can be an operand of another operator.
fn operand(part: String) -> String {
    if part.contains(' ') && !part.ends_with([')', ']']) { format!("({part})") } else { part }
}

fn as_double(node: &IdedExpr, excerpt: Excerpt<'_>) -> Option<String> {
    match &node.expr {
        Expr::Literal(LiteralValue::Int(number)) => {
            Some(format!("write `{0}.0` instead of `{0}`", number.inner()))
        }
        _ => Some(format!("write `double({})`", excerpt(node)?)),
    }
}

fn as_duration(node: &IdedExpr, excerpt: Excerpt<'_>) -> Option<String> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) if !is_duration(text.inner()) => {
            Some("write it as in `duration('72h')`".to_owned())
        }
        _ => Some(format!("write `duration({})`", excerpt(node)?)),
    }
}
