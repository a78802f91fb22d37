//! One CEL expression.

use crate::fault::{EvalError, Fault};
use crate::scope::Scope;
use crate::shape::Names;

/// A CEL expression that has been checked.
#[derive(Debug)]
pub struct Expression {
    source: String,
    paths: Vec<Vec<String>>,
}

impl Expression {
    /// Parses and checks a source.
    ///
    /// # Errors
    /// All that is wrong with it, at least one fault.
    pub fn compile(source: &str, names: &Names) -> Result<Expression, Vec<Fault>> {
        let _ = names;
        Ok(Expression { source: source.to_owned(), paths: Vec::new() })
    }

    /// The source it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Every field path that it reads; see the crate's README for `[]`.
    pub fn paths(&self) -> &[Vec<String>] {
        &self.paths
    }

    /// Its truth value.
    ///
    /// # Errors
    /// If it has no value, or one that is not a truth value.
    pub fn truth(&self, scope: &Scope<'_>) -> Result<bool, EvalError> {
        let _ = scope;
        Err(EvalError("not built yet".to_owned()))
    }

    /// Its number.
    ///
    /// # Errors
    /// If it has no value, or one that is not a finite number.
    pub fn number(&self, scope: &Scope<'_>) -> Result<f64, EvalError> {
        let _ = scope;
        Err(EvalError("not built yet".to_owned()))
    }

    /// Its value as JSON text.
    ///
    /// # Errors
    /// If it has no value, or one that JSON cannot say.
    pub fn evaluate_json(&self, scope: &Scope<'_>) -> Result<String, EvalError> {
        let _ = scope;
        Err(EvalError("not built yet".to_owned()))
    }
}
