//! Tables, decision tables, signals, calendars and destinations that nothing in the bundle asks for.
//!
//! What an expression names is read off its text, so that one which does not compile counts as well.

use std::collections::{BTreeMap, BTreeSet};

use segue_yaml::{Key, Node, Report, Value, closest};

use crate::documents::{Documents, action};

/// The kinds of documents that hold expressions.
const ASKING: [&str; 5] = ["rule", "signal", "action", "channel", "policy"];
/// Keys that hold text for people, or names that are no expressions.
#[rustfmt::skip]
const TEXTS: [&str; 12] = [
    "about", "what", "how", "tone", "assignee", "question", "answers", "propose", "to", "group", "channel",
    "channels",
];
/// Keys that hold names of types and of documents as they are.
const NAMES: [&str; 5] = ["on", "unless", "during", "ends", "goal"];

/// By name, the documents that name it.
type Named<'n> = BTreeMap<&'n str, BTreeSet<&'n str>>;

/// Reports every table, decision table, signal, calendar and destination that no other document asks for.
pub(crate) fn check(report: &mut Report<'_>, documents: &Documents<'_>) {
    // What may be anything may ask for anything.
    if report.doubtful.iter().any(|(kind, _)| kind.is_none()) {
        return;
    }
    let of_actions: BTreeSet<&str> = documents.of("action").iter().filter_map(action::to).collect();
    let is_meant = |id: &str| of_actions.contains(id) || closest(id, of_actions.iter().copied()).is_some();
    for document in documents.of("destination").iter().filter(|document| !is_meant(document.id)) {
        // What is wrong with it otherwise says enough.
        let last = document.members.iter().map(|(_, node)| node.place.end_line).max();
        let lines = document.place.line..=last.unwrap_or(document.place.line);
        if !report.has_any_within(document.place.file, &lines) {
            let message = format!("no action goes to the destination `{}`", document.id);
            let _ = report.warning("unused", document.place, message);
        }
    }
    unused_channels(report, documents);
    let (mut roots, mut texts) = (Named::new(), Named::new());
    for document in ASKING.iter().flat_map(|kind| documents.of(kind)) {
        for (key, node) in document.members {
            let mut named = Vec::new();
            name(key, node, &mut named);
            for word in named {
                let named = if word.is_quoted { &mut texts } else { &mut roots };
                let _ = named.entry(word.text).or_default().insert(document.id);
            }
        }
    }
    // What ends a journey is looked at.
    for document in documents.of("source") {
        let mut named = Vec::new();
        document.members.iter().for_each(|(key, node)| ends(key, node, &mut named));
        for word in named {
            let _ = texts.entry(word.text).or_default().insert(document.id);
        }
    }
    let asked: [(&str, &Named<'_>, &str); 4] = [
        ("table", &roots, "no expression asks the table"),
        ("decision-table", &texts, "no expression asks the decision table"),
        ("signal", &texts, "nothing looks at the signal"),
        ("calendar", &texts, "no action is released during the calendar"),
    ];
    for (kind, named, message) in asked {
        for document in documents.of(kind) {
            // `age` takes the id of a table as a text.
            let mut by = named.get(document.id).into_iter().chain(texts.get(document.id)).flatten();
            let is_asked = by.any(|asking| kind != "signal" || *asking != document.id);
            // What is wrong with it otherwise says enough.
            if !is_asked && !report.has_any_at(document.place) {
                let _ = report.warning("unused", document.place, format!("{message} `{}`", document.id));
            }
        }
    }
}

/// Reports every channel that no action is done on and no source names.
fn unused_channels(report: &mut Report<'_>, documents: &Documents<'_>) {
    for channel in documents.of("channel") {
        let mut sources = documents.of("source").iter();
        let is_heard =
            sources.any(|source| source.members.iter().any(|(key, node)| names(key, node, channel.id)));
        let is_used =
            is_heard || documents.of("action").iter().any(|action| action::may_be_on(action, channel.id));
        if !is_used && !report.has_any_at(channel.place) {
            let message =
                format!("no action is done on the channel `{}`, and no event comes in on it", channel.id);
            let _ = report.warning("unused", channel.place, message);
        }
    }
}

/// True if a key `channel` here or below names that channel.
fn names(key: &Key, node: &Node, channel: &str) -> bool {
    match &node.value {
        Value::Map(members) => members.iter().any(|(key, node)| names(key, node, channel)),
        _ => key.text == "channel" && node.as_text() == Some(channel),
    }
}

/// A word of an expression: a name that is no field, or a text.
struct Word<'t> {
    text: &'t str,
    is_quoted: bool,
}

/// What is said to end journeys, anywhere below a key.
fn ends<'n>(key: &Key, node: &'n Node, named: &mut Vec<Word<'n>>) {
    match &node.value {
        _ if key.text == "ends" => name(key, node, named),
        Value::Map(members) => members.iter().for_each(|(key, node)| ends(key, node, named)),
        Value::Scalar(_) | Value::List(_) => {}
    }
}

fn name<'n>(key: &Key, node: &'n Node, named: &mut Vec<Word<'n>>) {
    match &node.value {
        Value::Scalar(scalar) if NAMES.contains(&key.text.as_str()) => {
            named.push(Word { text: &scalar.text, is_quoted: true });
        }
        Value::Scalar(scalar) if scalar.text.contains("{{") => {
            let parts = scalar.text.split("{{").skip(1);
            parts.for_each(|part| words(part.split("}}").next().unwrap_or(part), named));
        }
        Value::Scalar(_) if TEXTS.contains(&key.text.as_str()) => {}
        Value::Scalar(scalar) => words(&scalar.text, named),
        Value::List(items) => items.iter().for_each(|item| name(key, item, named)),
        // The names of a signal's fields are its author's; all of them are expressions.
        Value::Map(members) if key.text == "data" => {
            members.iter().for_each(|(_, node)| name(key, node, named));
        }
        Value::Map(members) => members.iter().for_each(|(key, node)| name(key, node, named)),
    }
}

/// The words of an expression.
fn words<'t>(source: &'t str, named: &mut Vec<Word<'t>>) {
    let is_part = |c: char| c == '_' || c.is_alphanumeric();
    let (mut at, mut is_field) = (0, false);
    while let Some(first) = source[at..].chars().next() {
        let rest = &source[at..];
        let length = match first {
            '\'' | '"' => {
                let inner = &rest[1..];
                let length = inner.find(first).unwrap_or(inner.len());
                named.push(Word { text: &inner[..length], is_quoted: true });
                (length + 2).min(rest.len())
            }
            first if is_part(first) => {
                let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                if !is_field {
                    named.push(Word { text: &rest[..length], is_quoted: false });
                }
                length
            }
            first => first.len_utf8(),
        };
        if !first.is_whitespace() {
            is_field = first == '.';
        }
        at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_names_and_texts_but_no_fields() {
        let source = r#"accounts[who.main].balance > 1.0 && decide("a-b", {'x': event . products}).c"#;
        let mut named = Vec::new();
        words(source, &mut named);
        let of = |is_quoted| {
            named.iter().filter(|word| word.is_quoted == is_quoted).map(|word| word.text).collect::<Vec<_>>()
        };
        assert_eq!(of(true), ["a-b", "x"]);
        assert_eq!(of(false), ["accounts", "who", "1", "decide", "event"]);
    }

    #[test]
    fn a_text_without_an_end_is_no_trouble() {
        for source in ["'", "a'", "\"é", "é'", "'a' 'b"] {
            words(source, &mut Vec::new());
        }
    }
}
