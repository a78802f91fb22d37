//! `segue topics`.

use crate::cli::TopicsArgs;
use crate::exit::Failure;
use crate::terminal::{Done, Terminal};

/// Runs `segue topics`.
///
/// # Errors
/// Always, for now.
pub fn run(_args: &TopicsArgs, _terminal: &Terminal) -> Done {
    Err(Failure::usage("not-built", "`segue topics` is not built yet").into())
}
