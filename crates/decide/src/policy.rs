//! What lets a candidate pass a policy.

use segue_bundle::bundle::Policy;
use segue_expr::Scope;

/// True if the policy's `unless` is true. An error goes to `errors`: the policy then holds.
pub(crate) fn is_exempt(policy: &Policy, scope: &Scope<'_>, errors: &mut Vec<String>) -> bool {
    policy.unless.as_ref().is_some_and(|unless| {
        unless.truth(scope).unwrap_or_else(|error| {
            errors.push(format!("{}: unless: {error}", policy.id));
            false
        })
    })
}
