//! Findings about a bundle, as commands print them.

use std::path::Path;

use segue_bundle::{Finding, LoadError, Severity};
use serde_json::{Value, json};

use crate::cli::Output;
use crate::exit::Failure;
use crate::sarif;
use crate::terminal::{Stop, Style, Terminal, many, shown};

/// Writes findings to stderr, for commands whose data are something else.
pub fn note(findings: &[Finding], terminal: &Terminal) {
    for finding in findings {
        terminal.note(&human(finding, terminal.stderr_color));
    }
}

/// Why there is no bundle to speak of.
pub fn failure(directory: &Path, error: &LoadError) -> Failure {
    match error {
        LoadError::Empty { .. } => Failure::usage(
            "nothing-found",
            format!("{} holds no bundle: no *.yaml below it", shown(directory)),
        )
        .hint("`segue init DIR` writes a small bundle to start from"),
        LoadError::Io { .. } => Failure::environment("bundle", error.to_string()),
        error => Failure::usage("bundle", error.to_string()),
    }
}

/// Writes findings to stdout, in the form that was asked for; with `in_lines`, one JSON document in one line.
///
/// # Errors
/// Where stdout cannot be written.
pub fn write(
    findings: &[Finding],
    directory: &Path,
    terminal: &Terminal,
    in_lines: bool,
) -> Result<(), Stop> {
    let document = match terminal.output {
        Output::Human => {
            return findings
                .iter()
                .try_for_each(|finding| terminal.show(&(human(finding, terminal.stdout_color) + "\n")));
        }
        Output::Jsonl => {
            return findings.iter().try_for_each(|finding| terminal.data(&as_json(finding).to_string()));
        }
        Output::Sarif => sarif::of(findings, directory),
        // `segue test` has no place for findings in what build servers read.
        Output::Junit => {
            note(findings, terminal);
            return Ok(());
        }
        Output::Json => {
            let (errors, warnings) = count(findings);
            let all: Vec<_> = findings.iter().map(as_json).collect();
            json!({"v": 1, "findings": all, "errors": errors, "warnings": warnings})
        }
    };
    terminal.data(&if in_lines { document.to_string() } else { format!("{document:#}") })
}

/// How many there are of each kind, in words.
pub fn counted(findings: &[Finding]) -> String {
    let many = |count: usize, what: &str| many(count as u64, what);
    match count(findings) {
        (0, 0) => "no findings".to_owned(),
        (errors, 0) => many(errors, "error"),
        (0, warnings) => many(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", many(errors, "error"), many(warnings, "warning")),
    }
}

fn count(findings: &[Finding]) -> (usize, usize) {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    (errors, findings.len() - errors)
}

fn as_json(finding: &Finding) -> Value {
    json!({
        "code": finding.code,
        "severity": finding.severity.to_string(),
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "end_column": finding.end_column,
        "line_text": finding.line_text,
        "message": finding.message,
        "hint": finding.hint,
    })
}

/// As the bundle crate writes it, with its first words stressed.
fn human(finding: &Finding, color: bool) -> String {
    let text = finding.to_string();
    let style = match finding.severity {
        Severity::Error => Style::Error,
        Severity::Warning => Style::Warning,
    };
    match text.split_once(':') {
        Some((head, rest)) if color => format!("{}:{rest}", style.paint(head)),
        _ => text,
    }
}
