//! `segue check`.

use crate::cli::CheckArgs;
use crate::exit::Failure;
use crate::terminal::{Done, Terminal};

/// Runs `segue check`.
///
/// # Errors
/// Always, for now.
pub fn run(_args: &CheckArgs, _terminal: &Terminal) -> Done {
    Err(Failure::usage("not-built", "`segue check` is not built yet").into())
}
