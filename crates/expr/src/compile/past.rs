//! Functions of the past, whose arguments are constants: each call is a slot, so that it is worked out once a decision.

use segue_syntax::ast::{Expr, IdedExpr, LiteralValue};
use segue_value::Value;

use super::Compiler;
use crate::node::Node;
use crate::past::{Argument, PastCall};

/// An argument as it stands in the source.
enum Constant<'e> {
    Text(&'e str),
    Texts(Vec<&'e str>),
}

impl Compiler<'_> {
    pub(super) fn past(&mut self, expr: &IdedExpr, name: &str, args: &[IdedExpr]) -> Node {
        if name == "age" {
            return self.age(expr, args);
        }
        self.past_slot(expr, name, args, Vec::new(), None, false)
    }

    /// One side of a comparison. Whether there was a latest event can be told without anything of its data.
    pub(super) fn compared(&mut self, side: &IdedExpr, other: &IdedExpr) -> Node {
        let is_null = matches!(other.expr, Expr::Literal(LiteralValue::Null));
        match &side.expr {
            Expr::Call(call) if is_null && call.func_name == "last" && call.target.is_none() => {
                self.past_slot(side, "last", &call.args, Vec::new(), Some(Vec::new()), false)
            }
            _ => self.node(side),
        }
    }

    /// What a distance or a speed is asked of: of a remembered event, only its place is asked for.
    pub(super) fn located(&mut self, expr: &IdedExpr) -> Node {
        match &expr.expr {
            Expr::Call(call) if call.func_name == "last" && call.target.is_none() => {
                let read = Some(vec![vec!["where".to_owned()]]);
                self.past_slot(expr, "last", &call.args, Vec::new(), read, false)
            }
            _ => self.node(expr),
        }
    }

    /// A call, or a field of the event that it gives; `read` are the paths that are read of the event, if not all.
    pub(super) fn past_slot(
        &mut self,
        expr: &IdedExpr,
        name: &str,
        args: &[IdedExpr],
        fields: Vec<String>,
        read: Option<Vec<Vec<String>>>,
        is_presence: bool,
    ) -> Node {
        let nothing = Node::Constant(Value::Null);
        let Some(constants) = self.constants(name, args) else { return nothing };
        let arguments: Vec<Argument<'_>> = constants
            .iter()
            .map(|constant| match constant {
                Constant::Text(text) => Argument::Text(text),
                Constant::Texts(texts) => Argument::Texts(texts),
            })
            .collect();
        // Equal calls share a slot where they ask for the same of the event.
        let asked = match &read {
            Some(read) if fields.is_empty() => format!("?{}", read.concat().join(".")),
            _ => String::new(),
        };
        let key = format!("{name}{arguments:?}{asked}");
        let mut call = match PastCall::compile(name, &arguments, &self.names.event_types) {
            Ok(call) => call,
            Err(misuse) => {
                let place = match misuse.argument.and_then(|at| args.get(at)) {
                    Some(argument) => self.places.token(argument),
                    None => self.places.function(expr, name),
                };
                self.fault(place, misuse.code, misuse.message, None);
                return nothing;
            }
        };
        if let Some(read) = read {
            call.reading(read);
        }
        self.needs.extend(call.needs());
        Node::Slot(self.slots.of_past(key, call, fields, is_presence))
    }

    fn constants<'e>(&mut self, name: &str, args: &'e [IdedExpr]) -> Option<Vec<Constant<'e>>> {
        let text = |expr: &'e IdedExpr| match &expr.expr {
            Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
            _ => None,
        };
        let mut constants = Vec::new();
        for arg in args {
            let constant = match &arg.expr {
                Expr::List(list) => {
                    list.elements.iter().map(text).collect::<Option<_>>().map(Constant::Texts)
                }
                _ => text(arg).map(Constant::Text),
            };
            let Some(constant) = constant else {
                let message = format!("the arguments of `{name}` are constant texts");
                let hint = Some("what must be remembered has to be known when the bundle is read".to_owned());
                self.fault(self.places.token(arg), "bad-call", message, hint);
                return None;
            };
            constants.push(constant);
        }
        Some(constants)
    }

    /// `age(table, key)`
    fn age(&mut self, expr: &IdedExpr, args: &[IdedExpr]) -> Node {
        if let [table, key] = args {
            let named = match &table.expr {
                Expr::Literal(LiteralValue::String(id)) => Some(Box::from(id.inner())),
                _ => self
                    .path(table)
                    .filter(|path| path.row.is_none() && path.fields.is_empty())
                    .and_then(|path| path.table().map(Box::from)),
            };
            if let Some(table) = named {
                return Node::Age(table, Box::new(self.node(key)));
            }
        }
        let message = "`age` takes a table and the key of a row".to_owned();
        self.fault(self.places.function(expr, "age"), "bad-call", message, None);
        Node::Constant(Value::Null)
    }
}
