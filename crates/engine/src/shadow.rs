//! What a bundle that decides beside the one that counts would do, held against what the first does.

use std::collections::BTreeMap;

use segue_model::id::Id;
use segue_model::{Decision, Verdict};

/// A candidate that became a task, now or later.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Acted {
    /// The inner key of its subject.
    pub(crate) subject: String,
    /// The decision: its id follows from stimulus and subject, and not from the bundle.
    decision: Id,
    pub(crate) rule: String,
    action: String,
    is_held: bool,
    channel: Option<String>,
    score: Option<f64>,
}

impl Acted {
    /// Those of a decision.
    pub(crate) fn all(decision: &Decision<'_>) -> Vec<Acted> {
        let kept = decision.candidates.iter().filter(|candidate| candidate.is_kept());
        let acted = kept.map(|candidate| Acted {
            subject: decision.subject.inner_key(),
            decision: decision.id,
            rule: candidate.rule.to_owned(),
            action: candidate.action.to_owned(),
            is_held: candidate.verdict == Verdict::Held,
            channel: candidate.channel.map(str::to_owned),
            score: candidate.priority.map(|priority| priority.score),
        });
        acted.collect()
    }
}

/// What the second did at the record at hand and has not been held against what the first does yet, by decision and action.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Unmatched(BTreeMap<(Id, String), Vec<Acted>>);

impl Unmatched {
    /// All that the second did.
    pub(crate) fn new(acted: Vec<Acted>) -> Unmatched {
        let mut unmatched = Unmatched::default();
        for one in acted {
            unmatched.0.entry((one.decision, one.action.clone())).or_default().push(one);
        }
        unmatched
    }

    /// How the second differs from one thing that the first did, if it does.
    pub(crate) fn differs(&mut self, first: &Acted) -> Option<&'static str> {
        let place = (first.decision, first.action.clone());
        let Some(same) = self.0.get_mut(&place) else { return Some("removed") };
        let at = same.iter().position(|second| second == first).unwrap_or(0);
        let second = same.remove(at);
        if same.is_empty() {
            let _ = self.0.remove(&place);
        }
        (second != *first).then_some("changed")
    }

    /// The rules of what the second did and the first did not, once that has done all.
    pub(crate) fn added(&mut self) -> impl Iterator<Item = String> + use<> {
        std::mem::take(&mut self.0).into_values().flatten().map(|second| second.rule)
    }
}
