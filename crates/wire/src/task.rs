//! Tasks on their way to a destination: structured CloudEvents of type `segue.task.released`, `segue.task.reminder` and
//! `segue.task.withdrawn`.

use segue_document::Writer;
use segue_model::task::Said;
use segue_model::{Priority, Task, Timestamp};

use crate::outgoing::Outgoing;

/// The content type of everything that leaves as a structured CloudEvent.
pub const CONTENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// Most are shorter, in bytes.
const ROOM: usize = 2048;

/// The record that tells of a task at `now`; its topic is [`Task::topic`].
pub fn encode(task: &Task, now: Timestamp) -> Outgoing {
    let released_at = task.released_at.to_string();
    let (id, kind) = match task.said {
        Said::Released => (format!("{}/released", task.id), "segue.task.released"),
        Said::Reminder(number) => (format!("{}/reminder/{number}", task.id), "segue.task.reminder"),
        Said::Withdrawn => (format!("{}/withdrawn", task.id), "segue.task.withdrawn"),
    };
    let mut writer = Writer::with_capacity(ROOM);
    let _ = writer.begin_object().key("specversion").string("1.0");
    let _ = writer.key("id").string(&id);
    let _ = writer.key("source").string("segue").key("type").string(kind);
    let _ = writer.key("subject").string(&task.subject.key()).key("time").string(&now.to_string());
    let _ = writer.key("datacontenttype").string("application/json");
    if let Some(traceparent) = &task.traceparent {
        let _ = writer.key("traceparent").string(traceparent);
    }
    let _ = writer.key("data");
    write_data(&mut writer, task, &released_at);
    let _ = writer.end_object();
    let mut record = Outgoing::text(task.subject.key(), writer.finish());
    record.headers.push(("content-type".to_owned(), Some(CONTENT_TYPE.as_bytes().to_vec())));
    record
}

fn write_data(writer: &mut Writer, task: &Task, released_at: &str) {
    let _ = writer.begin_object();
    let _ = writer.key("task").string(&task.id).key("action").string(&task.action);
    let _ = writer.key("rule").string(&task.rule);
    let _ = writer.key("subject").string(&task.subject.key()).key("per").string(&task.subject.kind);
    let _ = writer.key("journey").string(&task.journey).key("priority");
    write_priority(writer, &task.priority);
    let _ = writer.key("what").string(&task.what).key("how").begin_array();
    for step in &task.how {
        let _ = writer.string(step);
    }
    let _ = writer.end_array().key("tone").optional(task.tone.as_deref());
    let _ = writer.key("assignee").optional(task.assignee.as_deref()).key("channel").null();
    if let Some(question) = &task.question {
        let _ = writer.key("question").string(&question.text).key("answers").begin_array();
        for answer in &question.answers {
            let _ = writer.string(answer);
        }
        let _ = writer.end_array();
    }
    let _ = writer.key("released_at").string(released_at);
    for (name, at) in [("due_at", task.due_at), ("expires_at", task.expires_at)] {
        let _ = writer.key(name).optional(at.map(|at| at.to_string()).as_deref());
    }
    let _ = writer.key("shared").value(task.shared.root());
    let _ = writer.key("cause").begin_object().key("source").string(&task.cause.source);
    let _ = writer.key("event").string(&task.cause.event).key("type").string(&task.cause.kind).end_object();
    let _ = writer.key("decision").string(&task.decision).key("bundle").string(&task.bundle);
    let _ = writer.end_object();
}

/// Writes a priority as tasks and decisions carry it.
pub(crate) fn write_priority(writer: &mut Writer, priority: &Priority) {
    let _ = writer.begin_object().key("score").double(priority.score);
    let _ = writer.key("rank").integer(i64::from(priority.rank));
    let _ = writer.key("propensity").double(priority.propensity);
    let _ = writer.key("context").double(priority.context);
    let _ = writer.key("value").double(priority.value);
    let _ = writer.key("lever").double(priority.lever).end_object();
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_document::Document;
    use segue_model::task::Question;
    use segue_model::{Cause, Subject};

    const NOW: Timestamp = Timestamp(1_772_445_600_000);

    #[test]
    fn a_task_leaves_as_a_cloudevent_of_the_contract() {
        let cause = Cause { source: "billing".into(), event: "e1".into(), kind: "payment.failed".into() };
        let priority =
            Priority { score: 20.5, rank: 1, propensity: 1.0, context: 1.0, value: 20.5, lever: 1.0 };
        let task = Task {
            said: Said::Released,
            id: "t-1".into(),
            action: "call".into(),
            rule: "trouble".into(),
            subject: Subject::person("c1"),
            journey: "j".into(),
            priority,
            what: "Call \"Ada\"".into(),
            how: vec!["Open".into(), "Offer".into()],
            tone: None,
            assignee: None,
            question: None,
            released_at: NOW,
            due_at: None,
            expires_at: None,
            shared: Document::parse_own(r#"{"who":{"n":0.10}}"#).unwrap(),
            cause,
            decision: "d-1".into(),
            bundle: "b".into(),
            destination: "crm".into(),
            topic: "crm.tasks".into(),
            traceparent: None,
        };
        let record = encode(&task, NOW);
        assert_eq!(record.key.as_deref(), Some(&b"c1"[..]));
        assert_eq!(record.headers, [("content-type".to_owned(), Some(CONTENT_TYPE.as_bytes().to_vec()))]);
        let expected = concat!(
            r#"{"specversion":"1.0","id":"t-1/released","source":"segue","type":"segue.task.released","#,
            r#""subject":"c1","time":"2026-03-02T10:00:00Z","datacontenttype":"application/json","data":{"#,
            r#""task":"t-1","action":"call","rule":"trouble","subject":"c1","per":"person","journey":"j","#,
            r#""priority":{"score":20.5,"rank":1,"propensity":1.0,"context":1.0,"value":20.5,"lever":1.0},"#,
            r#""what":"Call \"Ada\"","how":["Open","Offer"],"tone":null,"assignee":null,"channel":null,"#,
            r#""released_at":"2026-03-02T10:00:00Z","due_at":null,"expires_at":null,"#,
            r#""shared":{"who":{"n":0.10}},"#,
            r#""cause":{"source":"billing","event":"e1","type":"payment.failed"},"#,
            r#""decision":"d-1","bundle":"b"}}"#,
        );
        assert_eq!(String::from_utf8(record.value.unwrap()).unwrap(), expected);

        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let value = encode(&Task { traceparent: Some(trace.into()), ..task.clone() }, NOW).value.unwrap();
        let json: serde_json::Value = serde_json::from_slice(&value).unwrap();
        assert_eq!(json["traceparent"], trace);

        let question = Question { text: "Move it?".into(), answers: vec!["yes".into(), "no".into()] };
        let later = Timestamp(NOW.0 + 3_600_000);
        let reminder = Task {
            said: Said::Reminder(1),
            assignee: Some("Bo".into()),
            question: Some(question),
            due_at: Some(later),
            ..task
        };
        let json: serde_json::Value =
            serde_json::from_slice(&encode(&reminder, later).value.unwrap()).unwrap();
        assert_eq!((&json["id"], &json["type"]), (&"t-1/reminder/1".into(), &"segue.task.reminder".into()));
        assert_eq!(json["time"], "2026-03-02T11:00:00Z");
        let data = &json["data"];
        assert_eq!((&data["assignee"], &data["question"]), (&"Bo".into(), &"Move it?".into()));
        assert_eq!(data["answers"], serde_json::json!(["yes", "no"]));
        assert_eq!(
            (&data["due_at"], &data["expires_at"]),
            (&"2026-03-02T11:00:00Z".into(), &serde_json::Value::Null)
        );
    }
}
