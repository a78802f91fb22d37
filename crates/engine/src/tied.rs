//! Which subjects an event about everyone may concern: an index from the values that tie subjects to events, to their
//! keys. So a broadcast asks those that it may be true of, and nobody else.
//!
//! It follows the profiles, which alone are kept.

use std::collections::{BTreeMap, BTreeSet};

use segue_bundle::Bundle;
use segue_bundle::bundle::{Begins, Rule};
use segue_document::{Kind, Value};
use segue_expr::{Side, Tie};
use segue_model::{Event, Profile, Subject};

/// Subjects by what ties them: the number of the side, and the value there.
#[derive(Debug, Default)]
pub(crate) struct Tied {
    subjects: BTreeMap<(usize, String), BTreeSet<String>>,
    /// What the step that is not committed yet has changed: true was added.
    undo: Vec<(usize, String, String, bool)>,
}

impl Tied {
    /// Says what has become of a profile.
    pub(crate) fn set(
        &mut self,
        sides: &[Side],
        key: &str,
        before: Option<&Profile>,
        after: Option<&Profile>,
        is_kept: bool,
    ) {
        for (number, side) in sides.iter().enumerate() {
            let values = |profile: Option<&Profile>| profile.map(|of| values(side, of)).unwrap_or_default();
            let (old, new) = (values(before), values(after));
            for (value, is_new) in old
                .difference(&new)
                .map(|value| (value, false))
                .chain(new.difference(&old).map(|v| (v, true)))
            {
                self.put(number, value, key, is_new);
                if !is_kept {
                    self.undo.push((number, value.clone(), key.to_owned(), is_new));
                }
            }
        }
    }

    /// The step is committed.
    pub(crate) fn settle(&mut self) {
        self.undo.clear();
    }

    /// The step is undone.
    pub(crate) fn undo(&mut self) {
        for (number, value, key, was_added) in std::mem::take(&mut self.undo).into_iter().rev() {
            self.put(number, &value, &key, !was_added);
        }
    }

    /// The keys of the subjects that an event may concern by one of these rules, in their order, from behind `after` on.
    pub(crate) fn concerned(&self, bundle: &Bundle, event: &Event, after: &str) -> BTreeSet<String> {
        let rules = bundle.each_by_type.get(&event.kind).into_iter().flatten();
        let ties = rules.flat_map(|rule| ties(rule).iter().map(|tie| (rule.per.as_str(), tie)));
        let found = ties.flat_map(|(per, tie)| {
            let number = bundle.sides.binary_search(&tie.side).ok();
            let values = number.map(|number| of_event(tie, event).into_iter().map(move |v| (number, v)));
            values.into_iter().flatten().map(move |place| (per, place))
        });
        let subjects = found.flat_map(|(per, place)| {
            let tied = self.subjects.get(&place).into_iter().flatten();
            tied.filter(move |key| Subject::kind_of_inner_key(key) == per)
        });
        subjects.filter(|key| key.as_str() > after).cloned().collect()
    }

    fn put(&mut self, number: usize, value: &str, key: &str, is_new: bool) {
        let place = (number, value.to_owned());
        if is_new {
            let _ = self.subjects.entry(place).or_default().insert(key.to_owned());
        } else if let Some(subjects) = self.subjects.get_mut(&place) {
            let _ = subjects.remove(key);
            if subjects.is_empty() {
                let _ = self.subjects.remove(&place);
            }
        }
    }
}

fn ties(rule: &Rule) -> &[Tie] {
    match &rule.begins {
        Begins::Each(each) => &each.ties,
        _ => &[],
    }
}

/// The values of a subject on a side.
fn values(side: &Side, profile: &Profile) -> BTreeSet<String> {
    match side {
        Side::Who(path, of_item) => {
            let root = profile.who.as_deref().map(segue_document::Document::root);
            let found = root.and_then(|root| root.at_path(path.iter().map(String::as_str)));
            match of_item {
                None => found.and_then(key).into_iter().collect(),
                Some(below) => found
                    .filter(|list| list.kind() == Kind::Array)
                    .into_iter()
                    .flat_map(Value::items)
                    .filter_map(|item| item.at_path(below.iter().map(String::as_str)))
                    .filter_map(key)
                    .collect(),
            }
        }
        Side::Where(path) => {
            let root = profile.place.as_ref().map(|place| place.facts.root());
            let found = root.and_then(|root| root.at_path(path.iter().map(String::as_str)));
            found.and_then(key).into_iter().collect()
        }
        Side::Rows(table, path) => {
            let rows = profile.tables.get(table).into_iter().flat_map(|rows| rows.0.values());
            let at = |document: &'_ segue_document::Document| {
                document.root().at_path(path.iter().map(String::as_str)).and_then(key)
            };
            rows.filter_map(|row| at(&row.document)).collect()
        }
    }
}

/// The values of an event that may tie.
fn of_event(tie: &Tie, event: &Event) -> Vec<String> {
    let names = tie.event.iter().skip(1).map(String::as_str);
    let Some(found) = event.data.root().at_path(names) else { return Vec::new() };
    if tie.of_each { found.items().filter_map(key).collect() } else { key(found).into_iter().collect() }
}

/// A value as it is compared: numbers are equal whatever they are written like. What is neither text, number nor bool
/// ties nobody.
fn key(value: Value<'_>) -> Option<String> {
    match value.kind() {
        Kind::String => value.as_str().map(|text| format!("s{text}")),
        Kind::Number => match (value.as_i64(), value.as_f64()) {
            (Some(whole), _) => Some(format!("n{whole}")),
            (None, Some(number)) if number.fract() == 0.0 && number.abs() < 9.0e18 => {
                Some(format!("n{}", number as i64))
            }
            (None, Some(number)) => Some(format!("n{number}")),
            (None, None) => None,
        },
        Kind::Bool => value.as_bool().map(|truth| format!("b{truth}")),
        Kind::Null | Kind::Array | Kind::Object => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use segue_document::Document;

    fn profile(who: &str) -> Profile {
        Profile { who: Some(Arc::new(Document::parse_own(who).unwrap())), ..Profile::default() }
    }

    #[test]
    fn what_is_undone_is_as_it_was() {
        let sides = [Side::Who(vec!["a".into()], None), Side::Who(vec!["l".into()], Some(vec!["n".into()]))];
        let (old, new) = (profile(r#"{"a": 1.0, "l": [{"n": "x"}, {}]}"#), profile(r#"{"a": "1", "l": 3}"#));
        let mut tied = Tied::default();
        tied.set(&sides, "c1", None, Some(&old), true);
        let places = |tied: &Tied| tied.subjects.keys().cloned().collect::<Vec<_>>();
        assert_eq!(places(&tied), [(0, "n1".to_owned()), (1, "sx".to_owned())]);
        tied.set(&sides, "c1", Some(&old), Some(&new), false);
        assert_eq!(places(&tied), [(0, "s1".to_owned())]);
        tied.undo();
        assert_eq!(places(&tied), [(0, "n1".to_owned()), (1, "sx".to_owned())]);
    }
}
