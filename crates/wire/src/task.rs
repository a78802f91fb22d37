//! Tasks on their way to a destination: structured CloudEvents of type `segue.task.released`, `segue.task.reminder` and
//! `segue.task.withdrawn`.

use segue_document::{Writer, member};
use segue_model::task::Said;
use segue_model::{Priority, Task, Timestamp};

use crate::outgoing::Outgoing;

/// The content type of everything that leaves as a structured CloudEvent.
pub const CONTENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// What a task takes beside its texts, in bytes, and a little more.
const ROOM: usize = 1_000;

/// The record that tells of a task at `now`; its topic is [`Task::topic`].
pub fn encode(task: &Task<'_>, now: Timestamp) -> Outgoing {
    let key = task.subject.key();
    let texts = task.what.len() + task.how.iter().map(String::len).sum::<usize>() + task.shared.len();
    let mut writer = Writer::with_capacity(ROOM + texts + 2 * (key.len() + task.journey.len()));
    let _ = writer.begin_object().member(member!(specversion)).string("1.0");
    let id = &task.id;
    let _ = writer.member(member!(id));
    let _ = match task.said {
        Said::Released => writer.plain(format_args!("{id}/released")),
        Said::Reminder(number) => writer.plain(format_args!("{id}/reminder/{number}")),
        Said::Withdrawn => writer.plain(format_args!("{id}/withdrawn")),
    };
    let kind = match task.said {
        Said::Released => "segue.task.released",
        Said::Reminder(_) => "segue.task.reminder",
        Said::Withdrawn => "segue.task.withdrawn",
    };
    let _ = writer.member(member!(source)).string("segue").member(member!(type)).string(kind);
    let _ = writer.member(member!(subject)).string(&key).member(member!(time)).plain(now);
    let _ = writer.member(member!(datacontenttype)).string("application/json");
    if let Some(traceparent) = task.traceparent {
        let _ = writer.member(member!(traceparent)).string(traceparent);
    }
    let _ = writer.member(member!(data));
    write_data(&mut writer, task, &key);
    let _ = writer.end_object();
    let mut record = Outgoing::text(key, writer.finish());
    record.headers.push(("content-type".to_owned(), Some(CONTENT_TYPE.as_bytes().to_vec())));
    record
}

fn write_data(writer: &mut Writer, task: &Task<'_>, key: &str) {
    let _ = writer.begin_object();
    let _ = writer.member(member!(task)).string(&task.id).member(member!(action)).string(task.action);
    let _ = writer.member(member!(rule)).string(task.rule);
    let _ = writer.member(member!(subject)).string(key).member(member!(per)).string(&task.subject.kind);
    let _ = writer.member(member!(journey)).string(task.journey).member(member!(priority));
    write_priority(writer, &task.priority);
    let _ = writer.end_object();
    let _ = writer.member(member!(what)).string(&task.what).member(member!(how)).begin_array();
    for step in &task.how {
        let _ = writer.string(step);
    }
    let _ = writer.end_array().member(member!(tone)).optional(task.tone.as_deref());
    let _ = writer.member(member!(assignee)).optional(task.assignee.as_deref());
    let _ = writer.member(member!(channel)).optional(task.channel);
    if let Some(address) = &task.address {
        let _ = writer.member(member!(address)).string(address);
    }
    if let Some(question) = &task.question {
        let _ =
            writer.member(member!(question)).string(&question.text).member(member!(answers)).begin_array();
        for answer in question.answers {
            let _ = writer.string(answer);
        }
        let _ = writer.end_array();
    }
    let _ = writer.member(member!(released_at)).plain(task.released_at);
    for (member, at) in [(member!(due_at), task.due_at), (member!(expires_at), task.expires_at)] {
        let _ = writer.member(member);
        let _ = match at {
            Some(at) => writer.plain(at),
            None => writer.null(),
        };
    }
    let _ = writer.member(member!(shared)).raw(&task.shared);
    let _ = writer.member(member!(cause)).begin_object().member(member!(source)).string(task.cause.source);
    let _ = writer
        .member(member!(event))
        .string(task.cause.event)
        .member(member!(type))
        .string(task.cause.kind)
        .end_object();
    let _ =
        writer.member(member!(decision)).string(&task.decision).member(member!(bundle)).string(task.bundle);
    let _ = writer.end_object();
}

/// Writes a priority as tasks and decisions carry it. The object stays open, for what only one of them adds.
pub(crate) fn write_priority(writer: &mut Writer, priority: &Priority) {
    write_double(writer.begin_object().member(member!(score)), priority.score);
    let _ = writer.member(member!(rank)).integer(i64::from(priority.rank));
    write_double(writer.member(member!(propensity)), priority.propensity);
    write_double(writer.member(member!(context)), priority.context);
    write_double(writer.member(member!(value)), priority.value);
    write_double(writer.member(member!(lever)), priority.lever);
}

/// Writes a double as [`Writer::double`] does, and most numbers that people choose with less work: a number that so many
/// thousandths divide to has no shorter form than these thousandths.
pub(crate) fn write_double(writer: &mut Writer, number: f64) {
    let thousandths = (number * 1_000.0 + 0.5) as u32;
    if !(number.is_sign_positive() && number < 1e6 && f64::from(thousandths) / 1_000.0 == number) {
        let _ = writer.double(number);
        return;
    }
    let (mut text, mut at) = ([0; 11], 11);
    let (mut rest, mut behind) = (thousandths, 3);
    while behind > 1 && rest.is_multiple_of(10) {
        (rest, behind) = (rest / 10, behind - 1);
    }
    let mut put = |byte: u8| {
        at -= 1;
        text[at] = byte;
    };
    for _ in 0..behind {
        put(b'0' + (rest % 10) as u8);
        rest /= 10;
    }
    put(b'.');
    put(b'0' + (rest % 10) as u8);
    while rest >= 10 {
        rest /= 10;
        put(b'0' + (rest % 10) as u8);
    }
    let _ = writer.raw(std::str::from_utf8(&text[at..]).expect("digits are ASCII"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use segue_model::task::Question;
    use segue_model::{Cause, Subject, id};

    const NOW: Timestamp = Timestamp(1_772_445_600_000);

    /// A task of a person, on the phone.
    fn task(subject: &Subject) -> Task<'_> {
        let cause = Cause { source: "billing", event: "e1", kind: "payment.failed" };
        let priority =
            Priority { score: 20.5, rank: 1, propensity: 1.0, context: 1.0, value: 20.5, lever: 1.0 };
        Task {
            said: Said::Released,
            id: id::task("billing", "e1", "trouble", "call", subject),
            action: "call",
            rule: "trouble",
            subject,
            journey: "j",
            priority,
            what: "Call \"Ada\"".into(),
            how: vec!["Open".into(), "Offer".into()],
            tone: None,
            assignee: None,
            channel: Some("phone"),
            address: Some("+33 1".into()),
            question: None,
            released_at: NOW,
            due_at: None,
            expires_at: None,
            shared: r#"{"who":{"n":0.10}}"#.into(),
            cause,
            decision: id::decision("billing", "e1", subject),
            bundle: "b",
            destination: "crm",
            topic: "crm.tasks",
            traceparent: None,
        }
    }

    #[test]
    fn a_task_leaves_as_a_cloudevent_of_the_contract() {
        let subject = Subject::person("c1");
        let task = task(&subject);
        let record = encode(&task, NOW);
        assert_eq!(record.key.as_deref(), Some(&b"c1"[..]));
        assert_eq!(record.headers, [("content-type".to_owned(), Some(CONTENT_TYPE.as_bytes().to_vec()))]);
        let expected = concat!(
            r#"{"specversion":"1.0","id":"t-1/released","source":"segue","type":"segue.task.released","#,
            r#""subject":"c1","time":"2026-03-02T10:00:00Z","datacontenttype":"application/json","data":{"#,
            r#""task":"t-1","action":"call","rule":"trouble","subject":"c1","per":"person","journey":"j","#,
            r#""priority":{"score":20.5,"rank":1,"propensity":1.0,"context":1.0,"value":20.5,"lever":1.0},"#,
            r#""what":"Call \"Ada\"","how":["Open","Offer"],"tone":null,"assignee":null,"channel":"phone","#,
            r#""address":"+33 1","released_at":"2026-03-02T10:00:00Z","due_at":null,"expires_at":null,"#,
            r#""shared":{"who":{"n":0.10}},"#,
            r#""cause":{"source":"billing","event":"e1","type":"payment.failed"},"#,
            r#""decision":"d-1","bundle":"b"}}"#,
        );
        let expected = expected.replace("t-1", &task.id).replace("d-1", &task.decision);
        assert_eq!(String::from_utf8(record.value.unwrap()).unwrap(), expected);

        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let value = encode(&Task { traceparent: Some(trace), ..task.clone() }, NOW).value.unwrap();
        let json: serde_json::Value = serde_json::from_slice(&value).unwrap();
        assert_eq!(json["traceparent"], trace);

        let answers = ["yes".to_owned(), "no".to_owned()];
        let question = Question { text: "Move it?".into(), answers: &answers };
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
        let id = format!("{}/reminder/1", reminder.id);
        assert_eq!((&json["id"], &json["type"]), (&id.into(), &"segue.task.reminder".into()));
        assert_eq!(json["time"], "2026-03-02T11:00:00Z");
        let data = &json["data"];
        assert_eq!((&data["assignee"], &data["question"]), (&"Bo".into(), &"Move it?".into()));
        assert_eq!(data["answers"], serde_json::json!(["yes", "no"]));
        assert_eq!(
            (&data["due_at"], &data["expires_at"]),
            (&"2026-03-02T11:00:00Z".into(), &serde_json::Value::Null)
        );
    }

    fn check_double(number: f64) {
        let mut writer = Writer::new();
        write_double(&mut writer, number);
        assert_eq!(writer.finish(), format!("{number:?}"));
    }

    #[test]
    fn numbers_at_the_edges_are_written_as_ever() {
        for number in
            [0.0, -0.0, 0.001, 0.0005, 0.999, 1.0, 9.9995, 999_999.999, 999_999.999_7, 1e6, 1e16, -1.5]
        {
            check_double(number);
        }
    }

    proptest! {
        #[test]
        fn numbers_are_written_as_ever(thousandths in 0u32..2_000_000_000, factor in 0.0..2.0f64) {
            check_double(f64::from(thousandths) / 1_000.0);
            check_double(f64::from(thousandths / 10) / 100.0);
            check_double(f64::from(thousandths / 1_000) * factor);
        }
    }
}
