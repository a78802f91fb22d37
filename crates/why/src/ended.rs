//! Why the time of an absence was not up: what it waited for came, or the recording ends before.

use segue_bundle::bundle::{Absence, Rule};
use segue_document::Limits;
use segue_intake::Intake;
use segue_model::{Subject, Timestamp};
use segue_wire::topics::LOG;

use crate::case::Case;
use crate::fate::seen;
use crate::names::listed;
use crate::walk::{Step, Walk};

/// The most ids that are followed from one to the next.
const FORWARDS_MAX: usize = 16;
/// Why an event that could begin a wait began none.
const NOT_BEGUN: &str = "the time was up when it came in, or what it waits for had come before";

/// Says what became of the wait that a rule began on an event, which the record of that number holds.
pub(crate) fn ended(
    case: &Case,
    number: usize,
    event: &str,
    subject: &Subject,
    (rule, absence): (&Rule, &Absence),
) -> String {
    let waited_for = listed(absence.unless.iter().cloned(), "or");
    let begins = format!("it waits {} for {waited_for}", absence.within);
    let (mut walk, mut due) = (Walk::new(case), None);
    let mut holder = subject.clone();
    let intake = Intake::new(case.bundle.clone(), Limits::CONTRACT);
    let is_logged = case.records.iter().any(|(record, _)| &*record.topic == LOG);
    let mut is_before = true;
    while let Some(step) = walk.next() {
        drop(walk.take());
        is_before &= step != Step::Record(number);
        if is_before {
            continue;
        }
        let now = now_of(&mut walk, subject);
        let wait = due_of(&mut walk, &now, &rule.id, event);
        match (due, wait) {
            (_, Some(_)) => (due, holder) = (wait, now),
            (None, None) => {
                return format!("{begins}, and did not begin to: {NOT_BEGUN}");
            }
            (Some(until), None) if holder != now => {
                // In a recorded log it is on its way for some records; else it arrives within the step, or has ended there.
                if !is_logged || walk.pipeline.now() >= until {
                    let other = now.key();
                    return format!(
                        "{begins}, and that ended when {} turned out to be {other}: what it waits for had come",
                        subject.key()
                    );
                }
            }
            (Some(due), None) => return format!("{begins}, {}", end(case, &intake, step, due, absence)),
        }
    }
    match due {
        Some(due) => format!("{begins}, and the recording ends before the time is up at {due}"),
        None => format!("{begins}, and did not begin to"),
    }
}

/// The id under which a subject is known by now.
fn now_of(walk: &mut Walk<'_>, subject: &Subject) -> Subject {
    let mut now = subject.clone();
    for _ in 0..FORWARDS_MAX {
        let Some(forward) = walk.pipeline.profile(&now).and_then(|profile| profile.forward) else { break };
        now.id = forward.to;
    }
    now
}

/// When the wait of a rule that an event began is over; `None` if there is none.
fn due_of(walk: &mut Walk<'_>, subject: &Subject, rule: &str, event: &str) -> Option<Timestamp> {
    let profile = walk.pipeline.profile(subject)?;
    let is_it = |begun: &segue_model::agenda::Begun| begun.event.as_ref().is_some_and(|one| one.id == event);
    profile.agenda.waits.iter().find(|wait| wait.rule == rule && is_it(&wait.begun)).map(|wait| wait.due)
}

/// What ended it at a step.
fn end(case: &Case, intake: &Intake, step: Step, due: Timestamp, absence: &Absence) -> String {
    if let Step::Record(number) = step {
        let (record, at) = &case.records[number];
        let events = seen(intake, record, *at).events;
        if let Some(event) = events.iter().find(|event| absence.unless.contains(&event.kind)) {
            let (kind, id, source) = (&event.kind, &event.id, &event.source);
            return format!("and {kind} came in time, at {at}: event {id} of {source}");
        }
        if *at < due {
            return format!("and that ended at {at}");
        }
    }
    format!("and the time was up at {due}: what it led to was decided then")
}
