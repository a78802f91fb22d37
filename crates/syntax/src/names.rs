//! The names that an expression may use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use segue_value::Shape;

/// The names that are no tables.
pub const RESERVED: [&str; 9] =
    ["action", "cause", "channel", "device", "event", "local", "now", "where", "who"];
/// The names of types, which stand for themselves.
pub(crate) const TYPES: [&str; 10] =
    ["bool", "bytes", "double", "dyn", "int", "list", "map", "null_type", "string", "uint"];

/// The names that an expression may use, and what stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// By name: `event`, `who` and the like, and every table: a map from key to row.
    pub roots: BTreeMap<String, Shape>,
    /// The data of every type of event that functions of the past may ask for.
    pub event_types: Arc<BTreeMap<String, Shape>>,
    /// Every decision table, by its id.
    pub decision_tables: Arc<BTreeMap<String, DecisionShape>>,
    /// The id of every action.
    pub actions: Arc<BTreeSet<String>>,
    /// Lets pass types that never go together, and names, fields and functions that nobody knows: they are then errors
    /// when they are evaluated, as in CEL without a type checker.
    pub untyped: bool,
}

/// What a decision table asks for and gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionShape {
    /// The names of its inputs.
    pub inputs: BTreeSet<String>,
    /// What `decide` gives: a map of its outputs, or a list of such maps.
    pub result: Shape,
}
