//! What a step of a test says of candidates and tasks beside those that are released: outcomes, rejections, withdrawals,
//! and what sources are told.

use std::collections::BTreeSet;

use segue_yaml::{Node, Report, Value, did_you_mean};

use super::fields::{Fields, Keys, Text};
use super::test::Names;
use super::{action, life, test};
use crate::bundle::TestOutcome;

const OUTCOME_KEYS: Keys = Keys { known: &["action", "subject", "outcome", "answer", "reason"] };
pub(super) const OUTCOMES: [&str; 5] = ["accepted", "completed", "declined", "failed", "answered"];

/// What a decision says of a candidate.
#[rustfmt::skip]
const REJECTED_KEYS: Keys = Keys {
    known: &["action", "rule", "subject", "verdict", "stage", "by", "detail", "priority", "channel", "task"] };
/// What keeps a candidate back beside policies and calendars.
#[rustfmt::skip]
const BY: [&str; 12] = [
    "eligible", "applicable", "suitable", "consent", "address", "weight", "loop", "hold", "quiet", "behind",
    "destination-closed", "paused",
];

/// What a decision says of a task that it withdraws.
#[rustfmt::skip]
const WITHDRAWN_KEYS: Keys = Keys {
    known: &[
        "action", "rule", "subject", "verdict", "stage", "by", "detail", "priority", "channel", "task", "reason",
    ] };

/// What a source is told.
const STATUS_KEYS: Keys =
    Keys { known: &["event", "subject", "per", "stage", "task", "action", "reason", "subjects", "at"] };
#[rustfmt::skip]
const STAGES: [&str; 13] = [
    "decided", "no-action", "held", "released", "withdrawn", "accepted", "completed", "declined", "failed",
    "answered", "unanswered", "overdue", "expired",
];

/// Reads what a destination says of a task.
pub(super) fn outcome(report: &mut Report<'_>, names: &Names<'_>, node: &Node) -> Option<TestOutcome> {
    let fields = Fields::of_node(report, "`outcome`".to_owned(), node, &OUTCOME_KEYS)?;
    let owned = |text: Text<'_>| text.text.to_owned();
    let of = fields.required_text(report, "action");
    let of = of.filter(|of| names.documents.check(report, "action", of.text, of.place)).map(|of| of.text);
    let subject = fields.text(report, "subject").and_then(|name| test::subject(report, names.known, name));
    let outcome = fields.required(report, "outcome").and_then(|_| fields.word(report, "outcome", &OUTCOMES));
    let given = fields.get("answer");
    match (outcome, given) {
        (Some("answered"), None) => {
            let _ = fields.required(report, "answer");
        }
        (Some("answered"), Some(answer)) => {
            let mut asking = names.documents.of("action").iter();
            if let Some(of) = of.and_then(|of| asking.find(|action| action.id == of)) {
                life::check_answer(report, of.id, action::ask(of), answer);
            }
        }
        (Some(other), Some(answer)) => {
            let message = format!("only the outcome `answered` has an answer, not `{other}`");
            let _ = report.error("wrong-type", answer.place, message);
        }
        (Some(_), None) | (None, _) => {}
    }
    let answer = fields.text(report, "answer").map(owned);
    let reason = fields.text(report, "reason").map(owned);
    Some(TestOutcome { action: of?.to_owned(), subject, outcome: outcome?.to_owned(), answer, reason })
}

/// Reads candidates that are expected to be rejected.
pub(super) fn rejected(report: &mut Report<'_>, names: &Names<'_>, node: &Node) -> Option<Vec<String>> {
    parts(report, "rejected", "a rejected candidate", node, &REJECTED_KEYS, |report, fields| {
        named(report, names, fields);
        let Some(by) = fields.text(report, "by") else { return };
        let policies: BTreeSet<&str> =
            names.documents.ids("policy").chain(names.documents.ids("calendar")).chain(BY).collect();
        if !policies.contains(by.text) && !report.is_doubtful("policy", by.text) {
            let message =
                format!("`{}` is no policy, no calendar, and nothing else that rejects or holds", by.text);
            report.error("unknown-name", by.place, message).hint = did_you_mean(by.text, policies);
        }
    })
}

/// Reads tasks that are expected to be withdrawn.
pub(super) fn withdrawn(report: &mut Report<'_>, names: &Names<'_>, node: &Node) -> Option<Vec<String>> {
    parts(report, "withdrawn", "a withdrawn task", node, &WITHDRAWN_KEYS, |report, fields| {
        named(report, names, fields);
    })
}

/// Reads what sources are expected to be told.
pub(super) fn status(report: &mut Report<'_>, names: &Names<'_>, node: &Node) -> Option<Vec<String>> {
    parts(report, "status", "a status", node, &STATUS_KEYS, |report, fields| {
        named(report, names, fields);
        let _ = fields.word(report, "stage", &STAGES);
    })
}

/// Checks the action and the rule that are named.
pub(super) fn named(report: &mut Report<'_>, names: &Names<'_>, fields: &Fields<'_>) {
    for kind in ["action", "rule"] {
        if fields.knows(kind)
            && let Some(name) = fields.text(report, kind)
        {
            let _ = names.documents.check(report, kind, name.text, name.place);
        }
    }
}

/// Reads a list of things that are matched in part, as JSON texts; `check` looks at each.
pub(super) fn parts(
    report: &mut Report<'_>,
    key: &str,
    owner: &str,
    node: &Node,
    keys: &'static Keys,
    mut check: impl FnMut(&mut Report<'_>, &Fields<'_>),
) -> Option<Vec<String>> {
    let Value::List(items) = &node.value else {
        let message = format!("`{key}` is a list, not {}", node.describe());
        report.error("wrong-type", node.place, message).hint = Some("write `[]` for none".to_owned());
        return None;
    };
    let mut parts = Vec::new();
    for item in items {
        let Some(fields) = Fields::of_node(report, owner.to_owned(), item, keys) else { continue };
        check(report, &fields);
        parts.push(item.to_json());
    }
    Some(parts)
}
