//! Finds the nodes and edges of a bundle.

use std::collections::BTreeSet;

use segue_bundle::Bundle;
use segue_bundle::bundle::{
    Action, Begins, Capped, Channel, Control, Hold, Into, Policy, PolicyKind, Rule, Signal,
};
use segue_expr::Expression;
use segue_expr::past::Of;

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
    for channel in bundle.channels.values() {
        gather.channel(channel);
    }
    for rule in bundle.rules.values() {
        gather.rule(rule);
    }
    for signal in bundle.signals.values() {
        gather.signal(signal);
    }
    for policy in bundle.policies.values() {
        gather.policy(policy);
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

    fn signal(&mut self, signal: &Signal) {
        let node = self.node(Kind::Signal, &signal.id, &signal.about);
        self.looks_at(&signal.on, &node);
        let data = signal.data.iter().flatten().map(|(_, expression)| expression);
        self.reads(signal.when.iter().chain(data), &node);
    }

    fn rule(&mut self, rule: &Rule) {
        let node = self.node(Kind::Rule, &rule.id, &rule.about);
        self.looks_at(&rule.on, &node);
        match &rule.begins {
            Begins::Event => {}
            Begins::Absence(absence) => {
                for name in &absence.unless {
                    self.edge((self.kind_of(name), name), &node, Tie::Unless);
                }
            }
            Begins::Moment(at) => self.reads([at], &node),
            Begins::Each(each) => self.reads([&each.condition], &node),
        }
        self.reads(&rule.when, &node);
        for action in &rule.propose {
            let to = self.node(Kind::Action, action, &None);
            let _ = self.graph.edges.insert((node.clone(), to, Tie::Propose));
        }
    }

    fn action(&mut self, action: &Action) {
        let node = self.node(Kind::Action, &action.id, &action.about);
        let to = self.node(Kind::Destination, &action.to, &None);
        let _ = self.graph.edges.insert((node.clone(), to, Tie::To));
        for channel in &action.channels {
            let to = self.node(Kind::Channel, channel, &None);
            let _ = self.graph.edges.insert((node.clone(), to, Tie::Channel));
        }
        let question = action.ask.iter().map(|ask| &ask.question);
        let texts = [&action.what].into_iter().chain(&action.how).chain(&action.tone);
        for template in texts.chain(&action.assignee).chain(question) {
            self.reads(template.expressions(), &node);
        }
        for condition in [&action.eligible, &action.applicable, &action.suitable] {
            self.reads(condition, &node);
        }
        if let Some(Hold::Expression(hold)) = &action.hold {
            self.reads([&**hold], &node);
        }
        self.reads(action.priority.expressions(), &node);
    }

    fn channel(&mut self, channel: &Channel) {
        let node = self.node(Kind::Channel, &channel.id, &channel.about);
        let unless = channel.quiet.as_ref().and_then(|quiet| quiet.unless.as_ref());
        let asked = channel.address.iter().chain(&channel.consent).chain(&channel.weight);
        self.reads(asked.chain(unless), &node);
    }

    fn policy(&mut self, policy: &Policy) {
        let node = self.node(Kind::Policy, &policy.id, &policy.about);
        self.reads(&policy.unless, &node);
        if let PolicyKind::Control(Control { goal: Some(goal), .. }) = &policy.kind {
            self.edge((self.kind_of(&goal.kind), &goal.kind), &node, Tie::Read);
        }
        if let PolicyKind::Cap(cap) = &policy.kind
            && let Capped::Channel(channel) = &cap.of
        {
            let to = self.node(Kind::Channel, channel, &None);
            let _ = self.graph.edges.insert((node, to, Tie::Limits));
            return;
        }
        // Also those that a cap counts and always lets pass.
        let capped = match &policy.kind {
            PolicyKind::Cap(cap) => cap.actions.as_slice(),
            PolicyKind::Choose(_) | PolicyKind::Suppress(_) | PolicyKind::Control(_) => &[],
        };
        let limited = self.bundle.limits.all().filter(|(_, id)| *id == policy.id).map(|(action, _)| action);
        let about: BTreeSet<&str> = capped.iter().map(String::as_str).chain(limited).collect();
        for action in about {
            let to = self.node(Kind::Action, action, &None);
            let _ = self.graph.edges.insert((node.clone(), to, Tie::Limits));
        }
    }

    /// Ties types of event to who looks at them. A signal is a type of its own.
    fn looks_at(&mut self, types: &[String], who: &Node) {
        for name in types {
            self.edge((self.kind_of(name), name), who, Tie::On);
        }
    }

    fn kind_of(&self, name: &str) -> Kind {
        if self.bundle.signals.contains_key(name) { Kind::Signal } else { Kind::Event }
    }

    /// Ties to a reader what its expressions read: the tables in which paths begin, the events and the tasks that they
    /// ask the past for, and decision tables.
    fn reads<'e>(&mut self, expressions: impl IntoIterator<Item = &'e Expression>, reader: &Node) {
        for expression in expressions {
            for root in expression.paths().iter().filter_map(|path| path.first()) {
                if root == WHO || self.bundle.tables.contains_key(root) {
                    self.edge((Kind::Table, root), reader, Tie::Read);
                }
            }
            for need in expression.needs() {
                let (kind, name) = match need.of {
                    Of::Events => (self.kind_of(&need.name), need.name.as_str()),
                    Of::Released => (Kind::Action, need.name.as_str()),
                    // The name of outcomes is the action's and what became of its tasks.
                    Of::Outcomes => (Kind::Action, need.name.split('/').next().unwrap_or_default()),
                };
                self.edge((kind, name), reader, Tie::Read);
            }
            for table in decided(expression.source()) {
                self.edge((Kind::DecisionTable, table), reader, Tie::Read);
            }
        }
    }
}

/// The decision tables that an expression asks, read off its source: `decide` takes its table as a plain text, and the
/// check of the bundle has seen to it that there is such a table.
fn decided(source: &str) -> impl Iterator<Item = &str> {
    let calls = source.split("decide").skip(1);
    calls.filter_map(|rest| {
        let rest = rest.trim_start().strip_prefix('(')?.trim_start();
        let quote = rest.chars().next().filter(|quote| ['\'', '"'].contains(quote))?;
        rest[1..].split(quote).next()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decision_tables_that_an_expression_asks_are_those_that_it_names() {
        for (source, expected) in [
            ("decide('a-b', {'x': 1}).y == decide( \"c\", {}).z", vec!["a-b", "c"]),
            ("who.decide && decided == 'decide'", vec![]),
        ] {
            assert_eq!(decided(source).collect::<Vec<_>>(), expected);
        }
    }
}
