//! Scores a candidate: score = propensity x context x value x lever, the arbitration formula of the field.

use segue_bundle::bundle::PriorityFormula;
use segue_expr::{Expression, Scope};
use segue_model::Priority;

/// A score, and the errors met on the way to it.
#[derive(Debug)]
pub struct Scored {
    /// The four factors and their product; its rank is 0 until it is ranked.
    pub priority: Priority,
    /// The errors, each with the factor's name before it.
    pub errors: Vec<String>,
}

/// Scores. A factor left out is 1; one that ends in an error is 1 for context and lever, which only adjust, and 0 for
/// propensity and value, without which nothing is known to speak for the action.
pub fn score(formula: &PriorityFormula, scope: &Scope<'_>) -> Scored {
    let mut errors = Vec::new();
    let mut factor = |name: &str, expression: &Option<Expression>, on_error: f64| match expression {
        None => 1.0,
        Some(expression) => expression.number(scope).unwrap_or_else(|error| {
            errors.push(format!("{name}: {error}"));
            on_error
        }),
    };
    let propensity = factor("propensity", &formula.propensity, 0.0);
    let context = factor("context", &formula.context, 1.0);
    let value = factor("value", &formula.value, 0.0);
    let lever = factor("lever", &formula.lever, 1.0);
    let score = propensity * context * value * lever;
    let score = if score.is_finite() { score } else { 0.0 };
    Scored { priority: Priority { score, rank: 0, propensity, context, value, lever }, errors }
}
