//! Rules that add nothing to another: whenever the one fires, the other does, and proposes the same.

use std::collections::BTreeMap;

use segue_expr::Expression;
use segue_yaml::Report;

use crate::bundle::Begins;
use crate::documents::rule::Draft;

/// The most pairs of rules that are compared, so that a large bundle is read in bounded time.
const PAIRS_MAX: usize = 2_000_000;

/// Reports every rule that another makes superfluous; of two that say the same, the later one.
pub(crate) fn check(report: &mut Report<'_>, rules: &[Draft<'_>]) {
    let mut by_action: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let read: Vec<usize> = (0..rules.len()).filter(|at| rules[*at].is_read(report)).collect();
    for at in &read {
        for action in &rules[*at].rule.propose {
            by_action.entry(action).or_default().push(*at);
        }
    }
    let mut pairs = 0;
    for at in read {
        let Some(others) = rules[at].rule.propose.first().and_then(|action| by_action.get(action.as_str()))
        else {
            continue;
        };
        for other in others.iter().copied().filter(|other| *other != at) {
            pairs += 1;
            if pairs > PAIRS_MAX {
                return;
            }
            if adds_nothing(&rules[at], &rules[other])
                && (other < at || !adds_nothing(&rules[other], &rules[at]))
            {
                tell(report, &rules[at], &rules[other]);
                break;
            }
        }
    }
}

fn adds_nothing(one: &Draft<'_>, other: &Draft<'_>) -> bool {
    let (one, other) = (&one.rule, &other.rule);
    begin_alike(&one.begins, &other.begins)
        && one.on.iter().all(|kind| other.on.contains(kind))
        && one.propose.iter().all(|action| other.propose.contains(action))
        && implies(one.when.as_ref(), other.when.as_ref())
}

/// True if they wait for the same, if for anything.
fn begin_alike(one: &Begins, other: &Begins) -> bool {
    match (one, other) {
        (Begins::Event, Begins::Event) => true,
        (Begins::Absence(one), Begins::Absence(other)) => one == other,
        (Begins::Moment(one), Begins::Moment(other)) => is_same(one, other),
        (Begins::Each(one), Begins::Each(other)) => is_same(&one.condition, &other.condition),
        _ => false,
    }
}

/// True if the one is true whenever the other is.
fn implies(one: Option<&Expression>, other: Option<&Expression>) -> bool {
    match (one, other) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(one), Some(other)) => one.demands().implies(other.demands()) || is_same(one, other),
    }
}

/// True if two conditions are written in the same words.
fn is_same(one: &Expression, other: &Expression) -> bool {
    one.source().split_whitespace().eq(other.source().split_whitespace())
}

fn tell(report: &mut Report<'_>, one: &Draft<'_>, other: &Draft<'_>) {
    let is_equal = adds_nothing(other, one);
    let place = format!("{}:{}", report.files[other.place.file].path, other.place.line);
    let whenever = if is_equal { "fires on the same" } else { "fires whenever this one does" };
    let message = format!(
        "the rule `{}` adds nothing to `{}` ({place}), which {whenever} and proposes the same",
        one.rule.id, other.rule.id
    );
    report.warning("shadowed", one.place, message).hint =
        Some("leave it out, or narrow the condition of the other".to_owned());
}
