//! `channel` documents: ways to reach a person.

use std::collections::BTreeSet;

use segue_calendar::{Fault, Key as Part, Quiet};
use segue_expr::{Expression, Shape};
use segue_yaml::{Node, Report};

use super::action;
use super::destination::Draft;
use super::expressions::{condition, expression, number};
use super::fields::{Fields, Keys, text};
use super::{Document, Documents};
use crate::bundle::{Channel, QuietHours};
use crate::context::{Compiler, Context};
use crate::share;

const KEYS: Keys = Keys { known: &["channel", "about", "address", "consent", "weight", "quiet"] };
const QUIET_KEYS: Keys = Keys { known: &["from", "until", "unless"] };

/// The actions that can be done on a channel, as far as can be told before they are read.
pub(crate) fn actions<'d>(documents: &'d Documents<'_>, channel: &str) -> Vec<&'d str> {
    let all = documents.of("action").iter();
    all.filter(|action| action::is_on(action, channel)).map(|action| action.id).collect()
}

/// Reads one channel. `context` is that of all events on which actions are proposed that can be done on it.
pub(crate) fn read(
    report: &mut Report<'_>,
    drafts: &[Draft],
    context: &Context<'_>,
    compiler: &mut Compiler,
    document: &Document<'_>,
) -> Option<Channel> {
    let owner = format!("channel `{}`", document.id);
    let fields = Fields::new(report, owner, document.place, document.members, &KEYS);
    let address = fields.get("address").map(|node| address(report, node, context, compiler));
    let consent = fields.get("consent").map(|node| condition(report, "consent", node, context, compiler));
    let weight = fields.get("weight").map(|node| number(report, "weight", node, context, compiler));
    let quiet = fields.get("quiet").map(|node| quiet(report, node, context, compiler));
    // What is there and cannot be read is an error; what is left out is not there.
    let (address, consent, weight, quiet) = (whole(address)?, whole(consent)?, whole(weight)?, whole(quiet)?);
    let told = address.as_ref().map(|address| told(drafts, address)).unwrap_or_default();
    let about = fields.about(report);
    Some(Channel { id: document.id.to_owned(), about, address, consent, weight, quiet, told })
}

/// `None` if it is given and could not be read.
fn whole<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        Some(None) => None,
        Some(found) => Some(found),
        None => Some(None),
    }
}

/// Reads where a person is reached: a text, or a whole number such as that of a telephone.
fn address(
    report: &mut Report<'_>,
    node: &Node,
    context: &Context<'_>,
    compiler: &mut Compiler,
) -> Option<Expression> {
    let found = expression(report, "address", node, context, compiler)?;
    if matches!(found.shape(), Shape::Text | Shape::Int | Shape::Null | Shape::Any | Shape::Nothing) {
        return Some(found);
    }
    let message = format!("an address is text or a whole number, not {}", found.shape().noun());
    let _ = report.error("wrong-type", node.place, message);
    None
}

/// The destinations that share all that can flow into an address.
fn told(drafts: &[Draft], address: &Expression) -> BTreeSet<String> {
    let is_told = |draft: &&Draft| {
        let share: Vec<&[String]> = draft.destination.share.iter().map(Vec::as_slice).collect();
        address.flows().iter().all(|path| share::may_leave(&share, path))
    };
    drafts.iter().filter(is_told).map(|draft| draft.destination.id.clone()).collect()
}

fn quiet(
    report: &mut Report<'_>,
    node: &Node,
    context: &Context<'_>,
    compiler: &mut Compiler,
) -> Option<QuietHours> {
    let fields = Fields::of_node(report, "`quiet`".to_owned(), node, &QUIET_KEYS)?;
    let mut clock = |name: &str| {
        let node = fields.required(report, name)?;
        Some((node, text(report, name, node)?.text))
    };
    let (from, until) = (clock("from"), clock("until"));
    let unless = fields.get("unless").map(|node| condition(report, "unless", node, context, compiler));
    let ((from_node, from), (until_node, until)) = (from?, until?);
    match Quiet::new(from, until) {
        Ok(hours) => Some(QuietHours { hours, unless: whole(unless)? }),
        Err(faults) => {
            for Fault { key, range, message, hint } in faults {
                let node = if key == Part::From { from_node } else { until_node };
                let place = node.place_inside(&report.files[node.place.file], range.start, range.end);
                report.error("bad-calendar", place, message).hint = hint;
            }
            None
        }
    }
}
