//! Calls: operators, indexes, choices and functions.

use std::collections::BTreeSet;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

use super::{Checker, Flow, is_truth};
use crate::function::{self, FUNCTIONS, Function};
use crate::hint::did_you_mean;
use segue_value::{Rest, Shape};

impl Checker<'_> {
    pub(super) fn call(&mut self, node: &IdedExpr, call: &CallExpr) -> Flow {
        match (call.func_name.as_str(), &call.args[..]) {
            (operators::INDEX, [base, index]) => self.index(node, base, index),
            (operators::CONDITIONAL, [condition, yes, no]) => self.choice(condition, yes, no),
            (operator, args) if is_truth(operator) => {
                for arg in args {
                    let flow = self.walk(arg);
                    let _ = self.settle(flow);
                }
                Flow::of(Shape::Bool)
            }
            (operator, args) if operator.starts_with(['_', '-', '@']) => self.arithmetic(args),
            _ => self.function(node, call),
        }
    }

    fn index(&mut self, node: &IdedExpr, base: &IdedExpr, index: &IdedExpr) -> Flow {
        let base = self.walk(base);
        let key = self.walk(index);
        let _ = self.settle(key);
        if let Expr::Literal(LiteralValue::String(name)) = &index.expr
            && !matches!(base.shape, Shape::List(_))
        {
            let place = self.places.token(index);
            return self.member(base, name.inner(), place);
        }
        let shape = match &base.shape {
            Shape::List(item) => (**item).clone(),
            Shape::Map { fields, rest } => match &**rest {
                Rest::Open(row) if fields.is_empty() => row.clone(),
                _ => Shape::Any,
            },
            Shape::Any => Shape::Any,
            other => {
                let message = format!("{} has no items", other.noun());
                self.fault(self.places.token(node), "bad-call", message, None);
                Shape::Any
            }
        };
        self.step_into(base, shape, "[]")
    }

    fn choice(&mut self, condition: &IdedExpr, yes: &IdedExpr, no: &IdedExpr) -> Flow {
        let condition = self.walk(condition);
        let _ = self.settle(condition);
        let (yes, no_flow) = (self.walk(yes), self.walk(no));
        // The step of a `filter` either appends or gives what it has: the type is that of what it appends.
        let is_accumulator = matches!(&no.expr, Expr::Ident(name) if name == "@result");
        let shape = if is_accumulator { yes.shape.clone() } else { yes.shape.join(&no_flow.shape) };
        let mut places = yes.places;
        places.extend(no_flow.places);
        let flows = yes.flows.into_iter().chain(no_flow.flows).collect();
        Flow { shape, places, flows }
    }

    fn arithmetic(&mut self, args: &[IdedExpr]) -> Flow {
        let mut flows = BTreeSet::new();
        let mut shape: Option<Shape> = None;
        for arg in args {
            let flow = self.walk(arg);
            let is_accumulator = matches!(&arg.expr, Expr::Ident(name) if name == "@result");
            if !is_accumulator {
                shape = Some(shape.map_or_else(|| flow.shape.clone(), |shape| sum(&shape, &flow.shape)));
            }
            flows.extend(self.settle(flow));
        }
        Flow { flows, ..Flow::of(shape.unwrap_or(Shape::Any)) }
    }

    fn function(&mut self, node: &IdedExpr, call: &CallExpr) -> Flow {
        let name = call.func_name.as_str();
        let place = self.places.function(node, name);
        let is_member = call.target.is_some();
        let known = FUNCTIONS.iter().find(|known| known.name == name && known.is_member == is_member);
        if known.is_none() && !is_member && function::NOT_BUILT.contains(&name) {
            // What it is given (types, paths) is not to be checked as CEL is.
            self.fault(place, "not-built", format!("`{name}` is not built yet"), None);
            return Flow::of(Shape::Any);
        }
        let target = call.target.as_deref().map(|target| self.walk(target));
        let mut flows: BTreeSet<_> = target.into_iter().flat_map(|target| self.settle(target)).collect();
        for arg in &call.args {
            let flow = self.walk(arg);
            flows.extend(self.settle(flow));
        }
        let Some(known) = known else {
            self.unknown_function(place, name, is_member);
            return Flow::of(Shape::Any);
        };
        self.check_arguments(place, known, call);
        match known.shape {
            Shape::Bool if name != "bool" => Flow::of(Shape::Bool),
            Shape::Int if name == "size" => Flow::of(Shape::Int),
            _ => Flow { flows, ..Flow::of(known.shape.clone()) },
        }
    }

    fn unknown_function(&mut self, place: (usize, usize), name: &str, is_member: bool) {
        let same: Vec<&Function> = FUNCTIONS.iter().filter(|known| known.name == name).collect();
        let hint = match same.first() {
            Some(_) if is_member => Some(format!("call it on nothing: `{name}(..)`")),
            Some(_) => Some(format!("call it on a value: `x.{name}(..)`")),
            None => {
                let known =
                    FUNCTIONS.iter().filter(|known| known.is_member == is_member).map(|known| known.name);
                let later = function::NOT_BUILT.into_iter().filter(|_| !is_member);
                did_you_mean(name, known.chain(later))
            }
        };
        self.fault(place, "unknown-function", format!("unknown function `{name}`"), hint);
    }

    fn check_arguments(&mut self, place: (usize, usize), known: &Function, call: &CallExpr) {
        let name = known.name;
        if !known.arity.contains(&call.args.len()) {
            let message = format!("`{name}` does not take {} arguments", call.args.len());
            self.fault(place, "bad-call", message, None);
            return;
        }
        let [IdedExpr { expr: Expr::Literal(LiteralValue::String(text)), .. }] = &call.args[..] else {
            return;
        };
        let at = self.places.token(&call.args[0]);
        if name == "duration" && function::parse_duration(text.inner()).is_none() {
            let hint = Some("write a number and a unit, as in `90s`, `15m`, `24h`, `7d`, `2w`".to_owned());
            self.fault(at, "bad-duration", format!("`{}` is no duration", text.inner()), hint);
        }
        if name == "timestamp" && chrono::DateTime::parse_from_rfc3339(text.inner()).is_err() {
            let hint = Some("write it as in `2026-03-02T10:00:00Z`".to_owned());
            self.fault(at, "bad-timestamp", format!("`{}` is no timestamp", text.inner()), hint);
        }
    }
}

/// The type of a sum, a product and the like.
fn sum(a: &Shape, b: &Shape) -> Shape {
    match (a, b) {
        (a, b) if a == b && *a != Shape::Timestamp => a.clone(),
        (Shape::List(a), Shape::List(b)) => Shape::List(Box::new(a.join(b))),
        _ => Shape::Any,
    }
}
