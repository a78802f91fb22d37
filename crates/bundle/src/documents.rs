//! One kind of document, one file; here what they have in common: heads, ids, and the reading of keys.

pub(crate) mod action;
mod around;
mod becomes;
mod begins;
pub(crate) mod calendar;
pub(crate) mod channel;
pub(crate) mod decision_table;
pub(crate) mod destination;
pub(crate) mod event_type;
pub(crate) mod expressions;
pub(crate) mod fields;
mod identity;
mod inbound;
pub(crate) mod journey;
mod learning;
mod life;
pub(crate) mod news;
pub(crate) mod policy;
pub(crate) mod rule;
pub(crate) mod signal;
pub(crate) mod source;
pub(crate) mod table;
pub(crate) mod test;
pub(crate) mod topic;
mod whose;

use std::collections::BTreeMap;

use segue_model::event::OWN_SOURCE;
use segue_yaml::{Key, Node, Place, Report, Value, closest, did_you_mean};

/// The kinds that are built.
const KINDS: [&str; 11] = [
    "source",
    "table",
    "decision-table",
    "signal",
    "rule",
    "action",
    "channel",
    "destination",
    "policy",
    "calendar",
    "test",
];

/// Names that a table cannot have, since they mean something in expressions already.
#[rustfmt::skip]
const TAKEN: [&str; 68] = [
    "action", "age", "all", "as", "avg", "bool", "break", "bytes", "cause", "channel", "const", "contains",
    "continue", "count", "decide", "device", "distance_km", "distinct", "double", "duration", "dyn", "else",
    "event", "exists", "exists_one", "false", "filter", "for", "function", "has", "if", "import", "in",
    "int", "last", "let", "list", "local", "loop", "map", "matches", "max", "min", "namespace", "now",
    "null", "null_type", "outcomes", "package", "released", "return", "same", "since", "size", "speed_kmh",
    "string", "sum", "timestamp", "true", "type", "uint", "var", "void", "where", "while", "who",
    "optional", "cel",
];

/// Keys by which a document can be told whose kind cannot.
#[rustfmt::skip]
const TELLING: [(&str, &str); 15] = [
    ("events", "source"), ("propose", "rule"), ("what", "action"), ("how", "action"), ("share", "destination"),
    ("lanes", "destination"), ("steps", "test"), ("merge", "table"), ("of", "table"),
    ("cap", "policy"), ("open", "calendar"), ("rows", "decision-table"), ("hit", "decision-table"),
    ("consent", "channel"), ("quiet", "channel"),
];

/// A document whose kind and id are known, or can be guessed: what is wrong with them is in the report, and the rest is
/// read all the same, so that nothing else is said to be wrong for it.
pub(crate) struct Document<'n> {
    pub(crate) id: &'n str,
    /// Where its id stands.
    pub(crate) place: Place,
    /// Its keys; that of the kind may be among them.
    pub(crate) members: &'n [(Key, Node)],
}

/// All documents, by kind, each kind in the order of the files.
#[derive(Default)]
pub(crate) struct Documents<'n> {
    by_kind: BTreeMap<&'static str, Vec<Document<'n>>>,
    /// Where the first of a kind and an id stands among those of its kind.
    first: BTreeMap<(&'static str, &'n str), usize>,
}

impl<'n> Documents<'n> {
    /// Sorts documents by kind; what has no kind or no id goes to the report.
    pub(crate) fn sort(report: &mut Report<'_>, nodes: &'n [Node]) -> Documents<'n> {
        let mut documents = Documents::default();
        for node in nodes.iter().filter(|node| !node.is_null()) {
            let Some((kind, document)) = head(report, node) else { continue };
            let same = documents.by_kind.entry(kind).or_default();
            let at = *documents.first.entry((kind, document.id)).or_insert(same.len());
            if let Some(first) = same.get(at) {
                let file = &report.files[first.place.file].path;
                let message =
                    format!("the {} `{}` is already in {file}:{}", noun(kind), document.id, first.place.line);
                let _ = report.error("duplicate-id", document.place, message);
            }
            same.push(document);
        }
        documents
    }

    /// The documents of a kind.
    pub(crate) fn of(&self, kind: &str) -> &[Document<'n>] {
        self.by_kind.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The ids of a kind.
    pub(crate) fn ids(&self, kind: &str) -> impl Iterator<Item = &'n str> {
        self.of(kind).iter().map(|document| document.id)
    }

    /// True if there is such a document; else a finding says that `name` is none.
    pub(crate) fn check(&self, report: &mut Report<'_>, kind: &str, name: &str, place: Place) -> bool {
        if self.first.contains_key(&(kind, name)) {
            return true;
        }
        if report.is_doubtful(kind, name) {
            return false;
        }
        report.error("unknown-name", place, format!("there is no {} `{name}`", noun(kind))).hint =
            did_you_mean(name, self.ids(kind));
        false
    }
}

fn head<'n>(report: &mut Report<'_>, node: &'n Node) -> Option<(&'static str, Document<'n>)> {
    let Value::Map(members) = &node.value else {
        let message = format!("a document is a mapping, and this is {}", node.describe());
        let _ = report.error("wrong-type", node.place, message);
        report.is_incomplete = true;
        return None;
    };
    let (key, id) = members.first()?;
    let Some(kind) = known_kind(&key.text) else { return guess(report, key, id, members) };
    let Value::Scalar(scalar) = &id.value else {
        let message = format!("the id of a {kind} is text, and this is {}", id.describe());
        let _ = report.error("bad-id", id.place, message);
        report.is_incomplete = true;
        return None;
    };
    let (id, place) = (scalar.text.as_str(), id.place);
    if check_id(report, kind, id, place).is_none() {
        report.doubtful.push((Some(kind), id.to_owned()));
    }
    Some((kind, Document { id, place, members: &members[1..] }))
}

/// What a document is meant to be whose first key is no kind.
fn guess<'n>(
    report: &mut Report<'_>,
    key: &Key,
    id: &'n Node,
    members: &'n [(Key, Node)],
) -> Option<(&'static str, Document<'n>)> {
    let name = key.text.as_str();
    let below = members.iter().find_map(|(key, id)| Some((known_kind(&key.text)?, id)));
    let hint = match below {
        Some((kind, _)) => Some(format!("the first key says the kind: move `{kind}` to the top")),
        None => did_you_mean(name, KINDS),
    };
    report.error("unknown-kind", key.place, format!("`{name}` is no kind of document")).hint =
        hint.or_else(|| Some(format!("the first key is one of {}", KINDS.join(", "))));
    let near = || closest(name, KINDS).map(known_kind);
    let (kind, id, members) = match below {
        Some((kind, id)) => (Some(kind), id, members),
        None => (near().unwrap_or_else(|| told_by_keys(members)), id, &members[1..]),
    };
    let text = id.as_text()?;
    report.doubtful.push((kind, text.to_owned()));
    Some((kind?, Document { id: text, place: id.place, members }))
}

/// What a kind is called in a sentence.
fn noun(kind: &str) -> &str {
    if kind == "decision-table" { "decision table" } else { kind }
}

fn known_kind(name: &str) -> Option<&'static str> {
    KINDS.into_iter().find(|kind| *kind == name)
}

fn told_by_keys(members: &[(Key, Node)]) -> Option<&'static str> {
    let has = |name: &str| members.iter().any(|(key, _)| key.text == name);
    TELLING.into_iter().find(|(key, _)| has(key)).map(|(_, kind)| kind)
}

fn check_id(report: &mut Report<'_>, kind: &str, id: &str, place: Place) -> Option<()> {
    if kind == "test" {
        if id.trim().is_empty() || id.contains('\n') {
            let _ = report.error("bad-id", place, "the id of a test is one line of text");
            return None;
        }
        return Some(());
    }
    let joint = if kind == "table" { '_' } else { '-' };
    let is_ok = id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joint);
    if !is_ok {
        report.error("bad-id", place, format!("`{id}` is no id of a {kind}")).hint =
            Some(format!("a small letter, then small letters, digits and `{joint}`"));
        return None;
    }
    if kind == "source" && id == OWN_SOURCE {
        let _ = report.error("bad-id", place, format!("`{id}` is the router itself"));
        return None;
    }
    if kind == "table" && TAKEN.contains(&id) {
        let _ = report.error("bad-id", place, format!("`{id}` means something in expressions already"));
        return None;
    }
    Some(())
}
