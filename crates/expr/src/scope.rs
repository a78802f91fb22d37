//! The facts that an expression is evaluated on.

use std::collections::BTreeMap;

use segue_document::Document;
use segue_model::{Event, Rows, Timestamp};

use crate::shape::Names;

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
    /// The action, where there is one.
    pub action: Option<ActionFacts<'a>>,
}

/// What an expression may know of the action that it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct ActionFacts<'a> {
    /// The action's id.
    pub id: &'a str,
    /// The action's group.
    pub group: Option<&'a str>,
}

/// The facts, made ready for expressions: each converted when the first expression asks for it, and only once.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    names: &'a Names,
    facts: Facts<'a>,
}

impl<'a> Scope<'a> {
    /// A scope of these facts; the shapes of `names` say of what type their values are.
    pub fn new(names: &'a Names, facts: Facts<'a>) -> Scope<'a> {
        Scope { names, facts }
    }

    /// The same facts with another action; what was converted already is not converted again.
    pub fn with_action(&self, action: ActionFacts<'a>) -> Scope<'a> {
        Scope { names: self.names, facts: Facts { action: Some(action), ..self.facts } }
    }
}
