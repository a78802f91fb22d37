//! `channel` of a source or of a type: where its events come in.

use segue_yaml::{Place, Report};

use super::event_type::Types;
use super::fields::{Fields, bad_path};
use crate::bundle::Inbound;
use crate::paths;

/// Reads it: the id of a channel, or a path to one, which has a point in it and an id has not.
pub(super) fn read(
    report: &mut Report<'_>,
    types: &Types<'_>,
    fields: &Fields<'_>,
) -> Option<(Inbound, Place)> {
    let text = fields.text(report, "channel")?;
    if !text.text.contains('.') {
        let is_one = types.documents.check(report, "channel", text.text, text.place);
        return is_one.then(|| (Inbound::On(text.text.to_owned()), text.place));
    }
    let Some(path) = paths::parse(text.text, false) else {
        bad_path(report, text);
        return None;
    };
    if path[0] == "data" {
        return Some((Inbound::Path(path), text.place));
    }
    report.error("bad-path", text.place, format!("`{}` is no path to a channel", text.text)).hint =
        Some("it begins with `data.`, or it is the id of a channel".to_owned());
    None
}

/// The path that it is, and where it stands.
pub(super) fn path(inbound: Option<&(Inbound, Place)>) -> Option<(&[String], Place)> {
    match inbound? {
        (Inbound::Path(path), place) => Some((path, *place)),
        (Inbound::On(_), _) => None,
    }
}
