//! Finds the nodes and edges of a bundle.

use segue_bundle::Bundle;
use segue_bundle::bundle::{Action, Into, Rule};

use super::{Graph, Kind, Node, Tie};

/// What is known of the subject itself, which events fill and expressions read as they do tables.
const WHO: &str = "who";

pub(super) fn graph(bundle: &Bundle) -> Graph {
    let mut gather = Gather { bundle, graph: Graph::default() };
    for table in bundle.tables.values() {
        let _ = gather.node(Kind::Table, &table.id, &table.about);
    }
    gather.sources();
    for destination in bundle.destinations.values() {
        let _ = gather.node(Kind::Destination, &destination.id, &destination.about);
    }
    for action in bundle.actions.values() {
        gather.action(action);
    }
    for rule in bundle.rules.values() {
        gather.rule(rule);
    }
    gather.graph
}

struct Gather<'b> {
    bundle: &'b Bundle,
    graph: Graph,
}

impl Gather<'_> {
    /// Adds a node, and keeps what is said of it.
    fn node(&mut self, kind: Kind, name: &str, about: &Option<String>) -> Node {
        let node = Node { kind, name: name.to_owned() };
        let said = self.graph.nodes.entry(node.clone()).or_default();
        if said.is_none() {
            said.clone_from(about);
        }
        node
    }

    fn edge(&mut self, from: (Kind, &str), to: &Node, tie: Tie) {
        let from = self.node(from.0, from.1, &None);
        let _ = self.graph.edges.insert((from, to.clone(), tie));
    }

    fn sources(&mut self) {
        for source in self.bundle.sources.values() {
            let from = self.node(Kind::Source, &source.id, &source.about);
            for (kind, event) in &source.events {
                let node = self.node(Kind::Event, kind, &None);
                let _ = self.graph.edges.insert((from.clone(), node.clone(), Tie::Publishes));
                let filled = match &event.into {
                    None => continue,
                    Some(Into::Who) => WHO,
                    Some(Into::Table(table)) => table,
                };
                let table = self.node(Kind::Table, filled, &None);
                let _ = self.graph.edges.insert((node, table, Tie::Fills));
            }
        }
    }

    fn rule(&mut self, rule: &Rule) {
        let node = self.node(Kind::Rule, &rule.id, &rule.about);
        for kind in &rule.on {
            self.edge((Kind::Event, kind), &node, Tie::On);
        }
        for expression in rule.when.iter() {
            self.reads(expression.paths(), &node);
        }
        for action in &rule.propose {
            let to = self.node(Kind::Action, action, &None);
            let _ = self.graph.edges.insert((node.clone(), to, Tie::Propose));
        }
    }

    fn action(&mut self, action: &Action) {
        let node = self.node(Kind::Action, &action.id, &action.about);
        let to = self.node(Kind::Destination, &action.to, &None);
        let _ = self.graph.edges.insert((node.clone(), to, Tie::To));
        for template in [&action.what].into_iter().chain(&action.how).chain(&action.tone) {
            self.reads(&template.reads(), &node);
        }
        let factors = &action.priority;
        for expression in
            [&factors.propensity, &factors.context, &factors.value, &factors.lever].into_iter().flatten()
        {
            self.reads(expression.paths(), &node);
        }
    }

    /// Ties the tables in which paths begin to who reads them.
    fn reads(&mut self, paths: &[Vec<String>], reader: &Node) {
        for root in paths.iter().filter_map(|path| path.first()) {
            if root == WHO || self.bundle.tables.contains_key(root) {
                self.edge((Kind::Table, root), reader, Tie::Read);
            }
        }
    }
}
