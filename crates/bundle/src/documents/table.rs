//! `table` documents: what is known beside the subject's own attributes.

use segue_model::subject::PERSON;
use segue_yaml::{Node, Report};

use super::event_type::{Types, check_path};
use super::fields::{Fields, Keys, positive};
use super::{Document, rule};
use crate::bundle::Table;

const KEYS: Keys = Keys { known: &["table", "about", "key", "of", "merge", "expires"] };

/// The kind of subject whose rows they are, as it is written; `None`: everyone's. Asked before the sources are read, which
/// depend on it.
pub(crate) fn of(document: &Document<'_>) -> Option<String> {
    let of = KEYS.find(document.members, "of").and_then(Node::as_text).unwrap_or(PERSON);
    (of != "everyone").then(|| of.to_owned())
}

/// Reads one table.
pub(crate) fn read(report: &mut Report<'_>, types: &Types<'_>, document: &Document<'_>) -> Option<Table> {
    let owner = format!("table `{}`", document.id);
    let fields = Fields::new(report, owner, document.place, document.members, &KEYS);
    let key = fields.required(report, "key").and_then(|_| fields.path(report, "key"));
    let fillers = types.fills.get(document.id).map_or(&[][..], Vec::as_slice);
    if let Some((path, place)) = &key {
        if path[0] == "data" && path.len() > 1 {
            for (kind, shape) in fillers {
                check_path(report, kind, shape, path, *place);
            }
        } else {
            report.error("bad-path", *place, "the key of a row is found in an event's data").hint =
                Some(format!("write `data.{}`", path.join(".")));
        }
    }
    if fillers.is_empty() && types.is_whole {
        let message = format!("no type of event fills the table `{}`", document.id);
        report.warning("unfilled-table", document.place, message).hint =
            Some(format!("declare one with `into: {}`", document.id));
    }
    if let Some(of) = fields.text(report, "of").filter(|of| of.text != "everyone") {
        let _ = rule::check_kind(report, types, of, &["everyone"]);
    }
    let merge = fields.word(report, "merge", &["replace", "patch"]);
    let expires = fields.get("expires").and_then(|node| positive(report, "expires", node));
    Some(Table {
        id: document.id.to_owned(),
        about: fields.about(report),
        key: key?.0,
        of: of(document),
        patch: merge == Some("patch"),
        expires,
    })
}
