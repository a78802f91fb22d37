//! `destination` documents: downstream systems that take tasks, and what they may be told.

use std::collections::BTreeSet;

use segue_yaml::{Node, Place, Report, Value};

use super::Document;
use super::fields::{Fields, Keys, bad_path, mapping, number, text, texts};
use super::topic::{Named, check_of_tasks};
use crate::bundle::{Destination, Lane};
use crate::paths;

const KEYS: Keys = Keys { known: &["destination", "about", "topic", "lanes", "share", "outcomes"] };
const LANE_KEYS: Keys = Keys { known: &["at_least", "topic"] };

/// A destination, and where each of its `share` stands.
pub(crate) struct Draft {
    pub(crate) destination: Destination,
    pub(crate) share_places: Vec<Place>,
    /// True if all its topics are known: its own and those of its lanes.
    pub(crate) has_topics: bool,
    /// True if `share` is a list, or left out.
    pub(crate) has_share: bool,
}

/// Where a destination says what became of its tasks.
pub(crate) fn outcomes<'n>(document: &Document<'n>) -> Option<&'n str> {
    KEYS.find(document.members, "outcomes").and_then(Node::as_text)
}

/// Reads one destination. `named` are the topics that documents name.
pub(crate) fn read(report: &mut Report<'_>, named: &Named<'_>, document: &Document<'_>) -> Draft {
    let of_sources = &named.of_sources;
    let owner = format!("destination `{}`", document.id);
    let fields = Fields::new(report, owner, document.place, document.members, &KEYS);
    let topic = fields.required_text(report, "topic").map(|topic| {
        check_of_tasks(report, of_sources, topic);
        topic.text.to_owned()
    });
    let lanes = fields.get("lanes").map(|node| lanes(report, of_sources, node)).unwrap_or_default();
    let has_topics = topic.is_some()
        && match fields.get("lanes").map(|node| &node.value) {
            Some(Value::Map(members)) => members.len() == lanes.len(),
            given => given.is_none(),
        };
    let has_share = fields.get("share").is_none_or(|node| matches!(node.value, Value::List(_)));
    let (share, share_places) = fields.get("share").map(|node| share(report, node)).unwrap_or_default();
    let outcomes = fields.text(report, "outcomes").map(|topic| {
        named.check_outcomes(report, topic);
        topic.text.to_owned()
    });
    let destination = Destination {
        id: document.id.to_owned(),
        about: fields.about(report),
        // Of a bundle that is returned, never the empty text: what is missing is an error.
        topic: topic.unwrap_or_default(),
        lanes,
        share,
        outcomes,
    };
    Draft { destination, share_places, has_topics, has_share }
}

fn lanes(report: &mut Report<'_>, of_sources: &BTreeSet<&str>, node: &Node) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for (name, node) in mapping(report, "`lanes`", node).unwrap_or_default() {
        let owner = format!("lane `{}`", name.text);
        let Some(fields) = Fields::of_node(report, owner, node, &LANE_KEYS) else { continue };
        let bar = fields.required(report, "at_least");
        let at_least = bar.and_then(|node| number(report, "at_least", node));
        let topic = fields.required_text(report, "topic");
        topic.into_iter().for_each(|topic| check_of_tasks(report, of_sources, topic));
        if let (Some(bar), Some(at_least), Some(topic)) = (bar, at_least, topic) {
            if let Some(other) = lanes.iter().find(|lane| lane.at_least == at_least) {
                let message = format!(
                    "lanes `{}` and `{}` begin at the same score, and one gets nothing",
                    other.name, name.text
                );
                report.error("same-lane", bar.place, message).hint =
                    Some("give each lane an `at_least` of its own".to_owned());
            }
            lanes.push(Lane { name: name.text.clone(), at_least, topic: topic.text.to_owned() });
        }
    }
    lanes.sort_by(|a, b| b.at_least.total_cmp(&a.at_least).then_with(|| a.name.cmp(&b.name)));
    lanes
}

fn share(report: &mut Report<'_>, node: &Node) -> (Vec<Vec<String>>, Vec<Place>) {
    // Sharing nothing at all is fine, and said best by an empty list.
    if matches!(&node.value, Value::List(items) if items.is_empty()) {
        return Default::default();
    }
    let Value::List(items) = &node.value else {
        let _ = texts(report, "share", node, false);
        return Default::default();
    };
    let (mut share, mut places) = (Vec::new(), Vec::new());
    for item in items {
        let Some(text) = text(report, "share", item) else { continue };
        match paths::parse(text.text, true) {
            Some(path) => {
                share.push(path);
                places.push(text.place);
            }
            None => bad_path(report, text),
        }
    }
    (share, places)
}
