//! What a source is told, on its way out: structured CloudEvents of type `segue.status`.

use segue_document::Writer;
use segue_model::{Status, Subject};

use crate::outgoing::Outgoing;
use crate::task::CONTENT_TYPE;

/// The record of a status; its topic is [`Status::topic`].
pub fn encode(status: &Status) -> Outgoing {
    let key = status.subject.as_ref().map(Subject::key);
    let at = status.at.to_string();
    let mut writer = Writer::new();
    let _ = writer.begin_object().key("specversion").string("1.0").key("id").string(&status.id);
    let _ = writer.key("source").string("segue").key("type").string("segue.status");
    if let Some(key) = &key {
        let _ = writer.key("subject").string(key);
    }
    let _ = writer.key("time").string(&at);
    let _ = writer.key("datacontenttype").string("application/json");
    if let Some(traceparent) = &status.traceparent {
        let _ = writer.key("traceparent").string(traceparent);
    }
    let _ = writer.key("data").begin_object().key("event").string(&status.event);
    if let (Some(key), Some(subject)) = (&key, &status.subject) {
        let _ = writer.key("subject").string(key).key("per").string(&subject.kind);
    }
    let _ = writer.key("stage").string(status.stage);
    if let Some((task, action)) = &status.task {
        let _ = writer.key("task").string(task).key("action").string(action);
    }
    if let Some(reason) = &status.reason {
        let _ = writer.key("reason").string(reason);
    }
    if let Some(subjects) = status.subjects {
        let _ = writer.key("subjects").unsigned(subjects);
    }
    let _ = writer.key("at").string(&at).end_object().end_object();
    let mut record = Outgoing::text(key.unwrap_or_default(), writer.finish());
    if status.subject.is_none() {
        record.key = None;
    }
    record.headers.push(("content-type".to_owned(), Some(CONTENT_TYPE.as_bytes().to_vec())));
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_model::Timestamp;

    #[test]
    fn a_status_leaves_as_a_cloudevent_of_the_contract() {
        let status = Status {
            topic: "billing.status".into(),
            id: "s".into(),
            event: "e1".into(),
            subject: Some(Subject::person("c1")),
            stage: "held",
            task: Some(("t-1".into(), "call".into())),
            reason: Some("hold".into()),
            subjects: None,
            at: Timestamp(0),
            traceparent: None,
        };
        let record = encode(&status);
        assert_eq!(record.key.as_deref(), Some(&b"c1"[..]));
        let expected = concat!(
            r#"{"specversion":"1.0","id":"s","source":"segue","type":"segue.status","subject":"c1","#,
            r#""time":"1970-01-01T00:00:00Z","datacontenttype":"application/json","data":{"event":"e1","#,
            r#""subject":"c1","per":"person","stage":"held","task":"t-1","action":"call","reason":"hold","#,
            r#""at":"1970-01-01T00:00:00Z"}}"#,
        );
        assert_eq!(String::from_utf8(record.value.unwrap()).unwrap(), expected);
    }
}
