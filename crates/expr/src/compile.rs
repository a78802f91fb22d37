//! A checked tree -> the nodes that are evaluated: names become slots, constants are worked out, comparisons with
//! constants get nodes of their own.

mod call;
mod comprehension;
mod constant;
mod past;
mod path;

use segue_syntax::ast::{EntryExpr, Expr, IdedExpr, LiteralValue, SelectExpr};
use segue_syntax::{Fault, Names, Places};
use segue_value::{Shape, Text, Type, Value};

use crate::node::{Node, Row};
use crate::past::Need;
use crate::slots::{OF_ACTION, RowPart, Slots};
use path::{Path, PathRoot};

/// Compiles a tree that the checker has found nothing wrong with.
///
/// # Errors
/// What is only seen now: patterns that are none, or that are no constants.
pub(crate) fn compile(
    tree: &IdedExpr,
    names: &Names,
    places: &Places<'_>,
    slots: &mut Slots,
) -> Result<Compiled, Vec<Fault>> {
    let mut compiler =
        Compiler { names, places, slots, locals: Vec::new(), needs: Vec::new(), faults: Vec::new() };
    let root = compiler.node(tree);
    if compiler.faults.is_empty() {
        Ok(Compiled { root, needs: compiler.needs })
    } else {
        Err(compiler.faults)
    }
}

/// A compiled tree.
pub(crate) struct Compiled {
    pub(crate) root: Node,
    /// What it asks of the past.
    pub(crate) needs: Vec<Need>,
}

struct Compiler<'c> {
    names: &'c Names,
    places: &'c Places<'c>,
    slots: &'c mut Slots,
    /// The variables of loops, innermost last.
    locals: Vec<String>,
    needs: Vec<Need>,
    faults: Vec<Fault>,
}

impl Compiler<'_> {
    fn fault(
        &mut self,
        (start, end): (usize, usize),
        code: &'static str,
        message: String,
        hint: Option<String>,
    ) {
        self.faults.push(Fault { start, end, code, message, hint });
    }

    fn node(&mut self, expr: &IdedExpr) -> Node {
        if let Some(path) = self.path(expr) {
            return self.read(path, false);
        }
        match &expr.expr {
            Expr::Literal(literal) => Node::Constant(self::literal(literal)),
            Expr::Ident(name) => self.name(expr, name),
            Expr::Select(select) => self.select(select),
            Expr::Call(call) => self.call(expr, call),
            Expr::List(list) => {
                let items = list.elements.iter().map(|item| self.node(item)).collect();
                constant::folded(Node::List(items))
            }
            Expr::Map(map) => {
                let mut entries = Vec::with_capacity(map.entries.len());
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        entries.push((self.node(&entry.key), self.node(&entry.value)));
                    }
                }
                constant::folded(Node::Map(entries.into()))
            }
            Expr::Comprehension(comprehension) => self.comprehension(expr, comprehension),
            Expr::Struct(_) | Expr::Unspecified => self.unknown(expr, "this is no value"),
        }
    }

    /// What the checker lets through no more than this does: kept as a fault so that neither can be wrong alone.
    fn unknown(&mut self, expr: &IdedExpr, message: &str) -> Node {
        if self.names.untyped {
            // A field of what has none: an error whenever it is asked for.
            return Node::Field(Box::new(Node::Constant(Value::Null)), message.into());
        }
        let place = self.places.token(expr);
        self.fault(place, "unknown-name", message.to_owned(), None);
        Node::Constant(Value::Null)
    }

    fn name(&mut self, expr: &IdedExpr, name: &str) -> Node {
        if let Some(local) = self.local(name) {
            return Node::Local(local);
        }
        let bare = name.trim_start_matches('.');
        match Type::of_name(bare) {
            Some(found) => Node::Constant(Value::Type(found)),
            None => self.unknown(expr, &format!("`{bare}` has no value")),
        }
    }

    /// The number of a loop's variable.
    fn local(&self, name: &str) -> Option<u32> {
        self.locals.iter().rposition(|local| local == name).map(|at| at as u32)
    }

    fn select(&mut self, select: &SelectExpr) -> Node {
        if let Some(found) = well_known_type(select) {
            return Node::Constant(Value::Type(found));
        }
        if select.test
            && let Some(mut path) = self.path(&select.operand)
        {
            path.fields.push(select.field.clone());
            return self.read(path, true);
        }
        let operand = Box::new(self.node(&select.operand));
        let field = select.field.as_str().into();
        constant::folded(if select.test { Node::Has(operand, field) } else { Node::Field(operand, field) })
    }

    /// Reads what stands at a path, or whether it stands there.
    fn read(&mut self, path: Path<'_>, is_presence: bool) -> Node {
        let Path { root, row, fields } = path;
        let root = match root {
            PathRoot::Name(root) => root,
            PathRoot::Last(expr, call) => {
                let read = (!fields.is_empty()).then(|| vec![fields.clone()]);
                return self.past_slot(expr, "last", &call.args, fields, read, is_presence);
            }
        };
        let shape = self.names.roots.get(&root).cloned().unwrap_or(Shape::Any);
        let Some(key) = row else {
            let shape = below(&shape, &fields);
            let path = std::iter::once(root).chain(fields).collect();
            return Node::Slot(self.slots.of(path, &shape, is_presence));
        };
        let key = self.node(key);
        let shape = below(shape.member("").unwrap_or(&Shape::Any), &fields);
        let slot = match key {
            Node::Slot(key) if key & OF_ACTION == 0 => {
                let part = RowPart { fields: &fields, shape: &shape, is_presence };
                Some(self.slots.of_row(&root, key, part))
            }
            _ => None,
        };
        let fields = fields.iter().map(|field| field.as_str().into()).collect();
        Node::Row(Box::new(Row { table: root.into(), key, fields, shape, is_presence, slot }))
    }
}

/// The shape of what stands at these names below.
fn below(shape: &Shape, fields: &[String]) -> Shape {
    let found = fields.iter().try_fold(shape, |shape, name| shape.member(name));
    found.cloned().unwrap_or(Shape::Any)
}

fn literal(literal: &LiteralValue) -> Value<'static> {
    match literal {
        LiteralValue::Boolean(value) => Value::Bool(*value.inner()),
        LiteralValue::Bytes(value) => Value::Bytes(value.inner().into()),
        LiteralValue::Double(value) => Value::Double(*value.inner()),
        LiteralValue::Int(value) => Value::Int(*value.inner()),
        LiteralValue::Null => Value::Null,
        LiteralValue::String(value) => Value::Text(Text::Made(value.inner().into())),
        LiteralValue::UInt(value) => Value::UInt(*value.inner()),
    }
}

/// `google.protobuf.Timestamp` and `google.protobuf.Duration`.
fn well_known_type(select: &SelectExpr) -> Option<Type> {
    let Expr::Select(middle) = &select.operand.expr else { return None };
    let Expr::Ident(root) = &middle.operand.expr else { return None };
    if root.trim_start_matches('.') != "google" || middle.field != "protobuf" {
        return None;
    }
    match select.field.as_str() {
        "Timestamp" => Some(Type::Timestamp),
        "Duration" => Some(Type::Duration),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
