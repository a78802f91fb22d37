//! What control policies show: of those in control and of the others, how many there were, and how many reached the goal.
//!
//! They are sums from the beginning of the partition's log, kept in its changelog: no restart loses them, and nothing is
//! counted twice.

use segue_model::Profile;

use crate::overlay::Overlay;

/// One side of a policy: its id, and whether it is that of those in control.
type Side = (String, bool);

/// How many there were of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arm {
    /// The times that a subject was seen to, each as long as the policy's `within`.
    pub subjects: u64,
    /// Those of them in which it reached the goal.
    pub goals: u64,
}

/// All sides of all policies.
#[derive(Debug, Default)]
pub(crate) struct Arms(Overlay<Side, Arm>);

impl Arms {
    /// Counts what has begun and what was reached with a change of a profile.
    pub(crate) fn count(&mut self, before: &Profile, after: &Profile) {
        for (policy, trial) in &after.trials {
            let known = before.trials.get(policy);
            let is_new = known.is_none_or(|known| known.since != trial.since);
            let was_reached = !is_new && known.is_some_and(|known| known.is_reached);
            let is_news = trial.is_reached && !was_reached;
            if is_new || is_news {
                let mut arm = self.get(policy, trial.is_control);
                arm.subjects += u64::from(is_new);
                arm.goals += u64::from(is_news);
                self.0.set((policy.clone(), trial.is_control), Some(arm));
            }
        }
    }

    /// What was counted of one side.
    pub(crate) fn get(&self, policy: &str, is_control: bool) -> Arm {
        self.0.get(&(policy.to_owned(), is_control)).copied().unwrap_or_default()
    }

    /// What the step changed.
    pub(crate) fn pending(&self) -> impl Iterator<Item = (&str, bool, Arm)> {
        let pending = self.0.pending();
        pending.filter_map(|((policy, is_control), arm)| Some((policy.as_str(), *is_control, *arm?)))
    }

    /// Puts in what is kept, when it is restored.
    pub(crate) fn restore(&mut self, policy: &str, is_control: bool, arm: Option<Arm>) {
        self.0.restore((policy.to_owned(), is_control), arm);
    }

    /// The step is committed.
    pub(crate) fn settle(&mut self) {
        self.0.settle();
    }

    /// The step is undone.
    pub(crate) fn undo(&mut self) {
        self.0.undo();
    }
}
