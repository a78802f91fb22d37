//! What tests have reached: each rule fired and not fired, each part of its condition true and false, each way in which
//! an action can be turned down, each type of event.
//!
//! It adds up what the runs themselves have observed ([`super::Reached`]): nothing is evaluated again.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use segue_bundle::Bundle;
use segue_decide::{Asked, AskedKind};
use segue_expr::Expression;

use super::{TestResult, yaml};

/// What tests have reached of a bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Every rule, by id.
    pub rules: Vec<RuleCoverage>,
    /// Every signal, by id: what is said of a rule that fired is said of a signal that was raised.
    pub signals: Vec<RuleCoverage>,
    /// Every way in which an action can be turned down, by action.
    pub rejections: Vec<RejectionCoverage>,
    /// Every type of event: its source, the type, and whether one was sent.
    pub events: Vec<(String, String, bool)>,
}

/// What was reached of a rule or signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCoverage {
    /// The document's id.
    pub id: String,
    /// How often it fired.
    pub fired: u64,
    /// How often it was asked and did not fire, errors included; `None`: it has no condition.
    pub not_fired: Option<u64>,
    /// How often its condition ended in an error.
    pub errors: u64,
    /// The parts of its condition.
    pub clauses: Vec<ClauseCoverage>,
}

/// What was reached of a part of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClauseCoverage {
    /// Its source.
    pub source: String,
    /// Where it stands.
    pub spot: Option<Spot>,
    /// How often it was true.
    pub was_true: u64,
    /// How often it was false.
    pub was_false: u64,
    /// How often it ended in an error.
    pub errors: u64,
}

/// What was reached of a way in which an action can be turned down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectionCoverage {
    /// The action's id.
    pub action: String,
    /// What turns it down.
    pub by: String,
    /// How often it did.
    pub times: u64,
}

/// A stretch of one line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The file, relative to the bundle.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in which it begins, from 1, in characters.
    pub column: usize,
    /// The column after its last character in this line.
    pub end_column: usize,
    /// The text of the line.
    pub line_text: String,
}

impl Coverage {
    /// How many branches were reached, and how many there are.
    pub fn branches(&self) -> (usize, usize) {
        let rules = self.rules.iter().chain(&self.signals).flat_map(RuleCoverage::branches);
        let rejections = self.rejections.iter().map(|one| one.times > 0);
        let events = self.events.iter().map(|(_, _, is_sent)| *is_sent);
        let all: Vec<bool> = rules.chain(rejections).chain(events).collect();
        (all.iter().filter(|is_reached| **is_reached).count(), all.len())
    }
}

impl RuleCoverage {
    /// Fired and not fired; where its condition has several parts, each true and false.
    fn branches(&self) -> Vec<bool> {
        let mut branches = vec![self.fired > 0];
        branches.extend(self.not_fired.map(|times| times > 0));
        if self.clauses.len() > 1 {
            branches.extend(self.clauses.iter().flat_map(|one| [one.was_true > 0, one.was_false > 0]));
        }
        branches
    }
}

impl ClauseCoverage {
    /// What it never was, in words; `None` if it was both.
    pub fn never(&self) -> Option<&'static str> {
        match (self.was_true, self.was_false) {
            (0, 0) if self.errors > 0 => Some("never true and never false, only an error"),
            (0, 0) => Some("never asked"),
            (0, _) => Some("never true"),
            (_, 0) => Some("never false"),
            _ => None,
        }
    }
}

/// Adds up what the tests have reached. `texts` are the files of the bundle.
pub fn coverage(bundle: &Bundle, texts: &[(String, String)], results: &[TestResult]) -> Coverage {
    let mut asked: BTreeMap<(AskedKind, &str), Vec<&Asked>> = BTreeMap::new();
    for one in results.iter().flat_map(|result| &result.reached.asked) {
        asked.entry((one.kind, &one.id)).or_default().push(one);
    }
    let conditions = Conditions::of(texts);
    let of = |kind, id: &str, when: Option<&Expression>| {
        let asked = asked.get(&(kind, id)).map_or(&[][..], Vec::as_slice);
        of_document(kind, id, when, asked, &conditions)
    };
    let rules = bundle.rules.values().map(|rule| of(AskedKind::Rule, &rule.id, rule.when.as_ref()));
    let signals =
        bundle.signals.values().map(|signal| of(AskedKind::Signal, &signal.id, signal.when.as_ref()));
    Coverage {
        rules: rules.collect(),
        signals: signals.collect(),
        rejections: rejections(bundle, results),
        events: events(bundle, results),
    }
}

fn of_document(
    kind: AskedKind,
    id: &str,
    when: Option<&Expression>,
    asked: &[&Asked],
    conditions: &Conditions<'_>,
) -> RuleCoverage {
    let times = |fired: Option<bool>| asked.iter().filter(|one| one.fired == fired).count() as u64;
    let errors = times(None);
    let source = when.map_or("", Expression::source);
    let clauses = when.into_iter().flat_map(Expression::clauses).map(|place| {
        let of_clause = asked.iter().flat_map(|one| &one.clauses).filter(|clause| clause.place == *place);
        let times = |truth: Option<bool>| of_clause.clone().filter(|one| one.truth == truth).count() as u64;
        ClauseCoverage {
            source: source.get(place.clone()).unwrap_or(source).to_owned(),
            spot: conditions.spot((kind, id), source, place.clone()),
            was_true: times(Some(true)),
            was_false: times(Some(false)),
            errors: times(None),
        }
    });
    RuleCoverage {
        id: id.to_owned(),
        fired: times(Some(true)),
        not_fired: when.map(|_| times(Some(false)) + errors),
        errors,
        clauses: clauses.collect(),
    }
}

/// What the bundle can turn down, and whatever else was.
fn rejections(bundle: &Bundle, results: &[TestResult]) -> Vec<RejectionCoverage> {
    let mut times: BTreeMap<(&str, &str), u64> = bundle.limits.all().map(|one| (one, 0)).collect();
    for (action, by) in results.iter().flat_map(|result| &result.reached.rejected) {
        *times.entry((action, by)).or_default() += 1;
    }
    let of = |((action, by), times): ((&str, &str), u64)| RejectionCoverage {
        action: action.to_owned(),
        by: by.to_owned(),
        times,
    };
    times.into_iter().map(of).collect()
}

fn events(bundle: &Bundle, results: &[TestResult]) -> Vec<(String, String, bool)> {
    let sent: BTreeSet<&(String, String)> = results.iter().flat_map(|result| &result.reached.sent).collect();
    let declared = bundle
        .sources
        .values()
        .flat_map(|source| source.events.keys().map(|kind| (source.id.clone(), kind.clone())));
    declared
        .map(|declared| {
            let is_sent = sent.contains(&declared);
            (declared.0, declared.1, is_sent)
        })
        .collect()
}

/// Where conditions stand: by document, its file's name and text, and the bytes of its `when`.
struct Conditions<'t> {
    by_document: BTreeMap<(AskedKind, String), (&'t str, &'t str, Range<usize>)>,
}

impl<'t> Conditions<'t> {
    fn of(texts: &'t [(String, String)]) -> Conditions<'t> {
        let mut by_document = BTreeMap::new();
        for (file, text) in texts.iter().filter(|(file, _)| file.ends_with(".yaml")) {
            for document in yaml::documents(text).unwrap_or_default() {
                let id = |kind| document.get(kind).and_then(yaml::Node::text);
                let named = match (id("rule"), id("signal")) {
                    (Some(id), _) => (AskedKind::Rule, id.to_owned()),
                    (None, Some(id)) => (AskedKind::Signal, id.to_owned()),
                    (None, None) => continue,
                };
                if let Some(when) = document.get("when") {
                    let place = (file.as_str(), text.as_str(), when.start..when.end);
                    let _ = by_document.insert(named, place);
                }
            }
        }
        Conditions { by_document }
    }

    /// Where a part of a condition stands; `None` if that cannot be told.
    fn spot(&self, (kind, id): (AskedKind, &str), content: &str, part: Range<usize>) -> Option<Spot> {
        let (file, text, when) = self.by_document.get(&(kind, id.to_owned()))?;
        let found = yaml::part(&text[when.clone()], content, part)?;
        let (start, end) = (when.start + found.start, when.start + found.end);
        let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |end| start + end);
        let column = text[line_start..start].chars().count() + 1;
        Some(Spot {
            file: (*file).to_owned(),
            line: text[..start].matches('\n').count() + 1,
            column,
            end_column: column + text[start..end.min(line_end)].chars().count(),
            line_text: text[line_start..line_end].trim_end().to_owned(),
        })
    }
}
