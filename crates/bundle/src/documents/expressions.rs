//! Compiles the expressions and templates of documents; faults are shown at their place inside the text.

use segue_expr::{Expression, Fault, Names, Slots, Template, Wanted};
use segue_yaml::{Node, Report, ScalarKind, Value};

use super::fields::text;

/// Compiles an expression. A bare number or truth value is one, too.
pub(crate) fn expression(
    report: &mut Report<'_>,
    name: &str,
    node: &Node,
    names: &Names,
    slots: &mut Slots,
) -> Option<Expression> {
    let source = match &node.value {
        Value::Scalar(scalar) if scalar.kind != ScalarKind::Null => &scalar.text,
        _ => {
            let message = format!("`{name}` is an expression, not {}", node.describe());
            let _ = report.error("wrong-type", node.place, message);
            return None;
        }
    };
    Expression::compile(source, names, slots).map_err(|faults| show(report, node, source, faults)).ok()
}

/// Compiles a condition: an expression that is true or false.
pub(crate) fn condition(
    report: &mut Report<'_>,
    name: &str,
    node: &Node,
    names: &Names,
    slots: &mut Slots,
) -> Option<Expression> {
    let found = expression(report, name, node, names, slots)?;
    wanted(report, node, found, Wanted::Bool)
}

/// Compiles an expression that gives a number.
pub(crate) fn number(
    report: &mut Report<'_>,
    name: &str,
    node: &Node,
    names: &Names,
    slots: &mut Slots,
) -> Option<Expression> {
    let found = expression(report, name, node, names, slots)?;
    wanted(report, node, found, Wanted::Number)
}

/// Compiles an expression that gives a moment.
pub(crate) fn moment(
    report: &mut Report<'_>,
    name: &str,
    node: &Node,
    names: &Names,
    slots: &mut Slots,
) -> Option<Expression> {
    let found = expression(report, name, node, names, slots)?;
    wanted(report, node, found, Wanted::Timestamp)
}

/// Compiles an expression that gives a duration, or the text of one.
pub(crate) fn span(
    report: &mut Report<'_>,
    name: &str,
    node: &Node,
    names: &Names,
    slots: &mut Slots,
) -> Option<Expression> {
    let found = expression(report, name, node, names, slots)?;
    wanted(report, node, found, Wanted::Span)
}

fn wanted(report: &mut Report<'_>, node: &Node, found: Expression, wanted: Wanted) -> Option<Expression> {
    let Some(fault) = wanted.fault(found.shape(), found.source()) else { return Some(found) };
    show(report, node, found.source(), vec![fault]);
    None
}

/// Compiles a text with expressions in it.
pub(crate) fn template(
    report: &mut Report<'_>,
    name: &str,
    node: &Node,
    names: &Names,
    slots: &mut Slots,
) -> Option<Template> {
    let text = text(report, name, node)?;
    Template::compile(text.text, names, slots).map_err(|faults| show(report, node, text.text, faults)).ok()
}

fn show(report: &mut Report<'_>, node: &Node, source: &str, faults: Vec<Fault>) {
    for fault in faults {
        let name = source.get(fault.start..fault.end).unwrap_or_default();
        let text = name.trim_matches(['\'', '"']);
        let is_doubtful = report.is_doubtful("table", text) || report.is_doubtful("decision-table", text);
        if fault.code == "unknown-name" && is_doubtful {
            continue;
        }
        let place = node.place_inside(&report.files[node.place.file], fault.start, fault.end);
        report.error(fault.code, place, fault.message).hint = fault.hint;
    }
}
