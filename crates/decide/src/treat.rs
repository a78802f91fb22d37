//! Fills a task: its texts, its topic, and what its destination may be told.

use segue_bundle::bundle::Action;
use segue_expr::{Scope, Template};
use segue_model::agenda::Released;
use segue_model::event::OWN_SOURCE;
use segue_model::id::Id;
use segue_model::task::{Question, Said};
use segue_model::{Cause, Event, Priority, Task};

use crate::bars::topic;
use crate::decide::{Matter, near};
use crate::share;

/// Which task it is, whatever it says by now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Which<'a> {
    pub(crate) id: Id,
    pub(crate) rule: &'a str,
    pub(crate) journey: &'a str,
    pub(crate) decision: Id,
}

/// Fills a task that has been released. Errors of templates are added to `errors`: the part stays empty.
pub(crate) fn task<'a>(
    matter: &Matter<'a>,
    scope: &Scope<'_>,
    which: Which<'a>,
    released: &Released,
    (action, channel): (&'a Action, Option<&'a str>),
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
    let assignee = action.assignee.as_ref().map(|assignee| render("assignee", assignee));
    let question = action
        .ask
        .as_ref()
        .map(|ask| Question { text: render("question", &ask.question), answers: &ask.answers });
    let destination = matter.bundle.destinations.get(&action.to);
    Task {
        said: Said::Released,
        id: which.id,
        action: &action.id,
        rule: which.rule,
        subject: matter.subject,
        journey: which.journey,
        priority,
        what,
        how,
        tone,
        assignee,
        channel,
        address: channel.and_then(|channel| address(matter, scope, action, channel)),
        question,
        released_at: released.at,
        due_at: action.due.map(|span| released.at.plus(span)),
        expires_at: released.expires,
        shared: destination.map_or_else(
            || "{}".to_owned(),
            |to| share::shared(&to.share, matter.event, matter.cause, &near(matter), matter.profile),
        ),
        cause: cause(matter, which.journey),
        decision: which.decision,
        bundle: &matter.bundle.digest,
        destination: &action.to,
        topic: destination.map(|to| topic(to, priority.score)).unwrap_or_default(),
        traceparent: matter.event.and_then(|event| event.traceparent.as_deref()),
    }
}

/// Where the person is reached on the channel, where the destination may know and there still is such a channel.
fn address(matter: &Matter<'_>, scope: &Scope<'_>, action: &Action, channel: &str) -> Option<String> {
    let channel = matter.bundle.channels.get(channel).filter(|channel| channel.told.contains(&action.to))?;
    channel.address.as_ref()?.text(scope).ok().flatten()
}

/// The event that began it; of a moment, the moment itself: also when its task was held, and when it is told of again.
fn cause<'a>(matter: &Matter<'a>, journey: &'a str) -> Cause<'a> {
    // What a moment began is a matter of its own, which is called as the moment is.
    let moment = Cause { source: OWN_SOURCE, event: journey, kind: "moment" };
    matter.cause.map_or(moment, Event::cause)
}
