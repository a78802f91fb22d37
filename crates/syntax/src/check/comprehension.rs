//! `all`, `exists`, `exists_one`, `map`, `filter`: what the parser makes of them. Each has a step that combines what
//! there is already, `@result`, with what the author wrote for one item.

use crate::ast::{ComprehensionExpr, Expr, IdedExpr, operators};

use super::cost::{ITEMS_MAX, LOOPS_MAX};
use super::kind::known;
use super::{Checker, Flow, extent};
use segue_value::Shape;

/// What the author wrote for one item.
enum Step<'t> {
    /// Of `all`, `exists`: a condition.
    Truth(&'t IdedExpr),
    /// Of `exists_one`: a condition that is counted.
    One(&'t IdedExpr),
    /// Of `map` and `filter`: what to append, perhaps on a condition.
    Append { condition: Option<&'t IdedExpr>, item: &'t IdedExpr },
    /// No macro of CEL.
    Other,
}

impl Checker<'_> {
    pub(super) fn comprehension(&mut self, node: &IdedExpr, comprehension: &ComprehensionExpr) -> Flow {
        if self.cost.loops == LOOPS_MAX {
            let message =
                format!("more than {LOOPS_MAX} of `all`, `exists`, `map`, `filter` inside one another");
            self.fault(self.places.token(node), "too-deep", message, None);
            return Flow::of(Shape::Any);
        }
        let range = self.walk(&comprehension.iter_range);
        let items = range.items.unwrap_or(ITEMS_MAX);
        let inside = range.inside;
        let range_is_map = matches!(range.shape, Shape::Map { .. });
        let item = self.item(&comprehension.iter_range, range);
        let outside = self.cost.enter(items, inside);
        let runs = Some(inside.unwrap_or(outside));
        let item = match range_is_map {
            true => Flow { key_of: runs, ..item },
            // What was made of several documents' parts may hold one of them many times.
            false if item.places.is_empty() => item,
            false => Flow { inside: runs, ..item },
        };
        self.locals.push((comprehension.iter_var.clone(), item));
        let result = self.step(&comprehension.loop_step, items);
        let _ = self.locals.pop();
        self.cost.leave(outside);
        if self.cost.is_too_much() && !self.cost.is_told {
            self.cost.is_told = true;
            let message =
                "this loop may take too many steps: lists may be as long as the limits let them".to_owned();
            let hint = "loop over one list only, or let the source say in its event what the loop works out"
                .to_owned();
            self.fault(extent(self.places, node), "too-costly", message, Some(hint));
        }
        result
    }

    fn step(&mut self, step: &IdedExpr, items: u64) -> Flow {
        match step_of(step) {
            Step::Truth(condition) | Step::One(condition) => {
                self.condition(condition);
                Flow::of(Shape::Bool)
            }
            Step::Append { condition, item } => {
                condition.iter().for_each(|condition| self.condition(condition));
                let item = self.walk(item);
                let shape = Shape::List(Box::new(item.inner_shape()));
                let flows = self.settle(item);
                Flow { flows, items: Some(items), ..Flow::of(shape) }
            }
            Step::Other => Flow::of(Shape::Any),
        }
    }

    /// What the variable stands for: an item of a list, a key of a map. The range itself is read: how long it is.
    fn item(&mut self, node: &IdedExpr, range: Flow) -> Flow {
        let keep = range.clone();
        match &range.shape {
            Shape::List(item) => {
                let _ = self.settle(keep);
                let item = known((**item).clone());
                self.step_into(range, item, "[]")
            }
            Shape::Any => {
                let _ = self.settle(keep);
                self.step_into(range, Shape::Any, "[]")
            }
            Shape::Map { .. } => {
                let keys = range.keys.clone().unwrap_or(Shape::Text);
                let flows = self.settle_keys(keep);
                Flow { flows, ..Flow::of(keys) }
            }
            other => {
                let message = format!("{} and has no items to go through", self.is_a(node, other));
                self.fault(extent(self.places, node), "wrong-type", message, None);
                Flow::of(Shape::Any)
            }
        }
    }
}

fn step_of(step: &IdedExpr) -> Step<'_> {
    let Expr::Call(call) = &step.expr else { return Step::Other };
    match (call.func_name.as_str(), &call.args[..]) {
        (operators::LOGICAL_AND | operators::LOGICAL_OR, [_, condition]) => Step::Truth(condition),
        (operators::CONDITIONAL, [condition, yes, _]) => match appended(yes) {
            Some(item) => Step::Append { condition: Some(condition), item },
            None => Step::One(condition),
        },
        (operators::ADD, _) => match appended(step) {
            Some(item) => Step::Append { condition: None, item },
            None => Step::Other,
        },
        _ => Step::Other,
    }
}

/// The `x` of `@result + [x]`.
fn appended(step: &IdedExpr) -> Option<&IdedExpr> {
    let Expr::Call(call) = &step.expr else { return None };
    match &call.args[..] {
        [_, IdedExpr { expr: Expr::List(list), .. }] => list.elements.first(),
        _ => None,
    }
}
