//! `action` documents: what to do.

use segue_expr::{Names, Slots};
use segue_yaml::{Node, Report, Value};

use super::expressions::{condition, number, template};
use super::fields::{Fields, Keys, truth};
use super::{Document, Documents, life};
use crate::bundle::{Action, PriorityFormula};
use crate::share::{self, Shared};

#[rustfmt::skip]
const KEYS: Keys = Keys {
    known: &[
        "action", "about", "group", "to", "what", "how", "tone", "assignee", "complexity", "sensitivity",
        "priority", "eligible", "applicable", "suitable", "hold", "during", "due", "expires", "remind", "ask",
        "transactional",
    ],
    later: &["channels"],
};
const PRIORITY_KEYS: Keys = Keys { known: &["propensity", "context", "value", "lever"], later: &[] };

/// Where an action says that it goes.
pub(crate) fn to<'n>(document: &Document<'n>) -> Option<&'n str> {
    KEYS.find(document.members, "to").and_then(Node::as_text)
}

/// What an action says that it asks.
pub(crate) fn ask<'n>(document: &Document<'n>) -> Option<&'n Node> {
    KEYS.find(document.members, "ask")
}

/// The group that an action says that it is of.
pub(crate) fn group<'n>(document: &Document<'n>) -> Option<&'n str> {
    KEYS.find(document.members, "group").and_then(Node::as_text)
}

/// Reads one action. `names` is what holds in all events on which it is proposed, `shared` what destinations may know.
pub(crate) fn read(
    report: &mut Report<'_>,
    documents: &Documents<'_>,
    names: &Names,
    shared: &Shared<'_>,
    slots: &mut Slots,
    document: &Document<'_>,
) -> Option<Action> {
    let owner = format!("action `{}`", document.id);
    let fields = Fields::new(report, owner, document.place, document.members, &KEYS);
    let to = fields
        .required_text(report, "to")
        .filter(|to| documents.check(report, "destination", to.text, to.place))
        .map(|to| to.text);
    let mut compile = |report: &mut Report<'_>, name: &str, node: &Node| {
        let template = template(report, name, node, names, slots)?;
        if let Some(to) = to {
            share::check(report, shared, to, node, &template);
        }
        Some(template)
    };
    let what = fields.required(report, "what").and_then(|node| compile(report, "what", node));
    let how = match fields.get("how") {
        None => Vec::new(),
        Some(Node { value: Value::List(items), .. }) => {
            items.iter().filter_map(|item| compile(report, "how", item)).collect()
        }
        Some(node) => {
            let message = format!("`how` is a list of texts, not {}", node.describe());
            let _ = report.error("wrong-type", node.place, message);
            Vec::new()
        }
    };
    let tone = fields.get("tone").and_then(|node| compile(report, "tone", node));
    let assignee = fields.get("assignee").and_then(|node| compile(report, "assignee", node));
    let ask = fields.get("ask").map(|node| life::ask(report, node, &mut compile));
    let priority = fields
        .get("priority")
        .map(|node| priority(report, node, names, slots, (shared, to)))
        .unwrap_or_default();
    let mut asked = |name: &str| {
        let node = fields.get(name)?;
        condition(report, name, node, names, slots)
    };
    let (eligible, applicable, suitable) = (asked("eligible"), asked("applicable"), asked("suitable"));
    let hold = fields.get("hold").and_then(|node| life::hold(report, node, names, slots));
    let times = life::times(report, documents, &fields);
    let (complexity, sensitivity) = (life::complexity(report, &fields), life::sensitivity(report, &fields));
    let group = fields.text(report, "group").map(|group| group.text.to_owned());
    let transactional = fields.get("transactional").and_then(|node| truth(report, "transactional", node));
    Some(Action {
        id: document.id.to_owned(),
        about: fields.about(report),
        group,
        transactional: transactional == Some(true),
        to: to?.to_owned(),
        what: what?,
        how,
        tone,
        assignee,
        complexity,
        sensitivity,
        priority,
        eligible,
        applicable,
        suitable,
        hold,
        during: times.during,
        due: times.due,
        expires: times.expires,
        remind: times.remind,
        ask: ask.flatten(),
    })
}

/// Reads the four numbers; `(shared, to)` says what the destination may be told.
fn priority(
    report: &mut Report<'_>,
    node: &Node,
    names: &Names,
    slots: &mut Slots,
    (shared, to): (&Shared<'_>, Option<&str>),
) -> PriorityFormula {
    let Some(fields) = Fields::of_node(report, "`priority`".to_owned(), node, &PRIORITY_KEYS) else {
        return PriorityFormula::default();
    };
    let is_learned = |node: &Node| match &node.value {
        Value::Map(members) => members.iter().any(|(key, _)| key.text == "learned"),
        _ => node.as_text() == Some("learned"),
    };
    let mut factor = |name: &str| {
        let node = fields.get(name)?;
        if name == "propensity" && is_learned(node) {
            let message = "`propensity: learned` is in the contract and not built yet";
            let _ = report.error("not-built", node.place, message);
            return None;
        }
        let expression = number(report, name, node, names, slots)?;
        if let Some(to) = to {
            share::check_number(report, shared, to, node, &expression);
        }
        Some(expression)
    };
    PriorityFormula {
        propensity: factor("propensity"),
        context: factor("context"),
        value: factor("value"),
        lever: factor("lever"),
    }
}
