//! `segue check`: all that is wrong with a bundle, with places.

use std::path::Path;

use segue_bundle::{Bundle, Finding, LoadError, visible};

use crate::cli::{CheckArgs, Output};
use crate::exit::Exit;
use crate::findings;
use crate::terminal::{Done, Stop, Style, Terminal, shown};
use crate::watch::Watch;

/// The most codes that are named at the end.
const CODES_MAX: usize = 5;

/// Writes all findings to stdout and one line about them to stderr; with `--watch`, again whenever a file changes.
///
/// # Errors
/// Where there is nothing to check.
pub fn run(args: &CheckArgs, terminal: &Terminal) -> Done {
    if !args.watch {
        return check(&args.bundle, terminal, false);
    }
    // What changes while the first check is under way is a change.
    let mut watch = Watch::new(&args.bundle);
    let _ = check(&args.bundle, terminal, true)?;
    loop {
        terminal.note(&terminal.styled_note(Style::Faint, "waiting for a change; Ctrl-C ends it"));
        let heading = format!("== changed: {} ", visible(&watch.changed().join(", ")));
        terminal.note(&format!("\n{}\n", terminal.styled_note(Style::Strong, &format!("{heading:=<80}"))));
        match check(&args.bundle, terminal, true) {
            // A directory that is gone for a moment comes back.
            Err(Stop::Failure(failure)) => terminal.note(&failure.to_string()),
            done => drop(done?),
        }
    }
}

fn check(directory: &Path, terminal: &Terminal, again: bool) -> Done {
    let (checked, found, exit) = match segue_bundle::load(directory) {
        Ok(loaded) => {
            let checked = format!("checked {} documents in {}", documents(&loaded.bundle), shown(directory));
            (checked, loaded.warnings, Exit::Fine)
        }
        Err(LoadError::Findings(found)) => (format!("checked {}", shown(directory)), found, Exit::Bad),
        Err(error) => return Err(findings::failure(directory, &error).into()),
    };
    // One document after another can be told apart where each is a line.
    findings::write(&found, directory, terminal, again)?;
    terminal.note(&format!("{checked}: {}", findings::counted(&found)));
    if terminal.output == Output::Human && !found.is_empty() {
        terminal.note(&more_about(&found));
    }
    Ok(exit)
}

/// Where to read on.
fn more_about(findings: &[Finding]) -> String {
    let mut codes: Vec<&str> = Vec::new();
    for finding in findings {
        if !codes.contains(&finding.code) {
            codes.push(finding.code);
        }
    }
    match codes.as_slice() {
        [one] => format!("`segue explain {one}` says more"),
        many => {
            let rest = if many.len() > CODES_MAX { ", ..." } else { "" };
            let named: Vec<&str> = many.iter().take(CODES_MAX).copied().collect();
            format!("`segue explain CODE` says more about {}{rest}", named.join(", "))
        }
    }
}

fn documents(bundle: &Bundle) -> usize {
    let Bundle { sources, tables, rules, signals, actions, channels, policies, destinations, .. } = bundle;
    let Bundle { calendars, decision_tables, tests, .. } = bundle;
    let data = sources.len() + tables.len() + signals.len() + decision_tables.len() + calendars.len();
    let out = destinations.len() + channels.len();
    data + out + rules.len() + actions.len() + policies.len() + tests.len()
}
