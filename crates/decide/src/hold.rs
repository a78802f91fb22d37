//! When a task may leave: not before its `hold` is over, only while its calendar is open, and once nothing bars its way.

use segue_bundle::bundle::{Action, Hold};
use segue_calendar::Zone;
use segue_document::Document;
use segue_expr::Scope;
use segue_model::{Span, Timestamp};

use crate::bars::{BEHIND, topic};
use crate::decide::{Matter, place};

/// What keeps a task from leaving now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wait<'a> {
    /// It waits until then; what holds it is named, and the stage that it is at.
    Until(Timestamp, &'a str, &'static str),
    /// It waits until what is paused, and named, is resumed.
    Paused(&'a str),
    /// It waits until this topic, its own, can be written.
    Closed(&'a str),
    /// Its calendar, which is named, does not open within 400 days.
    Never(&'a str),
}

/// The earliest release of a task that is decided for the first time: asked once. An error is no hold, and is kept.
pub(crate) fn not_before(
    action: &Action,
    scope: &Scope<'_>,
    now: Timestamp,
    errors: &mut Vec<String>,
) -> Timestamp {
    let span = match &action.hold {
        None => Span(0),
        Some(Hold::Span(span)) => *span,
        Some(Hold::Expression(expression)) => expression.span(scope).unwrap_or_else(|error| {
            errors.push(format!("hold: {error}"));
            Span(0)
        }),
    };
    now.plus(Span(span.0.max(0)))
}

/// What keeps a task of that rule and score from leaving at `now`, if anything does.
pub(crate) fn wait<'a>(
    matter: &Matter<'a>,
    (rule, action): (&str, &'a Action),
    score: f64,
    not_before: Timestamp,
) -> Option<Wait<'a>> {
    let earliest = not_before.max(matter.now);
    let calendar = action.during.as_ref().and_then(|id| Some((id, matter.bundle.calendars.get(id)?)));
    if let Some((id, calendar)) = calendar {
        let zone = zone(matter);
        if !calendar.is_open(earliest, &zone) {
            return Some(match calendar.next_open(earliest, &zone) {
                Some(open) => Wait::Until(open, id, "during"),
                None => Wait::Never(id),
            });
        }
    }
    if earliest > matter.now {
        return Some(Wait::Until(earliest, "hold", "hold"));
    }
    barred(matter, (rule, action), score)
}

/// What bars the way of a task that could leave.
fn barred<'a>(matter: &Matter<'a>, (rule, action): (&str, &'a Action), score: f64) -> Option<Wait<'a>> {
    if let Some(until) = matter.bars.behind.filter(|until| matter.now < *until) {
        return Some(Wait::Until(until, BEHIND, BEHIND));
    }
    if let Some(part) = matter.bars.paused(matter.bundle, rule, &action.id) {
        return Some(Wait::Paused(part));
    }
    let topic = topic(matter.bundle.destinations.get(&action.to)?, score);
    matter.bars.is_closed(topic).then_some(Wait::Closed(topic))
}

/// The person's zone: as `local` has it.
pub(crate) fn zone(matter: &Matter<'_>) -> Zone {
    let own = matter.profile.who.as_deref().and_then(named);
    let there = place(matter).and_then(|place| named(place.facts));
    Zone::first_of(own.into_iter().chain(there).chain([matter.zone]))
}

fn named(document: &Document) -> Option<&str> {
    document.root().get("timezone").and_then(segue_document::Value::as_str)
}
