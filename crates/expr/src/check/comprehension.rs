//! `all`, `exists`, `exists_one`, `map`, `filter`: what the parser makes of them.

use cel::common::ast::{ComprehensionExpr, IdedExpr};

use super::{Checker, Flow, LOOPS_MAX};
use segue_value::Shape;

impl Checker<'_> {
    pub(super) fn comprehension(&mut self, node: &IdedExpr, comprehension: &ComprehensionExpr) -> Flow {
        if self.loops == LOOPS_MAX {
            let message =
                format!("more than {LOOPS_MAX} of `all`, `exists`, `map`, `filter` inside one another");
            self.fault(self.places.token(node), "too-deep", message, None);
            return Flow::of(Shape::Any);
        }
        let range = self.walk(&comprehension.iter_range);
        let item = self.item(node, range);
        let start = self.walk(&comprehension.accu_init);
        let mut flows = self.settle(start);

        self.loops += 1;
        self.locals.push((comprehension.iter_var.clone(), item));
        self.locals.push((comprehension.accu_var.clone(), Flow::of(Shape::Any)));
        let condition = self.walk(&comprehension.loop_cond);
        let _ = self.settle(condition);
        let step = self.walk(&comprehension.loop_step);
        let shape = step.shape.clone();
        flows.extend(self.settle(step));
        let result = self.walk(&comprehension.result);
        let _ = self.settle(result);
        self.locals.truncate(self.locals.len() - 2);
        self.loops -= 1;
        Flow { flows, ..Flow::of(shape) }
    }

    /// What the variable stands for: an item of a list, a key of a map. The range itself is read: how long it is.
    fn item(&mut self, node: &IdedExpr, range: Flow) -> Flow {
        let keep = range.clone();
        match &range.shape {
            Shape::List(item) => {
                let _ = self.settle(keep);
                let item = (**item).clone();
                self.step_into(range, item, "[]")
            }
            Shape::Any => {
                let _ = self.settle(keep);
                self.step_into(range, Shape::Any, "[]")
            }
            Shape::Map { .. } => {
                let flows = self.settle(keep);
                Flow { flows, ..Flow::of(Shape::Text) }
            }
            other => {
                let message = format!("{} has no items", other.noun());
                self.fault(self.places.token(node), "bad-call", message, None);
                Flow::of(Shape::Any)
            }
        }
    }
}
