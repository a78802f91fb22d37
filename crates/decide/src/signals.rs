//! Events that follow from an event.

use segue_bundle::Scratch;
use segue_bundle::bundle::Signal;
use segue_bundle::watchers::Watchers;
use segue_document::{Document, Kind, Writer};
use segue_expr::{Expression, Scope};
use segue_model::event::OWN_SOURCE;
use segue_model::{Event, Subject, Surroundings, id};

use crate::decide::Matter;
use crate::rules::{Asked, AskedKind, observed, to_ask};

/// What an event raises.
#[derive(Debug, Default)]
pub(crate) struct Raised<'a> {
    /// The signals, by id.
    pub(crate) signals: Vec<Event>,
    /// Those that are about another subject than the event.
    pub(crate) passed: Vec<Event>,
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
        let made = match truth {
            Ok(true) => raise(matter, event, signal, scope),
            Ok(false) => continue,
            Err(error) => Err(error.to_string()),
        };
        // A condition that is met raises nothing where it cannot be told whom it is about, or what it says.
        if let (Err(error), Some(asked)) = (&made, asked.as_deref_mut().and_then(|asked| asked.last_mut())) {
            asked.fired = None;
            let _ = asked.error.get_or_insert_with(|| error.clone());
        }
        match made {
            Ok(event) if signal.subject.is_some() => raised.passed.push(event),
            Ok(event) => raised.signals.push(event),
            Err(error) => raised.errors.push((&signal.id, error)),
        }
    }
    raised
}

/// Raises nothing, and says so of each signal that looks at the event: what is not done leaves a trace.
pub(crate) fn stopped<'a>(signals: &'a Watchers<Signal>, why: &str) -> Raised<'a> {
    let errors = signals.all().map(|signal| (signal.id.as_str(), format!("not asked: {why}"))).collect();
    Raised { errors, ..Raised::default() }
}

/// The subject that a signal says it is about.
fn about((kind, id): &(String, Expression), scope: &Scope<'_>) -> Result<Subject, String> {
    let json = id.evaluate_json(scope).map_err(|error| format!("subject: {error}"))?;
    let json = Document::parse_own(&json).expect("expressions write JSON");
    let is_whole = |text: &str| text.strip_prefix('-').unwrap_or(text).bytes().all(|b| b.is_ascii_digit());
    let id = match json.root().kind() {
        Kind::String => json.root().as_str(),
        Kind::Number => Some(json.root().raw()).filter(|text| is_whole(text)),
        _ => None,
    };
    match id.filter(|id| Subject::is_id(id)) {
        Some(id) => Ok(Subject { kind: kind.clone(), id: id.to_owned() }),
        None => Err("subject: neither a text that can be an id nor a whole number".to_owned()),
    }
}

/// Makes the event that a signal is. Its id goes by whom it is about: two copies of one event, about two subjects, raise one
/// signal about a third.
fn raise(matter: &Matter<'_>, event: &Event, signal: &Signal, scope: &Scope<'_>) -> Result<Event, String> {
    let subject = match &signal.subject {
        None => matter.subject.clone(),
        Some(subject) => about(subject, scope)?,
    };
    let data = match &signal.data {
        None => event.data.clone(),
        Some(data) => {
            let mut writer = Writer::new();
            let _ = writer.begin_object();
            for (name, expression) in data {
                let _ = writer
                    .key(name)
                    .raw(&expression.evaluate_json(scope).map_err(|error| error.to_string())?);
            }
            let _ = writer.end_object();
            Document::parse_owned(writer.finish()).expect("expressions write JSON")
        }
    };
    // Where the subject of the event was says nothing of another subject.
    let is_same = event.subject.as_ref() == Some(&subject);
    Ok(Event {
        source: OWN_SOURCE.to_owned(),
        namespace: None,
        id: id::signal(event.namespace(), &event.id, &signal.id, &subject).to_string(),
        kind: signal.id.clone(),
        time: event.time,
        logged_at: event.logged_at,
        subject: Some(subject),
        journey: event.journey.clone(),
        traceparent: event.traceparent.clone(),
        surroundings: if is_same { event.surroundings.clone() } else { Surroundings::default() },
        data,
    })
}
