//! Loads a bundle for a command that goes on to use it.

use std::path::Path;

use segue_bundle::{Bundle, LoadError};

use crate::exit::Exit;
use crate::findings;
use crate::terminal::{Stop, Terminal};

/// Loads a bundle; its warnings go to stderr.
///
/// # Errors
/// It has findings, which have been said, or it cannot be read.
pub fn load_for_running(path: &Path, terminal: &Terminal) -> Result<Bundle, Stop> {
    match segue_bundle::load(path) {
        Ok(loaded) => {
            findings::note(&loaded.warnings, terminal);
            Ok(loaded.bundle)
        }
        Err(LoadError::Findings(found)) => {
            findings::note(&found, terminal);
            terminal.note(&format!("{}: {}; nothing was started", path.display(), findings::counted(&found)));
            Err(Stop::Said(Exit::Bad))
        }
        Err(error) => Err(findings::failure(path, &error).into()),
    }
}
