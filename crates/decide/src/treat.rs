//! Fills a task: its texts, its topic, and what its destination may be told.

use segue_bundle::bundle::{Action, Destination};
use segue_expr::{Scope, Template};
use segue_model::id::{self, Id};
use segue_model::{Priority, Task};

use crate::decide::Matter;
use crate::share;

/// Fills the task of a candidate that is released now. Errors of templates are added to `errors`: the part stays empty.
pub fn task<'a>(
    matter: &Matter<'a>,
    scope: &Scope<'_>,
    decision: Id,
    action: &'a Action,
    rule: &'a str,
    priority: Priority,
    errors: &mut Vec<String>,
) -> Task<'a> {
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
        action: &action.id,
        rule,
        subject: matter.subject,
        journey: &event.journey,
        priority,
        what,
        how,
        tone,
        released_at: matter.now,
        shared: destination.map_or_else(
            || "{}".to_owned(),
            |to| share::shared(&to.share, event, matter.cause, matter.profile),
        ),
        cause: matter.cause.cause(),
        decision,
        bundle: &matter.bundle.digest,
        destination: &action.to,
        topic: destination.map(|to| topic(to, priority.score)).unwrap_or_default(),
        traceparent: event.traceparent.as_deref(),
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
