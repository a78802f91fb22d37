//! Need to know: nothing leaves for a destination, in a text either, that its `share` does not name.

mod place;

use std::collections::{BTreeMap, BTreeSet};

use segue_expr::{Expression, Names, Template};
use segue_yaml::{Node, Report, did_you_mean};

use crate::documents::destination::Draft;
use crate::names::Known;
use crate::paths;

/// Who may be told what.
pub(crate) struct Shared<'s> {
    /// What each destination may be told, by its id.
    pub(crate) by_destination: BTreeMap<&'s str, Vec<&'s [String]>>,
    /// What must not even choose between texts unless it is shared.
    pub(crate) private: &'s BTreeSet<Vec<String>>,
}

/// Names that tell nothing of anybody: the time, and the bundle's own words.
const HARMLESS: [&str; 3] = ["now", "local", "action"];

/// Reports every path that can flow into a text, and every private one that decides about it, that its destination
/// may not be told.
pub(crate) fn check(
    report: &mut Report<'_>,
    shared: &Shared<'_>,
    to: &str,
    node: &Node,
    template: &Template,
) {
    let Some(share) = shared.by_destination.get(to) else { return };
    let flows: BTreeSet<Vec<String>> = template.paths().into_iter().collect();
    let whole = template.whole();
    for path in template.reads() {
        let flows = flows.contains(&path);
        if may_leave(share, &path) || !(flows || shared.is_private(&path, whole.contains(&path))) {
            continue;
        }
        let shown = paths::display(&path);
        let place = match place::of(template, &path) {
            Some(at) => node.place_inside(&report.files[node.place.file], at.start, at.end),
            None => node.place,
        };
        let message = if flows {
            format!("`{shown}` would be told to destination `{to}`, which does not share it")
        } else {
            format!(
                "`{shown}` is private and decides what is told to destination `{to}`, which does not share it"
            )
        };
        let shared = paths::display(&paths::as_event(&path));
        report.error("not-shared", place, message).hint =
            Some(format!("add `{shared}` to its `share`, or leave it out of the text"));
    }
}

/// Reports every private path that a number of `priority` depends on, which leaves with the task, and that the
/// destination may not be told: a choice between two numbers tells what it was made by. What is not private may be seen
/// in numbers: they tell less than a text.
pub(crate) fn check_number(
    report: &mut Report<'_>,
    shared: &Shared<'_>,
    to: &str,
    node: &Node,
    expression: &Expression,
) {
    let Some(share) = shared.by_destination.get(to) else { return };
    let is_whole = |path: &Vec<String>| expression.whole().contains(path);
    let is_open = |path: &&Vec<String>| shared.is_private(path, is_whole(path)) && !is_covered(share, path);
    for path in expression.paths().iter().filter(is_open) {
        let place = match place::in_expression(expression.source(), path) {
            Some(at) => node.place_inside(&report.files[node.place.file], at.start, at.end),
            None => node.place,
        };
        let shown = paths::display(path);
        let verb = if expression.flows().contains(path) { "would be told" } else { "decides what is told" };
        let message = format!(
            "`{shown}` is private and {verb}, as a number of the task, to destination `{to}`, which does not share it"
        );
        let shared = paths::display(&paths::as_event(path));
        report.error("not-shared", place, message).hint =
            Some(format!("add `{shared}` to its `share`, or leave it out of `priority`"));
    }
}

impl Shared<'_> {
    /// True if the path is private, or, where all of it is read, something below it is.
    fn is_private(&self, path: &[String], is_whole: bool) -> bool {
        let path = paths::as_event(path);
        let holds = |private: &Vec<String>| is_whole && private.starts_with(&path);
        self.private.iter().any(|private| path.starts_with(private) || holds(private))
    }
}

/// True if a path may leave for a destination of that `share`.
pub(crate) fn may_leave(share: &[&[String]], path: &[String]) -> bool {
    path.first().is_none_or(|root| HARMLESS.contains(&root.as_str())) || is_covered(share, path)
}

fn is_covered(share: &[&[String]], path: &[String]) -> bool {
    let path = paths::as_event(path);
    share.iter().any(|shared| path.starts_with(&paths::as_event(shared)))
}

/// Reports every `share` that names nothing. `types` are those on which actions for this destination are proposed.
pub(crate) fn check_names<'t>(
    report: &mut Report<'_>,
    known: &Known,
    draft: &Draft,
    types: impl IntoIterator<Item = &'t str>,
    kinds: &BTreeSet<String>,
) {
    let Names { roots, .. } = known.names(types, kinds, false);
    for (path, place) in draft.destination.share.iter().zip(&draft.share_places) {
        let root = path[0].as_str();
        let Some(shape) = roots.get(root).filter(|_| !HARMLESS.contains(&root)) else {
            let message = format!("`{root}` is nothing that can be shared");
            let names = roots.keys().map(String::as_str).filter(|name| !HARMLESS.contains(name));
            report.error("unknown-name", *place, message).hint = did_you_mean(root, names)
                .or_else(|| Some("a path begins with `who`, `event` or a table".to_owned()));
            continue;
        };
        // `cause` counts as `event`: what a signal goes back to is shared by the one name.
        let of_cause = roots.get("cause").filter(|_| root == "event");
        if of_cause.is_some_and(|shape| paths::follow(shape, &path[1..]).is_ok()) {
            continue;
        }
        if let Err(hint) = paths::follow(shape, &path[1..]) {
            let message = format!("no schema has the field `{}`", paths::display(path));
            report.error("unknown-field", *place, message).hint = hint;
        }
    }
}
