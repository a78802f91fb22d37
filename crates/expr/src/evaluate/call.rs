//! Functions.

use segue_value::time::Zone;
use segue_value::{Fault, Value, function};

use super::{Failure, Frames, Outcome, Run, place};
use crate::function::Call;
use crate::node::{Decide, Inputs, Node};

impl<'v> Run<'v, '_> {
    pub(super) fn call(
        &self,
        node: &'v Node,
        call: Call,
        parts: &'v [Node],
        frames: Frames<'_, 'v>,
    ) -> Outcome<'v> {
        match parts {
            [of] => {
                let value = self.peek(of, frames)?;
                one(call, &value).map_err(|fault| Failure::of(fault, node, &[&value]))
            }
            [of, by] => {
                let (value, by) = (self.peek(of, frames)?, self.peek(by, frames)?);
                two(call, &value, &by).map_err(|fault| Failure::of(fault, node, &[&value, &by]))
            }
            _ => Err(Failure::new(Fault::NoOverload, node)),
        }
    }

    /// Asks a decision table. What it is not given is null.
    pub(super) fn decide(&self, node: &'v Node, decide: &'v Decide, frames: Frames<'_, 'v>) -> Outcome<'v> {
        let inputs: Vec<Value<'v>> = match &decide.inputs {
            Inputs::InOrder(inputs) => {
                inputs.iter().map(|input| self.value(input, frames)).collect::<Result<_, _>>()?
            }
            Inputs::Map(map) => {
                let map = self.peek(map, frames)?;
                let Value::Map(map) = &*map else {
                    return Err(Failure::of(Fault::NoOverload, node, &[&map]));
                };
                let input = |name: &String| map.member(name).unwrap_or(Value::Null);
                decide.table.inputs().iter().map(input).collect()
            }
        };
        let found = decide.table.decide_with(&inputs, &mut self.scope.scratch().borrow_mut());
        // Two rows were hit where only one may be.
        found.map_err(|_| Failure::new(Fault::DuplicateKey, node))
    }
}

fn one<'v>(call: Call, value: &Value<'v>) -> Result<Value<'v>, Fault> {
    Ok(match call {
        Call::Bool => Value::Bool(function::to_bool(value)?),
        Call::Bytes => function::to_bytes(value)?,
        Call::Double => Value::Double(function::to_double(value)?),
        Call::Duration => Value::Duration(function::to_duration(value)?),
        Call::Dyn => value.clone(),
        Call::Int => Value::Int(function::to_int(value)?),
        Call::Size => Value::Int(function::size(value)?),
        Call::Text => function::to_text(value)?,
        Call::Timestamp => Value::Timestamp(function::to_timestamp(value)?),
        Call::Type => Value::Type(value.type_of()),
        Call::UInt => Value::UInt(function::to_uint(value)?),
        Call::Part(part) => Value::Int(function::part(part, value)?),
        Call::Contains | Call::EndsWith | Call::StartsWith | Call::Distance | Call::Speed => {
            return Err(Fault::NoOverload);
        }
    })
}

fn two<'v>(call: Call, value: &Value<'v>, by: &Value<'v>) -> Result<Value<'v>, Fault> {
    Ok(match call {
        Call::Distance => Value::Double(place::distance_km(value, by)?),
        Call::Speed => Value::Double(place::speed_kmh(value, by)?),
        Call::Part(part) => {
            let zone = Zone::parse(by.as_text().ok_or(Fault::NoOverload)?).ok_or(Fault::NoSuchZone)?;
            Value::Int(function::part_in(part, value, &zone)?)
        }
        _ => return Err(Fault::NoOverload),
    })
}
