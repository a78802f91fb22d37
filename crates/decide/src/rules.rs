//! Which rules fire on a stimulus.

use segue_bundle::bundle::Rule;
use segue_expr::Scope;

/// What the rules said.
#[derive(Debug, Default)]
pub struct Fired<'a> {
    /// Those that fired, in the order in which they were asked.
    pub rules: Vec<&'a Rule>,
    /// Those whose condition ended in an error, with the error: they did not fire.
    pub errors: Vec<(String, String)>,
}

/// Asks each rule. One whose condition ends in an error counts as not fired, and the error is kept.
pub fn fired<'a>(rules: impl Iterator<Item = &'a Rule>, scope: &Scope<'_>) -> Fired<'a> {
    let mut fired = Fired::default();
    for rule in rules {
        match rule.when.as_ref().map_or(Ok(true), |when| when.truth(scope)) {
            Ok(true) => fired.rules.push(rule),
            Ok(false) => {}
            Err(error) => fired.errors.push((rule.id.clone(), error.to_string())),
        }
    }
    fired
}
