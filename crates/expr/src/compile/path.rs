//! Paths: what is nothing but names and constant keys below a root, and rows of tables by a computed key.

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};

use super::Compiler;
use crate::scope::RESERVED;

/// A path below a root.
pub(super) struct Path<'e> {
    pub(super) root: String,
    /// The computed key of a row, which then comes before the fields; the root is a table.
    pub(super) row: Option<&'e IdedExpr>,
    pub(super) fields: Vec<String>,
}

impl Compiler<'_> {
    /// The path that a part is; `None` if it is anything else.
    pub(super) fn path<'e>(&self, expr: &'e IdedExpr) -> Option<Path<'e>> {
        match &expr.expr {
            Expr::Ident(name) => {
                let root = name.trim_start_matches('.');
                let is_root = self.local(name).is_none() && self.names.roots.contains_key(root);
                is_root.then(|| Path { root: root.to_owned(), row: None, fields: Vec::new() })
            }
            Expr::Select(select) if !select.test => {
                let mut path = self.path(&select.operand)?;
                path.fields.push(select.field.clone());
                Some(path)
            }
            Expr::Call(call) if call.func_name == operators::INDEX => {
                let [base, key] = &call.args[..] else { return None };
                let mut path = self.path(base)?;
                if let Expr::Literal(LiteralValue::String(name)) = &key.expr {
                    path.fields.push(name.inner().to_owned());
                    return Some(path);
                }
                let is_table = !RESERVED.contains(&path.root.as_str());
                let takes_row = is_table && path.row.is_none() && path.fields.is_empty();
                path.row = Some(key);
                takes_row.then_some(path)
            }
            _ => None,
        }
    }
}
