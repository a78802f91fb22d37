//! Topics that documents name.

use std::collections::BTreeSet;

use segue_yaml::{Node, Report, Value};

use super::Documents;
use super::fields::Text;

/// How the names of the router's own topics begin.
const OWN: &str = "segue.";
/// The longest name that Kafka takes.
const CHARS_MAX: usize = 249;

/// Reports a name that Kafka does not take, or one that is the router's own; true if it is neither.
pub(crate) fn check(report: &mut Report<'_>, topic: Text<'_>) -> bool {
    let Text { text, place } = topic;
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if text.len() > CHARS_MAX || !text.chars().all(is_part) || matches!(text, "." | "..") {
        report.error("bad-topic", place, format!("`{text}` is no name of a topic")).hint =
            Some(format!("1 to {CHARS_MAX} letters, digits, `.`, `_` and `-`"));
        return false;
    }
    if text.starts_with(OWN) {
        report.error("bad-topic", place, format!("`{text}` is a topic of the router itself")).hint =
            Some(format!("choose a name that does not begin with `{OWN}`"));
        return false;
    }
    true
}

/// Reports a topic of tasks that is none, or that a source publishes on.
pub(crate) fn check_of_tasks(report: &mut Report<'_>, of_sources: &BTreeSet<&str>, topic: Text<'_>) {
    if check(report, topic) && of_sources.contains(topic.text) {
        let hint = "tasks that go where events come from would be read as events";
        taken(report, topic, "that a source publishes on", hint);
    }
}

/// Every topic that some document names, as far as they are written as they should be, by what it is for.
pub(crate) struct Named<'n> {
    /// Those that sources publish on.
    pub(crate) of_sources: BTreeSet<&'n str>,
    /// Those that tasks leave on.
    of_tasks: BTreeSet<&'n str>,
    /// Those on which sources are told what became of their events.
    of_status: BTreeSet<&'n str>,
}

impl<'n> Named<'n> {
    /// Gathers them.
    pub(crate) fn of(documents: &Documents<'n>) -> Named<'n> {
        let of_lanes = below(documents, "destination", &["lanes"]).into_iter().flat_map(|lanes| {
            let Value::Map(lanes) = &lanes.value else { return Vec::new() };
            let members = lanes.iter().filter_map(|(_, lane)| match &lane.value {
                Value::Map(members) => Some(members),
                _ => None,
            });
            members.flatten().filter(|(key, _)| key.text == "topic").map(|(_, node)| node).collect()
        });
        let tasks = below(documents, "destination", &["topic"]).into_iter().chain(of_lanes);
        Named {
            of_sources: texts(below(documents, "source", &["topic", "topics"])),
            of_tasks: texts(tasks),
            of_status: texts(below(documents, "source", &["status"])),
        }
    }

    /// Reports a topic of status that is none, or that a source publishes on.
    pub(crate) fn check_status(&self, report: &mut Report<'_>, topic: Text<'_>) {
        if check(report, topic) && self.of_sources.contains(topic.text) {
            taken(report, topic, "that a source publishes on", "what is told there would be read as events");
        }
    }

    /// Reports a topic of outcomes that is none, or on which something else goes.
    pub(crate) fn check_outcomes(&self, report: &mut Report<'_>, topic: Text<'_>) {
        if !check(report, topic) {
            return;
        }
        let others = [
            (&self.of_sources, "that a source publishes on"),
            (&self.of_tasks, "that tasks leave on"),
            (&self.of_status, "on which a source is told what became of its events"),
        ];
        if let Some((_, what)) = others.into_iter().find(|(topics, _)| topics.contains(topic.text)) {
            taken(
                report,
                topic,
                what,
                "what goes there would be read as outcomes: give outcomes their own topic",
            );
        }
    }
}

fn taken(report: &mut Report<'_>, topic: Text<'_>, what: &str, hint: &str) {
    let message = format!("`{}` is a topic {what}", topic.text);
    report.error("bad-topic", topic.place, message).hint = Some(hint.to_owned());
}

/// The values of these keys in all documents of a kind.
fn below<'n>(documents: &Documents<'n>, kind: &str, keys: &[&str]) -> Vec<&'n Node> {
    let members = documents.of(kind).iter().flat_map(|document| document.members);
    members.filter(|(key, _)| keys.contains(&key.text.as_str())).map(|(_, node)| node).collect()
}

fn texts<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> BTreeSet<&'n str> {
    let items = nodes.into_iter().flat_map(|node| match &node.value {
        Value::List(items) => &items[..],
        _ => std::slice::from_ref(node),
    });
    items.filter_map(Node::as_text).collect()
}
