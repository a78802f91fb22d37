//! What can be worked out when the bundle is read.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use segue_document::Document;
use segue_model::{Event, Past, Rows, Surroundings, Timestamp};

use crate::evaluate::Run;
use crate::node::Node;
use crate::scope::{Facts, Scope};
use crate::slots::Layout;

/// The constant that a node is whose parts are all constants. What ends in an error stays as it is: whether it is
/// ever asked for is not known here.
pub(super) fn folded(node: Node) -> Node {
    let is_constant = |part: &Node| part.constant().is_some();
    let is_all = match &node {
        Node::Field(of, _) | Node::Has(of, _) | Node::Not(of) | Node::Negate(of) | Node::Matches(of, _) => {
            is_constant(of)
        }
        Node::Index(parts) | Node::Compare(_, parts) | Node::In(parts) | Node::Arithmetic(_, parts) => {
            parts.iter().all(is_constant)
        }
        Node::Choice(parts) => parts.iter().all(is_constant),
        Node::Call(_, parts) | Node::List(parts) => parts.iter().all(is_constant),
        Node::Map(entries) => entries.iter().all(|(key, value)| is_constant(key) && is_constant(value)),
        _ => false,
    };
    if !is_all {
        return node;
    }
    let scope = Scope::new(&NOTHING.layout, NOTHING.facts());
    let found = Run::new(&scope).value(&node, None).ok().map(|value| value.to_static());
    found.map_or(node, Node::Constant)
}

/// A world without facts.
struct Nothing {
    layout: Layout,
    event: Event,
    rows: BTreeMap<String, Rows>,
    past: Past,
}

static NOTHING: LazyLock<Nothing> = LazyLock::new(|| Nothing {
    layout: Layout::default(),
    event: Event {
        source: String::new(),
        namespace: None,
        id: String::new(),
        kind: String::new(),
        time: Timestamp(0),
        logged_at: Timestamp(0),
        subject: None,
        journey: String::new(),
        traceparent: None,
        surroundings: Surroundings::default(),
        data: Document::empty_object(),
    },
    rows: BTreeMap::new(),
    past: Past::default(),
});

impl Nothing {
    fn facts(&self) -> Facts<'_> {
        Facts {
            event: Some(&self.event),
            cause: None,
            is_timer: false,
            who: None,
            own: &self.rows,
            everyone: &self.rows,
            channel: None,
            place: None,
            device: None,
            past: &self.past,
            now: Timestamp(0),
            zone: "",
            action: None,
        }
    }
}
