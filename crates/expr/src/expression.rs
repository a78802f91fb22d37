//! One CEL expression.

use std::collections::BTreeSet;

use cel::common::ast::IdedExpr;

use crate::check;
use crate::evaluate;
use crate::fault::{EvalError, Fault};
use crate::names::Names;
use crate::parse::{self, Places};
use crate::scope::Scope;

/// A CEL expression that has been checked.
///
/// A field that is missing when it is evaluated is an error; `&&` and `||` take no notice of an error on the one side
/// if the other decides.
#[derive(Debug)]
pub struct Expression {
    source: String,
    tree: IdedExpr,
    paths: Vec<Vec<String>>,
    flows: Vec<Vec<String>>,
    /// The field names and texts of the source, which errors may name.
    words: BTreeSet<String>,
    /// Where the expression is just that: a path of fields.
    plain: Option<Vec<String>>,
}

impl Expression {
    /// Parses and checks a source.
    ///
    /// # Errors
    /// All that is wrong with it: one fault of its syntax, or every fault of its names, fields and functions.
    pub fn compile(source: &str, names: &Names) -> Result<Expression, Vec<Fault>> {
        let (mut tree, info) = parse::parse(source).map_err(|fault| vec![fault])?;
        let learnt = check::check(&tree, names, &Places::new(source, info));
        if !learnt.faults.is_empty() {
            return Err(learnt.faults);
        }
        let plain = check::plain_path(&tree);
        check::prepare(&mut tree);
        Ok(Expression {
            source: source.to_owned(),
            tree,
            paths: learnt.reads.into_iter().collect(),
            flows: learnt.flows.into_iter().collect(),
            words: learnt.words,
            plain,
        })
    }

    /// The source it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Every field path that it reads, in order: `who.first_name` is `["who", "first_name"]`. Any item of a list and
    /// any row of a table is `[]`: `accounts[who.main].balance` reads `["accounts", "[]", "balance"]` and
    /// `["who", "main"]`. A path stands for all that is below it.
    pub fn paths(&self) -> &[Vec<String>] {
        &self.paths
    }

    /// Those of the paths whose values can be seen in the result. What is only compared, counted, tested with `has` or
    /// used to choose cannot be seen.
    pub fn flows(&self) -> &[Vec<String>] {
        &self.flows
    }

    /// Its truth value.
    ///
    /// # Errors
    /// If it has no value, or one that is not a truth value.
    pub fn truth(&self, scope: &Scope<'_>) -> Result<bool, EvalError> {
        evaluate::evaluate(&self.tree, scope, &self.words, evaluate::truth)
    }

    /// Its number, a whole one as the nearest double.
    ///
    /// # Errors
    /// If it has no value, or one that is not a finite number.
    pub fn number(&self, scope: &Scope<'_>) -> Result<f64, EvalError> {
        evaluate::evaluate(&self.tree, scope, &self.words, evaluate::number)
    }

    /// Its value as JSON text: timestamps in RFC 3339, durations in seconds (`"90s"`), members of maps in the order of
    /// their names. A number or a container that is just read from the event or the subject is written as it came.
    ///
    /// # Errors
    /// If it has no value, or one that JSON cannot say.
    pub fn evaluate_json(&self, scope: &Scope<'_>) -> Result<String, EvalError> {
        match self.verbatim(scope) {
            Some(text) => Ok(text),
            None => evaluate::evaluate(&self.tree, scope, &self.words, evaluate::json),
        }
    }

    /// Its value as it goes into a text: a text as it is, a timestamp in RFC 3339, anything else as JSON.
    pub(crate) fn text(&self, scope: &Scope<'_>) -> Result<String, EvalError> {
        match self.verbatim(scope) {
            Some(text) => Ok(text),
            None => evaluate::evaluate(&self.tree, scope, &self.words, evaluate::text),
        }
    }

    fn verbatim(&self, scope: &Scope<'_>) -> Option<String> {
        let value = scope.verbatim(self.plain.as_deref()?)?;
        let mut writer = segue_document::Writer::new();
        let _ = writer.value(value);
        Some(writer.finish())
    }
}

#[cfg(test)]
mod tests;
