//! Mermaid: a flowchart that Markdown viewers draw.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Graph, Kind, Node, Tie};

pub(super) fn write(graph: &Graph) -> String {
    let names = names(graph);
    let mut text = "flowchart LR\n".to_owned();
    for node in graph.nodes.keys() {
        let (open, close) = shape(node.kind);
        let class = node.kind.word();
        let _ = writeln!(text, "  {}{open}\"{}\"{close}:::{class}", names[node], escaped(&node.name));
    }
    for (from, to, tie) in &graph.edges {
        let arrow = if *tie == Tie::Read { "-.->" } else { "-->" };
        let _ = writeln!(text, "  {} {arrow}|{}| {}", names[from], tie.word(), names[to]);
    }
    let mut kinds: Vec<Kind> = graph.nodes.keys().map(|node| node.kind).collect();
    kinds.dedup();
    for kind in kinds {
        let _ = writeln!(text, "  classDef {} {}", kind.word(), style(kind));
    }
    text
}

/// A name for each node that Mermaid takes: letters, digits and `_`, each once.
fn names(graph: &Graph) -> BTreeMap<&Node, String> {
    let mut names: BTreeMap<&Node, String> = BTreeMap::new();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for node in graph.nodes.keys() {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let name: String = node.id().chars().map(plain).collect();
        let count = taken.entry(name.clone()).or_default();
        *count += 1;
        // `a-b` and `a.b` look the same by now. No id ends in `__` and a number, so neither does another name.
        let name = if *count == 1 { name } else { format!("{name}__{count}") };
        let _ = names.insert(node, name);
    }
    names
}

fn shape(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Source | Kind::Destination => ("([", "])"),
        Kind::Event | Kind::Signal => (">", "]"),
        Kind::Table | Kind::DecisionTable => ("[(", ")]"),
        Kind::Rule => ("{{", "}}"),
        Kind::Action => ("[", "]"),
        Kind::Policy | Kind::Channel => ("[/", "/]"),
    }
}

/// Colours that can be read on light and on dark ground; shapes and words say the same.
fn style(kind: Kind) -> &'static str {
    match kind {
        Kind::Source | Kind::Destination => "fill:#e8eaf6,stroke:#3949ab,color:#1a237e",
        Kind::Event | Kind::Signal => "fill:#e0f2f1,stroke:#00897b,color:#004d40",
        Kind::Table | Kind::DecisionTable => "fill:#fff8e1,stroke:#ffa000,color:#5d4037",
        Kind::Rule => "fill:#f3e5f5,stroke:#8e24aa,color:#4a148c",
        Kind::Action => "fill:#e8f5e9,stroke:#43a047,color:#1b5e20",
        Kind::Policy | Kind::Channel => "fill:#eceff1,stroke:#546e7a,color:#263238",
    }
}

/// A name inside quotes. A type of event may be any text.
fn escaped(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        match c {
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' => {
                let _ = write!(text, "#{};", u32::from(c));
            }
            c if c.is_control() => text.push(' '),
            c => text.push(c),
        }
    }
    text
}
