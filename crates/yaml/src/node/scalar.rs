//! What a plain scalar is, by YAML's core schema.

use segue_document::Document;

use super::ScalarKind;

/// What a scalar without quotes is. `on`, `yes` and `no` are text, as are dates.
pub(super) fn plain_kind(text: &str) -> ScalarKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => ScalarKind::Null,
        "true" | "True" | "TRUE" => ScalarKind::Bool(true),
        "false" | "False" | "FALSE" => ScalarKind::Bool(false),
        _ if is_int(text) => ScalarKind::Int,
        _ if is_float(text) => ScalarKind::Float,
        _ => ScalarKind::Text,
    }
}

/// A number of the core schema as JSON writes it; what JSON cannot say is `null`.
pub(super) fn json_number(text: &str) -> String {
    if Document::parse_own(text).is_ok() {
        return text.to_owned();
    }
    let based = |prefix: &str, base| {
        text.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, base).ok())
    };
    if let Some(number) = based("0x", 16).or_else(|| based("0o", 8)) {
        return number.to_string();
    }
    if let (true, Ok(number)) = (is_int(text), text.parse::<i64>()) {
        return number.to_string();
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => format!("{number:?}"),
        _ => "null".to_owned(),
    }
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn all(text: &str, is_digit: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(is_digit)
}

fn is_int(text: &str) -> bool {
    all(unsigned(text), |c| c.is_ascii_digit())
        || text.strip_prefix("0o").is_some_and(|digits| all(digits, |c| c.is_digit(8)))
        || text.strip_prefix("0x").is_some_and(|digits| all(digits, |c| c.is_ascii_hexdigit()))
}

fn is_float(text: &str) -> bool {
    if matches!(unsigned(text), ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (number, exponent) = match unsigned(text).split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (unsigned(text), None),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    is_digits(whole)
        && is_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| all(unsigned(exponent), |c| c.is_ascii_digit()))
}
