//! A failure in words. Fields, functions and operators of the source are named, values of a customer never are.

use segue_value::{Fault, Type};

use super::{Failure, Run};
use crate::fault::EvalError;
use crate::node::{Node, Row};
use crate::slots::Root;

impl<'v> Run<'v, '_> {
    /// What went wrong.
    #[cold]
    pub(crate) fn describe(&self, failure: &Failure<'v>) -> EvalError {
        EvalError(self.words(failure))
    }

    fn words(&self, failure: &Failure<'v>) -> String {
        if failure.is_no_bool {
            return format!("the value is no bool but {}", types(failure));
        }
        match (failure.fault, failure.node) {
            (fault, Node::Slot(slot)) => self.missing(*slot, fault),
            // A comparison fails as such only where its fact is there.
            (fault, Node::Test(test)) if self.scope.read(test.slot).is_err() => {
                self.missing(test.slot, fault)
            }
            (Fault::NoSuchKey, node) => match named_key(node) {
                Some(name) => format!("there is no `{name}`"),
                None => "there is nothing of that key".to_owned(),
            },
            (Fault::NoOverload, Node::Field(..) | Node::Has(..) | Node::Row(_)) => {
                format!("a field is read of what has none: {}", types(failure))
            }
            (Fault::DuplicateKey, Node::Decide(_)) => {
                "`decide`: two rows are hit, and the table has `hit: unique`".to_owned()
            }
            (Fault::NoOverload, Node::Loop(_)) => format!("{} has no items", types(failure)),
            (Fault::NoOverload, Node::Map(_)) => "a value cannot be the key of a map".to_owned(),
            (Fault::NoOverload, node) => format!("`{}` does not go with {}", symbol(node), types(failure)),
            (Fault::BadConversion | Fault::NoSuchZone, node) => format!("`{}` failed", symbol(node)),
            (fault, _) => fault.to_string(),
        }
    }

    /// Why there is nothing in a slot.
    fn missing(&self, slot: u32, fault: Fault) -> String {
        let slot = self.scope.layout().slot(slot);
        let Some((name, of)) = self.scope.missing(slot) else {
            return match &slot.root {
                Root::Past(call) => call.describe(fault),
                _ => fault.to_string(),
            };
        };
        match of.type_of() {
            Type::Map => format!("there is no `{name}`"),
            other => format!("a field is read of what has none: {other}"),
        }
    }
}

/// The key that was not there, where it stands in the source. One that was computed may come from a profile.
fn named_key(node: &Node) -> Option<String> {
    match node {
        Node::Field(_, name) => Some(name.as_ref().to_owned()),
        Node::Index(parts) => Some(parts[1].constant()?.as_text()?.to_owned()),
        Node::Row(row) => {
            let Row { key, fields, .. } = &**row;
            let key = key.constant().and_then(|key| key.as_text()).map(str::to_owned);
            if fields.is_empty() { key } else { None }
        }
        _ => None,
    }
}

fn types(failure: &Failure<'_>) -> String {
    let names: Vec<&str> = failure.types.iter().flatten().map(|name| name.name()).collect();
    if names.is_empty() { "its values".to_owned() } else { names.join(" and ") }
}

/// An operator or a function as it is written.
fn symbol(node: &Node) -> &'static str {
    match node {
        Node::Test(test) => {
            if test.is_flipped {
                test.comparison.flipped().symbol()
            } else {
                test.comparison.symbol()
            }
        }
        Node::Compare(comparison, _) => comparison.symbol(),
        Node::Arithmetic(arithmetic, _) => arithmetic.symbol(),
        Node::Call(call, _) => call.name(),
        Node::Member(..) | Node::In(_) | Node::InTable(..) => "in",
        Node::Index(_) => "[]",
        Node::Not(_) => "!",
        Node::Negate(_) => "-",
        Node::Matches(..) => "matches",
        Node::Decide(_) => "decide",
        Node::Age(..) => "age",
        _ => "it",
    }
}
