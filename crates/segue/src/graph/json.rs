//! JSON, for programs.

use serde_json::{Value, json};

use super::Graph;

pub(super) fn write(graph: &Graph) -> Value {
    let nodes: Vec<Value> = graph
        .nodes
        .iter()
        .map(|(node, about)| {
            json!({"id": node.id(), "kind": node.kind.word(), "name": node.name, "about": about})
        })
        .collect();
    let edges: Vec<Value> = graph
        .edges
        .iter()
        .map(|(from, to, tie)| json!({"from": from.id(), "to": to.id(), "why": tie.word()}))
        .collect();
    json!({"v": 1, "nodes": nodes, "edges": edges})
}
