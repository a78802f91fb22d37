//! What a document of the bundle wants of an expression.

use super::kind::{Kind, noun};
use crate::fault::Fault;
use segue_value::Shape;

/// What the result of an expression must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A condition: true or false.
    Bool,
    /// A number of any kind.
    Number,
    /// A text.
    Text,
    /// A moment.
    Timestamp,
    /// A length of time: a duration, or the text of one.
    Span,
    /// Whatever it is.
    Any,
}

impl Wanted {
    /// The fault of an expression whose result can never be what is wanted, over the whole `source`.
    pub fn fault(self, shape: &Shape, source: &str) -> Option<Fault> {
        let kind = Kind::of(shape)?;
        let (fits, wanted) = match self {
            Wanted::Any => return None,
            Wanted::Bool => (kind == Kind::Bool, "a condition is true or false"),
            Wanted::Number => (kind.is_number(), "a number is wanted here"),
            Wanted::Text => (kind == Kind::Text, "a text is wanted here"),
            Wanted::Timestamp => (kind == Kind::Timestamp, "a moment is a timestamp"),
            Wanted::Span => (
                matches!(kind, Kind::Duration | Kind::Text),
                "a duration, or the text of one, is wanted here",
            ),
        };
        if fits {
            return None;
        }
        let part =
            Some(source.trim().to_owned()).filter(|text| text.len() <= 48 && !text.contains(['\n', '`']));
        let hint = match self {
            Wanted::Bool => super::hints::as_condition(shape, part),
            Wanted::Number if kind == Kind::Bool => part.map(|part| format!("write `{part} ? 1.0 : 0.0`")),
            Wanted::Text if kind.is_number() => part.map(|part| format!("write `string({part})`")),
            Wanted::Timestamp if kind == Kind::Text => part.map(|part| format!("write `timestamp({part})`")),
            Wanted::Span if kind.is_number() => Some("write it with its unit: `'3h'`".to_owned()),
            _ => None,
        };
        let start = source.len() - source.trim_start().len();
        let end = source.trim_end().len().max(start);
        let message = format!("{wanted}; this is {}", noun(shape));
        Some(Fault { start, end, code: "wrong-type", message, hint })
    }
}
