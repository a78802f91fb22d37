//! Rules that add nothing to another: whenever the one fires, the other does, and proposes the same.

use std::collections::{BTreeMap, BTreeSet};

use segue_expr::{Expression, Operator};
use segue_value::Value;
use segue_yaml::Report;

use crate::bundle::{Begins, Rule};
use crate::documents::rule::Draft;

/// The most pairs of rules that are compared, so that a large bundle is read in bounded time.
const PAIRS_MAX: usize = 1_000_000;

/// What a rule must share with another that makes it superfluous: an action, a type of event, and part of a condition.
type Key<'r> = (&'r str, &'r str, Part<'r>);

/// A part of a condition.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'r> {
    /// There is none.
    Nothing,
    /// A field that must be one of some constants, and one of them.
    Constant(&'r [String], String),
    /// A field that must hold otherwise.
    Field(&'r [String]),
    /// The whole of it, word by word.
    Words(String),
}

/// Reports every rule that another makes superfluous; of two that say the same, the later one.
pub(crate) fn check(report: &mut Report<'_>, rules: &[Draft<'_>]) {
    let read: Vec<usize> = (0..rules.len()).filter(|at| rules[*at].is_read(report)).collect();
    let mut by_key: BTreeMap<Key<'_>, Vec<usize>> = BTreeMap::new();
    for at in &read {
        let rule = &rules[*at].rule;
        for (action, kind) in
            rule.propose.iter().flat_map(|action| kinds(rule).into_iter().map(move |kind| (action, kind)))
        {
            for part in demanded(rule.when.as_ref()) {
                by_key.entry((action, kind, part)).or_default().push(*at);
            }
        }
    }
    let mut pairs = 0;
    for (done, at) in read.iter().copied().enumerate() {
        let rule = &rules[at].rule;
        let (Some(action), Some(&kind)) = (rule.propose.first(), kinds(rule).first()) else { continue };
        let keys = given(rule.when.as_ref()).into_iter().map(|part| (action.as_str(), kind, part));
        let others: BTreeSet<usize> = keys.filter_map(|key| by_key.get(&key)).flatten().copied().collect();
        pairs += others.len();
        if pairs > PAIRS_MAX {
            let message = format!(
                "whether another rule makes this one superfluous was not checked, nor for {} others: there are too many that are alike",
                read.len() - done - 1
            );
            let _ = report.warning("not-checked", rules[at].place, message);
            return;
        }
        let makes_superfluous = |other: &usize| {
            *other != at
                && adds_nothing(&rules[at], &rules[*other])
                && (*other < at || !adds_nothing(&rules[*other], &rules[at]))
        };
        if let Some(other) = others.iter().find(|other| makes_superfluous(other)) {
            tell(report, &rules[at], &rules[*other]);
        }
    }
}

/// The types of event that a rule looks at; a moment stands for itself.
fn kinds(rule: &Rule) -> Vec<&str> {
    match rule.begins {
        Begins::Moment(_) => vec![""],
        _ => rule.on.iter().map(String::as_str).collect(),
    }
}

/// What another condition must have one of, so that this one can be true whenever that one is.
fn demanded(when: Option<&Expression>) -> Vec<Part<'_>> {
    let Some(when) = when else { return vec![Part::Nothing] };
    let demands = when.demands();
    let mut parts = vec![Part::Words(words(when))];
    if demands.is_whole {
        let comparisons = &demands.comparisons;
        let listed =
            comparisons.iter().find(|one| one.operator == Operator::OneOf && !one.constants.is_empty());
        match (listed, comparisons.first()) {
            (Some(one), _) => {
                parts.extend(one.constants.iter().map(|constant| Part::Constant(&one.path, shown(constant))));
            }
            (None, Some(one)) => parts.push(Part::Field(&one.path)),
            (None, None) => parts.push(Part::Nothing),
        }
    }
    parts
}

/// What this condition has of that.
fn given(when: Option<&Expression>) -> Vec<Part<'_>> {
    let mut parts = vec![Part::Nothing];
    let Some(when) = when else { return parts };
    parts.push(Part::Words(words(when)));
    for one in &when.demands().comparisons {
        parts.push(Part::Field(&one.path));
        if one.operator == Operator::OneOf {
            parts.extend(one.constants.first().map(|constant| Part::Constant(&one.path, shown(constant))));
        }
    }
    parts
}

/// A constant so that equal ones are the same: numbers by what they are worth.
fn shown(constant: &Value<'_>) -> String {
    match constant.as_number() {
        Some(number) => format!("{number:?}"),
        None => format!("{constant:?}"),
    }
}

/// A condition without what its layout adds.
fn words(when: &Expression) -> String {
    when.source().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn adds_nothing(one: &Draft<'_>, other: &Draft<'_>) -> bool {
    let (one, other) = (&one.rule, &other.rule);
    one.per == other.per
        && begin_alike(&one.begins, &other.begins)
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
