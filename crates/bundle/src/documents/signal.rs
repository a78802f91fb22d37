//! `signal` documents: events made from events.
//!
//! A signal is a type of event like any other, so all of them are known before the first is read; and each is read after
//! those that it is made from, so that the shape of their data is known too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use segue_expr::{Expression, Rest, Shape};
use segue_yaml::{Node, Report, Value};

use super::event_type::Types;
use super::expressions::{condition, expression, key_text};
use super::fields::{Fields, Keys, Text, mapping};
use super::{Document, Documents, rule, whose};
use crate::bundle::Signal;
use crate::conditions;
use crate::context::{Compiler, Context};
use crate::names::Known;
use crate::paths;

const KEYS: Keys = Keys { known: &["signal", "about", "on", "when", "data", "subject"] };

/// The most signals from an event to the last that it can lead to, one made from the other; deciding stops there as well.
const STEPS_MAX: usize = 16;

/// Makes the signals known as types of event, whatever their data may turn out to be.
pub(crate) fn declare(report: &mut Report<'_>, types: &mut Types<'_>) {
    let mut declared = BTreeSet::new();
    for document in types.documents.of("signal").iter().filter(|signal| declared.insert(signal.id)) {
        if types.shapes.contains_key(document.id) {
            let message = format!("`{}` is a type of event that a source declares already", document.id);
            report.error("duplicate-id", document.place, message).hint =
                Some("name the signal differently".to_owned());
        }
        let _ = types.shapes.entry(document.id.to_owned()).or_insert(Shape::Any);
        let _ = types.about_someone.insert(document.id.to_owned());
        types.all_kinds.extend(kinds_named(document));
    }
}

/// Reads all signals, and tells `known` and `types` what their data are.
pub(crate) fn read(
    report: &mut Report<'_>,
    types: &mut Types<'_>,
    known: &mut Known,
    compiler: &mut Compiler,
) -> Vec<Option<Signal>> {
    let order = order(report, types.documents);
    order.into_iter().map(|document| signal(report, types, known, compiler, document)).collect()
}

/// The signals, each after those that it is made from; what leads back to itself is in the report.
fn order<'d>(report: &mut Report<'_>, documents: &'d Documents<'_>) -> Vec<&'d Document<'d>> {
    let mut waiting: Vec<&Document<'_>> = documents.of("signal").iter().collect();
    let mut order = Vec::new();
    let mut steps = 0;
    while !waiting.is_empty() {
        steps += 1;
        let ids: BTreeSet<&str> = waiting.iter().map(|document| document.id).collect();
        let is_ready = |document: &&Document<'_>| on(document).all(|kind| !ids.contains(kind.text));
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_ready);
        waiting = rest;
        if ready.is_empty() {
            order.push(waiting.remove(cycle(report, &waiting)));
        }
        // Those after it are too far as well, for the same reason: it is said once.
        if steps == STEPS_MAX + 1 {
            ready.iter().for_each(|document| too_far(report, document));
        }
        order.extend(ready);
    }
    order
}

fn too_far(report: &mut Report<'_>, document: &Document<'_>) {
    let message = format!("the signal `{}` is more than {STEPS_MAX} signals from its event", document.id);
    report.warning("chain-too-long", document.place, message).hint =
        Some("make it from a type of event that comes earlier".to_owned());
}

/// Reports a cycle among signals that all wait for others of them; which of them closes it.
fn cycle(report: &mut Report<'_>, waiting: &[&Document<'_>]) -> usize {
    let next = |at: usize| {
        let of = |kind: Text<'_>| Some((waiting.iter().position(|other| other.id == kind.text)?, kind.place));
        on(waiting[at]).find_map(of)
    };
    let (mut way, mut at) = (Vec::new(), 0);
    while let Some((to, place)) = next(at) {
        way.push(at);
        if let Some(start) = way.iter().position(|seen| *seen == to) {
            let ids: Vec<&str> = way[start..].iter().chain([&to]).map(|at| waiting[*at].id).collect();
            // Each is made from the one after it; people read on from what comes first.
            let shown: Vec<&str> = ids.into_iter().rev().collect();
            let message =
                format!("the signal `{}` leads back to itself: {}", waiting[to].id, shown.join(", "));
            report.error("signal-cycle", place, message).hint = Some(
                "leave out one of these steps; what is counted need not be looked at by `on`".to_owned(),
            );
            return at;
        }
        at = to;
    }
    at
}

/// The types that a signal is made from, as they are written.
fn on<'n>(document: &Document<'n>) -> impl Iterator<Item = Text<'n>> {
    let node = KEYS.find(document.members, "on");
    let items = node.into_iter().flat_map(|node| match &node.value {
        Value::List(items) => &items[..],
        _ => std::slice::from_ref(node),
    });
    items.filter_map(|item| Some(Text { text: item.as_text()?, place: item.place }))
}

fn signal(
    report: &mut Report<'_>,
    types: &mut Types<'_>,
    known: &mut Known,
    compiler: &mut Compiler,
    document: &Document<'_>,
) -> Option<Signal> {
    let owner = format!("signal `{}`", document.id);
    let fields = Fields::new(report, owner, document.place, document.members, &KEYS);
    let on = rule::on(report, types, &fields);
    let kinds = types.kinds_of(&on);
    let context = known.context(on.iter().map(String::as_str), kinds.clone(), false, types);
    let node = fields.get("when");
    let when = node.and_then(|node| condition(report, "when", node, &context, compiler));
    if let (Some(node), Some(when)) = (node, &when) {
        conditions::check(report, &context, node, when, "leave the document out instead");
    }
    let data = fields.get("data").map(|node| {
        let owner = format!("`data` of signal `{}`", document.id);
        let members = mapping(report, &owner, node).unwrap_or_default();
        let compile = |(key, node): &(_, Node)| {
            let key: &segue_yaml::Key = key;
            Some((key.text.clone(), expression(report, &key.text, node, &context, compiler)?))
        };
        members.iter().filter_map(compile).collect::<Vec<(String, Expression)>>()
    });
    let about = fields.get("subject").and_then(|node| subject(report, node, &context, compiler));
    let shape = match &data {
        Some(data) => of_data(data),
        None => known.data_of(on.iter().map(String::as_str)),
    };
    if let Some(data) = &data {
        add_private(types, data);
    }
    let causes = on.iter().flat_map(|kind| known.causes_of(kind)).collect();
    let _ = known.causes.insert(document.id.to_owned(), causes);
    let _ = Arc::make_mut(&mut known.types).insert(document.id.to_owned(), shape.clone());
    let _ = types.shapes.insert(document.id.to_owned(), shape);
    // What could not be read is about what it must mean.
    let kinds = if fields.get("subject").is_some() { kinds_named(document).collect() } else { kinds };
    let _ = types.kinds.insert(document.id.to_owned(), kinds);
    let (id, subject) = (document.id.to_owned(), about);
    Some(Signal { id, about: fields.about(report), on, when, data, subject })
}

/// The kinds of subject that a signal says it is about.
fn kinds_named(document: &Document<'_>) -> impl Iterator<Item = String> {
    let members = match KEYS.find(document.members, "subject").map(|node| &node.value) {
        Some(Value::Map(members)) => &members[..],
        _ => &[],
    };
    members.iter().map(|(key, _)| key.text.clone())
}

/// Whom a signal is about instead of the subject of its event.
fn subject(
    report: &mut Report<'_>,
    node: &Node,
    context: &Context<'_>,
    compiler: &mut Compiler,
) -> Option<(String, Expression)> {
    let members = mapping(report, "`subject` of a signal", node)?;
    let [(key, id)] = members else {
        report.error("wrong-type", node.place, "a signal is about one subject").hint =
            Some("name one kind: `subject: {company: who.company}`".to_owned());
        return None;
    };
    let kind = whose::kind(report, key)?;
    Some((kind, key_text(report, &key.text, id, context, compiler)?))
}

fn of_data(data: &[(String, Expression)]) -> Shape {
    let fields: BTreeMap<String, Shape> =
        data.iter().map(|(name, expression)| (name.clone(), expression.shape().clone())).collect();
    Shape::Map { fields, rest: Box::new(Rest::Closed) }
}

/// What is made of what is private is private.
fn add_private(types: &mut Types<'_>, data: &[(String, Expression)]) {
    for (name, expression) in data {
        let is_private = expression.paths().iter().any(|path| {
            let path = paths::as_event(path);
            types.private.iter().any(|private| path.starts_with(private) || private.starts_with(&path))
        });
        if is_private {
            let _ = types.private.insert(vec!["event".to_owned(), "data".to_owned(), name.clone()]);
        }
    }
}
