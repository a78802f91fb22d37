//! The facts that an expression is evaluated on.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use cel::common::value::CowVal;
use cel::context::VariableResolver;
use segue_document::{Document, Kind, Value};
use segue_model::{Event, Rows, Timestamp};

use crate::convert::{self, Held};
use crate::local;
use crate::names::Names;
use segue_value::Shape;

/// The names that are no tables. Those of the contract that are not built yet are among them.
pub(crate) const RESERVED: [&str; 9] =
    ["action", "cause", "channel", "device", "event", "local", "now", "where", "who"];
/// The reserved names that stand for nothing yet.
pub(crate) const NOT_BUILT: [&str; 3] = ["channel", "device", "where"];

/// What is known at the moment of a decision.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The event that is decided on.
    pub event: &'a Event,
    /// The event of a source that began it; none: `null`.
    pub cause: Option<&'a Event>,
    /// The subject's own attributes; none: an empty map.
    pub who: Option<&'a Document>,
    /// The subject's tables; one that is absent is empty.
    pub own: &'a BTreeMap<String, Rows>,
    /// The tables of everyone; one that is absent is empty.
    pub everyone: &'a BTreeMap<String, Rows>,
    /// The moment of the decision.
    pub now: Timestamp,
    /// The IANA time zone of those whose own is not known.
    pub zone: &'a str,
    /// The action, where there is one; none: `null`.
    pub action: Option<ActionFacts<'a>>,
}

/// What an expression may know of the action that it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct ActionFacts<'a> {
    /// The action's id.
    pub id: &'a str,
    /// The action's group; none: `null`.
    pub group: Option<&'a str>,
}

/// The facts, made ready for expressions: each converted when the first expression asks for it, and only once.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    shared: Arc<Shared<'a>>,
    action: Option<ActionFacts<'a>>,
    action_value: OnceLock<Arc<Held<'a>>>,
}

/// What scopes that differ in their action have in common.
#[derive(Debug)]
struct Shared<'a> {
    facts: Facts<'a>,
    roots: BTreeMap<&'a str, Root<'a>>,
}

/// One name, and what stands there once it was asked for.
#[derive(Debug)]
struct Root<'a> {
    shape: &'a Shape,
    value: OnceLock<Held<'a>>,
}

impl<'a> Scope<'a> {
    /// A scope of these facts. The shapes of `names` say of what type the values are, and which tables there are.
    pub fn new(names: &'a Names, facts: Facts<'a>) -> Scope<'a> {
        let root =
            |(name, shape): (&'a String, &'a Shape)| (name.as_str(), Root { shape, value: OnceLock::new() });
        let shared = Shared { facts, roots: names.roots.iter().map(root).collect() };
        Scope { shared: Arc::new(shared), action: facts.action, action_value: OnceLock::new() }
    }

    /// The same facts with another action; what was converted already is not converted again.
    pub fn with_action(&self, action: ActionFacts<'a>) -> Scope<'a> {
        Scope { shared: Arc::clone(&self.shared), action: Some(action), action_value: OnceLock::new() }
    }

    fn action_value(&self) -> Held<'a> {
        self.action.map_or_else(|| convert::null() as Held<'a>, convert::action)
    }

    /// What stands at a path of fields, where that is a number or a container of a document: writing it from there
    /// keeps its numbers to the bit.
    pub(crate) fn verbatim(&self, path: &[String]) -> Option<Value<'a>> {
        let facts = &self.shared.facts;
        let (document, fields) = match path {
            [root, data, fields @ ..] if root == "event" && data == "data" => (&facts.event.data, fields),
            [root, data, fields @ ..] if root == "cause" && data == "data" => (&facts.cause?.data, fields),
            [root, fields @ ..] if root == "who" => (facts.who?, fields),
            _ => return None,
        };
        let value = document.root().at_path(fields.iter().map(String::as_str))?;
        matches!(value.kind(), Kind::Number | Kind::Array | Kind::Object).then_some(value)
    }
}

impl<'a> Shared<'a> {
    fn value(&self, name: &str, shape: &Shape) -> Held<'a> {
        let facts = &self.facts;
        match name {
            "event" => convert::event(facts.event, shape),
            "cause" => {
                facts.cause.map_or_else(|| convert::null() as Held<'a>, |cause| convert::event(cause, shape))
            }
            "who" => facts.who.map_or_else(|| convert::map([]), |who| convert::value(who.root(), shape)),
            "now" => convert::moment(facts.now),
            "local" => {
                let own = facts.who.and_then(|who| who.root().get("timezone")).and_then(Value::as_str);
                convert::local(local::local(facts.now, own.into_iter().chain([facts.zone])))
            }
            table => convert::table(facts.own.get(table).or_else(|| facts.everyone.get(table)), shape),
        }
    }
}

impl VariableResolver for Scope<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let root = self.shared.roots.get(name)?;
        if name == "action" {
            let value = self.action_value.get_or_init(|| Arc::new(self.action_value()));
            return Some(CowVal::Borrowed(&***value));
        }
        let value = root.value.get_or_init(|| self.shared.value(name, root.shape));
        Some(CowVal::Borrowed(&**value))
    }
}
