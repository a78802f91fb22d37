//! Every failure in the log has its failed event, whole and with its reason, and no other failed event is there.

use std::collections::BTreeMap;

use segue_log::{Header, Record};
use serde_json::Value;

use super::fates::{Fate, Fates};
use super::intake::Inputs;
use super::read::{Copy, Position, Read};
use super::report::{FaultKind, Report};

/// A value longer than this is left out.
const VALUE_BYTES_MAX: usize = 512 << 10;
/// Key and headers longer than this together are left out.
const KEY_AND_HEADERS_BYTES_MAX: usize = 64 << 10;
/// More headers than this are left out, however short.
const HEADERS_MAX: usize = 1_000;

/// The closed list of codes.
const CODES: [&str; 19] = [
    "too-large",
    "not-utf8",
    "not-json",
    "too-deep",
    "too-many",
    "duplicate-key",
    "bad-framing",
    "not-cloudevent",
    "no-id",
    "no-type",
    "undeclared-type",
    "no-data",
    "schema",
    "no-subject",
    "bad-time",
    "bad-link",
    "bad-outcome",
    "unknown-task",
    "internal",
];

/// The headers that a failed event carries beside those it came with, and whether it must.
const HEADERS: [(&str, bool); 6] = [
    ("segue-error", true),
    ("segue-detail", true),
    ("segue-origin", true),
    ("segue-at", true),
    ("segue-source", false),
    ("segue-left-out", false),
];

/// The last header of that name, as text: the router adds its own after those that came in.
pub(super) fn header(record: &Record, name: &str) -> Option<String> {
    let found = record.headers.iter().rev().find(|header| header.name == name)?;
    String::from_utf8(found.value.clone()?).ok()
}

pub(super) fn check(inputs: &Inputs<'_>, read: &Read<'_>, fates: &Fates, report: &mut Report) {
    let mut events: BTreeMap<&Position, Vec<&Record>> = BTreeMap::new();
    for (origin, record) in &read.failed {
        events.entry(origin).or_default().push(record);
        let code = header(record, "segue-error").unwrap_or_default();
        if CODES.contains(&code.as_str()) {
            report.count(&format!("code {code}"), 1);
        } else {
            report.fault(
                FaultKind::FailedEventChanged,
                Position::of(record),
                "its code is not in the closed list",
            );
        }
    }
    let mut copies: BTreeMap<&Position, Vec<&Copy>> = BTreeMap::new();
    for (copy, _) in read.log.iter().zip(fates).filter(|(_, fate)| **fate == Some(Fate::Failed)) {
        if let Some(origin) = &copy.origin {
            copies.entry(&origin.at).or_default().push(copy);
        }
    }
    for (origin, copies) in copies {
        let events = events.remove(origin).unwrap_or_default();
        if events.len() < copies.len() {
            report.fault(FaultKind::FailedEventLost, copies[0].at.clone(), format!("of {origin}"));
        } else if events.len() > copies.len() {
            report.fault(FaultKind::FailedEventTwice, origin, format!("{} failed events", events.len()));
        }
        for event in events {
            compare(inputs, copies[0], event, report);
        }
    }
    for (origin, events) in events {
        report.fault(FaultKind::FailedEventPhantom, Position::of(events[0]), format!("of {origin}"));
    }
}

fn compare(inputs: &Inputs<'_>, copy: &Copy, event: &Record, report: &mut Report) {
    let mut wrong = |detail: &str| report.fault(FaultKind::FailedEventChanged, Position::of(event), detail);
    if copy.code.is_some() && copy.code != header(event, "segue-error") {
        wrong("its code is not the one in the log");
    }
    let Some(input) = copy.origin.as_ref().and_then(|origin| inputs.get(origin)) else { return };
    match &copy.code {
        Some(_) => compare_whole(input, event, report),
        None if copy.outcome.is_some() => compare_outcome(input, event, report),
        None => compare_data(input, event, report),
    }
}

/// A record that intake did not let pass: it is kept as it came, but for what is too long.
fn compare_whole(input: &Record, event: &Record, report: &mut Report) {
    let mut wrong = |detail: &str| report.fault(FaultKind::FailedEventChanged, Position::of(event), detail);
    let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
    let around = length(&input.key)
        + input.headers.iter().map(|header| header.name.len() + length(&header.value)).sum::<usize>();
    let keeps_value = length(&input.value) <= VALUE_BYTES_MAX;
    let keeps_around = around <= KEY_AND_HEADERS_BYTES_MAX && input.headers.len() <= HEADERS_MAX;
    let mut left_out = 0;
    if keeps_value && event.value != input.value {
        wrong("its value is not what came in");
    } else if !keeps_value {
        left_out += length(&input.value);
    }
    let (came_with, added) = event
        .headers
        .split_at_checked(input.headers.len() * usize::from(keeps_around))
        .unwrap_or((&[], &event.headers));
    if keeps_around && (event.key != input.key || came_with != input.headers) {
        wrong("its key or headers are not what came in");
    } else if !keeps_around {
        left_out += around;
    }
    if (!keeps_value && event.value.is_some()) || (!keeps_around && event.key.is_some()) {
        wrong("it keeps what is to be left out");
    }
    let said = header(event, "segue-left-out");
    if said != (left_out > 0).then(|| left_out.to_string()) {
        wrong(&format!("it says {said:?} bytes were left out, and {left_out} were"));
    }
    check_headers(added, wrong);
}

/// What a destination said of a task that is not known: all that it said is there.
fn compare_outcome(input: &Record, event: &Record, report: &mut Report) {
    let mut wrong = |detail: &str| report.fault(FaultKind::FailedEventChanged, Position::of(event), detail);
    let json = |value: &Option<Vec<u8>>| serde_json::from_slice::<Value>(value.as_deref()?).ok();
    let came = json(&input.value).unwrap_or_default();
    let came = if came.get("specversion").is_some() { &came["data"] } else { &came };
    let kept = json(&event.value).unwrap_or_default();
    if ["task", "outcome", "answer", "reason"].iter().any(|name| came[name] != kept[name]) {
        wrong("what was said is not what came in");
    }
    check_headers(&event.headers, wrong);
}

/// An event that intake let pass and that failed later: its envelope is in the log, and its data are kept here.
fn compare_data(input: &Record, event: &Record, report: &mut Report) {
    let mut wrong = |detail: &str| report.fault(FaultKind::FailedEventChanged, Position::of(event), detail);
    let json = |value: &Option<Vec<u8>>| serde_json::from_slice::<Value>(value.as_deref()?).ok();
    let (came, kept) = (json(&input.value), json(&event.value));
    let data = came.as_ref().and_then(|came| came.get("data"));
    if event.value.is_none() && header(event, "segue-left-out").is_none() {
        wrong("its data are left out, and it does not say so");
    } else if event.value.is_some() && kept != came && kept.as_ref() != data {
        wrong("its data are not what came in");
    }
    check_headers(&event.headers, wrong);
}

/// The headers that the router has added: each that must be there, none twice, and no other.
fn check_headers(added: &[Header], mut wrong: impl FnMut(&str)) {
    for (name, needed) in HEADERS {
        let times = added.iter().filter(|header| header.name == name).count();
        if times > 1 || (needed && times == 0) {
            wrong(&format!("{times} headers {name}"));
        }
    }
    if added.iter().any(|header| HEADERS.iter().all(|(name, _)| header.name != *name)) {
        wrong("it carries a header that did not come in");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(value: Option<&str>, headers: &[&str]) -> Record {
        let header = |name: &&str| Header { name: (*name).to_owned(), value: Some(b"x".to_vec()) };
        Record {
            topic: "any".into(),
            partition: 0,
            incarnation: 0,
            offset: 0,
            appended_at_ms: 0,
            key: None,
            value: value.map(|value| value.as_bytes().to_vec()),
            headers: headers.iter().map(header).collect(),
        }
    }

    #[test]
    fn of_an_event_that_failed_later_the_data_are_to_be_there() {
        const NEEDED: [&str; 4] = ["segue-error", "segue-detail", "segue-origin", "segue-at"];
        let left_out = [&NEEDED[..], &["segue-left-out"]].concat();
        let input = record(Some(r#"{"id":"1","data":{"a":1}}"#), &[]);
        for (value, headers, is_right) in [
            (Some(r#"{"a":1}"#), &NEEDED[..], true),
            (Some(r#"{"id":"1","data":{"a":1}}"#), &NEEDED, true),
            (None, &left_out, true),
            (None, &NEEDED, false),
            (Some(r#"{"a":2}"#), &NEEDED, false),
            (Some("1"), &NEEDED, false),
            (Some(r#"{"a":1}"#), &NEEDED[1..], false),
            (Some(r#"{"a":1}"#), &[&NEEDED[..], &["other"]].concat(), false),
        ] {
            let mut report = Report::default();
            compare_data(&input, &record(value, headers), &mut report);
            assert_eq!(report.kinds().is_empty(), is_right, "{value:?} {headers:?}");
        }
    }
}
