//! `segue demo`: a story on the embedded log.

use crate::cli::DemoArgs;
use crate::exit::Failure;
use crate::terminal::{Done, Terminal};

/// Runs `segue demo`.
///
/// # Errors
/// Always, for now.
pub fn run(_args: &DemoArgs, _terminal: &Terminal) -> Done {
    Err(Failure::usage("not-built", "`segue demo` is not built yet").into())
}
