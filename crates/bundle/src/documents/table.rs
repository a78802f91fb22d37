//! `table` documents: what is known beside the subject's own attributes.

use segue_yaml::Report;

use super::Document;
use super::event_type::{Types, check_path};
use super::fields::{Fields, Keys, positive};
use crate::bundle::Table;

const KEYS: Keys = Keys { known: &["table", "about", "key", "of", "merge", "expires"], later: &[] };

/// True if the document says that rows are everyone's. Asked before the sources are read, which depend on it.
pub(crate) fn is_of_everyone(document: &Document<'_>) -> bool {
    KEYS.find(document.members, "of").is_some_and(|of| of.as_text() == Some("everyone"))
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
    if let Some(of) = fields.text(report, "of")
        && !["person", "everyone"].contains(&of.text)
    {
        let message = format!(
            "`of: {}` (rows of another kind of subject) is in the contract and not built yet",
            of.text
        );
        let _ = report.error("not-built", of.place, message);
    }
    let merge = fields.word(report, "merge", &["replace", "patch"], &[]);
    let expires = fields.get("expires").and_then(|node| positive(report, "expires", node));
    Some(Table {
        id: document.id.to_owned(),
        about: fields.about(report),
        key: key?.0,
        of_everyone: is_of_everyone(document),
        patch: merge == Some("patch"),
        expires,
    })
}
