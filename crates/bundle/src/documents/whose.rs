//! `subject` of a source or of a type: whom events are about, of which kinds.

use std::collections::{BTreeMap, BTreeSet};

use segue_expr::Shape;
use segue_model::identity::LINKED;
use segue_model::subject::PERSON;
use segue_yaml::{Key, Node, Place, Report, Value};

use super::event_type::{Types, check_path};
use super::fields::{Fields, Text, bad_path, text};
use crate::bundle::{EventType, SubjectPath};
use crate::paths;

/// Whom events are about, and where that is written.
pub(crate) struct Whose {
    pub(crate) path: SubjectPath,
    /// Of each kind the place of its path.
    places: BTreeMap<String, Place>,
}

/// Reads `subject`, of a source or of a type; a mapping names a subject of each kind.
pub(super) fn read(report: &mut Report<'_>, types: &mut Types<'_>, fields: &Fields<'_>) -> Option<Whose> {
    let node = fields.get("subject")?;
    let whose = match &node.value {
        Value::Map(members) => kinds(report, node, members),
        _ => one(report, fields),
    };
    match &whose {
        Some(whose) => types.all_kinds.extend(whose.places.keys().cloned()),
        None => types.are_kinds_known = false,
    }
    whose
}

fn one(report: &mut Report<'_>, fields: &Fields<'_>) -> Option<Whose> {
    let text = fields.text(report, "subject")?;
    if text.text == "everyone" {
        return Some(Whose { path: SubjectPath::Everyone, places: BTreeMap::new() });
    }
    let path = path(report, text, "it is `subject`, `everyone` or begins with `data.`")?;
    let places = BTreeMap::from([(PERSON.to_owned(), text.place)]);
    Some(Whose { path: SubjectPath::Path(path), places })
}

fn kinds(report: &mut Report<'_>, node: &Node, members: &[(Key, Node)]) -> Option<Whose> {
    let (mut found, mut places) = (BTreeMap::new(), BTreeMap::new());
    for (key, node) in members {
        let kind = kind(report, key);
        let path = text(report, &key.text, node)
            .and_then(|text| path(report, text, "it is `subject` or begins with `data.`"));
        if let (Some(kind), Some(path)) = (kind, path) {
            let _ = places.insert(kind.clone(), node.place);
            let _ = found.insert(kind, path);
        }
    }
    if members.is_empty() {
        let message = "`subject` names at least one kind";
        report.error("wrong-type", node.place, message).hint =
            Some("write `subject: {person: data.customer_id, company: data.company_id}`".to_owned());
    }
    (!found.is_empty() && found.len() == members.len())
        .then_some(Whose { path: SubjectPath::Kinds(found), places })
}

/// The name of a kind of subject, as it stands before its path or its expression.
pub(super) fn kind(report: &mut Report<'_>, key: &Key) -> Option<String> {
    let is_small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_id = key.text.starts_with(|c: char| c.is_ascii_lowercase()) && key.text.chars().all(is_small);
    if is_id && key.text != "everyone" {
        return Some(key.text.clone());
    }
    let message = format!("`{}` is no kind of subject", key.text);
    report.error("bad-id", key.place, message).hint = Some(match is_id {
        true => "what is about everyone is about no single subject: write `subject: everyone`".to_owned(),
        false => "a small letter, then small letters, digits and `-`".to_owned(),
    });
    None
}

fn path(report: &mut Report<'_>, text: Text<'_>, hint: &str) -> Option<Vec<String>> {
    let Some(path) = paths::parse(text.text, false) else {
        bad_path(report, text);
        return None;
    };
    if path == ["subject"] || (path.len() > 1 && path[0] == "data") {
        return Some(path);
    }
    let message = format!("`{}` is no path to a subject", text.text);
    report.error("bad-path", text.place, message).hint = Some(hint.to_owned());
    None
}

impl Whose {
    fn paths(&self) -> Vec<(&str, &[String], Place)> {
        let place = |kind: &str| self.places.get(kind).copied();
        match &self.path {
            SubjectPath::Everyone => Vec::new(),
            SubjectPath::Path(path) => {
                place(PERSON).map(|place| (PERSON, path.as_slice(), place)).into_iter().collect()
            }
            SubjectPath::Kinds(kinds) => {
                kinds.iter().filter_map(|(kind, path)| Some((kind.as_str(), &**path, place(kind)?))).collect()
            }
        }
    }
}

fn is_in(shape: &Shape, path: &[String]) -> bool {
    path[0] != "data" || paths::follow(shape, &path[1..]).is_ok()
}

/// The kinds of subject that events of a type can be about; a path that leads nowhere is in the report. Of kinds that a
/// source names for all of its types, a type need not have each.
pub(super) fn kinds_of(
    report: &mut Report<'_>,
    kind: &str,
    shape: &Shape,
    (own, inherited): (Option<&Whose>, Option<&Whose>),
) -> BTreeSet<String> {
    let Some(whose) = own.or(inherited) else { return BTreeSet::from([PERSON.to_owned()]) };
    let paths = whose.paths();
    let (there, missing): (Vec<_>, Vec<_>) = paths.iter().partition(|(_, path, _)| is_in(shape, path));
    let names =
        |paths: &[(&str, &[String], Place)]| paths.iter().map(|(kind, ..)| (*kind).to_owned()).collect();
    if own.is_none() && !there.is_empty() {
        return names(&there);
    }
    missing.iter().for_each(|(_, path, place)| check_path(report, kind, shape, path, *place));
    // A schema need not name all that its events have.
    names(&paths)
}

/// Reports a kind that a source names for all of its types, and that none of them has.
pub(super) fn check_inherited(
    report: &mut Report<'_>,
    whose: Option<&Whose>,
    events: &BTreeMap<String, EventType>,
) {
    let Some(whose) = whose else { return };
    let inheriting: Vec<(&String, &EventType)> =
        events.iter().filter(|(kind, event)| event.subject.is_none() && *kind != LINKED).collect();
    let paths = whose.paths();
    let misses = |(_, event): &(&String, &EventType), path: &[String]| !is_in(event.schema.shape(), path);
    // A type that has none of them is in the report already.
    let has_some = |one: &&(&String, &EventType)| paths.iter().any(|(_, path, _)| !misses(one, path));
    let Some((first, event)) = inheriting.iter().find(has_some) else { return };
    for (_, path, place) in &paths {
        if inheriting.iter().all(|one| misses(one, path)) {
            check_path(report, first, event.schema.shape(), path, *place);
        }
    }
}
