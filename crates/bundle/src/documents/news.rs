//! The router's own news: types of event that no source declares, and that rules can look at.

use std::collections::{BTreeMap, BTreeSet};

use segue_expr::{Rest, Shape};
use segue_yaml::Report;

use super::event_type::Types;
use super::{Documents, rule};
use crate::conditions::Domains;

/// What news are called.
#[rustfmt::skip]
const NEWS: [&str; 10] = [
    "task.released", "task.accepted", "task.completed", "task.declined", "task.failed", "task.answered",
    "task.unanswered", "task.overdue", "task.expired", "task.withdrawn",
];
/// The one that tells an answer.
const ANSWERED: &str = "task.answered";
/// How the types of news begin; no source may declare such a type.
pub(crate) const PREFIX: &str = "task.";

/// The data of each type of news.
pub(crate) fn shapes() -> impl Iterator<Item = (String, Shape)> {
    NEWS.into_iter().map(|kind| {
        let names = ["action", "task", "rule", "channel", "reason"];
        let names = names.into_iter().chain((kind == ANSWERED).then_some("answer"));
        let fields = names.map(|name| (name.to_owned(), Shape::Text)).collect();
        (kind.to_owned(), Shape::Map { fields, rest: Box::new(Rest::Closed) })
    })
}

/// Says which actions and rules news can be about, so that a constant is not compared with one that there is not.
pub(crate) fn name(report: &Report<'_>, documents: &Documents<'_>, domains: &mut Domains) {
    for kind in ["action", "rule"] {
        // What could not be read may be one more.
        let is_whole = report.doubtful.iter().all(|(of, _)| of.is_some_and(|of| of != kind));
        if is_whole {
            domains.name(kind, documents.ids(kind));
        }
    }
}

/// What news go back to: the events of sources on which rules propose, by themselves or by signals.
pub(crate) fn causes(documents: &Documents<'_>, types: &Types<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let looked_at = |kind: &str, id: Option<&str>| -> Vec<String> {
        let of_kind = documents.of(kind).iter().filter(|document| id.is_none_or(|id| document.id == id));
        of_kind.flat_map(|document| rule::on_written(document)).map(str::to_owned).collect()
    };
    let mut waiting = looked_at("rule", None);
    let (mut seen, mut causes) = (BTreeSet::new(), BTreeSet::new());
    while let Some(kind) = waiting.pop() {
        if kind.starts_with(PREFIX) || !seen.insert(kind.clone()) {
            continue;
        }
        if documents.ids("signal").any(|signal| signal == kind) {
            waiting.extend(looked_at("signal", Some(&kind)));
        } else if types.shapes.contains_key(&kind) || !types.is_whole {
            let _ = causes.insert(kind);
        }
    }
    NEWS.into_iter().map(|kind| (kind.to_owned(), causes.clone())).collect()
}
