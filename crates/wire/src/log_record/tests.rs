//! Log records read back as they were written, whatever they hold.

use std::sync::Arc;

use proptest::prelude::*;
use segue_document::Limits;

use super::*;
use segue_model::{Responses, Share};

use crate::incoming::{Failure, Frame};
use crate::note::Says;

fn origin() -> Origin {
    Origin { topic: "crm.events".into(), incarnation: u64::MAX, partition: 3, offset: 42, n: 1 }
}

fn event(data: &str) -> Event {
    Event {
        source: "crm".into(),
        namespace: Some("/crm".into()),
        id: "e,\"data\":1".into(),
        kind: "customer.changed".into(),
        time: Timestamp(-5),
        logged_at: Timestamp(1_772_445_600_000),
        subject: Some(Subject::person("c1")),
        journey: "j".into(),
        traceparent: None,
        surroundings: Default::default(),
        data: Document::parse_own(data).unwrap(),
    }
}

fn read(text: &str) -> LogRecord {
    decode(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn an_event_is_written_in_the_form_that_others_read() {
    let record = LogRecord::Event { event: event(r#"{"n":0.10, "data":{"data":1}}"#), origin: origin() };
    let text = encode(&record);
    let expected = concat!(
        r#"{"v":1,"kind":"event","at":1772445600000,"origin":{"topic":"crm.events","#,
        r#""incarnation":18446744073709551615,"partition":3,"offset":42,"n":1},"source":"crm","#,
        r#""namespace":"/crm","id":"e,\"data\":1","type":"customer.changed","time":-5,"subject":"c1","#,
        r#""journey":"j","data":{"n":0.10, "data":{"data":1}}}"#,
    );
    assert_eq!(text, expected);
    let LogRecord::Event { event: back, origin } = read(&text) else { panic!("it is an event") };
    assert_eq!(origin, self::origin());
    assert_eq!((back.id.as_str(), back.subject), ("e,\"data\":1", Some(Subject::person("c1"))));
    assert_eq!(back.data.text(), r#"{"n":0.10, "data":{"data":1}}"#);
}

#[test]
fn a_signal_about_another_subject_keeps_what_began_it() {
    let cause = event(r#"{"a":0.10,"data":{"data":1}}"#);
    let subject = Subject { kind: "company".into(), id: "acme/1".into() };
    let event = Event { subject: Some(subject), source: "segue".into(), ..event(r#"{"n":1}"#) };
    let passed = Passed { event, cause, steps: 3, origin: origin() };
    let text = encode(&LogRecord::Signal(Box::new(passed.clone())));
    assert!(text.contains(r#""subject":"acme/1","per":"company""#), "{text}");
    let LogRecord::Signal(back) = read(&text) else { panic!("it is a signal") };
    assert_eq!((back.cause.data.text(), &*back), (r#"{"a":0.10,"data":{"data":1}}"#, &passed));
}

#[test]
fn a_row_is_about_everyone() {
    let event = Event { subject: None, ..event("{}") };
    let text = encode(&LogRecord::Row { event, origin: origin() });
    assert!(text.contains(r#""kind":"row""#) && text.contains(r#""subject":null"#), "{text}");
    assert!(matches!(read(&text), LogRecord::Row { event, .. } if event.subject.is_none()));
}

#[test]
fn a_tick_has_its_time_and_nothing_else() {
    let text = encode_tick(Timestamp(7));
    assert_eq!(text, r#"{"v":1,"kind":"tick","at":7}"#);
    let tick = read(&text);
    assert_eq!((tick.at(), tick.origin()), (Timestamp(7), None));
}

#[test]
fn data_of_several_lines_are_written_on_one_with_their_numbers_as_they_were() {
    let text = encode(&LogRecord::Event {
        event: event("{\r\n  \"n\": 1.50,\n\"s\": \"a\\nb\"}"),
        origin: origin(),
    });
    assert!(text.ends_with(r#""data":{"n":1.50,"s":"a\nb"}}"#), "{text}");
}

#[test]
fn what_is_no_record_of_this_version_is_refused() {
    let text = encode(&LogRecord::Event { event: event("{}"), origin: origin() });
    let member = |member| DecodeError::Member { member };
    for (text, expected) in [
        (text.replace("\"v\":1", "\"v\":2"), DecodeError::Version { found: Some(2) }),
        (text.replace("\"kind\":\"event\"", "\"kind\":\"dance\""), member("kind")),
        (text.replace("\"offset\":42", "\"offset\":-1"), member("origin.offset")),
        (text.replace("\"journey\":\"j\",", ""), member("journey")),
        ("{}".to_owned(), DecodeError::Version { found: None }),
        (text.replace(",\"data\":{}", ""), member("data")),
        (text.trim_end_matches('}').to_owned() + "},1", member("data")),
    ] {
        assert_eq!(decode(text.as_bytes()).expect_err(&text), expected);
    }
    assert!(matches!(decode(text.replace("{}}", "{},\"x\":1}").as_bytes()), Err(DecodeError::NotJson(_))));
    assert_eq!(decode(b"\xff").expect_err("no text"), DecodeError::NotUtf8);
}

#[test]
fn a_failed_event_is_never_too_long_for_the_log() {
    let name = "\u{1}".repeat(60_000);
    let value = vec![0xff; crate::failed::FAILED_VALUE_BYTES_MAX];
    let frame = Frame { key: None, value: Some(&value), headers: vec![(&name, None)] };
    let failure = Failure::new(FailureCode::TooLarge, "x");
    let failed = Failed::of(&frame, &failure, origin(), None, Timestamp(0));
    assert_eq!(failed.left_out, 0);
    let text = encode_failed(&failed);
    assert!(text.len() <= RECORD_BYTES_MAX, "{}", text.len());
    let LogRecord::Failed(back) = read(&text) else { panic!("it is a failed event") };
    assert_eq!(back.left_out, (name.len() + value.len()) as u64);

    let frame = Frame { key: None, value: Some(&value), headers: Vec::new() };
    let failed = Failed::of(&frame, &failure, origin(), None, Timestamp(0));
    let LogRecord::Failed(back) = read(&encode_failed(&failed)) else { panic!("it is a failed event") };
    assert_eq!(back, failed, "the longest value that is kept fits");
}

fn arbitrary_origin() -> impl Strategy<Value = Origin> {
    (any::<String>(), any::<u64>(), any::<u32>(), any::<u64>(), any::<u32>()).prop_map(
        |(topic, incarnation, partition, offset, n)| Origin { topic, incarnation, partition, offset, n },
    )
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(|n| format!("{n:?}")),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::btree_map("[a-z\",:]{1,5}|data", inner, 0..4).prop_map(|members| {
                let members = members
                    .iter()
                    .map(|(name, value)| format!("{}:{value}", serde_json::Value::from(name.as_str())));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

/// An object with one text, or nothing.
fn member(name: &str, text: Option<String>) -> Option<Arc<Document>> {
    let mut writer = Writer::new();
    let _ = writer.begin_object().key(name).string(&text?).end_object();
    Some(Arc::new(Document::parse_own(&writer.finish()).unwrap()))
}

proptest! {
    #[test]
    fn an_event_reads_back_as_it_was_written(
        (id, kind, journey, source) in (any::<String>(), any::<String>(), any::<String>(), any::<String>()),
        (namespace, subject, traceparent) in
            (any::<Option<String>>(), any::<Option<String>>(), any::<Option<String>>()),
        (at, time, of_kind) in (any::<i64>(), any::<i64>(), "person|company"),
        (origin, data) in (arbitrary_origin(), json()),
        (city, kind_of_device) in (any::<Option<String>>(), any::<Option<String>>()),
    ) {
        let around = Surroundings { place: member("city", city), device: member("kind", kind_of_device) };
        let document = Document::parse(data.as_bytes(), &Limits::CONTRACT).unwrap();
        let event = Event {
            source, namespace, id, kind, journey, traceparent,
            time: Timestamp(time),
            logged_at: Timestamp(at),
            subject: subject.map(|id| Subject { kind: of_kind, id }),
            surroundings: around.clone(),
            data: document,
        };
        let text = encode(&LogRecord::Event { event: event.clone(), origin: origin.clone() });
        prop_assert!(!text.contains('\n'));
        let LogRecord::Event { event: back, origin: same } = read(&text) else { panic!("an event") };
        prop_assert_eq!(same, origin);
        prop_assert_eq!(back.data.text(), event.data.text());
        prop_assert_eq!(back.surroundings, around);
        prop_assert_eq!(
            (back.source, back.namespace, back.id, back.kind, back.journey, back.traceparent),
            (event.source, event.namespace, event.id, event.kind, event.journey, event.traceparent)
        );
        prop_assert_eq!(
            (back.time, back.logged_at, back.subject), (event.time, event.logged_at, event.subject)
        );
    }

    #[test]
    fn a_failed_event_reads_back_as_it_was_written(
        key in any::<Option<Vec<u8>>>(),
        value in any::<Option<Vec<u8>>>(),
        headers in prop::collection::vec(any::<(String, Option<Vec<u8>>)>(), 0..4),
        (detail, pointer, source) in (any::<String>(), any::<Option<String>>(), any::<Option<String>>()),
        (origin, at, left_out) in (arbitrary_origin(), any::<i64>(), any::<u64>()),
        code in prop::sample::select(FailureCode::ALL),
    ) {
        let at = Timestamp(at);
        let failed = Failed { at, origin, source, code, detail, pointer, key, headers, value, left_out };
        let LogRecord::Failed(back) = read(&encode_failed(&failed)) else { panic!("a failed event") };
        prop_assert_eq!(back, failed);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80), at in any::<usize>()) {
        let _ = decode(&bytes);
        let mut text = encode(&LogRecord::Event { event: event("{}"), origin: origin() }).into_bytes();
        let place = at % text.len();
        text[place] = bytes.first().copied().unwrap_or(b'}');
        let _ = decode(&text);
    }
}

#[test]
fn what_partitions_tell_each_other_reads_back_and_what_is_damaged_is_refused() {
    let counted = Responses { positives: 3, responses: u64::MAX };
    let share = Share { partition: 7, action: "send-offer".into(), counted };
    let note =
        Note { at: Timestamp(5), says: Says::Learned(vec![share.clone(), Share { partition: 0, ..share }]) };
    let text = encode_note(&note);
    let LogRecord::Note(back) = decode(text.as_bytes()).unwrap() else { panic!("a note") };
    assert_eq!(back, note);
    assert_eq!((stamp(text.as_bytes()), LogRecord::Note(back).is_tick()), (Some(Timestamp(5)), false));
    for damaged in ["[[7,\"a\",3]]", "[[-7,\"a\",3,4]]", "[[7,8,3,4]]", "{}"] {
        let text = format!(r#"{{"v":1,"kind":"learned","at":5,"shares":{damaged}}}"#);
        assert!(decode(text.as_bytes()).is_err(), "{damaged}");
    }
}
