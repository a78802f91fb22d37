//! `journey` of a source or of a type: the matter that events belong to.

use segue_expr::Shape;
use segue_yaml::{Node, Place, Report, did_you_mean};

use super::event_type::Types;
use super::fields::{Fields, Keys, Text, bad_path, texts};
use crate::bundle::Journey;
use crate::paths;

const JOURNEY_KEYS: Keys = Keys { known: &["id", "ends"] };

/// Reads it; what ends it is looked up once all types are known.
pub(super) fn read(report: &mut Report<'_>, types: &mut Types<'_>, node: &Node) -> Option<(Journey, Place)> {
    let fields = Fields::of_node(report, "`journey`".to_owned(), node, &JOURNEY_KEYS)?;
    let mut place = node.place;
    let mut id = None;
    if let Some(text) = fields.text(report, "id") {
        place = text.place;
        id = path(report, text);
    }
    let mut ends: Vec<String> = Vec::new();
    for kind in fields.get("ends").map(|node| texts(report, "ends", node, false)).unwrap_or_default() {
        if ends.iter().any(|other| other == kind.text) {
            let message = format!("`{}` ends it twice", kind.text);
            let _ = report.error("duplicate-key", kind.place, message);
        } else {
            ends.push(kind.text.to_owned());
            types.ends.push((kind.text.to_owned(), kind.place));
        }
    }
    Some((Journey { id, ends }, place))
}

fn path(report: &mut Report<'_>, text: Text<'_>) -> Option<Vec<String>> {
    let Some(path) = paths::parse(text.text, false) else {
        bad_path(report, text);
        return None;
    };
    if path == ["subject"] || (path.len() > 1 && path[0] == "data") {
        return Some(path);
    }
    report.error("bad-path", text.place, format!("`{}` is no path to a journey", text.text)).hint =
        Some("it is `subject` or begins with `data.`".to_owned());
    None
}

/// Says so if no type of a source has the journey's id: one that has none goes by its cause.
pub(super) fn check_id<'t>(
    report: &mut Report<'_>,
    journey: Option<&(Journey, Place)>,
    types: impl Iterator<Item = (&'t String, &'t Shape)>,
) {
    let Some((Journey { id: Some(id), .. }, place)) = journey else { return };
    if id[0] == "data" {
        check_path(report, id, *place, types);
    }
}

/// Says so if no type of a source has what a path into its data leads to.
pub(super) fn check_path<'t>(
    report: &mut Report<'_>,
    id: &[String],
    place: Place,
    types: impl Iterator<Item = (&'t String, &'t Shape)>,
) {
    let mut misses = Vec::new();
    for (kind, shape) in types {
        match paths::follow(shape, &id[1..]) {
            Ok(()) => return,
            Err(hint) => misses.push((format!("`{kind}`"), hint)),
        }
    }
    let (kinds, hints): (Vec<_>, Vec<_>) = misses.into_iter().unzip();
    if !kinds.is_empty() {
        let message =
            format!("the schema of {} has no field `{}`", kinds.join(", "), paths::display(&id[1..]));
        report.no_field(place, message, hints.into_iter().flatten().next());
    }
}

/// Reports what is said to end a journey and is no type.
pub(crate) fn check_ends(report: &mut Report<'_>, types: &Types<'_>) {
    for (kind, place) in &types.ends {
        if types.is_whole && !types.shapes.contains_key(kind) && !report.is_doubtful("signal", kind) {
            let message = format!("no source declares the type `{kind}`");
            report.error("unknown-name", *place, message).hint =
                did_you_mean(kind, types.shapes.keys().map(String::as_str));
        }
    }
}
