//! `control`: a share of subjects is left alone, so that it shows what the tasks of a group are good for.

use segue_yaml::{Node, Report, did_you_mean};

use super::cap;
use crate::bundle::{Control, Goal};
use crate::documents::event_type::Types;
use crate::documents::fields::{Fields, Keys, number, positive};
use crate::documents::news;

const KEYS: Keys = Keys { known: &["percent", "group", "goal", "within"] };

pub(super) fn read(report: &mut Report<'_>, types: &Types<'_>, node: &Node) -> Option<Control> {
    let fields = Fields::of_node(report, "`control`".to_owned(), node, &KEYS)?;
    let percent = fields.required(report, "percent").and_then(|node| percent(report, node));
    let group = fields.required(report, "group").and_then(|node| cap::group(report, types.documents, node));
    let goal = if fields.get("goal").is_some() || fields.get("within").is_some() {
        let kind = goal(report, types, &fields);
        let within = fields.required(report, "within").and_then(|node| positive(report, "within", node));
        Some(Goal { kind: kind?, within: within? })
    } else {
        None
    };
    Some(Control { percent: percent?, group: group?, goal })
}

/// So many in a hundred, above 0.
fn percent(report: &mut Report<'_>, node: &Node) -> Option<f64> {
    let percent = number(report, "percent", node)?;
    let is_right = percent > 0.0 && percent <= 100.0;
    if !is_right {
        let _ = report.error("wrong-type", node.place, "`percent` is above 0 and at most 100".to_owned());
    }
    is_right.then_some(percent)
}

/// The type of event that is hoped for: a source declares it, or a signal is it. The router's own news are none, since they
/// are made of tasks, which those in control do not get.
fn goal(report: &mut Report<'_>, types: &Types<'_>, fields: &Fields<'_>) -> Option<String> {
    let _ = fields.required(report, "goal")?;
    let goal = fields.text(report, "goal")?;
    let is_news = goal.text.starts_with(news::PREFIX);
    if types.shapes.contains_key(goal.text) && !is_news {
        return Some(goal.text.to_owned());
    }
    if types.is_whole && !report.is_doubtful("signal", goal.text) {
        let message = format!("no source declares the type `{}`", goal.text);
        let declared = types.shapes.keys().map(String::as_str).filter(|kind| !kind.starts_with(news::PREFIX));
        let hint = did_you_mean(goal.text, declared);
        report.error("unknown-name", goal.place, message).hint = hint.or_else(|| {
            is_news.then(|| "name what the person does: those in control get no task".to_owned())
        });
    }
    None
}
