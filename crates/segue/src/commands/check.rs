//! `segue check`: all that is wrong with a bundle, with places.

use segue_bundle::{Bundle, LoadError};

use crate::cli::CheckArgs;
use crate::exit::Exit;
use crate::findings;
use crate::terminal::{Done, Terminal};

/// Writes all findings to stdout and one line about them to stderr.
///
/// # Errors
/// Where there is nothing to check.
pub fn run(args: &CheckArgs, terminal: &Terminal) -> Done {
    let directory = &args.bundle;
    let (checked, found, exit) = match segue_bundle::load(directory) {
        Ok(loaded) => {
            let checked =
                format!("checked {} documents in {}", documents(&loaded.bundle), directory.display());
            (checked, loaded.warnings, Exit::Fine)
        }
        Err(LoadError::Findings(found)) => (format!("checked {}", directory.display()), found, Exit::Bad),
        Err(error) => return Err(findings::failure(directory, &error).into()),
    };
    findings::write(&found, terminal)?;
    terminal.note(&format!("{checked}: {}", findings::counted(&found)));
    Ok(exit)
}

fn documents(bundle: &Bundle) -> usize {
    let Bundle { sources, tables, rules, actions, destinations, tests, .. } = bundle;
    sources.len() + tables.len() + rules.len() + actions.len() + destinations.len() + tests.len()
}
