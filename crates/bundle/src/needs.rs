//! What must be remembered of the past: all that the expressions and policies of a bundle ask for, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_expr::Template;
use segue_expr::past::Needs;

use crate::bundle::{Action, Policy, PolicyKind, Rule, Signal};

/// The union of what everything asks for.
pub(crate) fn of(
    rules: &BTreeMap<String, Arc<Rule>>,
    signals: &BTreeMap<String, Arc<Signal>>,
    actions: &BTreeMap<String, Action>,
    policies: &BTreeMap<String, Policy>,
) -> Needs {
    let of_rules = rules.values().filter_map(|rule| rule.when.as_ref());
    let of_signals = signals.values().flat_map(|signal| {
        let data = signal.data.iter().flatten().map(|(_, expression)| expression);
        signal.when.iter().chain(data)
    });
    let of_actions = actions.values().flat_map(|action| {
        let priority = &action.priority;
        [&priority.propensity, &priority.context, &priority.value, &priority.lever].into_iter().flatten()
    });
    let of_policies = policies.values().filter_map(|policy| policy.unless.as_ref());
    let texts = actions.values().flat_map(|action| {
        let texts = action.how.iter().chain(&action.tone).chain([&action.what]);
        texts.flat_map(Template::expressions)
    });
    let mut needs = Needs::default();
    for expression in of_rules.chain(of_signals).chain(of_actions).chain(of_policies).chain(texts) {
        expression.needs().iter().for_each(|need| needs.add(need));
    }
    for policy in policies.values() {
        let PolicyKind::Cap(cap) = &policy.kind;
        cap.actions.iter().for_each(|action| needs.add_released(action, cap.per));
    }
    needs
}
