//! Which caps can turn an action down.

use std::collections::BTreeMap;

use segue_expr::{Expression, Root};
use segue_value::Value;

use crate::bundle::{Action, Policy, PolicyKind};

/// The ids of the caps that count an action and do not always let it pass, by action, in the order of their ids.
pub(crate) fn by_action(
    policies: &BTreeMap<String, Policy>,
    actions: &BTreeMap<String, Action>,
) -> BTreeMap<String, Vec<String>> {
    let mut caps: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for policy in policies.values() {
        let PolicyKind::Cap(cap) = &policy.kind;
        for action in cap.actions.iter().filter_map(|id| actions.get(id)) {
            if !policy.unless.as_ref().is_some_and(|unless| is_sure(unless, action)) {
                caps.entry(action.id.clone()).or_default().push(policy.id.clone());
            }
        }
    }
    caps
}

/// True if the condition is true of the action, whatever comes.
fn is_sure(condition: &Expression, action: &Action) -> bool {
    let demands = condition.demands();
    demands.is_whole
        && demands.comparisons.iter().all(|one| {
            let value = match one.path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["action", "transactional"] => Ok(Value::Bool(action.transactional)),
                ["action", "id"] => Value::made(action.id.as_str()),
                _ => return false,
            };
            one.root == Root::Name && value.is_ok_and(|value| one.admits(&value))
        })
}
