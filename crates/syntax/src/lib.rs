//! CEL as it is written: from a source to a checked tree.
//!
//! Shape: source + [`Names`] -> [`Checked`]: the tree, the [`Places`] of its nodes and what was [`Learnt`] of it; or all
//! [`Fault`]s with their places.
//! Pure: no clock, no environment. Only this crate knows the parser; the types of its trees go by the name of [`ast`].
//! Invariant: no source makes it panic; a tree that it gives is no deeper and costs no more than the limits say.
//!
//! Read in this order: [`names`], [`fault`], [`checked`]; then `guard` and [`scan`] (what may reach the parser), `parse`,
//! `slips` (what other languages write), and `check` (names, fields, types, paths, cost), with `hint`.

mod check;
pub mod checked;
pub mod fault;
mod guard;
mod hint;
pub mod names;
mod parse;
pub mod scan;
mod slips;
pub mod ties;

pub use check::{
    Asked, AskedInput, Comparison, Demands, Learnt, Operator, Origin, Reading, Root, Wanted, can_be,
    functions, plain_path,
};
pub use checked::Checked;
pub use fault::Fault;
pub use guard::{CHAIN_MAX, NESTING_MAX};
pub use names::{DecisionShape, Names, RESERVED};
pub use parse::Places;
pub use ties::{Side, Tie};

/// The parser's trees. They come as they are: what reads them goes over every node anyway, and a copy of their types
/// would have to follow each change of the parser, too.
pub mod ast {
    pub use cel::common::ast::{
        CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedEntryExpr, IdedExpr, ListExpr, LiteralValue,
        MapExpr, SelectExpr, operators,
    };
}

#[cfg(test)]
mod fixture;
