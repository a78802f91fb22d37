use std::collections::BTreeSet;
use std::path::Path;

use super::*;

fn demo() -> Graph {
    let loaded = segue_bundle::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/demo"));
    Graph::of(&loaded.expect("the demo's bundle is good").bundle)
}

fn small() -> Graph {
    let schema = r#"{"type": "object", "properties": {"id": {"type": "string"}, "n": {"type": "number"}}}"#;
    let text = r#"
source: crm
topic: crm
events:
  'a "quoted" type': {schema: s.json, into: who}
  a-b: {schema: s.json, into: rows}
  a.b: {schema: s.json}
---
table: rows
about: Rows
key: data.id
---
signal: often
on: a.b
when: count('a-b', '1h') > 2
data: {n: event.data.n}
---
rule: r
on: [a.b, often]
when: rows['x'].n > 1.0 && released('act', '1d') == 0
propose: [act]
---
policy: few
cap: {at_most: 1, per: 1d, action: act}
unless: who.n > 5.0
---
action: act
to: desk
what: "{{ who.n }}"
priority: {value: who.n}
channels: all
---
channel: post
weight: who.n
---
policy: few-letters
cap: {at_most: 1, per: 1d, channel: post}
---
destination: desk
topic: desk
share: [who.n]
"#;
    let files = vec![("b.yaml".to_owned(), text.to_owned()), ("s.json".to_owned(), schema.to_owned())];
    Graph::of(&segue_bundle::read(files).expect("the bundle is good").bundle)
}

fn edges(graph: &Graph) -> Vec<String> {
    graph.edges.iter().map(|(from, to, tie)| format!("{} {} {}", from.id(), tie.word(), to.id())).collect()
}

#[test]
fn a_graph_has_every_document_and_what_it_depends_on() {
    let graph = small();
    assert_eq!(
        edges(&graph),
        [
            "source/crm publishes event/a \"quoted\" type",
            "source/crm publishes event/a-b",
            "source/crm publishes event/a.b",
            "event/a \"quoted\" type into table/who",
            "event/a-b read signal/often",
            "event/a-b into table/rows",
            "event/a.b on signal/often",
            "event/a.b on rule/r",
            "signal/often on rule/r",
            "table/rows read rule/r",
            "table/who read action/act",
            "table/who read policy/few",
            "table/who read channel/post",
            "rule/r propose action/act",
            "action/act read rule/r",
            "action/act channel channel/post",
            "action/act to destination/desk",
            "policy/few limits action/act",
            "policy/few-letters limits channel/post",
        ]
    );
    let rows = Node { kind: Kind::Table, name: "rows".to_owned() };
    assert_eq!(graph.nodes[&rows].as_deref(), Some("Rows"));
    for (from, to, _) in &graph.edges {
        assert!(graph.nodes.contains_key(from) && graph.nodes.contains_key(to), "{from:?} {to:?}");
    }
    assert_eq!(demo(), demo());
}

/// The parts of a line of Mermaid: the first name, and the second of an edge.
fn mermaid_names(line: &str) -> (String, Option<String>) {
    let is_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let first: String = line.chars().take_while(is_name).collect();
    let rest = &line[first.len()..];
    match rest.strip_prefix(" -->|").or_else(|| rest.strip_prefix(" -.->|")) {
        Some(rest) => (first, Some(rest.split_once("| ").expect("a label ends").1.to_owned())),
        None => {
            let quoted = rest.split('"').collect::<Vec<_>>();
            assert_eq!(quoted.len(), 3, "one text in quotes: {line}");
            let ends = [("([", "])"), (">", "]"), ("[(", ")]"), ("{{", "}}"), ("[", "]"), ("[/", "/]")];
            let (close, class) = quoted[2].split_once(":::").expect("each node has a class");
            assert!(ends.contains(&(quoted[0], close)) && !class.is_empty(), "{line}");
            (first, None)
        }
    }
}

#[test]
fn mermaid_names_every_node_once_and_only_nodes_in_edges() {
    for graph in [small(), demo()] {
        let text = graph.mermaid();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("flowchart LR"));
        let mut nodes = BTreeSet::new();
        let mut edges = 0;
        for line in lines.map(str::trim).filter(|line| !line.starts_with("classDef ")) {
            match mermaid_names(line) {
                (name, None) => assert!(nodes.insert(name), "named twice: {line}"),
                (from, Some(to)) => {
                    assert!(nodes.contains(&from) && nodes.contains(&to), "{line}");
                    edges += 1;
                }
            }
        }
        assert_eq!((nodes.len(), edges), (graph.nodes.len(), graph.edges.len()));
        assert_eq!(text, graph.mermaid());
    }
    assert!(small().mermaid().contains("\"a #34;quoted#34; type\""), "{}", small().mermaid());
}

/// The texts in quotes of a line of DOT, with what is escaped put back.
fn dot_texts(line: &str) -> Vec<String> {
    let (mut texts, mut current, mut escaped) = (Vec::new(), None::<String>, false);
    for c in line.chars() {
        match (&mut current, c) {
            (None, '"') => current = Some(String::new()),
            (None, _) => {}
            (Some(text), c) if escaped => {
                text.push(c);
                escaped = false;
            }
            (Some(_), '\\') => escaped = true,
            (Some(_), '"') => texts.extend(current.take()),
            (Some(text), c) => text.push(c),
        }
    }
    assert!(current.is_none(), "a quote is open: {line}");
    texts
}

#[test]
fn dot_is_one_digraph_whose_edges_join_its_nodes() {
    for graph in [small(), demo()] {
        let text = graph.dot();
        let body = text.strip_prefix("digraph bundle {\n").and_then(|text| text.strip_suffix("}\n"));
        let ids: BTreeSet<String> = graph.nodes.keys().map(Node::id).collect();
        let mut edges = 0;
        for line in body.expect("one digraph").lines().skip(3) {
            assert!(line.ends_with("];"), "{line}");
            let texts = dot_texts(line);
            assert!(ids.contains(&texts[0]), "{line}");
            if line.contains("\" -> \"") {
                assert!(ids.contains(&texts[1]), "{line}");
                edges += 1;
            }
        }
        assert_eq!(edges, graph.edges.len());
    }
}

#[test]
fn json_is_as_its_schema_says() {
    let schema = serde_json::from_str(crate::commands::schema::text(crate::cli::SchemaName::Graph));
    let schema = jsonschema::validator_for(&schema.expect("it is JSON")).expect("it is a schema");
    for graph in [small(), demo()] {
        let json = graph.json();
        assert!(schema.is_valid(&json), "{json:#}");
        assert_eq!(json["edges"].as_array().map(Vec::len), Some(graph.edges.len()));
    }
}
