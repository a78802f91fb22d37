//! `segue graph`: what depends on what in a bundle.

use crate::bundles;
use crate::cli::{GraphArgs, GraphFormat, Output};
use crate::exit::Exit;
use crate::graph::Graph;
use crate::terminal::{Done, Terminal};

/// Writes the graph of a bundle.
///
/// # Errors
/// The bundle has findings.
pub fn run(args: &GraphArgs, terminal: &Terminal) -> Done {
    let graph = Graph::of(&bundles::load_for_running(&args.bundle, terminal)?);
    let format = args.format.unwrap_or(match terminal.output {
        Output::Human => GraphFormat::Mermaid,
        _ => GraphFormat::Json,
    });
    let text = match (format, terminal.output) {
        (GraphFormat::Mermaid, _) => graph.mermaid(),
        (GraphFormat::Dot, _) => graph.dot(),
        (GraphFormat::Json, Output::Jsonl) => graph.json().to_string(),
        (GraphFormat::Json, _) => format!("{:#}", graph.json()),
    };
    match format {
        GraphFormat::Json => terminal.data(text.trim_end())?,
        // Diagrams are read by people, too.
        GraphFormat::Mermaid | GraphFormat::Dot => terminal.show(text.trim_end())?,
    }
    Ok(Exit::Fine)
}
