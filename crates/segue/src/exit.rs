//! How a command ends: the exit code that says whose turn it is, and the error that goes with it.

use std::fmt;

use crate::explain;

/// What a command's exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All is well.
    Fine = 0,
    /// What was checked is bad: findings, a failing test, a difference.
    Bad = 1,
    /// Wrong usage, wrong settings, or nothing matched.
    Usage = 2,
    /// The environment: a broker or a console that cannot be reached.
    Environment = 3,
    /// Partly done: doing it again is safe and goes on.
    Partly = 4,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The table of exit codes, as the help shows it.
pub const TABLE: &str = "\
Exit codes:
    0  fine
    1  what was checked is bad
    2  wrong usage, wrong settings, or nothing matched
    3  environment: a broker or a console cannot be reached
    4  partly done
  130  interrupted";

/// What to do where no broker gives a usable answer.
pub const BROKERS_HINT: &str = "look at `kafka.brokers` and `kafka.properties`, and whether the brokers run";

/// Why a command could not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The exit code that it ends with.
    pub exit: Exit,
    /// A word to look it up by with `segue explain`, such as `settings`.
    pub code: &'static str,
    /// What is wrong: in lower case, no full stop; further lines list the parts.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Failure {
    /// Wrong usage, wrong settings, or nothing matched.
    pub fn usage(code: &'static str, message: impl Into<String>) -> Failure {
        debug_assert!(explain::is_error(code), "docs/reference/errors.md does not explain {code}");
        Failure { exit: Exit::Usage, code, message: message.into(), hint: None }
    }

    /// Something outside cannot be reached or used.
    pub fn environment(code: &'static str, message: impl Into<String>) -> Failure {
        debug_assert!(explain::is_error(code), "docs/reference/errors.md does not explain {code}");
        Failure { exit: Exit::Environment, code, message: message.into(), hint: None }
    }

    /// The same failure, with what to do about it.
    pub fn hint(self, hint: impl Into<String>) -> Failure {
        Failure { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.code, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  = help: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}
