//! Loads a bundle for a command that goes on to use it.

use std::path::Path;

use segue_bundle::{Bundle, LoadError};

use crate::cli::Output;
use crate::exit::Exit;
use crate::findings;
use crate::terminal::{Stop, Terminal, shown};

/// Loads a bundle; its warnings go to stderr.
///
/// # Errors
/// It has findings, which have been said on stderr, or it cannot be read.
pub fn load_for_running(path: &Path, terminal: &Terminal) -> Result<Bundle, Stop> {
    load(path, terminal, false)
}

/// Loads a bundle for a command whose data are about the bundle: where programs read them, findings are data too, as
/// `check` writes them.
///
/// # Errors
/// It has findings, which have been said, or it cannot be read.
pub fn load_for_judging(path: &Path, terminal: &Terminal) -> Result<Bundle, Stop> {
    load(path, terminal, terminal.output != Output::Human)
}

fn load(path: &Path, terminal: &Terminal, findings_are_data: bool) -> Result<Bundle, Stop> {
    match segue_bundle::load(path) {
        Ok(loaded) => {
            findings::note(&loaded.warnings, terminal);
            Ok(loaded.bundle)
        }
        Err(LoadError::Findings(found)) => {
            if findings_are_data {
                findings::write(&found, path, terminal, false)?;
            } else {
                findings::note(&found, terminal);
            }
            terminal.note(&format!("{}: {}; nothing was done", shown(path), findings::counted(&found)));
            Err(Stop::Said(Exit::Bad))
        }
        Err(error) => Err(findings::failure(path, &error).into()),
    }
}
