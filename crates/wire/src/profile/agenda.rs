//! What waits for a subject. An event is written once for each entry that goes back to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_document::{Value, Writer};
use segue_model::agenda::{Held, Over, Released};
use segue_model::id::Id;
use segue_model::{Agenda, Begun, Event, Live, Moment, Priority, Stage, Subject, Wait};

use crate::own::{self, DecodeError};
use crate::task::write_priority;

const MEMBER: &str = "agenda";

/// Writes an agenda as an object; its empty lists are left out.
pub(super) fn write(writer: &mut Writer, agenda: &Agenda) {
    let _ = writer.begin_object();
    if !agenda.waits.is_empty() {
        let _ = writer.key("waits").begin_array();
        for wait in &agenda.waits {
            let _ = writer.begin_object().key("rule").string(&wait.rule).key("due").integer(wait.due.0);
            write_begun(writer, &wait.begun);
            let _ = writer.end_object();
        }
        let _ = writer.end_array();
    }
    if !agenda.moments.is_empty() {
        let _ = writer.key("moments").begin_object();
        for (rule, moment) in &agenda.moments {
            let _ = writer.key(rule).begin_array().integer(moment.at.0).bool(moment.is_over);
            if let Some(fired) = moment.fired {
                let _ = writer.integer(fired.0);
            }
            let _ = writer.end_array();
        }
        let _ = writer.end_object();
    }
    if !agenda.tasks.is_empty() {
        let _ = writer.key("tasks").begin_array();
        for task in &agenda.tasks {
            write_task(writer, task);
        }
        let _ = writer.end_array();
    }
    let _ = writer.end_object();
}

fn write_begun(writer: &mut Writer, begun: &Begun) {
    for (name, event) in [("event", &begun.event), ("cause", &begun.cause)] {
        if let Some(event) = event {
            write_event(writer.key(name), event);
        }
    }
    if begun.steps > 0 {
        let _ = writer.key("steps").integer(i64::from(begun.steps));
    }
}

/// Writes an event that something goes back to.
pub(crate) fn write_event(writer: &mut Writer, event: &Event) {
    let _ = writer.begin_object().key("source").string(&event.source);
    if let Some(namespace) = &event.namespace {
        let _ = writer.key("namespace").string(namespace);
    }
    let _ = writer.key("id").string(&event.id).key("type").string(&event.kind);
    let _ = writer.key("time").integer(event.time.0).key("at").integer(event.logged_at.0);
    if let Some(subject) = &event.subject {
        let _ = writer.key("kind").string(&subject.kind).key("subject").string(&subject.id);
    }
    let _ = writer.key("journey").string(&event.journey);
    if let Some(traceparent) = &event.traceparent {
        let _ = writer.key("traceparent").string(traceparent);
    }
    own::write_surroundings(writer, &event.surroundings);
    let _ = writer.key("data").value(event.data.root()).end_object();
}

fn write_task(writer: &mut Writer, task: &Live) {
    let _ = writer.begin_object().key("id").string(&task.id).key("action").string(&task.action);
    let _ = writer.key("rule").string(&task.rule).key("decision").string(&task.decision);
    let _ = writer.key("journey").string(&task.journey);
    if let Some(channel) = &task.channel {
        let _ = writer.key("channel").string(channel);
    }
    let _ = writer.key("priority");
    write_priority(writer, &task.priority);
    let _ = writer.end_object();
    write_begun(writer, &task.begun);
    if task.news > 0 {
        let _ = writer.key("news").integer(i64::from(task.news));
    }
    match &task.stage {
        Stage::Held(held) => {
            let _ = writer.key("held").begin_object().key("until").integer(held.until.0);
            let _ = writer.key("not_before").integer(held.not_before.0).key("by").string(&held.by);
        }
        Stage::Released(released) => {
            let _ = writer.key("released").begin_object().key("at").integer(released.at.0);
            for (name, at) in
                [("due", released.due), ("expires", released.expires), ("silence", released.silence)]
            {
                if let Some(at) = at {
                    let _ = writer.key(name).integer(at.0);
                }
            }
            if released.is_accepted {
                let _ = writer.key("accepted").bool(true);
            }
            let _ = writer.key("remind").begin_array();
            for at in &released.remind {
                let _ = writer.integer(at.0);
            }
            let _ = writer.end_array().key("forget").integer(released.forget.0);
        }
        Stage::Over(over) => {
            let _ = writer.key("over").begin_object().key("released").integer(over.released.0);
            let _ = writer.key("by").string(&over.by).key("forget").integer(over.forget.0);
        }
    }
    let _ = writer.end_object().end_object();
}

/// Reads an agenda back; an absent one is empty.
pub(super) fn read(value: Option<Value<'_>>) -> Result<Agenda, DecodeError> {
    let Some(value) = value else { return Ok(Agenda::default()) };
    let waits = value.get("waits").into_iter().flat_map(Value::items).map(|wait| {
        Ok(Wait {
            rule: own::string(wait.get("rule"), MEMBER)?,
            due: own::instant(wait.get("due"), MEMBER)?,
            begun: read_begun(wait)?,
        })
    });
    let moments = value.get("moments").into_iter().flat_map(Value::members).map(|(rule, moment)| {
        let is_over = own::required(moment.item(1).and_then(Value::as_bool), MEMBER)?;
        let fired = moment.item(2).map(|fired| own::instant(Some(fired), MEMBER)).transpose()?;
        Ok((rule.to_owned(), Moment { at: own::instant(moment.item(0), MEMBER)?, is_over, fired }))
    });
    let tasks = value.get("tasks").into_iter().flat_map(Value::items).map(read_task);
    Ok(Agenda {
        waits: waits.collect::<Result<_, DecodeError>>()?,
        moments: moments.collect::<Result<BTreeMap<_, _>, DecodeError>>()?,
        tasks: tasks.collect::<Result<_, DecodeError>>()?,
    })
}

fn read_begun(value: Value<'_>) -> Result<Begun, DecodeError> {
    let event = |name| value.get(name).map(|event| read_event(event).map(Arc::new)).transpose();
    Ok(Begun { event: event("event")?, cause: event("cause")?, steps: count(value.get("steps"))? })
}

/// Reads such an event back.
pub(crate) fn read_event(value: Value<'_>) -> Result<Event, DecodeError> {
    let subject = own::optional(value.get("subject"), MEMBER)?;
    let subject = subject.map(|id| Ok(Subject { kind: own::string(value.get("kind"), MEMBER)?, id }));
    Ok(Event {
        source: own::string(value.get("source"), MEMBER)?,
        namespace: own::optional(value.get("namespace"), MEMBER)?,
        id: own::string(value.get("id"), MEMBER)?,
        kind: own::string(value.get("type"), MEMBER)?,
        time: own::instant(value.get("time"), MEMBER)?,
        logged_at: own::instant(value.get("at"), MEMBER)?,
        subject: subject.transpose()?,
        journey: own::string(value.get("journey"), MEMBER)?,
        traceparent: own::optional(value.get("traceparent"), MEMBER)?,
        surroundings: own::surroundings(value.get("where"), value.get("device"), MEMBER)?,
        data: own::required(value.get("data"), MEMBER)?.to_document(),
    })
}

fn read_task(value: Value<'_>) -> Result<Live, DecodeError> {
    Ok(Live {
        id: id(value.get("id"))?,
        action: own::string(value.get("action"), MEMBER)?,
        rule: own::string(value.get("rule"), MEMBER)?,
        decision: id(value.get("decision"))?,
        journey: own::string(value.get("journey"), MEMBER)?,
        channel: own::optional(value.get("channel"), MEMBER)?,
        priority: read_priority(own::required(value.get("priority"), MEMBER)?)?,
        begun: read_begun(value)?,
        news: count(value.get("news"))?,
        stage: read_stage(value)?,
    })
}

fn read_stage(task: Value<'_>) -> Result<Stage, DecodeError> {
    let instant = |value: Value<'_>, name| own::instant(value.get(name), MEMBER);
    let optional = |value: Value<'_>, name| match value.get(name) {
        None => Ok(None),
        some => own::instant(some, MEMBER).map(Some),
    };
    if let Some(held) = task.get("held") {
        let by = own::string(held.get("by"), MEMBER)?;
        return Ok(Stage::Held(Held {
            until: instant(held, "until")?,
            not_before: instant(held, "not_before")?,
            by,
        }));
    }
    if let Some(released) = task.get("released") {
        let remind = released.get("remind").into_iter().flat_map(Value::items);
        return Ok(Stage::Released(Released {
            at: instant(released, "at")?,
            due: optional(released, "due")?,
            expires: optional(released, "expires")?,
            remind: remind.map(|at| own::instant(Some(at), MEMBER)).collect::<Result<_, _>>()?,
            silence: optional(released, "silence")?,
            is_accepted: released.get("accepted").is_some(),
            forget: instant(released, "forget")?,
        }));
    }
    let over = own::required(task.get("over"), MEMBER)?;
    Ok(Stage::Over(Over {
        released: instant(over, "released")?,
        by: own::string(over.get("by"), MEMBER)?,
        forget: instant(over, "forget")?,
    }))
}

fn read_priority(value: Value<'_>) -> Result<Priority, DecodeError> {
    let number = |name| own::required(value.get(name).and_then(Value::as_f64), MEMBER);
    Ok(Priority {
        score: number("score")?,
        rank: count(value.get("rank"))?,
        propensity: number("propensity")?,
        context: number("context")?,
        value: number("value")?,
        lever: number("lever")?,
    })
}

/// An id of the router's own.
fn id(value: Option<Value<'_>>) -> Result<Id, DecodeError> {
    own::required(value.and_then(Value::as_str).and_then(Id::parse), MEMBER)
}

/// A number of things; none if it is left out.
fn count(value: Option<Value<'_>>) -> Result<u32, DecodeError> {
    match value {
        None => Ok(0),
        some => own::unsigned(some, MEMBER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_document::Document;
    use segue_model::Timestamp;
    use segue_model::id;

    fn event(id: &str) -> Arc<Event> {
        Arc::new(Event {
            source: "billing".into(),
            namespace: (id == "e1").then(|| "/b".to_owned()),
            id: id.into(),
            kind: "payment.failed".into(),
            time: Timestamp(-3),
            logged_at: Timestamp(5),
            subject: Some(Subject { kind: "company".into(), id: "c/1".into() }),
            journey: "j".into(),
            traceparent: None,
            surroundings: Default::default(),
            data: Document::parse_own(r#"{"amount":0.10}"#).unwrap(),
        })
    }

    fn task(stage: Stage) -> Live {
        let priority =
            Priority { score: 1e-7, rank: 2, propensity: 1.0, context: 0.5, value: 3.0, lever: 1.0 };
        let subject = Subject::person("c1");
        Live {
            id: id::task("billing", "e1", "trouble", "call", &subject),
            action: "call".into(),
            rule: "trouble".into(),
            decision: id::decision("billing", "e1", &subject),
            journey: "j".into(),
            channel: Some("phone".into()),
            priority,
            begun: Begun { event: Some(event("e2")), cause: Some(event("e1")), steps: 3 },
            news: 2,
            stage,
        }
    }

    #[test]
    fn an_agenda_reads_back_as_it_was_written() {
        let (at, held) = (Timestamp(7), Timestamp(9));
        let stages = [
            Stage::Held(Held { until: held, not_before: at, by: "office-hours".into() }),
            Stage::Released(Released { at, forget: held, ..Released::default() }),
            Stage::Released(Released {
                at,
                due: Some(held),
                expires: Some(held),
                remind: vec![at, held],
                silence: Some(at),
                is_accepted: true,
                forget: held,
            }),
            Stage::Over(Over { released: at, by: "expired".into(), forget: held }),
        ];
        let begun = Begun { event: Some(event("e1")), ..Begun::default() };
        let moment = |is_over| Moment { at, is_over, fired: is_over.then_some(held) };
        let agenda = Agenda {
            waits: vec![
                Wait { rule: "r".into(), due: at, begun },
                Wait { rule: "s".into(), due: held, begun: Begun::default() },
            ],
            moments: BTreeMap::from([("m".to_owned(), moment(true)), ("n".to_owned(), moment(false))]),
            tasks: stages.into_iter().map(task).collect(),
        };
        let mut writer = Writer::new();
        write(&mut writer, &agenda);
        let text = writer.finish();
        let document = Document::parse_own(&text).unwrap();
        assert_eq!(read(Some(document.root())).unwrap(), agenda, "{text}");
        assert!(text.contains(r#""data":{"amount":0.10}"#), "{text}");
        assert_eq!(read(None).unwrap(), Agenda::default());
    }

    #[test]
    fn a_damaged_agenda_is_refused() {
        for text in [
            r#"{"waits":[{"rule":"r"}]}"#,
            r#"{"moments":{"r":[5]}}"#,
            r#"{"tasks":[{"id":"t"}]}"#,
            r#"{"waits":[{"rule":"r","due":5,"event":{"id":"e"}}]}"#,
        ] {
            let document = Document::parse_own(text).unwrap();
            assert!(read(Some(document.root())).is_err(), "{text}");
        }
    }
}
