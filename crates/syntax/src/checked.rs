//! A source that was read: its tree, where the nodes of the tree stand, and what was learnt of it.

use crate::ast::IdedExpr;
use crate::check::{self, Learnt};
use crate::fault::Fault;
use crate::names::Names;
use crate::parse::{self, Places};

/// A tree that the checker has found nothing wrong with.
#[derive(Debug)]
pub struct Checked<'s> {
    /// The tree.
    pub tree: IdedExpr,
    /// Where its nodes stand in the source.
    pub places: Places<'s>,
    /// What was learnt of it.
    pub learnt: Learnt,
}

impl<'s> Checked<'s> {
    /// Parses and checks a source.
    ///
    /// # Errors
    /// All that is wrong with it: faults of its syntax, or every fault of its names, fields, functions and types.
    pub fn read(source: &'s str, names: &Names) -> Result<Checked<'s>, Vec<Fault>> {
        let (tree, info) = parse::parse(source)?;
        let places = Places::new(source, info);
        let learnt = check::check(&tree, names, &places);
        if learnt.faults.is_empty() { Ok(Checked { tree, places, learnt }) } else { Err(learnt.faults) }
    }
}
