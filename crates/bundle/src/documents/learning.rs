//! `propensity: learned`: how likely an action is to be taken up, as is learned from what became of its tasks.

use segue_yaml::{Node, Report, Value};

use super::fields::{Fields, Keys, number, text};
use super::{Document, Documents, action, destination};
use crate::bundle::Learning;

const LEARNED: &str = "learned";
const KEYS: Keys = Keys { known: &["learned"] };
const LEARNING_KEYS: Keys = Keys { known: &["start", "evidence", "explore"] };

impl Default for Learning {
    fn default() -> Self {
        Learning { start: 0.5, evidence: 20.0, explore: 0.0 }
    }
}

/// True if a propensity is to be learned, however that is written.
pub(super) fn is_learned(node: &Node) -> bool {
    matches!(&node.value, Value::Map(_)) || node.as_text() == Some(LEARNED)
}

/// Reads how a propensity is learned; it is a mapping or the word for it.
pub(super) fn read(report: &mut Report<'_>, node: &Node) -> Option<Learning> {
    if node.as_text().is_some() {
        return Some(Learning::default());
    }
    let fields = Fields::of_node(report, "`propensity`".to_owned(), node, &KEYS)?;
    let node = fields.required(report, LEARNED)?;
    let fields = Fields::of_node(report, "`learned`".to_owned(), node, &LEARNING_KEYS)?;
    let usual = Learning::default();
    let within = |report: &mut Report<'_>, name: &str, usual: f64, is_right: fn(f64) -> bool, range: &str| {
        let Some(node) = fields.get(name) else { return Some(usual) };
        let number = number(report, name, node)?;
        if !is_right(number) {
            let _ = report.error("wrong-type", node.place, format!("`{name}` is {range}"));
        }
        is_right(number).then_some(number)
    };
    let start =
        within(report, "start", usual.start, |start| start > 0.0 && start < 1.0, "above 0 and below 1");
    let evidence = within(
        report,
        "evidence",
        usual.evidence,
        |evidence| evidence > 0.0 && evidence <= EVIDENCE_MAX,
        "above 0 and at most 1000000000",
    );
    let explore = match fields.get("explore") {
        None => Some(usual.explore),
        Some(node) => explore(report, node),
    };
    Some(Learning { start: start?, evidence: evidence?, explore: explore? })
}

/// The most responses that a start may be worth.
const EVIDENCE_MAX: f64 = 1e9;

/// A share in a hundred, such as `5%`.
fn explore(report: &mut Report<'_>, node: &Node) -> Option<f64> {
    let written = text(report, "explore", node)?;
    let number =
        written.text.strip_suffix('%').filter(|number| number.starts_with(|c: char| c.is_ascii_digit()));
    let percent = number.and_then(|number| number.parse::<f64>().ok()).filter(|percent| *percent <= 100.0);
    if percent.is_none() {
        let message = format!("`explore` is a share of up to 100%, not `{}`", written.text);
        report.error("wrong-type", written.place, message).hint = Some("write it as `5%`".to_owned());
    }
    percent.map(|percent| percent / 100.0)
}

/// Warns of an action of which nothing can be learned: nobody says what becomes of its tasks.
pub(super) fn check(
    report: &mut Report<'_>,
    documents: &Documents<'_>,
    document: &Document<'_>,
    node: &Node,
) {
    let to = action::to(document);
    let mut destinations =
        documents.of("destination").iter().filter(|destination| Some(destination.id) == to);
    let Some(destination) = destinations.next() else { return };
    if destination::outcomes(destination).is_none() {
        let message = format!("nothing is learned: destination `{}` has no `outcomes`", destination.id);
        report.warning("unused", node.place, message).hint =
            Some("say at the destination on which topic it tells what became of its tasks".to_owned());
    }
}
