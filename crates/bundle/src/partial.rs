//! Fields that only some of the events have on which an action is proposed: on the others the text stays empty, and the
//! number falls back.

use segue_expr::{Expression, Shape};
use segue_yaml::{Node, Report};

use crate::context::Context;
use crate::paths;
use crate::proposed::Proposed;

/// Reports every field of the event that an expression of the action reads, and that the schema of a type does not have
/// on which a rule proposes the action. Who asks first which event it is, or whether it has the field, knows.
/// `offset` is where the expression begins in the text of the node.
pub(crate) fn check(
    report: &mut Report<'_>,
    context: &Context<'_>,
    proposed: &Proposed<'_>,
    action: &str,
    node: &Node,
    offset: usize,
    expression: &Expression,
) {
    if context.on.len() < 2 || asks_which(expression) {
        return;
    }
    for (path, (start, end)) in expression.fields() {
        if path.len() < 3 || path[0] != "event" || path[1] != "data" || is_asked_for(expression, path) {
            continue;
        }
        let lacks = |kind: &&String| lacks(context, kind, path);
        let Some(kind) = context.on.iter().find(lacks) else { continue };
        // Of a rule that could not be read, it is not sure what it proposes.
        let Some(rule) = proposed.by(action, kind) else { continue };
        // That no type has it is an error already.
        if context.on.iter().all(|kind| self::lacks(context, kind, path)) {
            continue;
        }
        let place = node.place_inside(&report.files[node.place.file], offset + start, offset + end);
        let shown = paths::display(path);
        let message = format!(
            "the rule `{rule}` proposes `{action}` on `{kind}`, whose schema has no field `{}`",
            paths::display(&path[2..])
        );
        report.warning("unknown-field", place, message).hint =
            Some(format!("ask first, as in `has({shown}) ? {shown} : x`, or propose another action there"));
    }
}

/// True if the schema of the type has no such field.
pub(crate) fn lacks(context: &Context<'_>, kind: &str, path: &[String]) -> bool {
    let shape: Option<&Shape> = context.names.event_types.get(kind);
    shape.is_some_and(|shape| paths::follow(shape, &path[2..]).is_err())
}

fn asks_which(expression: &Expression) -> bool {
    let is_type = |path: &[String]| path.len() == 2 && path[0] == "event" && path[1] == "type";
    expression.fields().iter().any(|(path, _)| is_type(path))
}

/// True if the expression asks by `has` for the field, or for what it stands in.
fn is_asked_for(expression: &Expression, path: &[String]) -> bool {
    let asks = |asked: &[String]| asked.len() > 2 && path.starts_with(asked);
    expression.comparisons().iter().any(|one| (one.is_presence() || one.is_absence()) && asks(&one.path))
}
