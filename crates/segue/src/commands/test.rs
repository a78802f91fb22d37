//! `segue test`: the bundle's own tests.

use crate::cli::TestArgs;
use crate::exit::Failure;
use crate::terminal::{Done, Terminal};

/// Runs `segue test`.
///
/// # Errors
/// Always, for now.
pub fn run(_args: &TestArgs, _terminal: &Terminal) -> Done {
    Err(Failure::usage("not-built", "`segue test` is not built yet").into())
}
