//! What scores are made of.

use segue_expr::Expression;

/// The four factors of a score; 1 where left out.
#[derive(Debug, Default)]
pub struct PriorityFormula {
    /// How likely the action is to be taken up.
    pub propensity: Option<Propensity>,
    /// How well the situation suits.
    pub context: Option<Expression>,
    /// What taking it up is worth.
    pub value: Option<Expression>,
    /// What the business adds by hand.
    pub lever: Option<Expression>,
}

impl PriorityFormula {
    /// The expression of a factor, by its name in a decision; `None` where it has none.
    pub fn expression(&self, factor: &str) -> Option<&Expression> {
        match (factor, &self.propensity) {
            ("propensity", Some(Propensity::Expression(expression))) => Some(&**expression),
            ("context", _) => self.context.as_ref(),
            ("value", _) => self.value.as_ref(),
            ("lever", _) => self.lever.as_ref(),
            _ => None,
        }
    }

    /// The factors that are expressions.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let propensity = match &self.propensity {
            Some(Propensity::Expression(expression)) => Some(&**expression),
            Some(Propensity::Learned(_)) | None => None,
        };
        propensity.into_iter().chain(&self.context).chain(&self.value).chain(&self.lever)
    }
}

/// How likely an action is to be taken up.
#[derive(Debug)]
pub enum Propensity {
    /// As an expression says.
    Expression(Box<Expression>),
    /// As is learned from what became of its tasks.
    Learned(Learning),
}

/// How a propensity is learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learning {
    /// The propensity to begin with: above 0 and below 1.
    pub start: f64,
    /// How many responses that is worth: above 0.
    pub evidence: f64,
    /// The share of decisions that draw from the distribution instead, from 0 to 1.
    pub explore: f64,
}
