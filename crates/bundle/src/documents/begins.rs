//! What makes a rule fire: an event, that something did not follow it, or a moment.

use segue_expr::{Expression, Names, Shape, Slots};
use segue_model::Span;
use segue_yaml::{Node, Report};

use super::event_type::{Types, check_path};
use super::expressions::moment;
use super::fields::{Fields, Text, bad_path, positive};
use super::rule;
use crate::bundle::{Absence, Begins};
use crate::paths;

/// True if the rule says that it fires at a moment.
pub(super) fn is_moment(fields: &Fields<'_>) -> bool {
    fields.get("at").is_some()
}

/// Reads what makes a rule fire; `None` if it cannot be told, which is in the report. `on` are its types of event, `names`
/// what its expressions may name.
pub(super) fn read(
    report: &mut Report<'_>,
    types: &Types<'_>,
    fields: &Fields<'_>,
    on: &[String],
    names: &Names,
    slots: &mut Slots,
) -> Option<Begins> {
    let at = fields.get("at");
    if let Some(at) = at {
        exclude(report, fields);
        let expression = moment(report, "at", at, names, slots)?;
        check_clock(report, at, &expression);
        return Some(Begins::Moment(expression));
    }
    let Some(unless) = fields.get("unless") else {
        for name in ["within", "same"] {
            if let Some(node) = fields.get(name) {
                let message = format!("{} has `{name}` without `unless`", fields.owner);
                report.error("missing-key", node.place, message).hint =
                    Some("`unless` says what must not follow".to_owned());
            }
        }
        return Some(Begins::Event);
    };
    let unless = rule::types(report, types, "unless", unless);
    let within = match fields.get("within") {
        Some(node) => positive(report, "within", node),
        None => {
            let message = format!("{} lacks the key `within`", fields.owner);
            report.error("missing-key", fields.place, message).hint =
                Some("say how long is waited: `within: 24h`".to_owned());
            None
        }
    };
    let same = match fields.get("same") {
        Some(node) => Some(same(report, types, node, on, &unless)?),
        None => None,
    };
    absence(unless, within, same)
}

fn absence(unless: Vec<String>, within: Option<Span>, same: Option<Vec<String>>) -> Option<Begins> {
    (!unless.is_empty()).then_some(())?;
    Some(Begins::Absence(Absence { unless, within: within?, same }))
}

/// What a rule of a moment cannot have, since there is no event.
fn exclude(report: &mut Report<'_>, fields: &Fields<'_>) {
    for name in ["on", "unless", "within", "same"] {
        let Some(node) = fields.get(name) else { continue };
        let message = format!("{} has both `at` and `{name}`", fields.owner);
        report.error("duplicate-key", node.place, message).hint =
            Some("a moment has no event: write a rule for each".to_owned());
    }
}

/// A moment that goes on with the clock is never reached.
fn check_clock(report: &mut Report<'_>, node: &Node, at: &Expression) {
    let of_clock = at.flows().iter().find_map(|path| path.first().filter(|root| *root == "now"));
    if of_clock.is_some() {
        let message = "the moment goes on with `now` and never comes";
        report.warning("never-fires", node.place, message).hint =
            Some("compute it from the context, such as `who.rent_due - duration('72h')`".to_owned());
    }
}

/// The path on which two events must agree: both must be able to have it, with values that can be equal.
fn same(
    report: &mut Report<'_>,
    types: &Types<'_>,
    node: &Node,
    on: &[String],
    unless: &[String],
) -> Option<Vec<String>> {
    let text = super::fields::text(report, "same", node)?;
    let Some(path) = paths::parse(text.text, false) else {
        bad_path(report, text);
        return None;
    };
    if path == ["journey"] {
        return Some(path);
    }
    if path[0] != "data" || path.len() < 2 {
        report.error("bad-path", text.place, format!("`{}` is no path of an event", text.text)).hint =
            Some("it begins with `data.`, or is `journey`".to_owned());
        return None;
    }
    for kind in on.iter().chain(unless) {
        if let Some(shape) = types.shapes.get(kind) {
            check_path(report, kind, shape, &path, text.place);
        }
    }
    check_equal(report, types, text, &path, on, unless);
    Some(path)
}

/// Says so if what stands at the path can never be the same.
fn check_equal(
    report: &mut Report<'_>,
    types: &Types<'_>,
    text: Text<'_>,
    path: &[String],
    on: &[String],
    unless: &[String],
) {
    let at = |kind: &String| {
        let root = types.shapes.get(kind)?;
        path[1..].iter().try_fold(root, |shape, name| shape.member(name))
    };
    for (ours, shape) in on.iter().filter_map(|kind| Some((kind, at(kind)?))) {
        for (theirs, other) in unless.iter().filter_map(|kind| Some((kind, at(kind)?))) {
            if can_equal(shape, other) {
                continue;
            }
            let message = format!(
                "`{}` is {} of `{ours}` and {} of `{theirs}`: they never agree",
                text.text,
                shape.noun(),
                other.noun()
            );
            let _ = report.error("wrong-type", text.place, message);
        }
    }
}

fn can_equal(one: &Shape, other: &Shape) -> bool {
    // A timestamp is a text of which its schema says more.
    let noun = |shape: &Shape| if *shape == Shape::Timestamp { Shape::Text.noun() } else { shape.noun() };
    [one, other].contains(&&Shape::Any) || noun(one) == noun(other)
}
