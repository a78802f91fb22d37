//! What depends on what in a bundle: its documents and the types of event, and the arrows between them.
//!
//! Shape: bundle -> [`Graph`] (nodes and edges, each once, sorted) -> text in one of three languages ([`mermaid`],
//! [`dot`], [`json`]). An edge goes the way that things flow: from the source to its events, from what is read to who
//! reads it, from the rule to what it proposes, from the action to its destination.
//! Invariant: the same bundle gives the same text, and both ends of an edge are nodes.

mod dot;
mod gather;
mod json;
mod mermaid;

use std::collections::{BTreeMap, BTreeSet};

use segue_bundle::Bundle;

/// What a node stands for, in the order in which things flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A system that publishes events.
    Source,
    /// A declared type of event.
    Event,
    /// A derived event.
    Signal,
    /// A table; `who`, what is known of the subject itself, is one, too.
    Table,
    /// A decision table.
    DecisionTable,
    /// A rule.
    Rule,
    /// An action.
    Action,
    /// A policy.
    Policy,
    /// A channel.
    Channel,
    /// A destination.
    Destination,
}

/// Why an edge is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tie {
    /// A source publishes events of a type.
    Publishes,
    /// Events of a type fill a table.
    Fills,
    /// A rule or a signal looks at events of a type.
    On,
    /// A rule waits for events of a type not to come.
    Unless,
    /// An expression reads a table, counts events, or asks a decision table.
    Read,
    /// A rule proposes an action.
    Propose,
    /// A policy limits an action.
    Limits,
    /// An action is done on a channel.
    Channel,
    /// An action's tasks go to a destination.
    To,
}

/// A node: its kind and its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// What it stands for.
    pub kind: Kind,
    /// The id of the document, or the type of event.
    pub name: String,
}

/// What depends on what.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// The nodes, with the line for people that each document may carry.
    pub nodes: BTreeMap<Node, Option<String>>,
    /// From, to, and why.
    pub edges: BTreeSet<(Node, Node, Tie)>,
}

impl Kind {
    /// The word that the bundle has for it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Source => "source",
            Kind::Event => "event",
            Kind::Signal => "signal",
            Kind::Table => "table",
            Kind::DecisionTable => "decision-table",
            Kind::Rule => "rule",
            Kind::Action => "action",
            Kind::Policy => "policy",
            Kind::Channel => "channel",
            Kind::Destination => "destination",
        }
    }
}

impl Tie {
    /// The word that stands at the arrow.
    pub fn word(self) -> &'static str {
        match self {
            Tie::Publishes => "publishes",
            Tie::Fills => "into",
            Tie::On => "on",
            Tie::Unless => "unless",
            Tie::Read => "read",
            Tie::Propose => "propose",
            Tie::Limits => "limits",
            Tie::Channel => "channel",
            Tie::To => "to",
        }
    }
}

impl Node {
    /// `rule/payment-trouble`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.kind.word(), self.name)
    }
}

impl Graph {
    /// The graph of a bundle.
    pub fn of(bundle: &Bundle) -> Graph {
        gather::graph(bundle)
    }

    /// In Mermaid.
    pub fn mermaid(&self) -> String {
        mermaid::write(self)
    }

    /// In DOT.
    pub fn dot(&self) -> String {
        dot::write(self)
    }

    /// As one JSON document: see `segue schema graph`.
    pub fn json(&self) -> serde_json::Value {
        json::write(self)
    }
}

#[cfg(test)]
mod tests;
