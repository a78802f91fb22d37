//! Reads the keys of a mapping, each as the type that it must have.

use segue_model::Span;
use segue_yaml::{Key, Node, Place, Report, ScalarKind, Value, closest, did_you_mean};

use crate::paths;

/// The keys that a mapping may have.
pub(crate) struct Keys {
    /// Their names.
    pub(crate) known: &'static [&'static str],
}

impl Keys {
    fn all(&self) -> impl Iterator<Item = &'static str> {
        self.known.iter().copied()
    }

    /// The value of a key, if it is given; else that of an unknown key by which it must be meant.
    pub(crate) fn find<'n>(&self, members: &'n [(Key, Node)], name: &str) -> Option<&'n Node> {
        let is_meant =
            |key: &str| self.all().all(|known| known != key) && closest(key, self.all()) == Some(name);
        let given = members.iter().find(|(key, _)| key.text == name);
        given.or_else(|| members.iter().find(|(key, _)| is_meant(&key.text))).map(|(_, value)| value)
    }
}

/// A mapping whose keys are all known, or in the report.
pub(crate) struct Fields<'n> {
    /// What it is, for people: "rule `x`".
    pub(crate) owner: String,
    /// Where a missing key is reported.
    pub(crate) place: Place,
    members: &'n [(Key, Node)],
    keys: &'static Keys,
}

/// A text and its place.
#[derive(Clone, Copy)]
pub(crate) struct Text<'n> {
    pub(crate) text: &'n str,
    pub(crate) place: Place,
}

impl<'n> Fields<'n> {
    /// Opens a mapping; every key that it may not have is a finding.
    pub(crate) fn new(
        report: &mut Report<'_>,
        owner: String,
        place: Place,
        members: &'n [(Key, Node)],
        keys: &'static Keys,
    ) -> Fields<'n> {
        for (key, _) in members {
            let name = key.text.as_str();
            if keys.known.contains(&name) {
                continue;
            }
            report.error("unknown-key", key.place, format!("unknown key `{name}` in {owner}")).hint =
                did_you_mean(name, keys.all());
        }
        Fields { owner, place, members, keys }
    }

    /// Opens a value that must be a mapping.
    pub(crate) fn of_node(
        report: &mut Report<'_>,
        owner: String,
        node: &'n Node,
        keys: &'static Keys,
    ) -> Option<Fields<'n>> {
        let members = mapping(report, &owner, node)?;
        let mut place = node.place;
        // A missing key is reported at the mapping's first line, not at all of it.
        (place.end_line, place.end_column) = (place.line, place.column + 1);
        Some(Fields::new(report, owner, place, members, keys))
    }

    /// The value of a key, if it is given. One that is given under a name near it, which is in the report, counts: so
    /// a slip is one finding, and what follows from it is not another.
    pub(crate) fn get(&self, name: &str) -> Option<&'n Node> {
        self.keys.find(self.members, name)
    }

    /// True if it may have that key.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.keys.known.contains(&name)
    }

    /// The value of a key that must be given.
    pub(crate) fn required(&self, report: &mut Report<'_>, name: &str) -> Option<&'n Node> {
        let value = self.get(name);
        if value.is_none() {
            let _ = report.error("missing-key", self.place, format!("{} lacks the key `{name}`", self.owner));
        }
        value
    }

    /// The text of a key, if it is given.
    pub(crate) fn text(&self, report: &mut Report<'_>, name: &str) -> Option<Text<'n>> {
        self.get(name).and_then(|node| text(report, name, node))
    }

    /// The text of a key that must be given.
    pub(crate) fn required_text(&self, report: &mut Report<'_>, name: &str) -> Option<Text<'n>> {
        self.required(report, name).and_then(|node| text(report, name, node))
    }

    /// `about`, which every document may have.
    pub(crate) fn about(&self, report: &mut Report<'_>) -> Option<String> {
        self.text(report, "about").map(|about| about.text.to_owned())
    }

    /// A path of a key, if it is given: names with points between them.
    pub(crate) fn path(&self, report: &mut Report<'_>, name: &str) -> Option<(Vec<String>, Place)> {
        let text = self.text(report, name)?;
        let path = paths::parse(text.text, false);
        if path.is_none() {
            bad_path(report, text);
        }
        Some((path?, text.place))
    }

    /// One of some words.
    pub(crate) fn word(
        &self,
        report: &mut Report<'_>,
        name: &str,
        words: &'static [&'static str],
    ) -> Option<&'static str> {
        let Text { text, place } = self.text(report, name)?;
        let word = words.iter().find(|word| **word == text).copied();
        if word.is_none() {
            let message = format!("`{name}` is one of {}, not `{text}`", words.join(", "));
            report.error("wrong-type", place, message).hint = did_you_mean(text, words.iter().copied());
        }
        word
    }
}

/// The members of a value that must be a mapping.
pub(crate) fn mapping<'n>(report: &mut Report<'_>, owner: &str, node: &'n Node) -> Option<&'n [(Key, Node)]> {
    match &node.value {
        Value::Map(members) => Some(members),
        _ => {
            let message = format!("{owner} is a mapping, not {}", node.describe());
            let _ = report.error("wrong-type", node.place, message);
            None
        }
    }
}

/// The content of a value that must be text.
pub(crate) fn text<'n>(report: &mut Report<'_>, name: &str, node: &'n Node) -> Option<Text<'n>> {
    match node.as_text() {
        Some(text) if !text.trim().is_empty() => Some(Text { text, place: node.place }),
        Some(_) => {
            let _ = report.error("wrong-type", node.place, format!("`{name}` must not be empty"));
            None
        }
        None => {
            let finding =
                report.error("wrong-type", node.place, format!("`{name}` is text, not {}", node.describe()));
            if matches!(&node.value, Value::Scalar(scalar) if scalar.kind != ScalarKind::Null) {
                finding.hint = Some("write it in quotes".to_owned());
            }
            None
        }
    }
}

/// The texts of a list that must not be empty; with `or_one`, one text will do.
pub(crate) fn texts<'n>(report: &mut Report<'_>, name: &str, node: &'n Node, or_one: bool) -> Vec<Text<'n>> {
    match &node.value {
        Value::List(items) if items.is_empty() => {
            let _ = report.error("wrong-type", node.place, format!("`{name}` must name at least one"));
            Vec::new()
        }
        Value::List(items) => items.iter().filter_map(|item| text(report, name, item)).collect(),
        _ if or_one => text(report, name, node).into_iter().collect(),
        _ => {
            let message = format!("`{name}` is a list, not {}", node.describe());
            report.error("wrong-type", node.place, message).hint =
                node.as_text().map(|text| format!("write `[{text}]`"));
            Vec::new()
        }
    }
}

/// The number of a value that must be one, finite.
pub(crate) fn number(report: &mut Report<'_>, name: &str, node: &Node) -> Option<f64> {
    let number = match &node.value {
        Value::Scalar(scalar) if matches!(scalar.kind, ScalarKind::Int | ScalarKind::Float) => {
            node.to_json().parse::<f64>().ok().filter(|number| number.is_finite())
        }
        _ => None,
    };
    if number.is_none() {
        let message = format!("`{name}` is a number, not {}", node.describe());
        let _ = report.error("wrong-type", node.place, message);
    }
    number
}

/// The truth of a value that must be `true` or `false`.
pub(crate) fn truth(report: &mut Report<'_>, name: &str, node: &Node) -> Option<bool> {
    if let Value::Scalar(scalar) = &node.value
        && let ScalarKind::Bool(truth) = scalar.kind
    {
        return Some(truth);
    }
    let message = format!("`{name}` is true or false, not {}", node.describe());
    let _ = report.error("wrong-type", node.place, message);
    None
}

/// The span of a value that must be a duration.
pub(crate) fn duration(report: &mut Report<'_>, name: &str, node: &Node) -> Option<Span> {
    let scalar = match &node.value {
        Value::Scalar(scalar) => Some(&scalar.text),
        _ => None,
    };
    let span = node.as_text().and_then(Span::parse);
    if span.is_none() {
        let shown = scalar.map_or_else(|| node.describe().to_owned(), |text| format!("`{text}`"));
        report.error("bad-duration", node.place, format!("`{name}` is a duration, not {shown}")).hint =
            Some("write a number and its unit: `90s`, `15m`, `24h`, `7d`, `2w`, `1h30m`".to_owned());
    }
    span
}

/// The span of a value that must be a duration of some length.
pub(crate) fn positive(report: &mut Report<'_>, name: &str, node: &Node) -> Option<Span> {
    let span = duration(report, name, node)?;
    if span.0 <= 0 {
        let _ = report.error("bad-duration", node.place, format!("`{name}` is longer than nothing"));
    }
    (span.0 > 0).then_some(span)
}

/// Reports a text that is no path.
pub(crate) fn bad_path(report: &mut Report<'_>, text: Text<'_>) {
    report.error("bad-path", text.place, format!("`{}` is no path", text.text)).hint =
        Some("a path is names with points between them, such as `data.customer_id`".to_owned());
}
