//! Control groups: a share of subjects is left alone, the same ones every time.
//!
//! Who is in control follows from the policy's id and the subject's alone: so it is the same on every machine and after any
//! restart, and one policy's control group says nothing of another's.

use segue_bundle::Bundle;
use segue_bundle::bundle::{Action, Control, PolicyKind};
use segue_expr::Scope;
use segue_model::{Subject, id};

use crate::cap::Full;
use crate::policy::is_exempt;

/// A subject that meets a control policy: a candidate came as far as that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Met<'a> {
    /// The policy's id.
    pub policy: &'a str,
    /// True if the subject is in control.
    pub is_control: bool,
}

/// The first policy, by id, by which the subject is left alone. All that it meets goes to `met`.
pub(crate) fn left_alone<'b>(
    bundle: &'b Bundle,
    action: &Action,
    subject: &Subject,
    scope: &Scope<'_>,
    errors: &mut Vec<String>,
    met: &mut Vec<Met<'b>>,
) -> Option<Full<'b>> {
    let mut first = None;
    let ids = bundle.limits.control.get(&action.id)?;
    for policy in ids.iter().filter_map(|id| bundle.policies.get(id)) {
        let PolicyKind::Control(control) = &policy.kind else { continue };
        if is_exempt(policy, scope, errors) {
            continue;
        }
        let is_control = is_in_control(&policy.id, control, subject);
        met.push(Met { policy: &policy.id, is_control });
        if is_control && first.is_none() {
            let detail = format!("in control, with {}% of all", control.percent);
            first = Some(Full { policy: &policy.id, detail });
        }
    }
    first
}

fn is_in_control(policy: &str, control: &Control, subject: &Subject) -> bool {
    let parts = [b"control", policy.as_bytes(), subject.kind.as_bytes(), subject.id.as_bytes()];
    id::fraction(parts) < control.percent / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(percent: f64) -> Control {
        Control { percent, group: "service".to_owned(), goal: None }
    }

    fn in_control(policy: &str, percent: f64) -> Vec<usize> {
        let is_in = |number: &usize| {
            is_in_control(policy, &control(percent), &Subject::person(format!("customer-{number}")))
        };
        (0..100_000).filter(is_in).collect()
    }

    #[test]
    fn as_many_are_in_control_as_the_policy_says_and_another_policy_takes_others() {
        for (percent, least, most) in [(2.0, 1_850, 2_150), (0.5, 420, 580), (50.0, 49_400, 50_600)] {
            let count = in_control("service-control", percent).len();
            assert!((least..=most).contains(&count), "{count} at {percent}%");
        }
        assert_eq!(in_control("service-control", 100.0).len(), 100_000);
        let (one, other) = (in_control("service-control", 50.0), in_control("sales-control", 50.0));
        let both = one.iter().filter(|number| other.binary_search(number).is_ok()).count();
        assert!((24_400..=25_600).contains(&both), "{both} are in both");
    }

    #[test]
    fn neighbours_fall_apart_evenly() {
        // Of each hundred ids in a row some are in control, and not as many as half: no run of them is taken whole.
        let taken = in_control("service-control", 20.0);
        let mut hundreds = vec![0u32; 1_000];
        taken.iter().for_each(|number| hundreds[number / 100] += 1);
        assert!(hundreds.iter().all(|count| (3..=45).contains(count)));
        let mean = 20.0;
        let square: f64 =
            hundreds.iter().map(|count| (f64::from(*count) - mean).powi(2) / (mean * 0.8)).sum();
        // Chi-squared of 1,000 parts: 1,000 with a deviation of 45.
        assert!((820.0..1_180.0).contains(&square), "{square}");
    }

    #[test]
    fn who_is_in_control_is_frozen() {
        let taken = in_control("service-control", 2.0);
        assert_eq!(
            taken[..8],
            [77, 118, 130, 209, 213, 298, 309, 349],
            "others would be left alone from now on"
        );
        let company = Subject { kind: "company".to_owned(), id: "customer-1".to_owned() };
        let of = |subject: &Subject| {
            id::fraction([b"control", &b"p"[..], subject.kind.as_bytes(), subject.id.as_bytes()])
        };
        assert_ne!(of(&company), of(&Subject::person("customer-1")));
    }
}
