//! Loads a bundle for a command that goes on to use it.

use std::path::Path;

use segue_bundle::{Bundle, LoadError};

use crate::exit::{Exit, Failure};
use crate::terminal::{Stop, Terminal};

/// Loads a bundle; its warnings go to stderr.
///
/// # Errors
/// It has findings, which have been said, or it cannot be read.
pub fn load_for_running(path: &Path, terminal: &Terminal) -> Result<Bundle, Stop> {
    match segue_bundle::load(path) {
        Ok(loaded) => {
            for warning in &loaded.warnings {
                terminal.note(&warning.to_string());
            }
            Ok(loaded.bundle)
        }
        Err(LoadError::Findings(findings)) => {
            for finding in &findings {
                terminal.note(&finding.to_string());
            }
            terminal.note(&format!("{}: {} findings; nothing was started", path.display(), findings.len()));
            Err(Stop::Said(Exit::Bad))
        }
        Err(error) => Err(Failure::usage("bundle", error.to_string()).into()),
    }
}
