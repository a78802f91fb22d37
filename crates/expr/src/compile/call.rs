//! Operators and functions.

use std::collections::BTreeSet;

use segue_syntax::ast::{CallExpr, EntryExpr, Expr, IdedEntryExpr, IdedExpr, LiteralValue, operators};
use segue_value::{Text, Value, function};

use super::{Compiler, constant};
use crate::function::Call;
use crate::node::{Arithmetic, Comparison, Decide, Inputs, Node, Set, Test};
use crate::past;

impl Compiler<'_> {
    pub(super) fn call(&mut self, expr: &IdedExpr, call: &CallExpr) -> Node {
        let name = call.func_name.as_str();
        match (name, call.target.as_deref(), &call.args[..]) {
            (operators::LOGICAL_AND, None, [_, _]) => Node::And(self.chain(expr, operators::LOGICAL_AND)),
            (operators::LOGICAL_OR, None, [_, _]) => Node::Or(self.chain(expr, operators::LOGICAL_OR)),
            (operators::LOGICAL_NOT, None, [of]) => constant::folded(Node::Not(Box::new(self.node(of)))),
            (operators::NEGATE, None, [of]) => constant::folded(Node::Negate(Box::new(self.node(of)))),
            (operators::CONDITIONAL, None, [condition, yes, no]) => {
                let parts = [self.node(condition), self.node(yes), self.node(no)];
                constant::folded(Node::Choice(Box::new(parts)))
            }
            (operators::INDEX, None, [base, key]) => {
                let parts = [self.node(base), self.node(key)];
                constant::folded(Node::Index(Box::new(parts)))
            }
            (operators::IN, None, [item, list]) => self.is_in(item, list),
            ("matches", Some(text), [pattern]) | ("matches", None, [text, pattern]) => {
                self.matches(text, pattern)
            }
            (_, None, [a, b]) if let Some(comparison) = Comparison::of(name) => {
                let (a, b) = (self.compared(a, b), self.compared(b, a));
                compare(comparison, a, b)
            }
            (_, None, [a, b]) if let Some(arithmetic) = Arithmetic::of(name) => {
                let parts = [self.node(a), self.node(b)];
                constant::folded(Node::Arithmetic(arithmetic, Box::new(parts)))
            }
            (_, target, args) => self.function(expr, name, target, args),
        }
    }

    /// The parts of a chain of one logical operator, which the parser has made a tree of.
    fn chain(&mut self, expr: &IdedExpr, operator: &str) -> Box<[Node]> {
        let mut parts = Vec::new();
        self.add_parts(expr, operator, &mut parts);
        parts.into()
    }

    fn add_parts(&mut self, expr: &IdedExpr, operator: &str, parts: &mut Vec<Node>) {
        match &expr.expr {
            Expr::Call(call) if call.func_name == operator => {
                call.args.iter().for_each(|part| self.add_parts(part, operator, parts));
            }
            _ => parts.push(self.node(expr)),
        }
    }

    fn is_in(&mut self, item: &IdedExpr, list: &IdedExpr) -> Node {
        let item = self.node(item);
        if let Some(path) = self.path(list)
            && path.row.is_none()
            && path.fields.is_empty()
            && let Some(table) = path.table()
        {
            return Node::InTable(table.into(), Box::new(item));
        }
        let list = self.node(list);
        if item.constant().is_none()
            && let Some(set) = list.constant().and_then(Set::of)
        {
            return Node::Member(Box::new(item), set);
        }
        constant::folded(Node::In(Box::new([item, list])))
    }

    fn matches(&mut self, text: &IdedExpr, pattern: &IdedExpr) -> Node {
        let text = self.node(text);
        let node = self.node(pattern);
        let place = self.places.token(pattern);
        let Some(Value::Text(Text::Made(source))) = node.constant() else {
            let hint = Some("write the pattern as a text, so that it can be checked when the bundle is read");
            let message = "the pattern of `matches` must be a constant text".to_owned();
            self.fault(place, "bad-call", message, hint.map(str::to_owned));
            return node;
        };
        match function::pattern(source) {
            Ok(pattern) => constant::folded(Node::Matches(Box::new(text), Box::new(pattern))),
            Err(error) => {
                // The pattern is drawn with a caret below it; the last line says what is wrong.
                let text = error.to_string();
                let last = text
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_start_matches("error: ")
                    .trim_end_matches('.');
                self.fault(place, "bad-pattern", format!("no pattern: {}", last.to_lowercase()), None);
                node
            }
        }
    }

    fn function(
        &mut self,
        expr: &IdedExpr,
        name: &str,
        target: Option<&IdedExpr>,
        args: &[IdedExpr],
    ) -> Node {
        if target.is_none() && (past::FUNCTIONS.contains(&name) || name == "age") {
            return self.past(expr, name, args);
        }
        if let ("decide", None, [table, inputs]) = (name, target, args) {
            return self.decide(table, inputs);
        }
        let is_of_places = target.is_none() && matches!(name, "distance_km" | "speed_kmh");
        let part = |part| if is_of_places { self.located(part) } else { self.node(part) };
        let parts = target.into_iter().chain(args).map(part).collect();
        match Call::of(name, target.is_some()) {
            Some(call) => constant::folded(Node::Call(call, parts)),
            None => self.unknown(expr, &format!("`{name}` is not built yet")),
        }
    }
}

impl Compiler<'_> {
    /// `decide`, with a literal of a map in the order of the table's inputs.
    fn decide(&mut self, table: &IdedExpr, inputs: &IdedExpr) -> Node {
        let found = match &table.expr {
            Expr::Literal(LiteralValue::String(id)) => self.slots.table(id.inner()).cloned(),
            _ => None,
        };
        let Some(table) = found else { return self.unknown(table, "no decision table of the bundle") };
        let by_name: Option<Vec<(&str, &IdedExpr)>> = match &inputs.expr {
            Expr::Map(map) => map.entries.iter().map(named_entry).collect(),
            _ => None,
        };
        // A key that stands there twice is an error when the map is made.
        let names = |entries: &Vec<(&str, &IdedExpr)>| {
            entries.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>().len() == entries.len()
        };
        let by_name = by_name.filter(names);
        let inputs = match by_name {
            None => Inputs::Map(self.node(inputs)),
            Some(entries) => {
                let entry = |name: &String| entries.iter().find(|(known, _)| known == name);
                let nodes = table.inputs().iter().map(|name| match entry(name) {
                    Some((_, value)) => self.node(value),
                    None => Node::Constant(Value::Null),
                });
                Inputs::InOrder(nodes.collect())
            }
        };
        Node::Decide(Box::new(Decide { table, inputs }))
    }
}

/// An entry of a literal of a map, if its key is a constant text.
fn named_entry(entry: &IdedEntryExpr) -> Option<(&str, &IdedExpr)> {
    let EntryExpr::MapEntry(entry) = &entry.expr else { return None };
    match &entry.key.expr {
        Expr::Literal(LiteralValue::String(name)) => Some((name.inner(), &entry.value)),
        _ => None,
    }
}

fn compare(comparison: Comparison, a: Node, b: Node) -> Node {
    match (a, b) {
        (Node::Slot(slot), Node::Constant(constant)) => {
            Node::Test(Test { slot, comparison, constant, is_flipped: false })
        }
        (Node::Constant(constant), Node::Slot(slot)) => {
            Node::Test(Test { slot, comparison: comparison.flipped(), constant, is_flipped: true })
        }
        (a, b) => constant::folded(Node::Compare(comparison, Box::new([a, b]))),
    }
}
