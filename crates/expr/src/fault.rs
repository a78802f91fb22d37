//! What went wrong with a value.

/// Why an expression has no value. Names fields and functions of the source, never what stands in an event or a
/// profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EvalError(pub String);
