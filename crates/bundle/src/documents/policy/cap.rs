//! `cap`: how many tasks one subject gets in a time.

use std::collections::BTreeSet;

use segue_yaml::{Node, Report, Value, did_you_mean};

use super::count;
use crate::bundle::{Cap, Capped};
use crate::documents::fields::{Fields, Keys, positive, text};
use crate::documents::{Document, Documents, action};

const KEYS: Keys = Keys { known: &["at_most", "per", "action", "group", "channel"] };

/// What a cap can count by.
const OF: [&str; 3] = ["action", "group", "channel"];

/// The actions that a cap counts, as far as can be told before it is read.
pub(super) fn actions<'d>(documents: &'d Documents<'_>, node: &Node) -> Vec<&'d str> {
    let Value::Map(members) = &node.value else { return Vec::new() };
    let text = |name: &str| KEYS.find(members, name).and_then(Node::as_text);
    let (one, group, channel) = (text("action"), text("group"), text("channel"));
    let all = documents.of("action").iter();
    let is_meant = |action: &&Document<'_>| {
        one == Some(action.id)
            || (group.is_some() && action::group(action) == group)
            || channel.is_some_and(|channel| action::is_on(action, channel))
    };
    all.filter(is_meant).map(|action| action.id).collect()
}

pub(super) fn read(report: &mut Report<'_>, documents: &Documents<'_>, node: &Node) -> Option<Cap> {
    let fields = Fields::of_node(report, "`cap`".to_owned(), node, &KEYS)?;
    let at_most = fields.required(report, "at_most").and_then(|node| count(report, "at_most", node));
    let per = fields.required(report, "per").and_then(|node| positive(report, "per", node));
    let given: Vec<(&str, &Node)> = OF.iter().filter_map(|name| Some((*name, fields.get(name)?))).collect();
    let of = match given.as_slice() {
        [] => {
            let message = "`cap` lacks the key `action`, `group` or `channel`";
            let _ = report.error("missing-key", fields.place, message);
            None
        }
        [("group", node)] => group(report, documents, node).map(Capped::Group),
        [(kind, node)] => text(report, kind, node)
            .filter(|named| documents.check(report, kind, named.text, named.place))
            .map(|named| named.text.to_owned())
            .map(if *kind == "action" { Capped::Action } else { Capped::Channel }),
        [_, (second, node), ..] => {
            let message = format!("a cap counts by one of {}: `{second}` is one too many", OF.join(", "));
            report.error("wrong-type", node.place, message).hint = Some("write a policy for each".to_owned());
            None
        }
    };
    let actions = actions(documents, node).into_iter().map(str::to_owned).collect();
    Some(Cap { at_most: at_most?, per: per?, of: of?, actions })
}

/// The group that a policy is about, of which there must be an action.
pub(super) fn group(report: &mut Report<'_>, documents: &Documents<'_>, node: &Node) -> Option<String> {
    let group = text(report, "group", node)?;
    let groups: BTreeSet<&str> = documents.of("action").iter().filter_map(action::group).collect();
    if groups.contains(group.text) {
        return Some(group.text.to_owned());
    }
    let message = format!("no action is of the group `{}`", group.text);
    report.error("unknown-name", group.place, message).hint = did_you_mean(group.text, groups);
    None
}
