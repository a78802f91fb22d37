//! DOT: what Graphviz draws.

use std::fmt::Write as _;

use super::{Graph, Kind, Node, Tie};

pub(super) fn write(graph: &Graph) -> String {
    let mut text =
        "digraph bundle {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n"
            .to_owned();
    for (node, about) in &graph.nodes {
        let tooltip = about.as_ref().map(|about| format!(", tooltip={}", quoted(about))).unwrap_or_default();
        let label = quoted(&node.name);
        let _ = writeln!(text, "  {} [label={label}, shape={}{tooltip}];", name(node), shape(node.kind));
    }
    for (from, to, tie) in &graph.edges {
        let style = if *tie == Tie::Read { ", style=dashed" } else { "" };
        let _ = writeln!(text, "  {} -> {} [label=\"{}\"{style}];", name(from), name(to), tie.word());
    }
    text.push_str("}\n");
    text
}

fn name(node: &Node) -> String {
    quoted(&node.id())
}

fn quoted(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("\"{}\"", plain.replace('\\', "\\\\").replace('"', "\\\""))
}

fn shape(kind: Kind) -> &'static str {
    match kind {
        Kind::Source | Kind::Destination => "oval",
        Kind::Event => "cds",
        Kind::Signal => "rarrow",
        Kind::Table | Kind::DecisionTable => "cylinder",
        Kind::Rule => "hexagon",
        Kind::Action => "box",
        Kind::Policy => "octagon",
        Kind::Channel => "parallelogram",
    }
}
