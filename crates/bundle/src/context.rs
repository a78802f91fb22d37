//! Where an expression stands: what it may name, on which types of event it is evaluated, and which values fields have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use segue_decision_table::DecisionTable;
use segue_expr::{Names, Slots};

use crate::conditions::Domains;
use crate::uses::Uses;

/// Where an expression stands.
pub(crate) struct Context<'c> {
    pub(crate) names: Names,
    /// The types of event on which it is evaluated, as far as they are known.
    pub(crate) on: Vec<String>,
    pub(crate) domains: &'c Domains,
    /// The tables that are not seen here, since their rows belong to subjects of another kind: that kind.
    pub(crate) unseen: BTreeMap<String, String>,
}

/// What is gathered while expressions are compiled.
pub(crate) struct Compiler {
    pub(crate) slots: Slots,
    /// What decision tables are asked with.
    pub(crate) uses: Uses,
    /// The texts that did not compile: what they ask for is not known.
    pub(crate) failed: BTreeSet<String>,
}

impl Compiler {
    /// Nothing compiled yet; these are the decision tables that there are.
    pub(crate) fn new(tables: BTreeMap<String, Arc<DecisionTable>>) -> Compiler {
        Compiler { slots: Slots::with_tables(tables), uses: Uses::default(), failed: BTreeSet::new() }
    }
}
