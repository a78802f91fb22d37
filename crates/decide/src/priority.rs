//! Scores a candidate: score = propensity x context x value x lever, the arbitration formula of the field.

use segue_bundle::bundle::{Action, Learning, Propensity};
use segue_expr::{Expression, Scope};
use segue_model::id::Id;
use segue_model::{Learned, Priority, Responses};

use crate::explore::Draws;

/// A score, and the errors met on the way to it.
#[derive(Debug)]
pub struct Scored {
    /// The four factors and their product; its rank is 0 until it is ranked.
    pub priority: Priority,
    /// The figures of a propensity that is learned.
    pub learned: Option<Learned>,
    /// The errors, each with the factor's name before it.
    pub errors: Vec<String>,
}

/// Scores. A factor left out is 1; one that ends in an error is 1 for context and lever, which only adjust, and 0 for
/// propensity and value, without which nothing is known to speak for the action. `counted` is how the action's tasks were
/// responded to; `task` names the task that would come of it, which decides whether it is explored, and what is drawn.
pub fn score(action: &Action, counted: Responses, task: impl FnOnce() -> Id, scope: &Scope<'_>) -> Scored {
    let formula = &action.priority;
    let mut errors = Vec::new();
    let learned = match &formula.propensity {
        Some(Propensity::Learned(learning)) => Some(learned(learning, counted, task)),
        Some(Propensity::Expression(_)) | None => None,
    };
    let mut of = |name: &str, expression: &Expression, on_error: f64| {
        expression.number(scope).unwrap_or_else(|error| {
            errors.push(format!("{name}: {error}"));
            on_error
        })
    };
    let propensity = match (&formula.propensity, &learned) {
        (Some(Propensity::Expression(expression)), _) => of("propensity", expression, 0.0),
        (_, Some(learned)) => learned.drawn.unwrap_or_else(|| mean(learned)),
        (_, None) => 1.0,
    };
    let mut factor = |name: &str, expression: &Option<Expression>, on_error: f64| {
        expression.as_ref().map_or(1.0, |expression| of(name, expression, on_error))
    };
    let context = factor("context", &formula.context, 1.0);
    let value = factor("value", &formula.value, 0.0);
    let lever = factor("lever", &formula.lever, 1.0);
    let score = propensity * context * value * lever;
    let score = if score.is_finite() { score } else { 0.0 };
    Scored { priority: Priority { score, rank: 0, propensity, context, value, lever }, learned, errors }
}

/// (e x p + positives) / (e + responses): the mean of the distribution that is believed.
fn mean(learned: &Learned) -> f64 {
    let Learned { counted, start, evidence, .. } = learned;
    (evidence * start + counted.positives as f64) / (evidence + counted.responses as f64)
}

fn learned(learning: &Learning, counted: Responses, task: impl FnOnce() -> Id) -> Learned {
    let Learning { start, evidence, explore } = *learning;
    let mut learned = Learned { counted, start, evidence, drawn: None };
    if explore > 0.0 {
        let mut draws = Draws::of_task(&task());
        if draws.unit() < explore {
            let others = counted.responses.saturating_sub(counted.positives) as f64;
            let (a, b) = (evidence * start + counted.positives as f64, evidence * (1.0 - start) + others);
            learned.drawn = Some(draws.beta(a, b));
        }
    }
    learned
}
