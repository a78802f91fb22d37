//! Calls: operators, indexes, choices and functions.

use crate::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

use super::kind::{Kind, can_equal, either, known, noun};
use super::{Checker, Flow, extent, hints};
use segue_value::{Rest, Shape};

impl Checker<'_> {
    pub(super) fn call(&mut self, node: &IdedExpr, call: &CallExpr) -> Flow {
        match (call.func_name.as_str(), &call.args[..]) {
            (operators::INDEX, [base, index]) => self.index(base, index),
            (operators::CONDITIONAL, [condition, yes, no]) => self.choice(condition, yes, no),
            (operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT, args) => {
                args.iter().for_each(|arg| self.condition(arg));
                Flow::of(Shape::Bool)
            }
            (operators::EQUALS | operators::NOT_EQUALS, [left, right]) => self.equality(node, left, right),
            (operators::IN, [item, list]) => self.membership(node, item, list),
            (
                operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS,
                [left, right],
            ) => self.relation(node, left, right),
            (operators::NEGATE, [operand]) => self.negation(operand),
            (operator, [left, right]) if operator.starts_with('_') => {
                self.arithmetic(node, operator, left, right)
            }
            _ => self.function(node, call),
        }
    }

    /// A part that must be true or false.
    pub(super) fn condition(&mut self, node: &IdedExpr) {
        let flow = self.walk(node);
        if !matches!(Kind::of(&flow.shape), None | Some(Kind::Bool)) {
            let message = format!("a condition is true or false; {}", self.is_a(node, &flow.shape));
            let hint = hints::as_condition(&flow.shape, self.excerpt(node));
            self.fault(extent(self.places, node), "wrong-type", message, hint);
        }
        let _ = self.settle(flow);
    }

    fn index(&mut self, base_node: &IdedExpr, index: &IdedExpr) -> Flow {
        let base = self.walk(base_node);
        let key = self.walk(index);
        let (key_shape, key_of) = (key.shape.clone(), key.key_of);
        let _ = self.settle(key);
        if let Expr::Literal(LiteralValue::String(name)) = &index.expr
            && matches!(base.shape, Shape::Map { .. } | Shape::Any)
            && base.keys.is_none()
        {
            let place = self.places.token(index);
            return self.member(base, name.inner(), place);
        }
        let (shape, wanted) = match &base.shape {
            Shape::List(item) => (known((**item).clone()), Some(Shape::Int)),
            Shape::Map { fields, rest } => {
                let others = match &**rest {
                    Rest::Open(shape) => Some(shape),
                    Rest::Closed => None,
                };
                let shape = super::kind::any_of(fields.values().chain(others));
                (shape, Some(base.keys.clone().unwrap_or(Shape::Text)))
            }
            Shape::Any => (Shape::Any, None),
            other => {
                let message = format!("{} and has no items", self.is_a(base_node, other));
                self.fault(extent(self.places, base_node), "wrong-type", message, None);
                (Shape::Any, None)
            }
        };
        if let Some(wanted) = wanted.filter(|wanted| !can_equal(wanted, &key_shape)) {
            let message = if matches!(base.shape, Shape::List(_)) {
                format!("an item of a list is picked by its number; {}", self.is_a(index, &key_shape))
            } else {
                format!("a key here is {}; {}", noun(&wanted), self.is_a(index, &key_shape))
            };
            self.fault(extent(self.places, index), "wrong-type", message, None);
        }
        let inside = base.inside.or(key_of.filter(|_| matches!(base.shape, Shape::Map { .. })));
        Flow { inside, ..self.step_into(base, shape, "[]") }
    }

    fn choice(&mut self, condition: &IdedExpr, yes: &IdedExpr, no: &IdedExpr) -> Flow {
        self.condition(condition);
        let (yes, no) = (self.walk(yes), self.walk(no));
        let shape = either(&yes.shape, &no.shape);
        let keys = match (&yes.keys, &no.keys) {
            (None, None) => None,
            (yes, no) => {
                Some(either(yes.as_ref().unwrap_or(&Shape::Text), no.as_ref().unwrap_or(&Shape::Text)))
            }
        };
        let items = yes.items.zip(no.items).map(|(yes, no)| yes.max(no));
        let inside = yes.inside.zip(no.inside).map(|(yes, no)| yes.max(no));
        let places = yes.places.into_iter().chain(no.places).collect();
        let flows = yes.flows.into_iter().chain(no.flows).collect();
        Flow { shape, keys, items, inside, key_of: None, places, flows }
    }

    /// A key of a map that is written out.
    pub(super) fn key(&mut self, node: &IdedExpr, shape: &Shape) {
        let is_key = |kind| matches!(kind, Kind::Bool | Kind::Int | Kind::UInt | Kind::Text);
        if Kind::of(shape).is_some_and(|kind| !is_key(kind)) {
            let message =
                format!("a key is a text, a whole number or a truth value; {}", self.is_a(node, shape));
            self.fault(extent(self.places, node), "wrong-type", message, None);
        }
    }

    /// The part as a message repeats it, in backticks.
    pub(super) fn excerpt(&self, node: &IdedExpr) -> Option<String> {
        super::extent::excerpt(self.places, node)
    }

    /// "`who.tier` is a text".
    pub(super) fn is_a(&self, node: &IdedExpr, shape: &Shape) -> String {
        let subject = self.excerpt(node).map_or_else(|| "this".to_owned(), |text| format!("`{text}`"));
        format!("{subject} is {}", noun(shape))
    }
}
