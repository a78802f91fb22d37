//! What is wrong with a source, and what went wrong with a value.

/// Something wrong with the source of an expression or a template, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it begins, in bytes of the source text that was given.
    pub start: usize,
    /// Where it ends, likewise; never before `start`.
    pub end: usize,
    /// What kind of fault: `syntax`, `unknown-name`, `unknown-field`, `unknown-function`, `wrong-type`, `not-built`,
    /// `bad-call`, `bad-duration`, `bad-path`, `bad-pattern`, `bad-timestamp`, `too-costly`, `too-deep` or `too-long`.
    pub code: &'static str,
    /// What is wrong, in words: lower case, no full stop.
    pub message: String,
    /// What to do about it, if it can be guessed.
    pub hint: Option<String>,
}

/// Why an expression has no value. Names fields and functions of the source, never what stands in an event or a
/// profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EvalError(pub String);
