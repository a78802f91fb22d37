//! The smallest change that would have turned a decision: single changes are tried first, then pairs: of those, and of each
//! with what could help against what stands in the way then. Each is applied to the very step at which it was decided, and
//! what the engine then decides is what is said of it.

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
    /// True if the fact is private: what can be said in public is tried first.
    pub is_private: bool,
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
    /// None that was tried does.
    None {
        /// How many were.
        tried: usize,
        /// A change that would have helped against what stood in the way, and what would have stood there then.
        then: Option<Box<(Change, String)>>,
    },
    /// The recording is too long for any to be tried.
    TooLong,
}

/// Finds the smallest change among these; `then` says what could help against that by which a candidate is rejected, which may
/// be another policy once a change is made.
pub(crate) fn smallest(
    case: &Case,
    found: &Found,
    subject: &Subject,
    goal: &Goal,
    changes: &[Change],
    then: &dyn Fn(&str, &str, &str) -> Vec<Change>,
) -> Turn {
    let cost = found.step + 1;
    let affordable = usize::try_from(RECORDS_MAX / cost).unwrap_or(usize::MAX);
    if affordable == 0 && !changes.is_empty() {
        return Turn::TooLong;
    }
    let most = TRIES_MAX.min(affordable);
    let (mut followed, mut stands): (Vec<(usize, Change)>, _) = (Vec::new(), None);
    let was = rejected(found.document.as_ref(), goal);
    for (at, one) in changes.iter().enumerate().take(most) {
        let tried = Tried::new(case, found, subject, &[&one.alteration]);
        if tried.reaches(goal) {
            return Turn::By(vec![one.clone()]);
        }
        let Goal::Kept(action, true) = goal else { continue };
        if let Some((by, detail)) = rejected(tried.decision.as_ref(), goal).filter(|_| tried.is_event) {
            if stands.is_none() && was.as_ref().is_some_and(|(was, _)| *was != by) {
                stands = Some((one.clone(), by.clone()));
            }
            let more = then(action, &by, &detail).into_iter();
            let is_new = |change: &Change| changes.iter().all(|own| own.alteration != change.alteration);
            followed.extend(more.filter(is_new).map(|change| (at, change)));
        }
    }
    let followed = followed.iter().map(|(at, other)| [&changes[*at], other]);
    let pairs = changes.iter().enumerate().flat_map(|(at, one)| {
        let others = changes[at + 1..].iter().filter(|other| other.field != one.field);
        others.map(move |other| [one, other])
    });
    let mut tried = changes.len().min(most);
    for [one, other] in followed.chain(pairs).take(most - tried) {
        tried += 1;
        if turns(case, found, subject, goal, &[&one.alteration, &other.alteration]) {
            return Turn::By(vec![one.clone(), other.clone()]);
        }
    }
    Turn::None { tried, then: stands.map(Box::new) }
}

/// By what the candidate is rejected that is to go out, with what is said of that.
fn rejected(decision: Option<&Document>, goal: &Goal) -> Option<(String, String)> {
    let Goal::Kept(action, true) = goal else { return None };
    let list = decision?.root().get("candidates")?;
    let is_it =
        |one: &Value<'_>| text(*one, "action") == Some(action) && text(*one, "verdict") == Some("rejected");
    let one = list.items().find(is_it)?;
    Some((text(one, "by")?.to_owned(), text(one, "detail").unwrap_or_default().to_owned()))
}

/// True if the goal is reached once these are applied.
pub fn turns(
    case: &Case,
    found: &Found,
    subject: &Subject,
    goal: &Goal,
    alterations: &[&Alteration],
) -> bool {
    Tried::new(case, found, subject, alterations).reaches(goal)
}

/// What is decided once something is otherwise.
struct Tried {
    decision: Option<Document>,
    /// False where its schema refuses the event that it makes: that is no event at all.
    is_event: bool,
}

impl Tried {
    fn new(case: &Case, found: &Found, subject: &Subject, alterations: &[&Alteration]) -> Tried {
        let out = altered(case, found.step, subject, alterations);
        let decision = decisions(&out).find(|(id, _)| *id == found.decision).map(|(_, document)| document);
        Tried { decision, is_event: out.iter().all(|append| &*append.topic != FAILED) }
    }

    fn list(&self, name: &str) -> impl Iterator<Item = Value<'_>> {
        let list = self.decision.as_ref().and_then(|decision| decision.root().get(name));
        list.into_iter().flat_map(Value::items)
    }

    fn reaches(&self, goal: &Goal) -> bool {
        self.is_event
            && match goal {
                Goal::Fires(rule, wanted) => {
                    self.list("rules").any(|one| one.as_str() == Some(rule)) == *wanted
                }
                Goal::Kept(action, wanted) => {
                    let is_kept = |one: Value<'_>| {
                        text(one, "action") == Some(action)
                            && text(one, "verdict").is_some_and(|verdict| verdict != "rejected")
                    };
                    self.list("candidates").any(is_kept) == *wanted
                }
            }
    }
}

fn text<'d>(value: Value<'d>, name: &str) -> Option<&'d str> {
    value.get(name).and_then(Value::as_str)
}
