//! Paths: what is nothing but names and constant keys below a root, and rows of tables by a computed key.

use segue_syntax::RESERVED;
use segue_syntax::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

use super::Compiler;

/// A path below a root.
pub(super) struct Path<'e> {
    pub(super) root: PathRoot<'e>,
    /// The computed key of a row, which then comes before the fields; the root is a table.
    pub(super) row: Option<&'e IdedExpr>,
    pub(super) fields: Vec<String>,
}

/// Where a path begins.
pub(super) enum PathRoot<'e> {
    Name(String),
    /// A call of `last`, which gives an event.
    Last(&'e IdedExpr, &'e CallExpr),
}

impl Path<'_> {
    /// The table that it begins at.
    pub(super) fn table(&self) -> Option<&str> {
        match &self.root {
            PathRoot::Name(name) if !RESERVED.contains(&name.as_str()) => Some(name),
            _ => None,
        }
    }
}

impl Compiler<'_> {
    /// The path that a part is; `None` if it is anything else.
    pub(super) fn path<'e>(&self, expr: &'e IdedExpr) -> Option<Path<'e>> {
        match &expr.expr {
            Expr::Ident(name) => {
                let root = name.trim_start_matches('.');
                let is_root = self.local(name).is_none() && self.names.roots.contains_key(root);
                is_root.then(|| Path { root: PathRoot::Name(root.to_owned()), row: None, fields: Vec::new() })
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
                let takes_row = path.table().is_some() && path.row.is_none() && path.fields.is_empty();
                path.row = Some(key);
                takes_row.then_some(path)
            }
            Expr::Call(call) if call.func_name == "last" && call.target.is_none() => {
                Some(Path { root: PathRoot::Last(expr, call), row: None, fields: Vec::new() })
            }
            _ => None,
        }
    }
}
