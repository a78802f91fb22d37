//! What is wrong with a source.

/// Something wrong with the source of an expression or a template, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it begins, in bytes of the source text that was given.
    pub start: usize,
    /// Where it ends, likewise; never before `start`.
    pub end: usize,
    /// What kind of fault: `syntax`, `unknown-name`, `unknown-field`, `unknown-function`, `wrong-type`, `bad-call`,
    /// `bad-duration`, `bad-path`, `bad-pattern`, `bad-timestamp`, `too-costly`, `too-deep` or `too-long`.
    pub code: &'static str,
    /// What is wrong, in words: lower case, no full stop.
    pub message: String,
    /// What to do about it, if it can be guessed.
    pub hint: Option<String>,
}
