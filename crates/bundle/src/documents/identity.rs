//! `identity` of a source or of a type: which namespace the ids of its persons are of.

use segue_model::identity::{LINKED, NAMESPACE_BYTES_MAX, is_namespace};
use segue_yaml::{Place, Report};

use super::fields::Fields;
use crate::bundle::Into;

/// Reads it.
pub(super) fn read(report: &mut Report<'_>, fields: &Fields<'_>) -> Option<String> {
    let text = fields.text(report, "identity")?;
    if is_namespace(text.text) {
        return Some(text.text.to_owned());
    }
    let message = format!("`{}` is no namespace of ids", text.text);
    report.error("bad-id", text.place, message).hint = Some(format!(
        "a small letter, then small letters, digits and `-`, at most {NAMESPACE_BYTES_MAX} in all; `person` is the canonical one"
    ));
    None
}

/// Reports what an event that links two ids cannot have: it is about the two that its data name.
pub(super) fn check_link(
    report: &mut Report<'_>,
    kind: &str,
    fields: &Fields<'_>,
    into: Option<&(Into, Place)>,
) {
    if kind != LINKED {
        return;
    }
    for name in ["subject", "identity"] {
        if let Some(node) = fields.get(name) {
            let message = format!("`{LINKED}` has no `{name}`: its data name the two ids, `a` and `b`");
            let _ = report.error("unknown-key", node.place, message);
        }
    }
    if let Some((_, place)) = into {
        let message = format!("`{LINKED}` fills nothing: it says that two ids are one person");
        let _ = report.error("wrong-subject", *place, message);
    }
}
