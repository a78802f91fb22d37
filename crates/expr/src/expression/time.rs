//! Values that are times: how long, and when.

use segue_model::{Span, Timestamp};
use segue_value::Value;

use super::Expression;
use crate::fault::EvalError;
use crate::scope::Scope;

impl Expression {
    /// How long: a duration, or the text of one such as `'3h'`. Parts of a millisecond are cut off.
    ///
    /// # Errors
    /// If it has no value, or one that is neither.
    pub fn span(&self, scope: &Scope<'_>) -> Result<Span, EvalError> {
        self.with_value(scope, |value| match value {
            Value::Duration(duration) => Ok(Span(millis(duration.seconds, duration.nanos))),
            Value::Text(text) => Span::parse(text.as_str()).ok_or_else(|| {
                EvalError("the text is no duration such as `90s`, `15m`, `24h` or `1h30m`".to_owned())
            }),
            _ => Err(EvalError(format!("the value is no duration but {}", value.type_of()))),
        })
    }

    /// When: a timestamp. Parts of a millisecond are cut off.
    ///
    /// # Errors
    /// If it has no value, or one that is no timestamp.
    pub fn instant(&self, scope: &Scope<'_>) -> Result<Timestamp, EvalError> {
        self.with_value(scope, |value| match value {
            Value::Timestamp(at) => Ok(Timestamp(millis(at.seconds, at.nanos))),
            _ => Err(EvalError(format!("the value is no timestamp but {}", value.type_of()))),
        })
    }
}

fn millis(seconds: i64, nanos: u32) -> i64 {
    seconds.saturating_mul(1_000).saturating_add(i64::from(nanos / 1_000_000))
}
