//! The smallest change that would have turned a decision: single changes are tried first, then pairs. Each is applied to
//! the very step at which it was decided, and what the engine then decides is what is said of it.

use segue_document::{Document, Value};
use segue_model::Subject;
use segue_wire::topics::FAILED;

use crate::alter::{Alteration, altered};
use crate::case::Case;
use crate::find::{Found, decisions};

/// The most changes and pairs of them that are tried for one question.
pub const TRIES_MAX: usize = 64;
/// The most records that are run again for one question, all tries together.
pub const RECORDS_MAX: u64 = 2_000_000;

/// One thing that could have been otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The fact as expressions write it: `who.consent.phone`.
    pub field: String,
    /// Its value as JSON; `None`: it had none.
    pub was: Option<String>,
    /// The value with which it was tried, as JSON; `None`: missing.
    pub to: Option<String>,
    /// After `if`: `the person's consent.phone were true`.
    pub words: String,
    /// How it is applied.
    pub alteration: Alteration,
}

/// What is to come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// That a rule fires, or does not.
    Fires(String, bool),
    /// That a candidate goes out or waits, or does not.
    Kept(String, bool),
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// These changes, together, turn it, and no fewer of them do.
    By(Vec<Change>),
    /// None that was tried does; so many were.
    None(usize),
    /// The recording is too long for any to be tried.
    TooLong,
}

/// Finds the smallest change among these.
pub(crate) fn smallest(
    case: &Case,
    found: &Found,
    subject: &Subject,
    goal: &Goal,
    changes: &[Change],
) -> Turn {
    let cost = found.step + 1;
    let affordable = usize::try_from(RECORDS_MAX / cost).unwrap_or(usize::MAX);
    if affordable == 0 && !changes.is_empty() {
        return Turn::TooLong;
    }
    let (most, mut tried) = (TRIES_MAX.min(affordable), 0);
    let singles = changes.iter().map(|one| vec![one]);
    let pairs = changes.iter().enumerate().flat_map(|(at, one)| {
        let others = changes[at + 1..].iter().filter(|other| other.field != one.field);
        others.map(move |other| vec![one, other])
    });
    for some in singles.chain(pairs).take(most) {
        tried += 1;
        let alterations: Vec<&Alteration> = some.iter().map(|change| &change.alteration).collect();
        if turns(case, found, subject, goal, &alterations) {
            return Turn::By(some.into_iter().cloned().collect());
        }
    }
    Turn::None(tried)
}

/// True if the goal is reached once these are applied.
pub fn turns(
    case: &Case,
    found: &Found,
    subject: &Subject,
    goal: &Goal,
    alterations: &[&Alteration],
) -> bool {
    let out = altered(case, found.step, subject, alterations);
    // What its schema refuses is no event at all.
    if out.iter().any(|append| &*append.topic == FAILED) {
        return false;
    }
    let decision = decisions(&out).find(|(id, _)| *id == found.decision).map(|(_, document)| document);
    let is_any = |list: &str, holds: &dyn Fn(Value<'_>) -> bool| {
        let root = decision.as_ref().map(Document::root);
        let items = root.and_then(|root| root.get(list));
        items.is_some_and(|items| items.items().any(holds))
    };
    match goal {
        Goal::Fires(rule, wanted) => is_any("rules", &|one| one.as_str() == Some(rule)) == *wanted,
        Goal::Kept(action, wanted) => {
            let text =
                |value: Value<'_>, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
            let is_kept = |one: Value<'_>| {
                text(one, "action").as_deref() == Some(action)
                    && text(one, "verdict").is_some_and(|verdict| verdict != "rejected")
            };
            is_any("candidates", &is_kept) == *wanted
        }
    }
}
