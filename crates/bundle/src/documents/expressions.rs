//! Compiles the expressions and templates of documents; faults are shown at their place inside the text.

use std::collections::BTreeMap;

use segue_expr::{Expression, Fault, Shape, Template, Wanted};
use segue_yaml::{Node, Report, ScalarKind, Value};

use super::fields::text;
use crate::conditions;
use crate::context::{Compiler, Context};

/// Compiles an expression. A bare number or truth value is one, too.
pub(crate) fn expression(
    report: &mut Report<'_>,
    name: &str,
    node: &Node,
    context: &Context<'_>,
    compiler: &mut Compiler,
) -> Option<Expression> {
    let source = match &node.value {
        Value::Scalar(scalar) if scalar.kind != ScalarKind::Null => &scalar.text,
        _ => {
            let message = format!("`{name}` is an expression, not {}", node.describe());
            let _ = report.error("wrong-type", node.place, message);
            return None;
        }
    };
    let compiled = Expression::compile(source, &context.names, &mut compiler.slots);
    let found = compiled.map_err(|faults| failed(report, (compiler, context), node, source, faults)).ok()?;
    look(report, compiler, context, node, 0, &found);
    Some(found)
}

/// Compiles a condition: an expression that is true or false.
pub(crate) fn condition(
    report: &mut Report<'_>,
    name: &str,
    node: &Node,
    context: &Context<'_>,
    compiler: &mut Compiler,
) -> Option<Expression> {
    let found = expression(report, name, node, context, compiler)?;
    wanted(report, node, found, Wanted::Bool)
}

/// Compiles an expression that gives a number.
pub(crate) fn number(
    report: &mut Report<'_>,
    name: &str,
    node: &Node,
    context: &Context<'_>,
    compiler: &mut Compiler,
) -> Option<Expression> {
    let found = expression(report, name, node, context, compiler)?;
    wanted(report, node, found, Wanted::Number)
}

/// Compiles an expression that gives a moment.
pub(crate) fn moment(
    report: &mut Report<'_>,
    name: &str,
    node: &Node,
    context: &Context<'_>,
    compiler: &mut Compiler,
) -> Option<Expression> {
    let found = expression(report, name, node, context, compiler)?;
    wanted(report, node, found, Wanted::Timestamp)
}

/// Compiles an expression that gives a duration, or the text of one.
pub(crate) fn span(
    report: &mut Report<'_>,
    name: &str,
    node: &Node,
    context: &Context<'_>,
    compiler: &mut Compiler,
) -> Option<Expression> {
    let found = expression(report, name, node, context, compiler)?;
    wanted(report, node, found, Wanted::Span)
}

/// Compiles an expression that gives the id of a subject: a text, or a whole number.
pub(crate) fn key_text(
    report: &mut Report<'_>,
    name: &str,
    node: &Node,
    context: &Context<'_>,
    compiler: &mut Compiler,
) -> Option<Expression> {
    let found = expression(report, name, node, context, compiler)?;
    if matches!(found.shape(), Shape::Text | Shape::Int | Shape::Any | Shape::Nothing) {
        return Some(found);
    }
    let message = format!("the id of a subject is text or a whole number, not {}", found.shape().noun());
    let _ = report.error("wrong-type", node.place, message);
    None
}

fn wanted(report: &mut Report<'_>, node: &Node, found: Expression, wanted: Wanted) -> Option<Expression> {
    let Some(fault) = wanted.fault(found.shape(), found.source()) else { return Some(found) };
    show(report, node, found.source(), vec![fault], &BTreeMap::new());
    None
}

/// Compiles a text with expressions in it.
pub(crate) fn template(
    report: &mut Report<'_>,
    name: &str,
    node: &Node,
    context: &Context<'_>,
    compiler: &mut Compiler,
) -> Option<Template> {
    let text = text(report, name, node)?;
    let compiled = Template::compile(text.text, &context.names, &mut compiler.slots);
    let found =
        compiled.map_err(|faults| failed(report, (compiler, context), node, text.text, faults)).ok()?;
    for (offset, expression) in parts(&found) {
        look(report, compiler, context, node, offset, expression);
    }
    Some(found)
}

/// The expressions of a template, each with where it begins in the text.
pub(crate) fn parts(template: &Template) -> Vec<(usize, &Expression)> {
    let (source, mut at) = (template.source(), 0);
    let mut parts = Vec::new();
    for expression in template.expressions() {
        let text = expression.source();
        let found = source.get(at..).and_then(|rest| rest.find(&format!("{{{{{text}}}}}")));
        let Some(start) = found.map(|found| at + found + 2) else { break };
        parts.push((start, expression));
        at = start + text.len();
    }
    parts
}

/// Looks at an expression that was compiled.
fn look(
    report: &mut Report<'_>,
    compiler: &mut Compiler,
    context: &Context<'_>,
    node: &Node,
    offset: usize,
    expression: &Expression,
) {
    compiler.uses.add(report, node, offset, expression, &context.on);
    conditions::compared(report, context, node, offset, expression);
}

fn failed(
    report: &mut Report<'_>,
    (compiler, context): (&mut Compiler, &Context<'_>),
    node: &Node,
    source: &str,
    faults: Vec<Fault>,
) {
    let _ = compiler.failed.insert(source.to_owned());
    show(report, node, source, faults, &context.unseen);
}

fn show(
    report: &mut Report<'_>,
    node: &Node,
    source: &str,
    faults: Vec<Fault>,
    unseen: &BTreeMap<String, String>,
) {
    for mut fault in faults {
        let name = source.get(fault.start..fault.end).unwrap_or_default();
        let text = name.trim_matches(['\'', '"']);
        let is_doubtful = report.is_doubtful("table", text) || report.is_doubtful("decision-table", text);
        if fault.code == "unknown-name" && is_doubtful {
            continue;
        }
        if let Some(of) = unseen.get(text).filter(|_| fault.code == "unknown-name") {
            fault.message = format!("the rows of `{text}` belong to subjects of the kind {of}");
            fault.hint = Some("a rule sees the tables of its own kind and of everyone".to_owned());
        }
        let place = node.place_inside(&report.files[node.place.file], fault.start, fault.end);
        report.error(fault.code, place, fault.message).hint = fault.hint;
    }
}
