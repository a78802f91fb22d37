//! `segue completion`: a script that completes the command line in a shell.

use crate::cli::{self, CompletionArgs};
use crate::exit::Exit;
use crate::terminal::{Done, Terminal};

/// Writes the script of a shell.
///
/// # Errors
/// Where stdout cannot be written.
pub fn run(args: &CompletionArgs, terminal: &Terminal) -> Done {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli::command(), "segue", &mut script);
    terminal.data(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Fine)
}
