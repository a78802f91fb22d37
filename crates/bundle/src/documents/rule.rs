//! `rule` documents: when something matters.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use segue_model::subject::PERSON;
use segue_yaml::{Node, Place, Report, Value, closest, did_you_mean};

use super::expressions::condition;
use super::fields::{Fields, Keys, Text, texts};
use super::{Document, Documents, begins};
use crate::bundle::{Begins, Rule};
use crate::conditions;
use crate::context::Compiler;
use crate::documents::event_type::Types;
use crate::names::Known;

const KEYS: Keys = Keys {
    known: &["rule", "about", "on", "for", "unless", "within", "same", "at", "per", "when", "propose"],
};

/// A rule as far as it could be read. What is wrong with it is in the report; the types and actions that it names may
/// then be unknown, or those that must be meant.
pub(crate) struct Draft<'n> {
    pub(crate) rule: Rule,
    /// Where its id stands.
    pub(crate) place: Place,
    /// The lines that the document takes.
    lines: RangeInclusive<usize>,
    /// Its condition as it is written.
    when: Option<&'n Node>,
    /// True if it fires at a moment, on no event.
    pub(crate) is_moment: bool,
    /// True if what makes it fire could be read.
    is_begun: bool,
    /// True if it cannot be told which actions it proposes.
    pub(crate) proposes_any: bool,
}

impl Draft<'_> {
    /// True if all of it could be read, and nothing is wrong with it.
    pub(crate) fn is_read(&self, report: &Report<'_>) -> bool {
        !report.has_any_within(self.place.file, &self.lines)
            && !self.proposes_any
            && self.is_begun
            && (self.is_moment || !self.rule.on.is_empty())
            && self.when.is_some() == self.rule.when.is_some()
    }
}

/// Reads one rule.
pub(crate) fn read<'n>(
    report: &mut Report<'_>,
    documents: &Documents<'_>,
    types: &Types<'_>,
    known: &Known,
    compiler: &mut Compiler,
    document: &Document<'n>,
) -> Draft<'n> {
    let owner = format!("rule `{}`", document.id);
    let fields = Fields::new(report, owner, document.place, document.members, &KEYS);
    let is_moment = begins::is_moment(&fields);
    let on = if is_moment { Vec::new() } else { on(report, types, &fields) };
    let per = per(report, types, &fields, &on);
    let kinds = BTreeSet::from([per.clone()]);
    let context = if is_moment {
        known.context_of_moment(kinds, false, types)
    } else {
        known.context(on.iter().map(String::as_str), kinds, false, types)
    };
    let begins = begins::read(report, types, &fields, &on, &context, compiler);
    let is_begun = begins.is_some();
    let node = fields.get("when");
    let when = node.and_then(|node| condition(report, "when", node, &context, compiler));
    if let (Some(node), Some(when)) = (node, &when) {
        conditions::check(report, &context, node, when, "leave the document out instead");
    }
    let propose = fields.required(report, "propose").and_then(|node| propose(report, documents, node));
    let proposes_any = propose.is_none();
    let propose = propose.unwrap_or_default();
    // Of a bundle that is returned, it could be read.
    let begins = begins.unwrap_or(Begins::Event);
    let about = fields.about(report);
    let rule = Rule { id: document.id.to_owned(), about, per, on, begins, when, propose };
    let last = document.members.iter().map(|(_, node)| node.place.end_line).max();
    let lines = document.place.line..=last.unwrap_or(document.place.line);
    Draft { rule, place: document.place, lines, when: node, is_moment, is_begun, proposes_any }
}

/// The kind of subject that a rule decides for; one that none of its events is about is in the report.
fn per(report: &mut Report<'_>, types: &Types<'_>, fields: &Fields<'_>, on: &[String]) -> String {
    let given = fields.text(report, "per");
    let per = given.map_or(PERSON, |per| per.text);
    let is_kind = given.is_none_or(|per| check_kind(report, types, per, &[]));
    let kinds = types.kinds_of(on);
    // Of events about everyone `for` says whom they concern; what could not be read may be about anyone.
    let is_sure = is_kind && types.are_kinds_known && fields.get("for").is_none();
    if is_sure && !kinds.is_empty() && !kinds.contains(per) {
        let place = given.map_or(fields.place, |per| per.place);
        let message = format!("none of the events of {} is about a subject of the kind {per}", fields.owner);
        let named: Vec<String> = kinds.iter().map(|kind| format!("`per: {kind}`")).collect();
        report.warning("never-fires", place, message).hint =
            Some(format!("say {}, or let the source name such a subject", named.join(" or ")));
    }
    per.to_owned()
}

/// True if something names subjects of a kind; else a finding says that nothing does. `others` may be meant as well.
pub(super) fn check_kind(
    report: &mut Report<'_>,
    types: &Types<'_>,
    kind: Text<'_>,
    others: &[&str],
) -> bool {
    if types.all_kinds.contains(kind.text) || !types.are_kinds_known {
        return true;
    }
    let message = format!("no source and no signal names a subject of the kind `{}`", kind.text);
    let kinds = types.all_kinds.iter().map(String::as_str).chain(others.iter().copied());
    report.error("unknown-name", kind.place, message).hint = did_you_mean(kind.text, kinds).or_else(|| {
        Some(format!("let a source name it: `subject: {{person: data..., {}: data...}}`", kind.text))
    });
    false
}

/// The actions proposed, those that must be meant among them; `None` if it cannot be told.
fn propose(report: &mut Report<'_>, documents: &Documents<'_>, node: &Node) -> Option<Vec<String>> {
    let named = texts(report, "propose", node, false);
    let mut is_whole =
        matches!(&node.value, Value::List(items) if !items.is_empty() && items.len() == named.len());
    let mut propose = Vec::new();
    for action in &named {
        let action = *action;
        if documents.check(report, "action", action.text, action.place) {
            add_once(report, &mut propose, action, "proposed");
        } else if let Some(meant) = closest(action.text, documents.ids("action")) {
            // What is only meant may be named as well.
            if !named.iter().any(|other| other.text == meant) {
                propose.push(meant.to_owned());
            }
        } else {
            is_whole = false;
        }
    }
    is_whole.then_some(propose)
}

/// The types of event that a rule or a signal looks at, unknown ones among them, which are in the report.
pub(super) fn on(report: &mut Report<'_>, types: &Types<'_>, fields: &Fields<'_>) -> Vec<String> {
    let node = fields.required(report, "on");
    let on = node.map(|node| self::types(report, types, "on", node)).unwrap_or_default();
    let is_everyones = |kind: &String| types.shapes.contains_key(kind) && !types.about_someone.contains(kind);
    if !on.is_empty() && fields.get("for").is_none() && on.iter().all(is_everyones) {
        let message = format!("{} looks only at events that are about everyone", fields.owner);
        report.warning("never-fires", fields.place, message).hint =
            Some("say with `for` whom such an event concerns, or look at another type".to_owned());
    }
    on
}

/// The types of event that a rule or a signal looks at, as they are written.
pub(super) fn on_written<'n>(document: &Document<'n>) -> impl Iterator<Item = &'n str> {
    let node = KEYS.find(document.members, "on");
    let items = node.into_iter().flat_map(|node| match &node.value {
        Value::List(items) => &items[..],
        _ => std::slice::from_ref(node),
    });
    items.filter_map(Node::as_text)
}

/// The types of event that a key names, unknown ones among them, which are in the report.
pub(super) fn types(
    report: &mut Report<'_>,
    types: &Types<'_>,
    name: &'static str,
    node: &Node,
) -> Vec<String> {
    let mut named = Vec::new();
    for kind in texts(report, name, node, true) {
        if types.shapes.contains_key(kind.text) {
            add_once(report, &mut named, kind, if name == "on" { "looked at" } else { "named" });
        } else {
            if types.is_whole && !report.is_doubtful("signal", kind.text) {
                let message = format!("no source declares the type `{}`", kind.text);
                report.error("unknown-name", kind.place, message).hint =
                    did_you_mean(kind.text, types.shapes.keys().map(String::as_str));
            }
            // Kept, so that its data may be anything.
            named.push(kind.text.to_owned());
        }
    }
    named
}

fn add_once(report: &mut Report<'_>, list: &mut Vec<String>, name: Text<'_>, verb: &str) {
    if list.iter().any(|other| other == name.text) {
        let message = format!("`{}` is {verb} twice", name.text);
        let _ = report.error("duplicate-key", name.place, message);
    } else {
        list.push(name.text.to_owned());
    }
}
