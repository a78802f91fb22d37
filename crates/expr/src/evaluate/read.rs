//! Fields, items and rows.

use segue_document::Kind;
use segue_value::{Fault, Shape, Value};

use super::{Failure, Frames, Outcome, Run};
use crate::node::{Node, Row};
use crate::past;

impl<'v> Run<'v, '_> {
    pub(super) fn field(
        &self,
        node: &'v Node,
        of: &'v Node,
        name: &str,
        frames: Frames<'_, 'v>,
    ) -> Outcome<'v> {
        let value = self.peek(of, frames)?;
        value.field(name).map_err(|fault| Failure::of(fault, node, &[&value]))
    }

    pub(super) fn has(
        &self,
        node: &'v Node,
        of: &'v Node,
        name: &str,
        frames: Frames<'_, 'v>,
    ) -> Result<bool, Failure<'v>> {
        let value = self.peek(of, frames)?;
        value.has(name).map_err(|fault| Failure::of(fault, node, &[&value]))
    }

    pub(super) fn index(&self, node: &'v Node, parts: &'v [Node; 2], frames: Frames<'_, 'v>) -> Outcome<'v> {
        let [base, key] = parts;
        let (base, key) = (self.peek(base, frames)?, self.peek(key, frames)?);
        base.index(&key).map_err(|fault| Failure::of(fault, node, &[&base, &key]))
    }

    /// The time since a row was written.
    pub(super) fn age(
        &self,
        node: &'v Node,
        table: &str,
        key: &'v Node,
        frames: Frames<'_, 'v>,
    ) -> Outcome<'v> {
        let key = self.peek(key, frames)?;
        let Some(key) = key.as_text() else { return Err(Failure::of(Fault::NoOverload, node, &[&key])) };
        let found = past::age(self.scope.rows(table), key, self.scope.facts().now);
        found.map(Value::Duration).ok_or_else(|| Failure::new(Fault::NoSuchKey, node))
    }

    /// A field of the row of a computed key: no copy of the table, nor of the row, is made.
    pub(super) fn row(&self, node: &'v Node, row: &'v Row, frames: Frames<'_, 'v>) -> Outcome<'v> {
        let key = self.peek(&row.key, frames)?;
        let Some(key) = key.as_text() else {
            // Keys of tables are texts: a number, say, is never one, and a list can be no key.
            return Err(match &*key {
                Value::Bool(_) | Value::Int(_) | Value::UInt(_) => Failure::new(Fault::NoSuchKey, node),
                other => Failure::of(Fault::NoOverload, node, &[other]),
            });
        };
        let is_row_asked = row.is_presence && row.fields.is_empty();
        let found = self.scope.rows(&row.table).and_then(|rows| rows.0.get(key));
        let Some(found) = found else {
            return if is_row_asked {
                Ok(Value::Bool(false))
            } else {
                Err(Failure::new(Fault::NoSuchKey, node))
            };
        };
        let mut value = found.document.root();
        for (at, name) in row.fields.iter().enumerate() {
            if value.kind() != Kind::Object {
                let value = Value::of_json(value, &Shape::Any);
                return Err(Failure::of(Fault::NoOverload, node, &[&value]));
            }
            let is_last = at + 1 == row.fields.len();
            match value.get(name) {
                Some(below) => value = below,
                None if row.is_presence && is_last => return Ok(Value::Bool(false)),
                None => return Err(Failure::new(Fault::NoSuchKey, node)),
            }
        }
        if row.is_presence { Ok(Value::Bool(true)) } else { Ok(Value::of_json(value, &row.shape)) }
    }
}
