//! `segue replay`: the engine over recorded events.

use crate::cli::ReplayArgs;
use crate::exit::Failure;
use crate::terminal::{Done, Terminal};

/// Runs `segue replay`.
///
/// # Errors
/// Always, for now.
pub fn run(_args: &ReplayArgs, _terminal: &Terminal) -> Done {
    Err(Failure::usage("not-built", "`segue replay` is not built yet").into())
}
