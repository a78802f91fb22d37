//! Conditions that can never be true, or always are: by the schemas, or by what they say themselves.
//!
//! Only what must hold for a condition to be true is looked at (see [`segue_expr::Demands`]), and only what schemas say
//! of every document, so that what is reported is certain.

mod domains;
mod judge;

use segue_expr::{Comparison, Expression, Operator};
use segue_schema::{Limit, LimitKind};
use segue_value::{Value, json};

use domains::Admitted;
pub(crate) use domains::Domains;
use segue_yaml::{Node, Place, Report, did_you_mean};

/// Reports what of a condition can never be true, or always is, on events of these types.
pub(crate) fn check(
    report: &mut Report<'_>,
    domains: &Domains,
    on: &[String],
    node: &Node,
    condition: &Expression,
) {
    let inside = |report: &Report<'_>, (start, end): (usize, usize)| {
        node.place_inside(&report.files[node.place.file], start, end)
    };
    let source = condition.source();
    if source.trim() == "false" {
        let start = source.len() - source.trim_start().len();
        let place = inside(report, (start, start + "false".len()));
        report.warning("never-true", place, "the condition is never true").hint =
            Some("leave the document out instead".to_owned());
        return;
    }
    let demands = condition.demands();
    if let Some((first, second)) = demands.contradiction() {
        let other = inside(report, first);
        let text = |(start, end): (usize, usize)| source.get(start..end).unwrap_or_default();
        let message = format!(
            "`{}` is never true where `{}` is, in column {} of line {}",
            text(second),
            text(first),
            other.column,
            other.line
        );
        let place = inside(report, second);
        let _ = report.warning("never-true", place, message);
        return;
    }
    let mut is_always = demands.is_whole;
    for comparison in &demands.comparisons {
        let Some(admitted) = domains.of(&comparison.path, on) else {
            is_always = false;
            continue;
        };
        is_always &= admitted.iter().all(|one| judge::is_certain(comparison, &one.domain));
        if matches!(comparison.operator, Operator::OneOf | Operator::NoneOf) {
            constants(report, comparison, &admitted, node, source);
        } else if let Some((one, limit)) = judge::never(comparison, &admitted) {
            let (start, end) = comparison.place;
            let shown = source.get(start..end).unwrap_or_default();
            let path = comparison.path.join(".");
            let message = format!("`{shown}` is never true: `{path}` {}", words(report, one, limit));
            let place = inside(report, comparison.place);
            let _ = report.warning("never-true", place, message);
        }
    }
    if is_always {
        let start = source.len() - source.trim_start().len();
        let place = inside(report, (start, source.trim_end().len().max(start)));
        report.warning("always-true", place, "the condition is always true").hint =
            Some("leave it out".to_owned());
    }
}

/// Reports the constants that the field of a comparison never has.
fn constants(
    report: &mut Report<'_>,
    comparison: &Comparison,
    admitted: &[Admitted<'_>],
    node: &Node,
    source: &str,
) {
    let path = comparison.path.join(".");
    for constant in &comparison.constants {
        let alone =
            Comparison { operator: Operator::OneOf, constants: vec![constant.clone()], ..comparison.clone() };
        let Some((one, limit)) = judge::never(&alone, admitted) else { continue };
        let (start, end) = place_of(source, comparison.place, constant);
        let place = node.place_inside(&report.files[node.place.file], start, end);
        let (code, what) = if comparison.operator == Operator::OneOf {
            ("never-true", "is never")
        } else {
            ("always-true", "is anyway never")
        };
        let message = format!("`{path}` {what} {}: it {}", shown(constant), words(report, one, limit));
        let hint = near(constant, admitted);
        match hint {
            // A name near it is meant: a slip, as with the names of fields.
            Some(_) => report.error(code, place, message).hint = hint,
            None => {
                let _ = report.warning(code, place, message);
            }
        }
    }
}

/// The text that must be meant by a constant, of those that are admitted.
fn near(constant: &Value<'_>, admitted: &[Admitted<'_>]) -> Option<String> {
    let limits = admitted.iter().flat_map(|one| &one.domain.limits);
    let values = limits.filter_map(|limit| match &limit.kind {
        LimitKind::OneOf(values) => Some(values),
        _ => None,
    });
    did_you_mean(constant.as_text()?, values.flatten().filter_map(Value::as_text))
}

/// Where a constant stands in a comparison; all of the comparison, if that cannot be told.
fn place_of(source: &str, (start, end): (usize, usize), constant: &Value<'_>) -> (usize, usize) {
    let whole = source.get(start..end).unwrap_or_default();
    let text = constant.as_text().unwrap_or_default();
    let quoted = [format!("'{text}'"), format!("\"{text}\"")];
    let found = quoted.iter().find_map(|quoted| Some((whole.find(quoted.as_str())?, quoted.len())));
    match found.filter(|_| constant.as_text().is_some()) {
        Some((at, length)) => (start + at, start + at + length),
        None => (start, end),
    }
}

/// What a limit says, and where.
fn words(report: &Report<'_>, admitted: &Admitted<'_>, limit: &Limit) -> String {
    let says = match &limit.kind {
        LimitKind::OneOf(values) if values.len() == 1 => format!("is {}", shown(&values[0])),
        LimitKind::OneOf(values) if values.len() > 8 => {
            let first: Vec<String> = values.iter().take(8).map(shown).collect();
            format!("is one of {} and {} others", first.join(", "), values.len() - 8)
        }
        LimitKind::OneOf(values) => {
            let all: Vec<String> = values.iter().map(shown).collect();
            format!("is one of {}", all.join(", "))
        }
        LimitKind::AtLeast(value) => format!("is at least {}", shown(value)),
        LimitKind::Above(value) => format!("is greater than {}", shown(value)),
        LimitKind::AtMost(value) => format!("is at most {}", shown(value)),
        LimitKind::Below(value) => format!("is less than {}", shown(value)),
    };
    match admitted.file {
        None => says,
        Some(file) => {
            let source = &report.files[file];
            let place = Place::of_bytes(file, &source.text, limit.at.start, limit.at.end);
            format!("{says} ({}:{}:{})", source.path, place.line, place.column)
        }
    }
}

/// A constant as an expression has it.
fn shown(value: &Value<'_>) -> String {
    match value.as_text() {
        Some(text) => format!("`'{text}'`"),
        None => format!("`{}`", json::json(value).unwrap_or_default()),
    }
}
