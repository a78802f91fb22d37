//! Fills a task: its texts, its topic, and what its destination may be told.

use segue_bundle::bundle::{Action, Destination};
use segue_document::Document;
use segue_expr::{Scope, Template};
use segue_model::agenda::Released;
use segue_model::event::OWN_SOURCE;
use segue_model::{
    Cause, Event, Live, Priority, Stage, Task,
    task::{Question, Said},
};

use crate::decide::Matter;
use crate::share;

/// Fills a task that has been released, as `live` says. Errors of templates are added to `errors`: the part stays empty.
pub fn task(
    matter: &Matter<'_>,
    scope: &Scope<'_>,
    live: &Live,
    action: &Action,
    priority: Priority,
    errors: &mut Vec<String>,
) -> Task {
    let released = match &live.stage {
        Stage::Released(released) => released.clone(),
        _ => Released { at: matter.now, ..Released::default() },
    };
    let mut render = |name: &str, template: &Template| {
        let rendered = template.render(scope);
        errors.extend(rendered.errors.into_iter().map(|error| format!("{name}: {error}")));
        rendered.text
    };
    let what = render("what", &action.what);
    let how = action.how.iter().map(|step| render("how", step)).collect();
    let tone = action.tone.as_ref().map(|tone| render("tone", tone));
    let assignee = action.assignee.as_ref().map(|assignee| render("assignee", assignee));
    let question = action
        .ask
        .as_ref()
        .map(|ask| Question { text: render("question", &ask.question), answers: ask.answers.clone() });
    let destination = matter.bundle.destinations.get(&action.to);
    Task {
        said: Said::Released,
        id: live.id.clone(),
        action: action.id.clone(),
        rule: live.rule.clone(),
        subject: matter.subject.clone(),
        journey: live.journey.clone(),
        priority,
        what,
        how,
        tone,
        assignee,
        question,
        released_at: released.at,
        due_at: action.due.map(|span| released.at.plus(span)),
        expires_at: released.expires,
        shared: destination.map_or_else(Document::empty_object, |to| {
            share::shared(&to.share, matter.event, matter.cause, matter.profile)
        }),
        cause: cause(matter, live),
        decision: live.decision.clone(),
        bundle: matter.bundle.digest.clone(),
        destination: action.to.clone(),
        topic: destination.map(|to| topic(to, priority.score).to_owned()).unwrap_or_default(),
        traceparent: matter.event.and_then(|event| event.traceparent.clone()),
    }
}

/// The event that began it; of a moment, the moment itself: also when its task was held, and when it is told of again.
fn cause(matter: &Matter<'_>, live: &Live) -> Cause {
    // What a moment began is a matter of its own, which is called as the moment is.
    let moment =
        || Cause { source: OWN_SOURCE.to_owned(), event: live.journey.clone(), kind: "moment".to_owned() };
    matter.cause.map_or_else(moment, Event::cause)
}

/// The topic for a score: the lane with the highest bar that the score reaches, else the destination's own.
fn topic(destination: &Destination, score: f64) -> &str {
    // Lanes stand with the highest bar first.
    destination
        .lanes
        .iter()
        .find(|lane| score >= lane.at_least)
        .map_or(&destination.topic, |lane| &lane.topic)
}
