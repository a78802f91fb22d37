//! What others publish, and strings that break programs, over HTTP: each is taken or refused with a reason, what was taken ends
//! as an event or as a failed event, and the router goes on.

use std::collections::BTreeMap;

use segue_log::{Append, Header};
use segue_testkit::router::{Router, Setup};
use segue_testkit::topics::wait_for;

use crate::client::{Answer, embedded, send, wait_for_events};

#[path = "../kafka_one/corpus/records.rs"]
mod records;

use records::{TOPICS, all, bundle, good, strings};

/// How many clients post at once.
const CLIENTS: usize = 4;

#[test]
fn whatever_is_posted_is_taken_or_refused_with_a_reason_and_the_router_goes_on() {
    let log = tempfile::tempdir().unwrap();
    let mut router = Router::start(&Setup { bundle: bundle(), ..embedded(log.path()) });
    router.wait_until_ready();
    let records = all();
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let post_some = |some: &[Append]| some.iter().map(|one| post(&router, one)).collect::<Vec<_>>();
        let clients: Vec<_> = records
            .chunks(records.len().div_ceil(CLIENTS))
            .map(|some| scope.spawn(move || post_some(some)))
            .collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let mut codes = BTreeMap::new();
    for answer in answers.iter().filter(|answer| answer.status != 202) {
        let told = answer.json();
        assert!(told["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{answer:?}");
        *codes.entry((answer.status, told["code"].as_str().unwrap().to_owned())).or_insert(0) += 1;
    }
    let refused: usize = codes.values().sum();
    assert!(codes.keys().all(|(status, _)| [400, 413, 415].contains(status)), "{codes:?}");
    let taken = records.len() - refused;
    assert!(taken > 10_000 && refused > 1_000, "INVALID: {taken} taken, {codes:?}");

    // A header as it is: the server may refuse it before anything reads it.
    let mut count = taken;
    for text in strings().iter().filter(|text| !text.contains(['\r', '\n', '\0'])) {
        let headers = [
            ("ce-specversion", "1.0"),
            ("ce-id", "raw"),
            ("ce-source", "/s"),
            ("ce-type", "any"),
            ("ce-subject", text),
        ];
        let answer = send(&router.url(), "POST", "/events", &headers, r#"{"text":"t"}"#).expect("it answers");
        assert!([202, 400].contains(&answer.status), "{text}: {answer:?}");
        count += usize::from(answer.status == 202);
    }

    for one in good() {
        let answer = post(&router, &one);
        assert_eq!(answer.status, 202, "{answer:?}");
        count += 1;
    }
    // One to one: no record is lost on the way, and none is there that was refused.
    let _ = wait_for("all that was taken to be taken in", || {
        router.metric("segue_intake_records_total", &[]).filter(|found| *found >= count as f64)
    });
    assert_eq!(router.metric("segue_intake_records_total", &[]), Some(count as f64));
    assert_eq!(router.metric("segue_intake_records_total", &["\"ignored\""]), Some(1.0), "a tombstone");
    let failed = router.metric("segue_intake_records_total", &["\"failed\""]).unwrap();
    assert!(failed > 500.0, "INVALID: {failed} failed");
    wait_for("what failed to be counted by its code", || {
        router.metric("segue_failed_events_total", &[]).filter(|found| *found == failed).map(|_| ())
    });
    assert_eq!(router.metric("segue_failed_events_total", &["\"internal\""]), Some(0.0));
    wait_for("the tasks of the good ones", || {
        let tasks = wait_for_events(&router, "/tasks/desk", 1_000);
        (tasks.iter().filter(|task| task["subject"] == "good").count() == good().len()).then_some(())
    });
    let (status, took, said) = router.stop();
    assert!(status.success() && !said.contains("panicked"), "it ended with {status} after {took:?}");
}

/// Posts what a producer would have written.
fn post(router: &Router, record: &Append) -> Answer {
    let source = match TOPICS.iter().position(|topic| *topic == &*record.topic).unwrap() {
        0 => "events",
        1 => "messages",
        2 => "tracked",
        _ => "rows",
    };
    let headers: Vec<(String, String)> = record.headers.iter().map(header).collect();
    let mut headers: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    if headers.is_empty() {
        headers.push(("content-type", "application/json"));
    }
    let body = std::str::from_utf8(record.value.as_deref().unwrap()).unwrap();
    let answer = send(&router.url(), "POST", &format!("/events?source={source}"), &headers, body);
    answer.unwrap_or_else(|| panic!("no answer to {record:?}"))
}

/// A header by the binding for HTTP: what is not printable ASCII is percent-encoded.
fn header(header: &Header) -> (String, String) {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"%\"".contains(&byte);
    let encode =
        |byte: &u8| if plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    let value = header.value.iter().flatten().map(encode).collect();
    (header.name.replacen("ce_", "ce-", 1), value)
}
