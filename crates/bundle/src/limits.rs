//! Which policies can turn an action down.

use std::collections::BTreeMap;

use segue_expr::{Expression, Root};
use segue_value::Value;

use crate::bundle::{Action, Control, Per, Policy, PolicyKind};

/// The policies that may turn actions down: those that an action always passes are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Caps by action.
    pub caps: BTreeMap<String, Vec<String>>,
    /// What chooses, by action.
    pub choose: BTreeMap<String, Vec<String>>,
    /// What suppresses, by action.
    pub suppress: BTreeMap<String, Vec<String>>,
    /// What leaves subjects alone, by action.
    pub control: BTreeMap<String, Vec<String>>,
    /// The policies that hope for events of a type, by that type.
    pub goals: BTreeMap<String, Vec<String>>,
}

/// The ids of the policies that are about an action and do not always let it pass, by action, in the order of their ids.
pub(crate) fn by_action(policies: &BTreeMap<String, Policy>, actions: &BTreeMap<String, Action>) -> Limits {
    let mut limits = Limits::default();
    for policy in policies.values() {
        if let PolicyKind::Control(Control { goal: Some(goal), .. }) = &policy.kind {
            limits.goals.entry(goal.kind.clone()).or_default().push(policy.id.clone());
        }
        for action in actions.values().filter(|action| is_about(policy, action)) {
            if policy.unless.as_ref().is_some_and(|unless| is_sure(unless, action)) {
                continue;
            }
            let of_kind = match policy.kind {
                PolicyKind::Cap(_) => &mut limits.caps,
                PolicyKind::Choose(_) => &mut limits.choose,
                PolicyKind::Suppress(_) => &mut limits.suppress,
                PolicyKind::Control(_) => &mut limits.control,
            };
            of_kind.entry(action.id.clone()).or_default().push(policy.id.clone());
        }
    }
    limits
}

impl Limits {
    /// The policies that may turn an action down, with each action.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let kinds = [&self.suppress, &self.control, &self.choose, &self.caps];
        kinds
            .into_iter()
            .flat_map(|kind| kind.iter())
            .flat_map(|(action, ids)| ids.iter().map(|id| (action.as_str(), id.as_str())))
    }
}

fn is_about(policy: &Policy, action: &Action) -> bool {
    match &policy.kind {
        PolicyKind::Cap(cap) => cap.actions.contains(&action.id),
        PolicyKind::Choose(choose) => match choose.per {
            Per::Decision => true,
            Per::Group => action.group.is_some(),
            Per::Channel => !action.channels.is_empty(),
        },
        PolicyKind::Suppress(suppress) => suppress.names.contains_key(&action.id),
        PolicyKind::Control(control) => action.group.as_ref() == Some(&control.group),
    }
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
