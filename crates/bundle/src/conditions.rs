//! Conditions that can never be true, or always are: by the schemas, or by what they say themselves.
//!
//! Only what must hold for a condition to be true is looked at (see [`segue_expr::Demands`]), and only what schemas say
//! of every document, so that what is reported is certain.

mod domains;
mod judge;

use segue_expr::{Comparison, Expression, Operator, Root};
use segue_schema::{Limit, LimitKind};
use segue_value::{Value, json};

use domains::Admitted;
pub(crate) use domains::Domains;
use segue_yaml::{Node, Place, Report, did_you_mean};

use crate::context::Context;
use crate::partial;

/// Reports what of a condition can never be true, or always is. `remedy` is what to do with one that never is.
pub(crate) fn check(
    report: &mut Report<'_>,
    context: &Context<'_>,
    node: &Node,
    condition: &Expression,
    remedy: &str,
) {
    let inside = |report: &Report<'_>, (start, end): (usize, usize)| {
        node.place_inside(&report.files[node.place.file], start, end)
    };
    let source = condition.source();
    let text = |(start, end): (usize, usize)| source.get(start..end).unwrap_or_default();
    if source.trim() == "false" {
        let start = source.len() - source.trim_start().len();
        let place = inside(report, (start, start + "false".len()));
        report.warning("never-true", place, "the condition is never true").hint = Some(remedy.to_owned());
        return;
    }
    let demands = condition.demands();
    if let Some(part) = demands.impossible {
        let place = inside(report, part);
        let _ = report.warning("never-true", place, format!("`{}` is the same whatever comes", text(part)));
        return;
    }
    if let Some((first, second)) = demands.contradiction() {
        let other = inside(report, first);
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
        is_always &= demanded(report, context, comparison, node, text(comparison.place));
    }
    if is_always {
        let start = source.len() - source.trim_start().len();
        let place = inside(report, (start, source.trim_end().len().max(start)));
        report.warning("always-true", place, "the condition is always true").hint =
            Some("leave it out".to_owned());
    }
}

/// Reports a comparison that must hold and never does; true if it always does.
fn demanded(
    report: &mut Report<'_>,
    context: &Context<'_>,
    comparison: &Comparison,
    node: &Node,
    shown: &str,
) -> bool {
    let path = &comparison.path;
    let admitted = context.domains.of(path, &comparison.root, &context.on);
    if comparison.is_absence() {
        if admitted.is_some_and(|admitted| admitted.iter().all(|one| one.domain.is_required)) {
            let message = format!("`{}` is always there, so that this is never true", path.join("."));
            let place = place(report, node, comparison);
            let _ = report.warning("never-true", place, message);
        }
        return false;
    }
    // What is equal to constants is looked at wherever it stands.
    let is_count = matches!(comparison.root, Root::Count { .. } | Root::Amount { .. });
    let is_range = !matches!(comparison.operator, Operator::OneOf | Operator::NoneOf);
    let never = admitted.as_ref().filter(|_| is_range || is_count);
    if let Some((one, limit)) = never.and_then(|admitted| judge::never(comparison, admitted)) {
        let message = format!("`{shown}` is never true: `{}` {}", path.join("."), words(report, one, limit));
        let place = place(report, node, comparison);
        let _ = report.warning("never-true", place, message);
        return false;
    }
    if lacks(report, context, comparison, node, shown) {
        return false;
    }
    admitted.is_some_and(|admitted| admitted.iter().all(|one| judge::is_certain(comparison, &one.domain)))
}

/// Reports a comparison that never holds on one of the types of event, since its schema has no such field.
fn lacks(
    report: &mut Report<'_>,
    context: &Context<'_>,
    comparison: &Comparison,
    node: &Node,
    shown: &str,
) -> bool {
    let path = &comparison.path;
    if comparison.root != Root::Name || path.len() < 3 || path[..2] != ["event", "data"] {
        return false;
    }
    let lacking: Vec<&String> =
        context.on.iter().filter(|kind| partial::lacks(context, kind, path)).collect();
    let Some(kind) = lacking.first() else { return false };
    // That no type has it is an error already.
    if lacking.len() < context.on.len() {
        let field = path[2..].join(".");
        let message = format!("`{shown}` is never true on `{kind}`, whose schema has no field `{field}`");
        let place = place(report, node, comparison);
        report.warning("never-true", place, message).hint =
            Some(format!("take `{kind}` out of `on`, or write a rule of its own for it"));
    }
    true
}

/// Where a comparison stands. Worked out only for what is told, since it takes a look at the file.
fn place(report: &Report<'_>, node: &Node, comparison: &Comparison) -> Place {
    let (start, end) = comparison.place;
    node.place_inside(&report.files[node.place.file], start, end)
}

/// Reports every constant of an expression that the value it is compared with never is. `offset` is where the expression
/// begins in the text of the node.
pub(crate) fn compared(
    report: &mut Report<'_>,
    context: &Context<'_>,
    node: &Node,
    offset: usize,
    expression: &Expression,
) {
    for comparison in expression.comparisons() {
        let is_count = matches!(comparison.root, Root::Count { .. } | Root::Amount { .. });
        let found = context.domains.of(&comparison.path, &comparison.root, &context.on);
        if let Some(admitted) = found.filter(|_| !is_count) {
            constants(report, comparison, &admitted, (node, offset), expression.source());
        }
    }
}

/// Reports the constants that the field of a comparison never has.
fn constants(
    report: &mut Report<'_>,
    comparison: &Comparison,
    admitted: &[Admitted<'_>],
    (node, offset): (&Node, usize),
    source: &str,
) {
    let path = comparison.path.join(".");
    for constant in &comparison.constants {
        let alone =
            Comparison { operator: Operator::OneOf, constants: vec![constant.clone()], ..comparison.clone() };
        let Some((one, limit)) = judge::never(&alone, admitted) else { continue };
        let (start, end) = place_of(source, comparison.place, constant);
        let place = node.place_inside(&report.files[node.place.file], offset + start, offset + end);
        let (code, what) = if comparison.operator == Operator::OneOf {
            ("never-true", "is never")
        } else {
            ("always-true", "is anyway never")
        };
        let message = format!("`{path}` {what} {}: it {}", shown(constant), words(report, one, limit));
        match near(constant, admitted) {
            // A name near it is meant: a slip, as with the names of fields.
            Some(hint) => report.error(code, place, message).hint = Some(hint),
            None => {
                let is_missing = constant.is_null() && comparison.root == Root::Name;
                report.warning(code, place, message).hint =
                    is_missing.then(|| format!("whether it is there is asked by `has({path})`"));
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
        LimitKind::Of(types) => format!("is of type {}", types.join(" or ")),
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
