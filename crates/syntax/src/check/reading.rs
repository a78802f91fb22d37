//! What a part of an expression reads, told by its source alone; and all such parts of a tree that are compared or read.

use crate::ast::{CallExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};

use super::compare::{Comparison, Operator, comparison_with};
use super::constant::literals;
use super::{Path, extent};
use crate::parse::Places;

/// A value that is told by its source: a field of a name, or what a function of the router gives.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Names from a root on, such as `["event", "data", "amount"]`; the root of a call is its source.
    pub path: Path,
    /// What the path begins with.
    pub root: Root,
}

/// What a path begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// A name, such as `event`.
    Name,
    /// `last`: an event of one of these types.
    Latest(Vec<String>),
    /// A row of the table of that name, by a key that is worked out.
    Entry(String),
    /// `decide`: a row of this decision table.
    Row(String),
    /// `count`: how many events of these types; `is_narrowed` if they must agree with this one.
    Count {
        /// The types.
        types: Vec<String>,
        /// True if they must agree with this one.
        is_narrowed: bool,
    },
    /// Another number of things, which is never negative; `is_sure` if it is never an error.
    Amount {
        /// True if it is never an error.
        is_sure: bool,
    },
}

impl Reading {
    /// The field of what is read.
    pub(super) fn field(&self, name: &str) -> Reading {
        let mut path = self.path.clone();
        path.push(name.to_owned());
        Reading { path, root: self.root.clone() }
    }
}

/// What a part reads; a key that is written out is a name of its path.
pub(super) fn reading(node: &IdedExpr, places: &Places<'_>) -> Option<Reading> {
    let (base, name) = match &node.expr {
        Expr::Ident(name) => {
            return Some(Reading { path: vec![name.trim_start_matches('.').to_owned()], root: Root::Name });
        }
        Expr::Select(select) if !select.test => (&*select.operand, select.field.as_str()),
        Expr::Call(call) if call.func_name == operators::INDEX => match &call.args[..] {
            [base, IdedExpr { expr: Expr::Literal(LiteralValue::String(name)), .. }] => (base, name.inner()),
            [IdedExpr { expr: Expr::Ident(table), .. }, _] => {
                return as_written(node, places, Root::Entry(table.trim_start_matches('.').to_owned()));
            }
            _ => return None,
        },
        Expr::Call(call) => return as_written(node, places, root(call)?),
        _ => return None,
    };
    reading(base, places).map(|base| base.field(name))
}

/// A part that is told from others by its source.
fn as_written(node: &IdedExpr, places: &Places<'_>, root: Root) -> Option<Reading> {
    let (start, end) = extent(places, node);
    let words: Vec<&str> = places.source().get(start..end)?.split_whitespace().collect();
    Some(Reading { path: vec![words.join(" ")], root })
}

/// What a call gives, as far as values can be told of it.
fn root(call: &CallExpr) -> Option<Root> {
    if call.func_name == "size" {
        return Some(Root::Amount { is_sure: false });
    }
    if call.target.is_some() {
        return None;
    }
    let texts = |node| -> Option<Vec<String>> {
        Some(literals(node)?.into_iter().map(|(_, text)| text.to_owned()).collect())
    };
    let is_window = |node: &IdedExpr| {
        super::constant::literal(node).is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()))
    };
    match (call.func_name.as_str(), &call.args[..]) {
        ("count", [types, rest @ ..]) => {
            Some(Root::Count { types: texts(types)?, is_narrowed: !rest.iter().all(is_window) })
        }
        ("distinct" | "released" | "outcomes", [_, ..]) => Some(Root::Amount { is_sure: true }),
        ("last", [types, ..]) => Some(Root::Latest(texts(types)?)),
        ("decide", [table, _]) => Some(Root::Row(super::constant::literal(table)?.to_owned())),
        _ => None,
    }
}

/// All comparisons of a tree with constants, wherever they stand, and all fields that are read, each as far as it goes.
#[derive(Debug, Default)]
pub(super) struct Readings {
    pub(super) comparisons: Vec<Comparison>,
    pub(super) fields: Vec<(Path, (usize, usize))>,
    /// The variables of loops.
    locals: Vec<String>,
}

impl Readings {
    /// Those of a tree.
    pub(super) fn of(tree: &IdedExpr, places: &Places<'_>) -> Readings {
        let mut readings = Readings::default();
        readings.walk(tree, places);
        readings
    }

    fn walk(&mut self, node: &IdedExpr, places: &Places<'_>) {
        let is_about_many = |one: &Comparison| matches!(one.operator, Operator::OneOf | Operator::NoneOf);
        if let Some(found) = comparison_with(node, places)
            && is_about_many(&found)
            && !self.locals.contains(&found.path[0])
            && !matches!(&found.root, Root::Entry(table) if self.locals.contains(table))
        {
            self.comparisons.push(found);
        }
        if matches!(&node.expr, Expr::Ident(_) | Expr::Select(_))
            && let Some(Reading { path, root: Root::Name }) = reading(node, places)
        {
            if !self.locals.contains(&path[0]) {
                self.fields.push((path, extent(places, node)));
            }
            return;
        }
        match &node.expr {
            Expr::Select(select) if select.test => {}
            Expr::Select(select) => self.walk(&select.operand, places),
            Expr::Call(call) => {
                call.target.iter().for_each(|target| self.walk(target, places));
                call.args.iter().for_each(|arg| self.walk(arg, places));
            }
            Expr::List(list) => list.elements.iter().for_each(|element| self.walk(element, places)),
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.walk(&entry.key, places);
                        self.walk(&entry.value, places);
                    }
                }
            }
            Expr::Comprehension(loops) => {
                self.walk(&loops.iter_range, places);
                self.locals.extend([loops.iter_var.clone(), loops.accu_var.clone()]);
                self.walk(&loops.loop_step, places);
                self.locals.truncate(self.locals.len() - 2);
            }
            _ => {}
        }
    }
}
