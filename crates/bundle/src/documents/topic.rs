//! Topics that documents name.

use std::collections::BTreeSet;

use segue_yaml::{Report, Value};

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
        let message = format!("`{}` is a topic that a source publishes on", topic.text);
        report.error("bad-topic", topic.place, message).hint =
            Some("tasks that go where events come from would be read as events".to_owned());
    }
}

/// The topics that the sources publish on, as far as they are written as they should be.
pub(crate) fn of_sources<'n>(documents: &Documents<'n>) -> BTreeSet<&'n str> {
    let members = documents.of("source").iter().flat_map(|source| source.members);
    let nodes = members.filter(|(key, _)| key.text == "topic" || key.text == "topics");
    let items = nodes.flat_map(|(_, node)| match &node.value {
        Value::List(items) => &items[..],
        _ => std::slice::from_ref(node),
    });
    items.filter_map(|item| item.as_text()).collect()
}
