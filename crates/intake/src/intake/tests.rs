//! Records of every kind on declared topics, and what intake makes of them.

use proptest::prelude::*;
use segue_log::Header;
use segue_wire::{LogRecord, log_record};

use super::*;

const NOW: Timestamp = Timestamp(1_772_445_600_000); // 2026-03-02T10:00:00Z

const BUNDLE: &str = r#"
source: billing
topic: billing.events
subject: data.customer_id
events:
  payment.failed: {schema: payment.json}
  account.changed: {schema: account.json, into: accounts}
  rates.changed: {schema: rate.json, into: rates}
  news.published: {schema: any.json, subject: everyone}
---
source: crm
topics: [crm.events, both.events]
undeclared: ignore
events:
  customer.changed: {schema: any.json, into: who}
  customer.called: {schema: any.json}
---
source: shop
topics: [shop.clicks, both.events]
format: json
envelope: {type: event_name, id: message_id, time: sent_at, subject: user.id}
events:
  page.viewed: {schema: any.json}
---
source: trade
topic: trade.events
subject: {person: data.user, company: data.company.id}
events:
  order.placed: {schema: any.json}
  member.changed: {schema: any.json, into: who}
  stock.changed: {schema: any.json, into: stock}
---
source: app
topic: app.events
subject: {person: data.user, company: data.company}
where: {lat: data.lat, lon: data.lon, country: data.country}
device: {kind: data.screen, os: data.system}
events:
  opened: {schema: any.json}
  moved: {schema: any.json, where: {city: data.to}}
---
source: portal
topic: portal.events
subject: {person: data.visitor, company: data.company}
identity: portal
events:
  visited: {schema: any.json}
  signed: {schema: any.json, identity: person}
  identity.linked: {schema: any.json}
---
source: core
topic: core.accounts
format: debezium
subject: data.owner
events:
  accounts.deleted: {schema: any.json, into: accounts}
---
table: stock
key: data.sku
of: company
---
table: accounts
key: data.account_id
---
table: rates
key: data.currency
of: everyone
"#;

fn intake() -> Intake {
    let payment = r#"{"type":"object","required":["customer_id","amount"],
        "properties":{"customer_id":{"type":["string","integer","null"]},"amount":{"type":"number"}}}"#;
    let account = r#"{"type":"object","properties":{"account_id":{"type":["string","null"]},
        "customer_id":{"type":"string"}}}"#;
    let rate = r#"{"type":"object","properties":{"currency":{"type":"string"},"rate":{"type":"number"}}}"#;
    let files = [
        ("bundle.yaml", BUNDLE),
        ("payment.json", payment),
        ("account.json", account),
        ("rate.json", rate),
        ("any.json", "{}"),
    ];
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let loaded = segue_bundle::read(files).unwrap_or_else(|error| panic!("{error:?}"));
    Intake::new(Arc::new(loaded.bundle), Limits::CONTRACT)
}

fn record(topic: &str, value: Option<&[u8]>) -> Record {
    Record {
        topic: topic.into(),
        partition: 3,
        incarnation: 7,
        offset: 42,
        appended_at_ms: 0,
        key: Some(b"k".to_vec()),
        value: value.map(<[u8]>::to_vec),
        headers: Vec::new(),
    }
}

fn take(topic: &str, value: &str) -> Taken {
    let mut taken = Taken::default();
    intake().take(&record(topic, Some(value.as_bytes())), NOW, &mut taken);
    taken
}

fn cloudevent(kind: &str, rest: &str) -> String {
    format!(r#"{{"specversion":"1.0","id":"e1","source":"/s","type":"{kind}"{rest}}}"#)
}

fn read(append: &Append) -> LogRecord {
    log_record::decode(append.value.as_deref().unwrap()).unwrap()
}

fn refuse(topic: &str, value: &str, code: FailureCode, pointer: Option<&str>) {
    let taken = take(topic, value);
    assert_eq!(taken.outcome, Outcome::Failed(code), "{value:.200}");
    let LogRecord::Failed(failed) = read(&taken.appends[0]) else { panic!("a failed event: {value:.200}") };
    assert_eq!((failed.code, failed.pointer.as_deref()), (code, pointer), "{value:.200}");
    assert_eq!(failed.value.as_deref(), Some(value.as_bytes()));
}

fn logged(taken: &Taken) -> (&Append, segue_model::Event, Origin) {
    assert_eq!(taken.outcome, Outcome::Logged { copies: 1 });
    let LogRecord::Event { event, origin } = read(&taken.appends[0]) else { panic!("an event") };
    (&taken.appends[0], event, origin)
}

#[test]
fn where_and_with_which_device_stands_in_the_log_as_the_event_says_it() {
    let around = |kind: &str, data: &str| {
        let value = cloudevent(kind, &format!(r#","data":{{"user":"u",{data}}}"#));
        let (_, event, _) = logged(&take("app.events", &value));
        let text =
            |facts: Option<Arc<Document>>| facts.map(|facts| facts.text().to_owned()).unwrap_or_default();
        (text(event.surroundings.place), text(event.surroundings.device))
    };
    let of = |place: &str, device: &str| (place.to_owned(), device.to_owned());
    let paris = r#""lat":48.850,"lon":2.35E0,"country":"fr","screen":" phone ","system":5"#;
    assert_eq!(
        around("opened", paris),
        of(r#"{"country":"FR","lat":48.850,"lon":2.35E0,"timezone":"Europe/Paris"}"#, r#"{"kind":"phone"}"#)
    );
    assert_eq!(around("moved", r#""to":"Bern","lat":1,"lon":2"#), of(r#"{"city":"Bern"}"#, ""));
    let long = "x".repeat(129);
    for nowhere in [
        r#""lat":48.85"#,
        r#""lat":-90.001,"lon":0"#,
        r#""lat":0,"lon":180.5"#,
        r#""lat":"48","lon":"2""#,
        r#""country":"  ","screen":null,"system":[]"#,
        &format!(r#""country":"{long}","screen":"{long}""#),
    ] {
        assert_eq!(around("opened", nowhere), of("", ""), "{nowhere}");
    }
}

#[test]
fn each_copy_of_an_event_says_where_it_was() {
    let value = cloudevent("opened", r#","data":{"user":"u","company":"acme","country":"FR"}"#);
    let taken = take("app.events", &value);
    assert_eq!(taken.outcome, Outcome::Logged { copies: 2 });
    for append in &taken.appends {
        let LogRecord::Event { event, .. } = read(append) else { panic!("an event") };
        assert_eq!(event.surroundings.place.unwrap().text(), r#"{"country":"FR"}"#);
    }
}

#[test]
fn a_person_is_of_the_namespace_of_its_source_and_a_company_is_not() {
    let keys = |kind: &str| {
        let taken = take("portal.events", &cloudevent(kind, r#","data":{"visitor":"v7","company":"a"}"#));
        let keys = taken.appends.iter().map(|append| String::from_utf8(append.key.clone().unwrap()).unwrap());
        keys.collect::<Vec<_>>()
    };
    assert_eq!(keys("visited"), ["company/a", "portal:v7"]);
    assert_eq!(keys("signed"), ["company/a", "v7"], "what a type says wins");
}

#[test]
fn a_link_goes_to_the_id_that_does_not_stay_and_one_that_names_no_two_is_refused() {
    let linked = |a: &str, b: &str| cloudevent("identity.linked", &format!(r#","data":{{"a":{a},"b":{b}}}"#));
    let (visitor, customer) = (r#"{"namespace":"portal","id":7}"#, r#"{"namespace":"person","id":"z9"}"#);
    for (a, b) in [(visitor, customer), (customer, visitor)] {
        let taken = take("portal.events", &linked(a, b));
        let [append] = &taken.appends[..] else { panic!("{taken:?}") };
        let LogRecord::Linked(link) = read(append) else { panic!("{append:?}") };
        assert_eq!((append.key.as_deref(), link.with.as_str()), (Some(&b"portal:7"[..]), "z9"));
        assert!(link.known.is_none());
    }
    for (a, pointer) in [
        ("null", "/data/a/namespace"),
        (r#"{"id":"1"}"#, "/data/a/namespace"),
        (r#"{"namespace":"Web","id":"1"}"#, "/data/a/namespace"),
        (r#"{"namespace":"web"}"#, "/data/a/id"),
        (r#"{"namespace":"web","id":1.5}"#, "/data/a/id"),
    ] {
        refuse("portal.events", &linked(a, customer), FailureCode::BadLink, Some(pointer));
    }
    let long = format!(r#"{{"namespace":"web","id":"{}"}}"#, "i".repeat(253));
    refuse("portal.events", &linked(&long, customer), FailureCode::BadLink, Some("/data/a/id"));
}

#[test]
fn a_deletion_is_an_event_in_any_framing_and_its_tombstone_is_ignored() {
    let change = r#"{"before":{"owner":"c1","account_id":"a"},"op":"d","source":{"table":"accounts"}}"#;
    let framed = [b"\0\0\0\0\x07", change.as_bytes()].concat();
    let (mut ids, mut texts) = (Vec::new(), Vec::new());
    for value in [change.as_bytes(), &framed] {
        let mut taken = Taken::default();
        intake().take(&record("core.accounts", Some(value)), NOW, &mut taken);
        let (_, event, _) = logged(&taken);
        assert_eq!((event.kind.as_str(), event.subject.unwrap().id.as_str()), ("accounts.deleted", "c1"));
        ids.push(event.id);
        texts.push(String::from_utf8(taken.appends[0].value.clone().unwrap()).unwrap());
    }
    assert_eq!(ids[0], ids[1]);
    assert!(!texts[0].contains("\"schema\":") && texts[1].contains("\"schema\":7,"), "its number is kept");
    let mut taken = Taken::default();
    intake().take(&record("core.accounts", None), NOW, &mut taken);
    assert_eq!((taken.outcome, taken.appends.len()), (Outcome::Ignored, 0));
    refuse("core.accounts", &change.replace("owner", "owned"), FailureCode::NoSubject, Some("/data/owner"));
}

#[test]
fn an_event_goes_to_the_log_under_the_key_of_its_subject() {
    let data = r#"{"customer_id":"c1","amount":20.50}"#;
    let rest = format!(r#","time":"2026-03-02T09:00:00Z","correlationid":"m1","data":{data}"#);
    let taken = take("billing.events", &cloudevent("payment.failed", &rest));
    assert_eq!(taken.source.as_deref(), Some("billing"));
    let (append, event, origin) = logged(&taken);
    assert_eq!(
        (&*append.topic, append.place, append.key.as_deref()),
        ("segue.log", Place::Key, Some(&b"c1"[..]))
    );
    assert_eq!(event.subject.unwrap().key(), "c1");
    assert_eq!((event.source.as_str(), event.namespace.as_deref()), ("billing", Some("/s")));
    assert_eq!((event.time.to_string().as_str(), event.logged_at), ("2026-03-02T09:00:00Z", NOW));
    assert_eq!((event.id.as_str(), event.journey.as_str()), ("e1", "m1"));
    assert_eq!(event.data.text(), data);
    assert_eq!(
        origin,
        Origin { topic: "billing.events".into(), incarnation: 7, partition: 3, offset: 42, n: 0 }
    );
}

#[test]
fn an_event_without_time_or_matter_gets_those_of_its_logging() {
    let (_, event, _) = logged(&take("crm.events", &cloudevent("customer.called", r#","subject":"c1""#)));
    assert_eq!((event.time, event.journey.as_str()), (NOW, "e1"));
    assert_eq!(event.data.text(), "null");
}

#[test]
fn the_subject_may_be_a_whole_number_and_comes_from_where_the_bundle_says() {
    let rest = r#","subject":"not me","data":{"customer_id":42,"amount":1}"#;
    let taken = take("billing.events", &cloudevent("payment.failed", rest));
    assert_eq!(logged(&taken).0.key.as_deref(), Some(&b"42"[..]));
    let taken = take("shop.clicks", r#"{"event_name":"page.viewed","message_id":9,"user":{"id":"c7"}}"#);
    assert_eq!(logged(&taken).0.key.as_deref(), Some(&b"c7"[..]));
}

#[test]
fn what_concerns_everyone_goes_to_the_shared_partition() {
    let shared = |kind: &str, data: &str| {
        let taken = take("billing.events", &cloudevent(kind, &format!(r#","data":{data}"#)));
        let (append, event, _) = logged(&taken);
        assert_eq!((&*append.topic, append.place), ("segue.shared", Place::Partition(0)));
        assert_eq!(event.subject, None);
        append.key.clone()
    };
    assert_eq!(shared("rates.changed", r#"{"currency":"EUR","rate":1.1}"#).as_deref(), Some(&b"EUR"[..]));
    assert_eq!(shared("news.published", r#"{"text":"storm"}"#), None);
}

#[test]
fn each_fault_of_an_event_is_logged_with_its_code_and_place() {
    use FailureCode::*;
    let failing = |kind: &str, rest: &str, code, pointer: Option<&str>| {
        refuse("billing.events", &cloudevent(kind, rest), code, pointer);
    };
    refuse("billing.events", "nonsense", NotJson, None);
    let without = |part: &str| cloudevent("payment.failed", "").replacen(part, "", 1);
    refuse("billing.events", &without(r#""id":"e1","#), NoId, Some("/id"));
    refuse("billing.events", &without(r#","type":"payment.failed""#), NoType, Some("/type"));
    failing("payment.unheard", "", UndeclaredType, None);
    failing("payment.failed", "", NoData, None);
    failing("payment.failed", r#","data":null"#, NoData, None);
    failing("payment.failed", r#","data":{"customer_id":"c1","amount":"x"}"#, Schema, Some("/data/amount"));
    failing(
        "payment.failed",
        r#","time":"2026-03-03T10:00:00.001Z","data":{"customer_id":"c1","amount":1}"#,
        BadTime,
        Some("/time"),
    );
    let with_subject = |id: &str| format!(r#","data":{{"customer_id":{id},"amount":1}}"#);
    for id in ["null", "\"\"", r#""a\nb""#, &format!("\"{}\"", "x".repeat(257))] {
        failing("payment.failed", &with_subject(id), NoSubject, Some("/data/customer_id"));
    }
    failing("account.changed", r#","data":{"customer_id":"c1"}"#, NoSubject, Some("/data/account_id"));
    failing("rates.changed", r#","data":{"rate":1}"#, NoSubject, Some("/data/currency"));
    refuse("crm.events", &cloudevent("customer.called", ""), NoSubject, Some("/subject"));
    refuse(
        "crm.events",
        &cloudevent("customer.changed", r#","subject":"c","data":7"#),
        Schema,
        Some("/data"),
    );
    refuse("crm.events", &cloudevent("customer.changed", r#","subject":"c","data":null"#), NoData, None);
}

#[test]
fn an_event_dated_exactly_a_day_ahead_is_taken() {
    let rest = r#","time":"2026-03-03T10:00:00Z","subject":"c1""#;
    let _ = logged(&take("crm.events", &cloudevent("customer.called", rest)));
}

#[test]
fn a_type_that_is_not_declared_is_dropped_only_where_all_say_so() {
    let taken = take("crm.events", &cloudevent("customer.unheard", ""));
    assert_eq!((taken.outcome, taken.source.as_deref()), (Outcome::Ignored, Some("crm")));
    assert!(taken.appends.is_empty());
    // The other source of this topic does not say so.
    let taken = take("both.events", &cloudevent("customer.unheard", ""));
    assert_eq!((taken.outcome, taken.source), (Outcome::Failed(FailureCode::UndeclaredType), None));
}

#[test]
fn sources_that_share_a_topic_are_told_apart_by_what_they_declare() {
    let taken = take("both.events", &cloudevent("customer.called", r#","subject":"c1""#));
    assert_eq!(taken.source.as_deref(), Some("crm"));
    let _ = logged(&taken);
    let taken = take("both.events", r#"{"event_name":"page.viewed","message_id":"1","user":{"id":"c7"}}"#);
    assert_eq!(taken.source.as_deref(), Some("shop"));
    let _ = logged(&taken);
}

#[test]
fn failures_of_one_source_partition_go_to_one_place() {
    let place = |partition| {
        let mut taken = Taken::default();
        intake().take(&Record { partition, ..record("crm.events", None) }, NOW, &mut taken);
        assert_eq!(taken.outcome, Outcome::Failed(FailureCode::NoData));
        assert_eq!((&*taken.appends[0].topic, taken.appends[0].key.as_deref()), ("segue.log", None));
        taken.appends[0].place
    };
    assert_eq!(place(3), Place::Spread(murmur2(b"crm.events/3") & 0x7fff_ffff));
    assert_ne!(place(3), place(4));
}

fn header() -> impl Strategy<Value = Header> {
    let name = "content-type|ce_specversion|ce_id|ce_type|ce_subject|\\PC{0,6}";
    let value = prop_oneof![
        Just(b"1.0".to_vec()),
        Just(b"customer.called".to_vec()),
        prop::collection::vec(any::<u8>(), 0..12),
    ];
    (name, prop::option::of(value)).prop_map(|(name, value)| Header { name, value })
}

fn value() -> impl Strategy<Value = Option<Vec<u8>>> {
    let member = (
        "specversion|id|type|time|subject|data|event_name|message_id|user",
        "\"1.0\"|\"customer.called\"|\"page.viewed\"|\"account.changed\"|7|null|\\{\\}|\\{\"id\":\"c\"\\}|\\[",
    );
    let object = prop::collection::vec(member, 0..8).prop_map(|members| {
        let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    });
    let good = ("customer.called|page.viewed|payment.failed", "\\PC{0,3}").prop_map(|(kind, subject)| {
        let members = serde_json::json!({"specversion": "1.0", "id": "1", "type": kind, "subject": subject,
            "event_name": kind, "message_id": "1", "user": {"id": subject},
            "data": {"customer_id": subject, "amount": 1}});
        members.to_string().into_bytes()
    });
    prop::option::of(prop_oneof![good, object, prop::collection::vec(any::<u8>(), 0..64)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn any_record_has_exactly_one_outcome_and_its_copies_carry_its_origin(
        topic in "billing.events|crm.events|shop.clicks|both.events|no.topic",
        value in value(),
        headers in prop::collection::vec(header(), 0..4),
        (partition, offset, incarnation) in (any::<u32>(), any::<u64>(), any::<u64>()),
    ) {
        thread_local!(static INTAKE: Intake = intake());
        let record = Record { headers, partition, offset, incarnation, ..record(&topic, value.as_deref()) };
        let (mut taken, mut again) = (Taken::default(), Taken::default());
        INTAKE.with(|intake| {
            intake.take(&record, NOW, &mut taken);
            intake.take(&record, NOW, &mut again);
        });
        prop_assert_eq!(&taken, &again);
        let logged = taken.appends.iter().map(read).collect::<Vec<_>>();
        for copy in &logged {
            let origin = copy.origin().unwrap();
            prop_assert_eq!(
                (&origin.topic, origin.incarnation, origin.partition, origin.offset, origin.n),
                (&topic, incarnation, partition, offset, 0)
            );
        }
        match (taken.outcome, logged.as_slice()) {
            (Outcome::Ignored, []) => prop_assert_eq!(&topic, "crm.events"),
            (Outcome::Logged { copies: 1 }, [LogRecord::Event { event, .. }]) => {
                prop_assert_eq!(Some(event.source.as_str()), taken.source.as_deref());
            }
            (Outcome::Failed(code), [LogRecord::Failed(failed)]) => {
                prop_assert_eq!(code, failed.code);
                prop_assert_eq!(&failed.value, &record.value);
                prop_assert_eq!(failed.headers.len(), record.headers.len());
            }
            (outcome, logged) => prop_assert!(false, "{outcome:?} with {logged:?}"),
        }
    }
}

#[test]
fn what_the_log_cannot_take_is_a_failed_event_whatever_the_settings_allow() {
    let mut intake = intake();
    intake.limits = Limits { bytes_max: 4 << 20, ..Limits::CONTRACT };
    let long = "x".repeat(RECORD_BYTES_MAX);
    let rest = format!(r#","subject":"c1","data":{{"text":"{long}"}}"#);
    let mut taken = Taken::default();
    let value = cloudevent("customer.called", &rest);
    intake.take(&record("crm.events", Some(value.as_bytes())), NOW, &mut taken);
    assert_eq!(taken.outcome, Outcome::Failed(FailureCode::TooLarge));
    let LogRecord::Failed(failed) = read(&taken.appends[0]) else { panic!("a failed event") };
    assert_eq!((failed.value, failed.left_out as usize), (None, value.len()));
}

fn subjects(data: &str) -> Vec<(String, u32, Option<Vec<u8>>)> {
    let taken = take("trade.events", &cloudevent("order.placed", &format!(r#","data":{data}"#)));
    assert_eq!(taken.outcome, Outcome::Logged { copies: taken.appends.len() as u32 }, "{data}");
    let copy = |append: &Append| {
        let LogRecord::Event { event, origin } = read(append) else { panic!("an event: {data}") };
        let subject = event.subject.expect("it is about someone");
        (format!("{}:{}", subject.kind, subject.id), origin.n, append.key.clone())
    };
    taken.appends.iter().map(copy).collect()
}

#[test]
fn an_event_has_a_copy_for_each_subject_that_it_names() {
    let key = |key: &str| Some(key.as_bytes().to_vec());
    assert_eq!(
        subjects(r#"{"user":"u1","company":{"id":7}}"#),
        [("company:7".to_owned(), 0, key("company/7")), ("person:u1".to_owned(), 1, key("u1"))]
    );
    assert_eq!(subjects(r#"{"user":"u1","company":{}}"#), [("person:u1".to_owned(), 0, key("u1"))]);
    assert_eq!(
        subjects(r#"{"company":{"id":"a/b"},"user":null}"#),
        [("company:a/b".to_owned(), 0, key("company/a/b"))]
    );
}

#[test]
fn an_event_that_names_nobody_or_nobody_whom_its_data_are_of_is_refused() {
    use FailureCode::NoSubject;
    let refuse = |kind: &str, data: &str, pointer| {
        refuse("trade.events", &cloudevent(kind, &format!(r#","data":{data}"#)), NoSubject, pointer);
    };
    refuse("order.placed", r#"{"company":{"id":null}}"#, Some("/data/user"));
    refuse("order.placed", r#"{"user":"u1","company":{"id":1.5}}"#, Some("/data/company/id"));
    refuse("order.placed", r#"{"user":"","company":{"id":"c"}}"#, Some("/data/user"));
    // `who` is that of the one subject that it names.
    assert_eq!(subjects(r#"{"user":"u1"}"#).len(), 1);
    refuse("member.changed", r#"{"user":"u1","company":{"id":"c"}}"#, None);
    let taken = take("trade.events", &cloudevent("member.changed", r#","data":{"company":{"id":"c"}}"#));
    assert_eq!(taken.outcome, Outcome::Logged { copies: 1 });
    refuse("stock.changed", r#"{"user":"u1","sku":"s"}"#, None);
    let both = r#","data":{"user":"u1","company":{"id":"c"},"sku":"s"}"#;
    assert_eq!(
        take("trade.events", &cloudevent("stock.changed", both)).outcome,
        Outcome::Logged { copies: 2 }
    );
}
