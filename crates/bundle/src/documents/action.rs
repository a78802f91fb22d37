//! `action` documents: what to do.

use std::collections::BTreeSet;

use segue_expr::Expression;
use segue_yaml::{Node, Report, Value, closest};

use super::expressions::{condition, number, parts, template};
use super::fields::{Fields, Keys, texts, truth};
use super::{Document, Documents, learning, life};
use crate::bundle::{Action, PriorityFormula, Propensity};
use crate::context::{Compiler, Context};
use crate::partial;
use crate::proposed::Proposed;
use crate::share::{self, Shared};

#[rustfmt::skip]
const KEYS: Keys = Keys {
    known: &[
        "action", "about", "group", "to", "what", "how", "tone", "assignee", "complexity", "sensitivity",
        "priority", "eligible", "applicable", "suitable", "hold", "during", "due", "expires", "remind", "ask",
        "transactional", "channels",
    ] };
/// Every channel that there is.
const ALL: &str = "all";
const PRIORITY_KEYS: Keys = Keys { known: &["propensity", "context", "value", "lever"] };

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

/// True if an action says that it can be done on that channel.
pub(crate) fn is_on(document: &Document<'_>, channel: &str) -> bool {
    match KEYS.find(document.members, "channels").map(|node| &node.value) {
        Some(Value::List(items)) => items.iter().any(|item| item.as_text() == Some(channel)),
        Some(Value::Scalar(scalar)) => scalar.text == ALL,
        Some(Value::Map(_)) | None => false,
    }
}

/// True if an action names that channel, or something near to it that is none.
pub(crate) fn may_be_on(document: &Document<'_>, channel: &str) -> bool {
    let items = match KEYS.find(document.members, "channels").map(|node| &node.value) {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    is_on(document, channel)
        || items.iter().filter_map(Node::as_text).any(|named| closest(named, [channel]).is_some())
}

/// Reads one action. `context` is that of all events on which it is proposed, `shared` what destinations may know.
pub(crate) fn read(
    report: &mut Report<'_>,
    documents: &Documents<'_>,
    (context, proposed): (&Context<'_>, &Proposed<'_>),
    shared: &Shared<'_>,
    compiler: &mut Compiler,
    document: &Document<'_>,
) -> Option<Action> {
    let owner = format!("action `{}`", document.id);
    let fields = Fields::new(report, owner, document.place, document.members, &KEYS);
    let to = fields
        .required_text(report, "to")
        .filter(|to| documents.check(report, "destination", to.text, to.place))
        .map(|to| to.text);
    let mut compile = |report: &mut Report<'_>, name: &str, node: &Node| {
        let template = template(report, name, node, context, compiler)?;
        for (offset, expression) in parts(&template) {
            partial::check(report, context, proposed, document.id, node, offset, expression);
        }
        if let Some(to) = to {
            share::check(report, shared, to, node, &template);
        }
        Some(template)
    };
    let what = fields.required(report, "what").and_then(|node| compile(report, "what", node));
    let how = steps(report, &fields).iter().filter_map(|item| compile(report, "how", item)).collect();
    let tone = fields.get("tone").and_then(|node| compile(report, "tone", node));
    let assignee = fields.get("assignee").and_then(|node| compile(report, "assignee", node));
    let ask = fields.get("ask").map(|node| life::ask(report, node, &mut compile));
    let priority = fields
        .get("priority")
        .map(|node| {
            let mut priority = Priority { context, proposed, shared, to, documents, document };
            priority.read(report, node, compiler)
        })
        .unwrap_or_default();
    let mut asked = |name: &str| {
        let node = fields.get(name)?;
        condition(report, name, node, context, compiler)
    };
    let (eligible, applicable, suitable) = (asked("eligible"), asked("applicable"), asked("suitable"));
    let hold = fields.get("hold").and_then(|node| life::hold(report, node, context, compiler));
    let times = life::times(report, documents, &fields);
    let (complexity, sensitivity) = (life::complexity(report, &fields), life::sensitivity(report, &fields));
    let channels = fields.get("channels").map(|node| channels(report, documents, node));
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
        channels: channels.unwrap_or_default(),
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

/// The channels that an action can be done on: those that are named, in this order, or all, by id.
fn channels(report: &mut Report<'_>, documents: &Documents<'_>, node: &Node) -> Vec<String> {
    if node.as_text() == Some(ALL) {
        let all: BTreeSet<&str> = documents.ids("channel").collect();
        // What may be one that was written wrongly has its own finding.
        let may_be = |kind: &Option<&str>| kind.is_none_or(|kind| kind == "channel");
        if all.is_empty() && !report.doubtful.iter().any(|(kind, _)| may_be(kind)) {
            report.error("unknown-name", node.place, "there is no channel").hint =
                Some("write a `channel` document, or leave `channels` out".to_owned());
        }
        return all.into_iter().map(str::to_owned).collect();
    }
    if let Some(text @ ("any" | "every" | "*")) = node.as_text() {
        let message = format!("`channels` is a list, or `{ALL}`, not `{text}`");
        report.error("wrong-type", node.place, message).hint = Some(format!("write `{ALL}`"));
        return Vec::new();
    }
    let mut channels: Vec<String> = Vec::new();
    for channel in texts(report, "channels", node, false) {
        if !documents.check(report, "channel", channel.text, channel.place) {
            continue;
        }
        if channels.iter().any(|known| known == channel.text) {
            let message = format!("`{}` is a channel twice", channel.text);
            let _ = report.error("duplicate-key", channel.place, message);
        }
        channels.push(channel.text.to_owned());
    }
    channels
}

/// The steps of `how`.
fn steps<'n>(report: &mut Report<'_>, fields: &Fields<'n>) -> &'n [Node] {
    match fields.get("how") {
        None => &[],
        Some(Node { value: Value::List(items), .. }) => items,
        Some(node) => {
            let message = format!("`how` is a list of texts, not {}", node.describe());
            let _ = report.error("wrong-type", node.place, message);
            &[]
        }
    }
}

/// What is known when the four numbers are read.
struct Priority<'p> {
    context: &'p Context<'p>,
    proposed: &'p Proposed<'p>,
    shared: &'p Shared<'p>,
    /// The destination, if it is known.
    to: Option<&'p str>,
    documents: &'p Documents<'p>,
    document: &'p Document<'p>,
}

impl Priority<'_> {
    fn read(&mut self, report: &mut Report<'_>, node: &Node, compiler: &mut Compiler) -> PriorityFormula {
        let Some(fields) = Fields::of_node(report, "`priority`".to_owned(), node, &PRIORITY_KEYS) else {
            return PriorityFormula::default();
        };
        let propensity = fields.get("propensity").and_then(|node| {
            if learning::is_learned(node) {
                learning::check(report, self.documents, self.document, node);
                return learning::read(report, node).map(Propensity::Learned);
            }
            let expression = self.factor(report, compiler, "propensity", node)?;
            Some(Propensity::Expression(Box::new(expression)))
        });
        let mut factor = |name: &str| self.factor(report, compiler, name, fields.get(name)?);
        PriorityFormula {
            propensity,
            context: factor("context"),
            value: factor("value"),
            lever: factor("lever"),
        }
    }

    fn factor(
        &self,
        report: &mut Report<'_>,
        compiler: &mut Compiler,
        name: &str,
        node: &Node,
    ) -> Option<Expression> {
        let expression = number(report, name, node, self.context, compiler)?;
        partial::check(report, self.context, self.proposed, self.document.id, node, 0, &expression);
        if let Some(to) = self.to {
            share::check_number(report, self.shared, to, node, &expression);
        }
        Some(expression)
    }
}
