//! `policy` documents: what keeps candidates back.

use std::collections::BTreeSet;

use segue_model::Span;
use segue_yaml::{Node, Report, ScalarKind, Value, did_you_mean};

use super::expressions::condition;
use super::fields::{Fields, Keys, duration, text};
use super::{Document, Documents, action};
use crate::bundle::{Cap, Capped, Policy, PolicyKind};
use crate::conditions;
use crate::context::{Compiler, Context};

const KEYS: Keys =
    Keys { known: &["policy", "about", "cap", "unless"], later: &["choose", "suppress", "control"] };
const CAP_KEYS: Keys = Keys { known: &["at_most", "per", "action", "group"], later: &["channel"] };

/// The actions that a policy is about, as far as can be told before it is read.
pub(crate) fn actions<'d>(documents: &'d Documents<'_>, document: &Document<'_>) -> Vec<&'d str> {
    let cap = KEYS.find(document.members, "cap").map(|cap| &cap.value);
    let Some(Value::Map(members)) = cap else { return Vec::new() };
    let text = |name: &str| CAP_KEYS.find(members, name).and_then(Node::as_text);
    let (one, group) = (text("action"), text("group"));
    let all = documents.of("action").iter();
    let is_meant = |action: &&Document<'_>| {
        one == Some(action.id) || (group.is_some() && action::group(action) == group)
    };
    all.filter(is_meant).map(|action| action.id).collect()
}

/// Reads one policy. `context` is that of all events on which its actions are proposed.
pub(crate) fn read(
    report: &mut Report<'_>,
    documents: &Documents<'_>,
    context: &Context<'_>,
    compiler: &mut Compiler,
    document: &Document<'_>,
) -> Option<Policy> {
    let owner = format!("policy `{}`", document.id);
    let fields = Fields::new(report, owner, document.place, document.members, &KEYS);
    let is_later = KEYS.later.iter().any(|name| fields.get(name).is_some());
    let node = if is_later { fields.get("cap") } else { fields.required(report, "cap") };
    let kind = node.and_then(|node| cap(report, documents, document, node)).map(PolicyKind::Cap);
    let node = fields.get("unless");
    let unless = node.and_then(|node| condition(report, "unless", node, context, compiler));
    if let (Some(node), Some(unless)) = (node, &unless) {
        conditions::check(report, context, node, unless, "leave it out instead");
    }
    Some(Policy { id: document.id.to_owned(), about: fields.about(report), kind: kind?, unless })
}

fn cap(
    report: &mut Report<'_>,
    documents: &Documents<'_>,
    document: &Document<'_>,
    node: &Node,
) -> Option<Cap> {
    let fields = Fields::of_node(report, "`cap`".to_owned(), node, &CAP_KEYS)?;
    let at_most = fields.required(report, "at_most").and_then(|node| count(report, node));
    let per = fields.required(report, "per").and_then(|node| window(report, node));
    let of = match (fields.get("action"), fields.get("group")) {
        (Some(_), Some(both)) => {
            let message = "a cap counts tasks of an action or of a group, not of both";
            report.error("wrong-type", both.place, message).hint = Some("write a policy for each".to_owned());
            None
        }
        (Some(node), None) => text(report, "action", node)
            .filter(|action| documents.check(report, "action", action.text, action.place))
            .map(|action| Capped::Action(action.text.to_owned())),
        (None, Some(node)) => group(report, documents, node).map(Capped::Group),
        (None, None) => {
            // A cap by channel is not built, which is said already.
            if fields.get("channel").is_none() {
                let message = "`cap` lacks the key `action` or `group`";
                let _ = report.error("missing-key", fields.place, message);
            }
            None
        }
    };
    let actions = actions(documents, document).into_iter().map(str::to_owned).collect();
    Some(Cap { at_most: at_most?, per: per?, of: of?, actions })
}

/// How many tasks: a whole number, at least one.
fn count(report: &mut Report<'_>, node: &Node) -> Option<u64> {
    let count = match &node.value {
        Value::Scalar(scalar) if scalar.kind == ScalarKind::Int => node.to_json().parse().ok(),
        _ => None,
    };
    let count = count.filter(|count| *count > 0);
    if count.is_none() {
        let _ = report.error("wrong-type", node.place, "`at_most` is a whole number, at least 1");
    }
    count
}

fn window(report: &mut Report<'_>, node: &Node) -> Option<Span> {
    let per = duration(report, "per", node)?;
    if per == Span(0) {
        let _ = report.error("bad-duration", node.place, "no task is counted over a time of nothing");
    }
    (per.0 > 0).then_some(per)
}

fn group(report: &mut Report<'_>, documents: &Documents<'_>, node: &Node) -> Option<String> {
    let group = text(report, "group", node)?;
    let groups: BTreeSet<&str> = documents.of("action").iter().filter_map(action::group).collect();
    if groups.contains(group.text) {
        return Some(group.text.to_owned());
    }
    let message = format!("no action is of the group `{}`", group.text);
    report.error("unknown-name", group.place, message).hint = did_you_mean(group.text, groups);
    None
}
