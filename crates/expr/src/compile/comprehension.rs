//! `all`, `exists`, `exists_one`, `map` and `filter`, recognised by what the parser makes of them.

use segue_syntax::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};

use super::Compiler;
use crate::node::{Loop, LoopKind, Node};

/// What a loop does with each item.
struct Step<'e> {
    kind: LoopKind,
    filter: Option<&'e IdedExpr>,
    body: &'e IdedExpr,
}

impl Compiler<'_> {
    pub(super) fn comprehension(&mut self, expr: &IdedExpr, comprehension: &ComprehensionExpr) -> Node {
        let range = self.node(&comprehension.iter_range);
        let Some(Step { kind, filter, body }) = step(comprehension) else {
            return self.unknown(expr, "no loop of the language");
        };
        self.locals.push(comprehension.iter_var.clone());
        let filter = filter.map(|filter| self.node(filter));
        let body = self.node(body);
        let _ = self.locals.pop();
        Node::Loop(Box::new(Loop { kind, range, filter, body }))
    }
}

/// The parser's forms: `all` begins with true and joins by `&&`, `exists` with false and `||`, `exists_one` counts,
/// `map` and `filter` append to a list.
fn step(comprehension: &ComprehensionExpr) -> Option<Step<'_>> {
    let step = as_call(&comprehension.loop_step)?;
    match (&comprehension.accu_init.expr, step.func_name.as_str(), &step.args[..]) {
        (Expr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_AND, [_, body]) => {
            Some(Step { kind: LoopKind::All, filter: None, body })
        }
        (Expr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_OR, [_, body]) => {
            Some(Step { kind: LoopKind::Exists, filter: None, body })
        }
        (Expr::Literal(LiteralValue::Int(_)), operators::CONDITIONAL, [body, _, _]) => {
            Some(Step { kind: LoopKind::ExistsOne, filter: None, body })
        }
        (Expr::List(_), operators::CONDITIONAL, [filter, append, _]) => {
            Some(Step { kind: LoopKind::Collect, filter: Some(filter), body: appended(as_call(append)?)? })
        }
        (Expr::List(_), operators::ADD, _) => {
            Some(Step { kind: LoopKind::Collect, filter: None, body: appended(step)? })
        }
        _ => None,
    }
}

fn as_call(expr: &IdedExpr) -> Option<&CallExpr> {
    match &expr.expr {
        Expr::Call(call) => Some(call),
        _ => None,
    }
}

/// The item of `@result + [item]`.
fn appended(call: &CallExpr) -> Option<&IdedExpr> {
    match &call.args[..] {
        [_, IdedExpr { expr: Expr::List(list), .. }] => list.elements.first(),
        _ => None,
    }
}
