//! `suppress`: nothing more for a time, after a destination has said something.

use std::collections::BTreeMap;

use segue_expr::past::outcome_name;
use segue_model::Span;
use segue_yaml::{Node, Report};

use super::count;
use crate::bundle::Suppress;
use crate::documents::becomes::OUTCOMES;
use crate::documents::fields::{Fields, Keys, positive};
use crate::documents::{Document, Documents, action, destination};

const KEYS: Keys = Keys { known: &["after", "times", "within", "of", "for"] };

pub(super) fn read(report: &mut Report<'_>, documents: &Documents<'_>, node: &Node) -> Option<Suppress> {
    let fields = Fields::of_node(report, "`suppress`".to_owned(), node, &KEYS)?;
    let _ = fields.required(report, "after");
    let after = fields.word(report, "after", &OUTCOMES);
    let times = fields.get("times").map_or(Some(1), |node| count(report, "times", node));
    // Once is once, within whatever time.
    let within = match fields.get("within") {
        Some(node) => positive(report, "within", node),
        None if times == Some(1) => Some(Span(1)),
        None => {
            let _ = fields.required(report, "within");
            None
        }
    };
    let of = fields.get("of").map_or(Some("action"), |_| fields.word(report, "of", &["action", "group"]));
    let lasts = fields.required(report, "for").and_then(|node| positive(report, "for", node));
    let names = names(documents, after?, of? == "group");
    if names.is_empty() {
        let message = "no action is paused: none goes to a destination with `outcomes`";
        report.warning("unused", fields.place, message).hint =
            Some("say at the destination on which topic it tells what became of its tasks".to_owned());
    }
    Some(Suppress { after: after?.to_owned(), times: times?, within: within?, lasts: lasts?, names })
}

/// Which outcomes count for each action that can be paused: its own, or those of all actions of its group.
fn names(documents: &Documents<'_>, after: &str, of_group: bool) -> BTreeMap<String, Vec<String>> {
    let told: Vec<&Document<'_>> =
        documents.of("action").iter().filter(|action| is_told_of(documents, action)).collect();
    let counted = |paused: &Document<'_>| -> Vec<String> {
        let group = action::group(paused).filter(|_| of_group);
        let counts = |other: &&&Document<'_>| {
            if group.is_some() { action::group(other) == group } else { other.id == paused.id }
        };
        told.iter().filter(counts).map(|other| outcome_name(other.id, after)).collect()
    };
    let all = documents.of("action").iter().map(|action| (action.id.to_owned(), counted(action)));
    all.filter(|(_, names)| !names.is_empty()).collect()
}

/// True if the destination of an action says what becomes of its tasks.
fn is_told_of(documents: &Documents<'_>, action: &Document<'_>) -> bool {
    let to = action::to(action);
    let mut destinations = documents.of("destination").iter();
    destinations.any(|destination| Some(destination.id) == to && destination::outcomes(destination).is_some())
}
