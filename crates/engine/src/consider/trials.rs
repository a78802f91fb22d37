//! Control policies: of whom it is seen whether they reach the goal, and who does.
//!
//! A subject's time begins with the first decision in which a candidate of the group came as far as the policy, in control or
//! not, whatever became of the candidate then: so both are chosen alike. It lasts for the policy's `within`; the next such
//! decision after that begins another.

use segue_bundle::Bundle;
use segue_bundle::bundle::{Goal, PolicyKind};
use segue_model::{Event, Trial};

use super::Run;

impl Run<'_> {
    /// Begins to see whether the subject reaches the goals of policies, each given with whether it is in control.
    pub(super) fn enrol(&mut self, met: &[(String, bool)]) {
        let (bundle, now) = (self.around.bundle, self.around.now);
        for (policy, is_control) in met {
            let Some(goal) = goal_of(bundle, policy) else { continue };
            let known = self.profile.trials.get(policy);
            if known.is_none_or(|trial| trial.since.plus(goal.within) <= now) {
                let trial = Trial { since: now, is_control: *is_control, is_reached: false };
                let _ = self.profile.to_mut().trials.insert(policy.clone(), trial);
            }
        }
    }

    /// Takes note of an event that is the goal of policies.
    pub(super) fn reach(&mut self, event: &Event) {
        let bundle = self.around.bundle;
        let Some(policies) = bundle.limits.goals.get(&event.kind) else { return };
        let instant = event.instant();
        for policy in policies {
            let Some(goal) = goal_of(bundle, policy) else { continue };
            let is_in_time =
                |trial: &Trial| trial.since <= instant && instant < trial.since.plus(goal.within);
            let trial = self.profile.trials.get(policy);
            if trial.is_some_and(|trial| !trial.is_reached && is_in_time(trial))
                && let Some(trial) = self.profile.to_mut().trials.get_mut(policy)
            {
                trial.is_reached = true;
            }
        }
    }
}

/// What a policy hopes for, if it does.
fn goal_of<'b>(bundle: &'b Bundle, policy: &str) -> Option<&'b Goal> {
    match &bundle.policies.get(policy)?.kind {
        PolicyKind::Control(control) => control.goal.as_ref(),
        _ => None,
    }
}
