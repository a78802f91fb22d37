//! The best of a decision: each that is released or held takes room before the next, one that is turned down takes none.

use segue_bundle::Bundle;
use segue_bundle::bundle::{Action, Per, PolicyKind};
use segue_expr::Scope;
use segue_model::{Candidate, Verdict};

use crate::cap::Full;
use crate::policy::is_exempt;

/// The first policy, by id, that has no room for one more beside the candidates that are settled, which are all better: of
/// those that choose per channel if one is named, else of all others.
pub(crate) fn full<'b>(
    bundle: &'b Bundle,
    action: &Action,
    settled: &[Candidate<'_>],
    channel: Option<&str>,
    scope: &Scope<'_>,
    errors: &mut Vec<String>,
) -> Option<Full<'b>> {
    let ids = bundle.limits.choose.get(&action.id)?;
    ids.iter().filter_map(|id| bundle.policies.get(id)).find_map(|policy| {
        let PolicyKind::Choose(choose) = &policy.kind else { return None };
        if (choose.per == Per::Channel) != channel.is_some() {
            return None;
        }
        let is_beside = |candidate: &&Candidate<'_>| match choose.per {
            Per::Decision => true,
            Per::Channel => candidate.channel == channel,
            Per::Group => bundle.actions.get(candidate.action).is_some_and(|of| of.group == action.group),
        };
        let taking = settled.iter().filter(|candidate| candidate.verdict != Verdict::Rejected);
        let count = taking.filter(is_beside).count() as u64;
        if count < choose.top || is_exempt(policy, scope, errors) {
            return None;
        }
        let of = match (choose.per, &action.group, channel) {
            (Per::Group, Some(group), _) => format!(" of group {group}"),
            (Per::Channel, _, Some(channel)) => format!(" on {channel}"),
            _ => String::new(),
        };
        let detail = format!("{count}{of} came before, at most {}", choose.top);
        Some(Full { policy: &policy.id, detail })
    })
}
