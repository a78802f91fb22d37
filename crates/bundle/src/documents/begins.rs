//! What makes a rule fire: an event, that something did not follow it, or a moment.

use segue_expr::{Expression, Names, Shape, Side, Tie};
use segue_model::Span;
use segue_yaml::{Node, Report};

use super::event_type::{Types, check_path};
use super::expressions::{condition, moment};
use super::fields::{Fields, Text, bad_path, positive};
use super::rule;
use crate::bundle::{Absence, Begins, Each};
use crate::context::{Compiler, Context};
use crate::paths;

/// True if the rule says that it fires at a moment.
pub(super) fn is_moment(fields: &Fields<'_>) -> bool {
    fields.get("at").is_some()
}

/// Reads what makes a rule fire; `None` if it cannot be told, which is in the report. `on` are its types of event, `context`
/// is where its expressions stand.
pub(super) fn read(
    report: &mut Report<'_>,
    types: &Types<'_>,
    fields: &Fields<'_>,
    on: &[String],
    context: &Context<'_>,
    compiler: &mut Compiler,
) -> Option<Begins> {
    let at = fields.get("at");
    if let Some(at) = at {
        exclude(report, fields);
        let expression = moment(report, "at", at, context, compiler)?;
        check_clock(report, at, &expression);
        return Some(Begins::Moment(expression));
    }
    if let Some(node) = fields.get("for") {
        return each(report, types, fields, on, node, (context, compiler));
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

/// For whom an event about everyone matters.
fn each(
    report: &mut Report<'_>,
    types: &Types<'_>,
    fields: &Fields<'_>,
    on: &[String],
    node: &Node,
    (context, compiler): (&Context<'_>, &mut Compiler),
) -> Option<Begins> {
    for name in ["unless", "within", "same"] {
        let Some(node) = fields.get(name) else { continue };
        let message = format!("{} has both `for` and `{name}`", fields.owner);
        let _ = report.error("duplicate-key", node.place, message);
    }
    for kind in on.iter().filter(|kind| types.about_someone.contains(*kind)) {
        let message = format!("`{kind}` is about single subjects, and `for` asks of every subject");
        report.error("wrong-type", node.place, message).hint =
            Some("leave `for` out, or let the source say `subject: everyone`".to_owned());
    }
    let condition = condition(report, "for", node, context, compiler)?;
    let ties = match condition.ties(&context.names) {
        Ok(ties) => ties,
        Err(without) => {
            let message = match without {
                1 => "a branch of `for` ties no subject to the event, so that all would have to be asked"
                    .to_owned(),
                _ => format!(
                    "{without} branches of `for` tie no subject to the event, so that all would have to be asked"
                ),
            };
            report.error("not-tied", node.place, message).hint = Some(
                "compare a field of `who` or of a row with one of the event, such as `who.next_flight == event.data.flight`, by `==`, `in` or `exists`".to_owned(),
            );
            return None;
        }
    };
    for tie in &ties {
        if is_time(&context.names, tie) {
            let message =
                "a branch of `for` ties subjects to the event by a time, which can be written in many ways";
            report.error("not-tied", node.place, message).hint = Some("tie them by an id".to_owned());
            return None;
        }
    }
    Some(Begins::Each(Each { condition, ties }))
}

/// True if what ties is a time by one of the two schemas: the index compares texts.
fn is_time(names: &Names, tie: &Tie) -> bool {
    let at = |root: &str, path: &[String]| {
        let root = names.roots.get(root)?;
        path.iter().try_fold(root, |shape, name| shape.member(name)).cloned()
    };
    let subject = match &tie.side {
        Side::Who(path, _) => at("who", path),
        Side::Where(path) => at("where", path),
        Side::Rows(..) => None,
    };
    [subject, at("event", &tie.event)].into_iter().flatten().any(|shape| shape == Shape::Timestamp)
}

/// What a rule of a moment cannot have, since there is no event.
fn exclude(report: &mut Report<'_>, fields: &Fields<'_>) {
    for name in ["on", "for", "unless", "within", "same"] {
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
