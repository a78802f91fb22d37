//! Events that follow from an event.

use segue_bundle::Scratch;
use segue_bundle::bundle::Signal;
use segue_bundle::watchers::Watchers;
use segue_document::{Document, Writer};
use segue_expr::{EvalError, Scope};
use segue_model::event::OWN_SOURCE;
use segue_model::{Event, id};

use crate::decide::Matter;
use crate::rules::{Asked, AskedKind, observed, to_ask};

/// What an event raises.
#[derive(Debug, Default)]
pub(crate) struct Raised<'a> {
    /// The signals, by id.
    pub(crate) signals: Vec<Event>,
    /// Signals whose condition or data ended in an error, with the error: they are not raised.
    pub(crate) errors: Vec<(&'a str, String)>,
}

/// Asks the signals that look at the event, in the order of their ids, as [`fired`](crate::rules::fired) does rules.
pub(crate) fn raised<'a>(
    matter: &Matter<'a>,
    event: &Event,
    signals: &'a Watchers<Signal>,
    scope: &Scope<'_>,
    scratch: &mut Scratch,
    mut asked: Option<&mut Vec<Asked>>,
) -> Raised<'a> {
    let mut raised = Raised::default();
    for (signal, is_true) in to_ask(signals, scope, scratch, asked.is_some()) {
        let truth =
            if is_true { Ok(true) } else { signal.when.as_ref().map_or(Ok(true), |when| when.truth(scope)) };
        if let Some(asked) = asked.as_deref_mut() {
            let fired = truth.as_ref().ok().copied();
            asked.push(observed(AskedKind::Signal, &signal.id, signal.when.as_ref(), fired, scope));
        }
        match truth
            .and_then(|truth| if truth { raise(matter, event, signal, scope).map(Some) } else { Ok(None) })
        {
            Ok(event) => raised.signals.extend(event),
            Err(error) => raised.errors.push((&signal.id, error.to_string())),
        }
    }
    raised
}

/// Raises nothing, and says so of each signal that looks at the event: what is not done leaves a trace.
pub(crate) fn stopped<'a>(signals: &'a Watchers<Signal>, why: &str) -> Raised<'a> {
    let errors = signals.all().map(|signal| (signal.id.as_str(), format!("not asked: {why}"))).collect();
    Raised { signals: Vec::new(), errors }
}

fn raise(matter: &Matter<'_>, event: &Event, signal: &Signal, scope: &Scope<'_>) -> Result<Event, EvalError> {
    let data = match &signal.data {
        None => event.data.clone(),
        Some(data) => {
            let mut writer = Writer::new();
            let _ = writer.begin_object();
            for (name, expression) in data {
                let _ = writer.key(name).raw(&expression.evaluate_json(scope)?);
            }
            let _ = writer.end_object();
            Document::parse_owned(writer.finish()).expect("expressions write JSON")
        }
    };
    Ok(Event {
        source: OWN_SOURCE.to_owned(),
        namespace: None,
        id: id::signal(event.namespace(), &event.id, &signal.id, matter.subject).to_string(),
        kind: signal.id.clone(),
        time: event.time,
        logged_at: event.logged_at,
        subject: Some(matter.subject.clone()),
        journey: event.journey.clone(),
        traceparent: event.traceparent.clone(),
        data,
    })
}
