//! What decision tables are asked with: what each input is given, as far as the source tells.

use crate::ast::{EntryExpr, Expr, IdedExpr, operators};

use super::compare::constant;
use super::constant::literal;
use super::reading::{Reading, Root, reading};
use super::{Checker, extent, kind};
use crate::hint::did_you_mean;
use crate::names::DecisionShape;
use segue_value::{Shape, Value};

/// A call of `decide`.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The id of the decision table.
    pub table: String,
    /// What it is given.
    pub inputs: Vec<AskedInput>,
}

/// What an input of a decision table is given.
#[derive(Clone, Debug)]
pub struct AskedInput {
    /// The input.
    pub name: String,
    /// What the value is.
    pub shape: Shape,
    /// Where the value may come from.
    pub origins: Vec<Origin>,
    /// Where it stands in the source, in bytes: from `.0` to before `.1`.
    pub place: (usize, usize),
    /// What to do if it is a number and the table knows texts, or the other way round: how to say it otherwise.
    pub text: Option<String>,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// It is written out.
    Constant(Value<'static>),
    /// It is read.
    Reading(Reading),
    /// It cannot be told.
    Unknown,
}

impl Checker<'_> {
    /// Keeps what a table is asked with. What is given as a whole must have every input.
    pub(super) fn ask(&mut self, table: &str, known: &DecisionShape, inputs: &IdedExpr, shape: &Shape) {
        let place = extent(self.places, inputs);
        let mut asked = Vec::new();
        if let Expr::Map(map) = &inputs.expr {
            for entry in &map.entries {
                let EntryExpr::MapEntry(entry) = &entry.expr else { continue };
                let Some(name) = literal(&entry.key).filter(|name| known.inputs.contains(*name)) else {
                    continue;
                };
                asked.push(AskedInput {
                    name: name.to_owned(),
                    shape: shape.member(name).cloned().unwrap_or(Shape::Any),
                    origins: self.origins(&entry.value),
                    place: extent(self.places, &entry.value),
                    text: self.excerpt(&entry.value),
                });
            }
        } else {
            let whole = self.origins(inputs);
            for name in &known.inputs {
                let Some(member) = shape.member(name) else {
                    if let Shape::Map { fields, .. } = shape {
                        let message = format!(
                            "the decision table `{table}` is not given its input `{name}`: {} has no such field",
                            self.excerpt(inputs)
                                .map_or_else(|| "this".to_owned(), |text| format!("`{text}`"))
                        );
                        let hint = did_you_mean(name, fields.keys().map(String::as_str));
                        self.fault(place, "bad-call", message, hint);
                    }
                    continue;
                };
                let origins = whole.iter().map(|origin| match origin {
                    Origin::Reading(reading) => Origin::Reading(reading.field(name)),
                    _ => Origin::Unknown,
                });
                let (shape, origins) = (member.clone(), origins.collect());
                let text = self.excerpt(inputs).map(|text| format!("{text}.{name}"));
                asked.push(AskedInput { name: name.clone(), shape, origins, place, text });
            }
        }
        self.learnt.asked.push(Asked { table: table.to_owned(), inputs: asked });
    }

    /// Where the value of a part may come from.
    fn origins(&self, node: &IdedExpr) -> Vec<Origin> {
        if let Expr::Call(call) = &node.expr
            && let (operators::CONDITIONAL, [_, yes, no]) = (call.func_name.as_str(), &call.args[..])
        {
            return self.origins(yes).into_iter().chain(self.origins(no)).collect();
        }
        if let Some(value) = constant(node) {
            return vec![Origin::Constant(value)];
        }
        let is_local = |reading: &Reading| {
            let name = if let Root::Entry(table) = &reading.root { table } else { &reading.path[0] };
            self.locals.iter().any(|(local, _)| local == name)
        };
        let found = reading(node, self.places).filter(|reading| !is_local(reading));
        vec![found.map_or(Origin::Unknown, Origin::Reading)]
    }
}

/// True if values of that shape can equal the literal of a cell.
pub fn can_be(shape: &Shape, literal: &Value<'_>) -> bool {
    let of = match literal {
        Value::Null => Shape::Null,
        Value::Bool(_) => Shape::Bool,
        Value::Int(_) | Value::UInt(_) | Value::Double(_) => Shape::Double,
        Value::Text(_) => Shape::Text,
        Value::Timestamp(_) => Shape::Timestamp,
        _ => Shape::Any,
    };
    kind::can_equal(shape, &of)
}
