//! Caps: how many tasks of an action or a group one subject gets in a time.
//!
//! Counted are tasks released, by the time of the log: those that the profile remembers, and those of this decision. The
//! window is half open: a task released exactly so long ago no longer counts.

use std::collections::BTreeMap;

use segue_bundle::Bundle;
use segue_bundle::bundle::{Cap, PolicyKind};
use segue_expr::Scope;
use segue_model::{Past, Timestamp};

use crate::policy::is_exempt;

/// Why a candidate finds no room.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full<'b> {
    /// The policy's id.
    pub(crate) policy: &'b str,
    /// How many there were.
    pub(crate) detail: String,
}

/// The first cap, by id, under which there is no room for one more task of this action. What goes wrong in an `unless`
/// goes to `errors`: the cap then holds. `taken` counts the tasks that this decision has released already, by action.
pub(crate) fn full<'b>(
    bundle: &'b Bundle,
    action: &str,
    past: &Past,
    now: Timestamp,
    taken: &BTreeMap<&str, u64>,
    scope: &Scope<'_>,
    errors: &mut Vec<String>,
) -> Option<Full<'b>> {
    let ids = bundle.limits.caps.get(action)?;
    ids.iter().filter_map(|id| bundle.policies.get(id)).find_map(|policy| {
        let PolicyKind::Cap(cap) = &policy.kind else { return None };
        let count = released(cap, past, now, taken);
        if count < cap.at_most || is_exempt(policy, scope, errors) {
            return None;
        }
        let detail = format!("{count} released within {}, at most {}", cap.per, cap.at_most);
        Some(Full { policy: &policy.id, detail })
    })
}

fn released(cap: &Cap, past: &Past, now: Timestamp, taken: &BTreeMap<&str, u64>) -> u64 {
    let until = Timestamp(now.0.saturating_sub(cap.per.0));
    let of = |action: &String| {
        let kept = past.released.get(action).map_or(0, |remembered| {
            let seen = &remembered.seen;
            seen.len() - seen.partition_point(|task| task.instant() <= until)
        });
        kept as u64 + taken.get(action.as_str()).copied().unwrap_or(0)
    };
    cap.actions.iter().map(of).sum()
}
