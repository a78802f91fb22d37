//! `choose`: the best of a decision, and no more.

use segue_yaml::{Node, Report};

use super::count;
use crate::bundle::{Choose, Per};
use crate::documents::fields::{Fields, Keys};

const KEYS: Keys = Keys { known: &["top", "per"] };

pub(super) fn read(report: &mut Report<'_>, node: &Node) -> Option<Choose> {
    let fields = Fields::of_node(report, "`choose`".to_owned(), node, &KEYS)?;
    let top = fields.required(report, "top").and_then(|node| count(report, "top", node));
    let _ = fields.required(report, "per");
    let per = match fields.word(report, "per", &["group", "channel", "decision"])? {
        "group" => Per::Group,
        "channel" => Per::Channel,
        _ => Per::Decision,
    };
    Some(Choose { top: top?, per })
}
