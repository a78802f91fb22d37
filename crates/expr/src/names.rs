//! The names that an expression may use.

use std::collections::BTreeMap;

use segue_value::Shape;

/// The names that an expression may use, and what stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// By name: `event`, `who` and the like, and every table: a map from key to row.
    pub roots: BTreeMap<String, Shape>,
}
