//! `policy` documents: what keeps candidates back.

use segue_yaml::{Node, Report, ScalarKind, Value};

use super::event_type::Types;
use super::expressions::condition;
use super::fields::{Fields, Keys};
use super::{Document, Documents};
use crate::bundle::{Policy, PolicyKind};
use crate::conditions;
use crate::context::{Compiler, Context};

mod cap;
mod choose;
mod control;
mod suppress;

const KINDS: [&str; 4] = ["choose", "cap", "suppress", "control"];
const KEYS: Keys = Keys { known: &["policy", "about", "choose", "cap", "suppress", "control", "unless"] };

/// The actions that a policy is about, as far as can be told before it is read.
pub(crate) fn actions<'d>(documents: &'d Documents<'_>, document: &Document<'_>) -> Vec<&'d str> {
    let of = |kind| KEYS.find(document.members, kind);
    // A cap and a control group both name the group that they are about.
    match of("cap").or_else(|| of("control")) {
        Some(node) => cap::actions(documents, node),
        None => documents.ids("action").collect(),
    }
}

/// Reads one policy. `context` is that of all events on which its actions are proposed.
pub(crate) fn read(
    report: &mut Report<'_>,
    types: &Types<'_>,
    context: &Context<'_>,
    compiler: &mut Compiler,
    document: &Document<'_>,
) -> Option<Policy> {
    let owner = format!("policy `{}`", document.id);
    let fields = Fields::new(report, owner, document.place, document.members, &KEYS);
    let kind = kind(report, types, document, &fields);
    let node = fields.get("unless");
    let unless = node.and_then(|node| condition(report, "unless", node, context, compiler));
    if let (Some(node), Some(unless)) = (node, &unless) {
        conditions::check(report, context, node, unless, "leave it out instead");
    }
    Some(Policy { id: document.id.to_owned(), about: fields.about(report), kind: kind?, unless })
}

fn kind(
    report: &mut Report<'_>,
    types: &Types<'_>,
    document: &Document<'_>,
    fields: &Fields<'_>,
) -> Option<PolicyKind> {
    let documents = types.documents;
    let given = KINDS.iter().filter_map(|name| Some((*name, fields.get(name)?)));
    let given: Vec<(&str, &Node)> = given.collect();
    let one_of = format!("exactly one of {}", KINDS.join(", "));
    match given.as_slice() {
        [] => {
            let message = format!("policy `{}` does nothing: it has {one_of}", document.id);
            let _ = report.error("missing-key", document.place, message);
            None
        }
        [("cap", node)] => cap::read(report, documents, node).map(PolicyKind::Cap),
        [("choose", node)] => choose::read(report, node).map(PolicyKind::Choose),
        [("suppress", node)] => suppress::read(report, documents, node).map(PolicyKind::Suppress),
        [(_, node)] => control::read(report, types, node).map(PolicyKind::Control),
        [_, (second, node), ..] => {
            let message = format!("policy `{}` has {one_of}: `{second}` is one too many", document.id);
            report.error("wrong-type", node.place, message).hint = Some("write a policy for each".to_owned());
            None
        }
    }
}

/// How many: a whole number, at least one.
fn count(report: &mut Report<'_>, name: &str, node: &Node) -> Option<u64> {
    let count = match &node.value {
        Value::Scalar(scalar) if scalar.kind == ScalarKind::Int => node.to_json().parse().ok(),
        _ => None,
    };
    let count = count.filter(|count| *count > 0);
    if count.is_none() {
        let _ = report.error("wrong-type", node.place, format!("`{name}` is a whole number, at least 1"));
    }
    count
}
