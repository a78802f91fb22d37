//! Fills a task: its texts, its topic, and what its destination may be told.

use segue_bundle::bundle::{Action, Destination};
use segue_document::Document;
use segue_expr::{Scope, Template};
use segue_model::{Priority, Task, id};

use crate::decide::Matter;
use crate::share;

/// Fills the task of a candidate that is released now. Errors of templates are added to `errors`: the part stays empty.
pub fn task(
    matter: &Matter<'_>,
    scope: &Scope<'_>,
    decision: &str,
    action: &Action,
    rule: &str,
    priority: Priority,
    errors: &mut Vec<String>,
) -> Task {
    let mut render = |name: &str, template: &Template| {
        let rendered = template.render(scope);
        errors.extend(rendered.errors.into_iter().map(|error| format!("{name}: {error}")));
        rendered.text
    };
    let what = render("what", &action.what);
    let how = action.how.iter().map(|step| render("how", step)).collect();
    let tone = action.tone.as_ref().map(|tone| render("tone", tone));
    let event = matter.event;
    let destination = matter.bundle.destinations.get(&action.to);
    Task {
        id: id::task(&event.source, &event.id, rule, &action.id, matter.subject),
        action: action.id.clone(),
        rule: rule.to_owned(),
        subject: matter.subject.clone(),
        journey: event.journey.clone(),
        priority,
        what,
        how,
        tone,
        released_at: matter.now,
        shared: destination.map_or_else(Document::empty_object, |to| {
            share::shared(&to.share, event, matter.cause, matter.profile)
        }),
        cause: matter.cause.cause(),
        decision: decision.to_owned(),
        bundle: matter.bundle.digest.clone(),
        destination: action.to.clone(),
        topic: destination.map(|to| topic(to, priority.score).to_owned()).unwrap_or_default(),
        traceparent: event.traceparent.clone(),
    }
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
