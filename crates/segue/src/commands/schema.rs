//! `segue schema`: the JSON Schemas of what is written for the router and by it.

use crate::cli::{SchemaArgs, SchemaName};
use crate::exit::Exit;
use crate::terminal::{Done, Terminal};

/// The schema of bundle documents, which `segue init` puts beside a bundle for editors to find.
pub const BUNDLE: &str = include_str!("../../../../schemas/bundle.json");

/// Writes one schema.
///
/// # Errors
/// Where stdout cannot be written.
pub fn run(args: &SchemaArgs, terminal: &Terminal) -> Done {
    terminal.data(text(args.name).trim_end())?;
    Ok(Exit::Fine)
}

/// The text of a schema, as it is published.
pub fn text(name: SchemaName) -> &'static str {
    match name {
        SchemaName::Bundle => BUNDLE,
        SchemaName::Settings => include_str!("../../../../schemas/settings.json"),
        SchemaName::Task => include_str!("../../../../schemas/task.json"),
        SchemaName::Outcome => include_str!("../../../../schemas/outcome.json"),
        SchemaName::Status => include_str!("../../../../schemas/status.json"),
        SchemaName::Decision => include_str!("../../../../schemas/decision.json"),
        SchemaName::Findings => include_str!("../../../../schemas/findings.json"),
        SchemaName::Tests => include_str!("../../../../schemas/tests.json"),
        SchemaName::Replay => include_str!("../../../../schemas/replay.json"),
        SchemaName::Why => include_str!("../../../../schemas/why.json"),
        SchemaName::Diff => include_str!("../../../../schemas/diff.json"),
        SchemaName::Graph => include_str!("../../../../schemas/graph.json"),
        SchemaName::Codes => include_str!("../../../../schemas/codes.json"),
        SchemaName::Export => include_str!("../../../../schemas/export.json"),
        SchemaName::Openapi => include_str!("../../../../schemas/openapi.json"),
    }
}
