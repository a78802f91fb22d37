//! `segue run`: the service.

use crate::cli::RunArgs;
use crate::exit::Failure;
use crate::terminal::{Done, Terminal};

/// Runs `segue run`.
///
/// # Errors
/// Always, for now.
pub fn run(_args: &RunArgs, _terminal: &Terminal) -> Done {
    Err(Failure::usage("not-built", "`segue run` is not built yet").into())
}
