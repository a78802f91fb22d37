//! Functions.

use segue_value::time::Zone;
use segue_value::{Fault, Value, function};

use super::{Failure, Frames, Outcome, Run};
use crate::function::Call;
use crate::node::Node;

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
        Call::Contains | Call::EndsWith | Call::StartsWith => return Err(Fault::NoOverload),
    })
}

fn two<'v>(call: Call, value: &Value<'v>, by: &Value<'v>) -> Result<Value<'v>, Fault> {
    Ok(match call {
        Call::Contains => Value::Bool(function::contains(value, by)?),
        Call::EndsWith => Value::Bool(function::ends_with(value, by)?),
        Call::StartsWith => Value::Bool(function::starts_with(value, by)?),
        Call::Part(part) => {
            let zone = Zone::parse(by.as_text().ok_or(Fault::NoOverload)?).ok_or(Fault::NoSuchZone)?;
            Value::Int(function::part_in(part, value, &zone)?)
        }
        _ => return Err(Fault::NoOverload),
    })
}
