//! The examples of the CloudEvents specification in both modes, and each way in which a record can be wrong.

use proptest::prelude::*;
use segue_document::Limits;
use segue_model::FailureCode::{self, *};

use super::*;

const LIMITS: Limits = Limits::CONTRACT;
const STRUCTURED: (&str, Option<&[u8]>) =
    ("content-type", Some(b"application/cloudevents+json; charset=UTF-8"));

fn frame<'r>(headers: &[(&'r str, &'r str)], value: Option<&'r [u8]>) -> Frame<'r> {
    let headers = headers.iter().map(|(name, value)| (*name, Some(value.as_bytes()))).collect();
    Frame { key: Some(b"mykey"), value, headers }
}

fn take(headers: &[(&str, &str)], value: &str) -> Result<Incoming, Failure> {
    decode(&frame(headers, Some(value.as_bytes())), &LIMITS)
}

fn refuse(headers: &[(&str, &str)], value: &str, code: FailureCode, pointer: Option<&str>) {
    let failure = take(headers, value).expect_err(value);
    assert_eq!((failure.code, failure.pointer.as_deref()), (code, pointer), "{headers:?} {value:.200}");
}

const BINARY: [(&str, &str); 6] = [
    ("ce_specversion", "1.0"),
    ("ce_type", "com.example.someevent"),
    ("ce_source", "/mycontext/subcontext"),
    ("ce_id", "1234-1234-1234"),
    ("ce_time", "2018-04-05T03:56:24Z"),
    ("content-type", "application/json"),
];

fn binary_with(name: &'static str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut headers = BINARY.to_vec();
    headers.retain(|(other, _)| *other != name);
    headers.push((name, value));
    headers
}

#[test]
fn the_binary_example_of_the_kafka_binding_is_read() {
    let event = take(&BINARY, r#"{"a":0.10}"#).unwrap();
    assert_eq!((event.id.as_str(), event.kind.as_str()), ("1234-1234-1234", "com.example.someevent"));
    assert_eq!(event.namespace.as_deref(), Some("/mycontext/subcontext"));
    assert_eq!(event.time.unwrap().to_string(), "2018-04-05T03:56:24Z");
    assert_eq!(event.data().unwrap().raw(), r#"{"a":0.10}"#);
    assert_eq!(event.subject, None);
}

#[test]
fn the_structured_example_of_the_kafka_binding_is_read() {
    let value = r#"{"specversion" : "1.0", "type" : "com.example.someevent",
        "source" : "/mycontext/subcontext", "id" : "1234-1234-1234", "time" : "2018-04-05T03:56:24Z",
        "datacontenttype" : "application/xml", "data" : "<much wow=\"xml\"/>"}"#;
    let content_types =
        ["application/cloudevents+json; charset=UTF-8", "Application/CloudEvents", "application/json"];
    for content_type in content_types {
        let event = take(&[("Content-Type", content_type)], value).unwrap();
        assert_eq!((event.id.as_str(), event.kind.as_str()), ("1234-1234-1234", "com.example.someevent"));
        assert_eq!(event.data().unwrap().as_str(), Some("<much wow=\"xml\"/>"));
    }
    assert!(take(&[], value).is_ok(), "console tools set no headers");
}

#[test]
fn the_examples_of_the_json_format_are_read_with_their_extensions() {
    let value = r#"{"specversion":"1.0","type":"com.example.someevent","source":"/mycontext","subject":null,
        "id":"C234-1234-1234","time":"2018-04-05T17:31:00Z","comexampleextension1":"value",
        "comexampleothervalue":5,"correlationid":"m1","causationid":"e0","datacontenttype":"application/json",
        "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "data":{"appinfoA":"abc","appinfoB":123,"appinfoC":true}}"#;
    let event = take(&[], value).unwrap();
    assert_eq!(event.extension("comexampleextension1"), Some("value"));
    assert_eq!(event.extension("comexampleothervalue"), Some("5"));
    assert_eq!((event.correlation.as_deref(), event.causation.as_deref()), (Some("m1"), Some("e0")));
    assert!(event.traceparent.is_some());
    assert_eq!(event.subject, None, "null says that an attribute is not set");
    assert_eq!(event.data().unwrap().get("appinfoB").unwrap().as_i64(), Some(123));
}

#[test]
fn data_in_base64_are_decoded_and_must_be_json() {
    let with = |data: &str| format!(r#"{{"specversion":"1.0","id":"1","type":"t","data_base64":{data}}}"#);
    // {"a":1}
    let event = take(&[], &with(r#""eyJhIjoxfQ==""#)).unwrap();
    assert_eq!(event.data().unwrap().raw(), r#"{"a":1}"#);
    assert_eq!(event.id, "1");
    refuse(&[], &with(r#""...""#), NotCloudevent, Some("/data_base64"));
    refuse(&[], &with("7"), NotCloudevent, Some("/data_base64"));
    // {"a":{"b":1,"b":2}}
    refuse(&[], &with(r#""eyJhIjp7ImIiOjEsImIiOjJ9fQ==""#), DuplicateKey, Some("/data/a/b"));
    // No JSON at all: "<xml/>"
    refuse(&[], &with(r#""PHhtbC8+""#), NotJson, Some("/data"));
    refuse(&[], &with(r#""eyJhIjoxfQ==","data":1"#), NotCloudevent, Some("/data_base64"));
}

#[test]
fn an_event_may_come_without_data() {
    let event = take(&[], r#"{"specversion":"1.0","id":"1","type":"t"}"#).unwrap();
    assert!(event.data().is_none());
    let event = decode(&frame(&BINARY, None), &LIMITS).unwrap();
    assert!(event.data().is_none());
}

#[test]
fn text_that_is_no_json_within_limits_is_refused_with_its_place() {
    let in_data = |data: &str| format!(r#"{{"specversion":"1.0","id":"1","type":"t","data":{data}}}"#);
    refuse(&[], "", NotJson, None);
    refuse(&[], "nonsense", NotJson, None);
    refuse(&[], &in_data(r#"{"a":[1,}"#), NotJson, Some("/data/a/1"));
    refuse(&[], &in_data(r#"{"a":{"b":1,"b":2}}"#), DuplicateKey, Some("/data/a/b"));
    let (deep, place) = (format!("{}{}", "[".repeat(200), "]".repeat(200)), "/0".repeat(31));
    refuse(&[], &in_data(&deep), TooDeep, Some(&format!("/data{place}")));
    refuse(&[], &in_data(&format!("[{}0]", "0,".repeat(10_000))), TooMany, Some("/data/9995"));
    refuse(&[], &" ".repeat(5 * 1024 * 1024), TooLarge, None);
    refuse(&BINARY, "", NotJson, Some("/data"));
    refuse(&BINARY, r#"{"b":1,"b":2}"#, DuplicateKey, Some("/data/b"));
    let failure = decode(&frame(&[], Some(b"{\"specversion\":\"\xff\"}")), &LIMITS).expect_err("not UTF-8");
    assert_eq!(failure.code, NotUtf8);
    let failure = decode(&frame(&[], None), &LIMITS).expect_err("no value");
    assert_eq!(failure.code, NoData);
}

#[test]
fn the_key_and_headers_count_towards_the_size() {
    let event = r#"{"specversion":"1.0","id":"1","type":"t"}"#;
    let value = event.to_owned() + &" ".repeat(256 * 1024 - "mykey".len() - event.len());
    assert!(take(&[], &value).is_ok(), "with its key of five bytes the record is just within the limit");
    refuse(&[], &format!("{value} "), TooLarge, None);
    refuse(&[("h", "v")], &value, TooLarge, None);
}

#[test]
fn what_is_no_cloudevent_is_refused_with_its_place() {
    for value in ["[]", "7", "\"text\"", "{}", r#"{"id":"1","type":"t","specversion":null}"#] {
        refuse(&[], value, NotCloudevent, None);
    }
    refuse(&[], r#"{"id":"1","type":"t","specversion":"0.3"}"#, NotCloudevent, Some("/specversion"));
    refuse(&[], r#"{"id":"1","type":"t","specversion":1.0}"#, NotCloudevent, Some("/specversion"));
    for (name, json) in [("id", "7"), ("type", "[]"), ("source", "{}"), ("subject", "true"), ("ext", "{}")] {
        let value = format!(r#"{{"specversion":"1.0","{name}":{json}}}"#);
        refuse(&[], &value, NotCloudevent, Some(&format!("/{name}")));
    }
    let long = format!(r#"{{"specversion":"1.0","type":"t","id":"{}"}}"#, "x".repeat(4097));
    refuse(&[], &long, NotCloudevent, Some("/id"));
    refuse(&[("ce_id", "1"), ("ce_type", "t")], "{}", NotCloudevent, None);
    refuse(&binary_with("ce_specversion", "2.0"), "{}", NotCloudevent, None);
    refuse(&[("content-type", "text/plain")], r#"{"specversion":"1.0"}"#, NotCloudevent, None);
}

#[test]
fn framing_that_the_format_does_not_have_is_refused() {
    for content_type in ["application/cloudevents-batch+json", "application/cloudevents+avro"] {
        refuse(&[("content-type", content_type)], "[]", BadFraming, None);
    }
    refuse(&binary_with("content-type", "application/avro"), "{}", BadFraming, None);
    assert!(take(&binary_with("content-type", "application/vnd.example+json; v=1"), "{}").is_ok());
}

#[test]
fn ids_types_and_times_are_required_to_be_what_they_are() {
    let with = |members: &str| format!(r#"{{"specversion":"1.0"{members}}}"#);
    refuse(&[], &with(r#","type":"t""#), NoId, Some("/id"));
    refuse(&[], &with(r#","type":"t","id":"""#), NoId, Some("/id"));
    refuse(&[], &with(r#","id":"1""#), NoType, Some("/type"));
    refuse(&[], &with(r#","id":"1","type":"""#), NoType, Some("/type"));
    refuse(&[], &with(r#","id":"1","type":"t","time":"yesterday""#), BadTime, Some("/time"));
    refuse(&[], &with(r#","id":"1","type":"t","time":7"#), NotCloudevent, Some("/time"));
    for (name, code) in [("ce_id", NoId), ("ce_type", NoType)] {
        let without: Vec<_> = BINARY.into_iter().filter(|(other, _)| *other != name).collect();
        refuse(&without, "{}", code, None);
    }
    refuse(&binary_with("ce_id", ""), "{}", NoId, None);
    refuse(&binary_with("ce_type", ""), "{}", NoType, None);
    refuse(&binary_with("ce_time", "2018-04-05"), "{}", BadTime, None);
    let mut headers = frame(&BINARY, Some(b"{}"));
    headers.headers.push(("ce_subject", Some(b"\xff")));
    assert_eq!(decode(&headers, &LIMITS).expect_err("not UTF-8").code, NotUtf8);
}

#[test]
fn no_failure_repeats_what_failed() {
    let secret = "4929123456781234";
    for value in [
        format!(r#"{{"specversion":"{secret}"}}"#),
        format!(r#"{{"specversion":"1.0","id":"1","type":"t","time":"{secret}"}}"#),
        format!(r#"{{"specversion":"1.0","id":"1","type":"t","data":["{secret}",{secret}x]}}"#),
        secret.repeat(20_000),
    ] {
        let failure = take(&[], &value).expect_err("it is wrong");
        assert!(!failure.to_string().contains(secret), "{failure}");
    }
}

fn header() -> impl Strategy<Value = (String, Option<Vec<u8>>)> {
    let name = prop_oneof![
        Just("content-type".to_owned()),
        Just("ce_specversion".to_owned()),
        Just("ce_id".to_owned()),
        Just("ce_type".to_owned()),
        Just("ce_time".to_owned()),
        Just("traceparent".to_owned()),
        "\\PC{0,8}",
    ];
    let value = prop_oneof![
        Just(b"1.0".to_vec()),
        Just(b"application/cloudevents+json".to_vec()),
        Just(b"2018-04-05T03:56:24Z".to_vec()),
        prop::collection::vec(any::<u8>(), 0..24),
    ];
    (name, prop::option::of(value))
}

fn value() -> impl Strategy<Value = Option<Vec<u8>>> {
    let member =
        ("specversion|id|type|time|data|data_base64|x", "\"1.0\"|\"t\"|7|null|\\{\\}|\\[1,2|\"\\PC{0,6}");
    let object = prop::collection::vec(member, 0..6).prop_map(|members| {
        let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    });
    prop::option::of(prop_oneof![object, prop::collection::vec(any::<u8>(), 0..64)])
}

proptest! {
    #[test]
    fn any_record_gives_an_event_or_a_failure_and_what_is_an_event_has_an_id_and_a_type(
        headers in prop::collection::vec(header(), 0..6),
        value in value(),
    ) {
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
        let frame = Frame { key: None, value: value.as_deref(), headers };
        if let Ok(event) = decode(&frame, &LIMITS) {
            prop_assert!(!event.id.is_empty() && !event.kind.is_empty());
            let _ = event.data();
        }
    }

    #[test]
    fn both_modes_say_the_same(id in "[a-z]{1,8}", subject in "\\PC{0,12}", number in any::<f64>()) {
        prop_assume!(number.is_finite());
        let data = serde_json::json!({"n": number, "t": subject});
        let structured = serde_json::json!({"specversion": "1.0", "id": id, "type": "t", "source": "/s",
            "subject": subject, "data": data});
        let structured = structured.to_string();
        let one = decode(&Frame { value: Some(structured.as_bytes()), headers: vec![STRUCTURED], key: None }, &LIMITS)
            .unwrap();
        let headers = [("ce_specversion", "1.0"), ("ce_id", id.as_str()), ("ce_type", "t"), ("ce_source", "/s"),
            ("ce_subject", subject.as_str())];
        let data = data.to_string();
        let other = decode(&frame(&headers, Some(data.as_bytes())), &LIMITS).unwrap();
        prop_assert_eq!((&one.id, &one.kind, &one.subject), (&other.id, &other.kind, &other.subject));
        prop_assert_eq!(one.data().unwrap().raw(), other.data().unwrap().raw());
    }
}
