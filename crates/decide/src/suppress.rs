//! Pauses: nothing more of an action or a group for a time, after destinations have said something so often.
//!
//! Both windows are half open and go by the instants of the outcomes. What was said is heard for as long as the profile
//! remembers it.

use segue_bundle::Bundle;
use segue_bundle::bundle::{Action, PolicyKind, Suppress};
use segue_expr::Scope;
use segue_model::{Past, Timestamp};

use crate::cap::Full;
use crate::policy::is_exempt;

/// The first policy, by id, that pauses the action at `now`.
pub(crate) fn paused<'b>(
    bundle: &'b Bundle,
    action: &Action,
    past: &Past,
    now: Timestamp,
    scope: &Scope<'_>,
    errors: &mut Vec<String>,
) -> Option<Full<'b>> {
    let ids = bundle.limits.suppress.get(&action.id)?;
    ids.iter().filter_map(|id| bundle.policies.get(id)).find_map(|policy| {
        let PolicyKind::Suppress(suppress) = &policy.kind else { return None };
        let until = until(suppress, &action.id, past).filter(|until| *until > now)?;
        if is_exempt(policy, scope, errors) {
            return None;
        }
        let Suppress { after, times, .. } = suppress;
        let often = if *times == 1 { String::new() } else { format!(" {times} times") };
        Some(Full { policy: &policy.id, detail: format!("{after}{often}, paused until {until}") })
    })
}

/// Until when an action is paused by what was said: from the last time that it had been said so often within the window.
fn until(suppress: &Suppress, action: &str, past: &Past) -> Option<Timestamp> {
    let names = suppress.names.get(action)?;
    let remembered = names.iter().filter_map(|name| past.outcomes.get(name));
    let mut said: Vec<Timestamp> =
        remembered.flat_map(|of| of.seen.iter().map(|seen| seen.instant())).collect();
    said.sort_unstable();
    let often = usize::try_from(suppress.times).unwrap_or(usize::MAX);
    let mut runs = said.windows(often).rev();
    let run = runs.find(|run| run[often - 1].since(run[0]) < suppress.within)?;
    Some(run[often - 1].plus(suppress.lasts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use segue_document::Document;
    use segue_model::Span;
    use segue_model::past::{Remembered, Seen};

    fn past(said: &[i64]) -> Past {
        let seen = |at: &i64| Seen {
            source: "segue".to_owned(),
            namespace: None,
            id: at.to_string(),
            time: Timestamp(*at),
            logged_at: Timestamp(*at),
            journey: String::new(),
            data: Document::empty_object(),
            surroundings: Default::default(),
            place: 0,
        };
        let remembered =
            Remembered { seen: said.iter().map(|at| Arc::new(seen(at))).collect(), ..Remembered::default() };
        Past {
            outcomes: BTreeMap::from([("a/declined".to_owned(), Arc::new(remembered))]),
            ..Past::default()
        }
    }

    fn until_of(times: u64, said: &[i64]) -> Option<i64> {
        let names = BTreeMap::from([("a".to_owned(), vec!["a/declined".to_owned()])]);
        let suppress =
            Suppress { after: "declined".to_owned(), times, within: Span(10), lasts: Span(100), names };
        until(&suppress, "a", &past(said)).map(|until| until.0)
    }

    #[test]
    fn a_pause_lasts_from_the_last_time_that_it_was_said_so_often_within_the_window() {
        assert_eq!(until_of(1, &[]), None);
        assert_eq!(until_of(1, &[5, 7]), Some(107));
        assert_eq!(until_of(2, &[5]), None);
        assert_eq!(until_of(2, &[5, 14]), Some(114));
        assert_eq!(until_of(2, &[5, 15]), None, "the window is half open");
        assert_eq!(until_of(2, &[5, 6, 40]), Some(106), "one alone does not prolong it");
        assert_eq!(until_of(2, &[7, 5, 6]), Some(107), "whatever order they came in");
    }
}
