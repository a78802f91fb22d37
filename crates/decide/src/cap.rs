//! Caps: how many tasks of an action, of a group or on a channel one subject gets in a time.
//!
//! Counted are tasks released, by the time of the log: those that the profile remembers, and those of this decision. The
//! window is half open: a task released exactly so long ago no longer counts.

use std::collections::BTreeMap;

use segue_bundle::bundle::{Action, Cap, Capped, PolicyKind, released_on};
use segue_expr::Scope;
use segue_model::{Candidate, Past, Verdict};

use crate::decide::Matter;
use crate::policy::is_exempt;

/// Why a candidate finds no room.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full<'b> {
    /// The policy's id.
    pub(crate) policy: &'b str,
    /// How many there were.
    pub(crate) detail: String,
}

/// The tasks that a decision has released already.
#[derive(Debug, Default)]
pub(crate) struct Taken<'a> {
    by_action: BTreeMap<&'a str, u64>,
    by_channel: BTreeMap<&'a str, u64>,
}

impl<'a> Taken<'a> {
    /// Counts a candidate, if it was released.
    pub(crate) fn add(&mut self, candidate: &Candidate<'a>) {
        if candidate.verdict == Verdict::Released {
            *self.by_action.entry(candidate.action).or_default() += 1;
            if let Some(channel) = candidate.channel {
                *self.by_channel.entry(channel).or_default() += 1;
            }
        }
    }
}

/// The first cap, by id, under which there is no room for one more task of this action: of the caps on a channel if one is
/// named, else of all others. What goes wrong in an `unless` goes to `errors`: the cap then holds.
pub(crate) fn full<'b>(
    matter: &Matter<'b>,
    action: &Action,
    channel: Option<&str>,
    taken: &Taken<'_>,
    scope: &Scope<'_>,
    errors: &mut Vec<String>,
) -> Option<Full<'b>> {
    let ids = matter.bundle.limits.caps.get(&action.id)?;
    ids.iter().filter_map(|id| matter.bundle.policies.get(id)).find_map(|policy| {
        let PolicyKind::Cap(cap) = &policy.kind else { return None };
        let on = match &cap.of {
            Capped::Channel(on) => Some(on.as_str()),
            Capped::Action(_) | Capped::Group(_) => None,
        };
        if on != channel {
            return None;
        }
        let count = released(cap, matter, taken);
        if count < cap.at_most || is_exempt(policy, scope, errors) {
            return None;
        }
        let detail = format!("{count} released within {}, at most {}", cap.per, cap.at_most);
        Some(Full { policy: &policy.id, detail })
    })
}

fn released(cap: &Cap, matter: &Matter<'_>, taken: &Taken<'_>) -> u64 {
    let (past, now) = (&matter.profile.past, matter.now);
    let until = segue_model::Timestamp(now.0.saturating_sub(cap.per.0));
    let kept = |past: &Past, name: &str| {
        let kept = past.released.get(name).map_or(0, |remembered| {
            let seen = &remembered.seen;
            seen.len() - seen.partition_point(|task| task.instant() <= until)
        });
        kept as u64
    };
    match &cap.of {
        Capped::Channel(channel) => {
            kept(past, &released_on(channel)) + taken.by_channel.get(channel.as_str()).copied().unwrap_or(0)
        }
        Capped::Action(_) | Capped::Group(_) => {
            let taken = |action: &str| taken.by_action.get(action).copied().unwrap_or(0);
            cap.actions.iter().map(|action| kept(past, action) + taken(action)).sum()
        }
    }
}
