//! Operators: of what kinds their operands must be, and what they give.

use std::collections::BTreeSet;

use crate::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

use super::cost::ITEMS_MAX;
use super::kind::{Kind, can_compare, can_equal, either, noun};
use super::{Checker, Flow, Path, extent, hints};
use segue_value::Shape;

/// Two operands and what they give.
type Overload = (Kind, Kind, Kind);

const SUMS: &[Overload] = &[
    (Kind::Int, Kind::Int, Kind::Int),
    (Kind::UInt, Kind::UInt, Kind::UInt),
    (Kind::Double, Kind::Double, Kind::Double),
    (Kind::Text, Kind::Text, Kind::Text),
    (Kind::Bytes, Kind::Bytes, Kind::Bytes),
    (Kind::List, Kind::List, Kind::List),
    (Kind::Timestamp, Kind::Duration, Kind::Timestamp),
    (Kind::Duration, Kind::Timestamp, Kind::Timestamp),
    (Kind::Duration, Kind::Duration, Kind::Duration),
];
const DIFFERENCES: &[Overload] = &[
    (Kind::Int, Kind::Int, Kind::Int),
    (Kind::UInt, Kind::UInt, Kind::UInt),
    (Kind::Double, Kind::Double, Kind::Double),
    (Kind::Timestamp, Kind::Timestamp, Kind::Duration),
    (Kind::Timestamp, Kind::Duration, Kind::Timestamp),
    (Kind::Duration, Kind::Duration, Kind::Duration),
];
const PRODUCTS: &[Overload] = &[
    (Kind::Int, Kind::Int, Kind::Int),
    (Kind::UInt, Kind::UInt, Kind::UInt),
    (Kind::Double, Kind::Double, Kind::Double),
];
const REMAINDERS: &[Overload] = &[(Kind::Int, Kind::Int, Kind::Int), (Kind::UInt, Kind::UInt, Kind::UInt)];

/// An operand: its node and its shape.
pub(super) type Operand<'o> = (&'o IdedExpr, &'o Shape);

impl Checker<'_> {
    pub(super) fn arithmetic(
        &mut self,
        node: &IdedExpr,
        operator: &str,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Flow {
        let (overloads, sign) = match operator {
            operators::ADD => (SUMS, "+"),
            operators::SUBSTRACT => (DIFFERENCES, "-"),
            operators::MULTIPLY => (PRODUCTS, "*"),
            operators::DIVIDE => (PRODUCTS, "/"),
            operators::MODULO => (REMAINDERS, "%"),
            _ => (&[][..], ""),
        };
        if sign.is_empty() {
            let message = "this operator is none of the language".to_owned();
            self.fault(self.places.token(node), "unknown-function", message, None);
        }
        let (a, b) = (self.walk(left), self.walk(right));
        let (a_shape, b_shape) = (a.shape.clone(), b.shape.clone());
        let items = match operator {
            operators::ADD => a.items.zip(b.items).map(|(a, b)| a + b),
            _ => None,
        };
        let flows = self.settle_both(a, b);
        let shape = result(overloads, &a_shape, &b_shape).unwrap_or_else(|| {
            if !sign.is_empty() {
                self.no_arithmetic(overloads, sign, (left, &a_shape), (right, &b_shape));
            }
            Shape::Any
        });
        Flow { flows, items, ..Flow::of(shape) }
    }

    fn no_arithmetic(&mut self, overloads: &[Overload], sign: &str, left: Operand<'_>, right: Operand<'_>) {
        let has = |operand: Operand<'_>, is_left: bool| {
            Kind::of(operand.1).is_none_or(|kind| {
                overloads.iter().any(|(a, b, _)| if is_left { *a == kind } else { *b == kind })
            })
        };
        let is_int = |operand: Operand<'_>| matches!(operand.1, Shape::Int | Shape::UInt);
        let alone =
            if !has(left, true) { Some(left) } else { Some(right).filter(|right| !has(*right, false)) };
        let (culprit, message) = match alone {
            Some(operand) => {
                (operand.0, format!("{}: `{sign}` does not go with it", self.is_a(operand.0, operand.1)))
            }
            None => {
                // Of an int and a double, the int is what is easily written otherwise.
                let is_left = is_int(left) && *right.1 == Shape::Double;
                let (culprit, other) = if is_left { (left, right) } else { (right, left) };
                (culprit.0, format!("{}: `{sign}` does not go with them", self.both(culprit, other)))
            }
        };
        let hint = hints::arithmetic(sign, left, right, &|node| self.excerpt(node));
        self.fault(extent(self.places, culprit), "wrong-type", message, hint);
    }

    pub(super) fn negation(&mut self, operand: &IdedExpr) -> Flow {
        let flow = self.walk(operand);
        let shape = match flow.shape {
            Shape::Int | Shape::Double | Shape::Any => flow.shape.clone(),
            ref other => {
                let message = format!("`-` turns the sign of a number; {}", self.is_a(operand, other));
                self.fault(extent(self.places, operand), "wrong-type", message, None);
                Shape::Any
            }
        };
        let flows = self.settle(flow);
        Flow { flows, ..Flow::of(shape) }
    }

    pub(super) fn equality(&mut self, node: &IdedExpr, left: &IdedExpr, right: &IdedExpr) -> Flow {
        if self.binds_too_close(node, left, right) {
            return Flow::of(Shape::Bool);
        }
        let (mut a, mut b) = (self.walk(left), self.walk(right));
        let (left, right) = ((left, &a.shape.clone()), (right, &b.shape.clone()));
        // Whether there is an event at all tells nothing of what stands in it.
        let is_null = |operand: Operand<'_>| matches!(operand.0.expr, Expr::Literal(LiteralValue::Null));
        let is_event = |place: &Path| matches!(&place[..], [root] if root == "event" || root == "cause");
        if is_null(left) || is_null(right) {
            a.places.retain(|place| !is_event(place));
            b.places.retain(|place| !is_event(place));
        }
        let _ = self.settle_both(a, b);
        self.as_text(left, right);
        self.as_text(right, left);
        if !can_equal(left.1, right.1) {
            self.not_comparable("they are never equal", left, right);
        }
        Flow::of(Shape::Bool)
    }

    /// A name that nobody knows beside a text is meant as one.
    fn as_text(&mut self, name: Operand<'_>, other: Operand<'_>) {
        let (Expr::Ident(word), Shape::Text) = (&name.0.expr, other.1) else { return };
        let (start, _) = self.places.token(name.0);
        let fault = self.learnt.faults.iter_mut().find(|fault| fault.start == start);
        if let Some(fault) = fault.filter(|fault| fault.code == "unknown-name" && fault.hint.is_none()) {
            fault.hint = Some(format!("a text stands in quotes: `'{word}'`"));
        }
    }

    /// `!x == y` and `!x in y`, where `x` is nothing to be negated: `!` binds closer than was thought.
    fn binds_too_close(&mut self, node: &IdedExpr, left: &IdedExpr, right: &IdedExpr) -> bool {
        let Expr::Call(not) = &left.expr else { return false };
        let (operators::LOGICAL_NOT, [inner]) = (not.func_name.as_str(), &not.args[..]) else { return false };
        let before = self.learnt.faults.len();
        let flow = self.walk(inner);
        if matches!(Kind::of(&flow.shape), None | Some(Kind::Bool)) {
            self.learnt.faults.truncate(before);
            return false;
        }
        let message = format!("`!` is done first, and {}", self.is_a(inner, &flow.shape));
        let (start, _) = extent(self.places, inner);
        let whole = self.places.source().get(start..extent(self.places, node).1);
        let hint = whole.filter(|whole| whole.len() <= 60).map(|whole| format!("write `!({whole})`"));
        self.fault(extent(self.places, left), "wrong-type", message, hint);
        let _ = self.settle(flow);
        let other = self.walk(right);
        let _ = self.settle(other);
        true
    }

    /// `1 < x < 3`.
    fn is_chained(&mut self, node: &IdedExpr, left: &IdedExpr, right: &IdedExpr) -> bool {
        let (Expr::Call(outer), Expr::Call(inner)) = (&node.expr, &left.expr) else { return false };
        let (Some(first), Some(second), [a, b]) = (sign(inner), sign(outer), &inner.args[..]) else {
            return false;
        };
        let part = |node: &IdedExpr| self.excerpt(node);
        let hint = match (part(a), part(b), part(right)) {
            (Some(a), Some(b), Some(c)) => Some(format!("write `{a} {first} {b} && {b} {second} {c}`")),
            _ => None,
        };
        let message = "comparisons are not joined: the first gives true or false".to_owned();
        self.fault(extent(self.places, node), "wrong-type", message, hint);
        for part in [a, b, right] {
            let flow = self.walk(part);
            let _ = self.settle(flow);
        }
        true
    }

    pub(super) fn relation(&mut self, node: &IdedExpr, left: &IdedExpr, right: &IdedExpr) -> Flow {
        if self.binds_too_close(node, left, right) || self.is_chained(node, left, right) {
            return Flow::of(Shape::Bool);
        }
        let (a, b) = (self.walk(left), self.walk(right));
        let (left, right) = ((left, &a.shape.clone()), (right, &b.shape.clone()));
        let _ = self.settle_both(a, b);
        if !can_compare(left.1, right.1) {
            self.not_comparable("neither is before the other", left, right);
        }
        Flow::of(Shape::Bool)
    }

    /// Two operands that do not compare: the one that is written out is at fault, else the right one.
    fn not_comparable(&mut self, why: &str, left: Operand<'_>, right: Operand<'_>) {
        let is_literal = |operand: Operand<'_>| matches!(operand.0.expr, Expr::Literal(_));
        let (culprit, other) =
            if is_literal(left) && !is_literal(right) { (left, right) } else { (right, left) };
        let message = format!("{}: {why}", self.both(culprit, other));
        let hint = hints::comparison(culprit, other, &|node| self.excerpt(node));
        self.fault(extent(self.places, culprit.0), "wrong-type", message, hint);
    }

    pub(super) fn membership(&mut self, node: &IdedExpr, item: &IdedExpr, list: &IdedExpr) -> Flow {
        if self.binds_too_close(node, item, list) {
            return Flow::of(Shape::Bool);
        }
        let item_flow = self.walk(item);
        let item_shape = item_flow.shape.clone();
        let _ = self.settle(item_flow);
        if let Expr::List(literal) = &list.expr {
            self.cost.step();
            for element in &literal.elements {
                let flow = self.walk(element);
                let shape = flow.shape.clone();
                let _ = self.settle(flow);
                self.as_text((element, &shape), (item, &item_shape));
                // Where both are written out, nothing is meant to be found in a document.
                if !matches!(item.expr, Expr::Literal(_)) && !can_equal(&item_shape, &shape) {
                    let (item, element) = ((item, &item_shape), (element, &shape));
                    self.not_comparable("they are never equal", item, element);
                }
            }
            return Flow::of(Shape::Bool);
        }
        let flow = self.walk(list);
        let inside = match &flow.shape {
            Shape::Any => Shape::Any,
            Shape::List(inner) => {
                self.cost.search(flow.items.unwrap_or(ITEMS_MAX));
                (**inner).clone()
            }
            Shape::Map { .. } => flow.keys.clone().unwrap_or(Shape::Text),
            other => {
                let message = format!("`in` looks into a list or a map; {}", self.is_a(list, other));
                let hint = hints::no_container(other, self.excerpt(item), self.excerpt(list));
                self.fault(extent(self.places, list), "wrong-type", message, hint);
                Shape::Any
            }
        };
        let part = if matches!(flow.shape, Shape::List(_)) { "an item" } else { "a key" };
        let _ = self.settle(flow);
        if !can_equal(&item_shape, &inside) {
            let whole = self.excerpt(list).map_or_else(|| "it".to_owned(), |text| format!("`{text}`"));
            let message = format!(
                "{}, {part} of {whole} {}: it is never in it",
                self.is_a(item, &item_shape),
                noun(&inside)
            );
            self.fault(extent(self.places, item), "wrong-type", message, None);
        }
        Flow::of(Shape::Bool)
    }

    fn settle_both(&mut self, a: Flow, b: Flow) -> BTreeSet<Path> {
        let mut flows = self.settle(a);
        flows.extend(self.settle(b));
        flows
    }

    /// "`event.data.amount` is a number (double) and `who.tier` a text".
    fn both(&self, a: Operand<'_>, b: Operand<'_>) -> String {
        match (self.excerpt(a.0), self.excerpt(b.0)) {
            (Some(first), Some(second)) => {
                format!("`{first}` is {} and `{second}` {}", noun(a.1), noun(b.1))
            }
            _ => format!("one side is {} and the other {}", noun(a.1), noun(b.1)),
        }
    }
}

/// How an operator of order is written.
fn sign(call: &CallExpr) -> Option<&'static str> {
    Some(match call.func_name.as_str() {
        operators::LESS => "<",
        operators::LESS_EQUALS => "<=",
        operators::GREATER => ">",
        operators::GREATER_EQUALS => ">=",
        _ => return None,
    })
}

/// What two operands give; `None` if they never go together.
fn result(overloads: &[Overload], a: &Shape, b: &Shape) -> Option<Shape> {
    let fits = |kind: Kind, shape: &Shape| Kind::of(shape).is_none_or(|of| of == kind);
    let mut found: Option<Shape> = None;
    for (left, right, gives) in overloads {
        if fits(*left, a) && fits(*right, b) {
            let shape = gives.shape();
            found = Some(
                found.map_or_else(|| shape.clone(), |other| if other == shape { other } else { Shape::Any }),
            );
        }
    }
    match (found, a, b) {
        (Some(Shape::List(_)), Shape::List(a), Shape::List(b)) => Some(Shape::List(Box::new(either(a, b)))),
        (found, ..) => found,
    }
}
