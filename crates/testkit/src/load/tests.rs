//! The load is the same each time, holds what it promises, and its lines say the same as its records.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::events::rfc3339;
use super::*;

fn large() -> Load {
    Load {
        events: 20_000,
        garbage_per_mille: 30,
        duplicates_per_mille: 50,
        large_bytes: 1_000,
        ..Load::default()
    }
}

#[test]
fn the_same_seed_gives_the_same_records_and_another_gives_others() {
    let first: Vec<_> = large().records().collect();
    assert!(large().records().eq(first.iter().cloned()));
    let other = Load { seed: 2, ..large() };
    assert!(!other.records().eq(first));
}

#[test]
fn every_kind_of_record_comes_in_about_its_share() {
    let mut classes: BTreeMap<String, u64> = BTreeMap::new();
    let mut topics: BTreeMap<String, u64> = BTreeMap::new();
    for made in large().made() {
        *classes.entry(format!("{:?}", made.class)).or_default() += 1;
        *topics.entry(made.append.topic.to_string()).or_default() += 1;
    }
    for garbage in Garbage::ALL {
        let count = classes.get(&format!("{:?}", Class::Garbage(garbage))).copied().unwrap_or(0);
        assert!((15..=80).contains(&count), "{garbage:?}: {count}");
    }
    assert!((850..=1_100).contains(&classes["Duplicate"]), "{classes:?}");
    assert!((250..=500).contains(&classes["Ignored"]), "{classes:?}");
    for (topic, least) in System::ALL.map(System::topic).into_iter().zip([4_000, 4_000, 4_000, 800]) {
        assert!(topics[topic] > least, "{topics:?}");
    }
}

#[test]
fn a_duplicate_is_an_earlier_record_to_the_byte_and_no_other_record_is() {
    let mut seen = Vec::new();
    for made in (Load { events: 3_000, ..large() }).made() {
        match made.class {
            Class::Duplicate => assert!(seen.contains(&made.append)),
            Class::Event => {
                assert!(!seen.contains(&made.append));
                seen.push(made.append);
            }
            Class::Ignored | Class::Garbage(_) => {}
        }
    }
}

#[test]
fn a_load_without_billing_has_only_what_the_others_publish() {
    let load = Load { systems: vec![System::Shop], ..large() };
    let topics: BTreeSet<String> = load.records().map(|record| record.topic.to_string()).collect();
    assert_eq!(topics, BTreeSet::from(["shop.clicks".to_owned()]));
}

#[test]
fn what_is_not_garbage_is_of_a_declared_type_or_to_be_ignored() {
    let declared = declared();
    for made in large().made().filter(|made| !matches!(made.class, Class::Garbage(_))) {
        let record = &made.append;
        let declared = &declared[&*record.topic];
        let header = record.headers.iter().find(|header| header.name == "ce_type");
        let kind = match (&declared.envelope, header) {
            (Some(envelope), _) => value(record).pointer(&envelope.kind).cloned(),
            (None, Some(header)) => {
                header.value.clone().map(|kind| Value::from(String::from_utf8(kind).unwrap()))
            }
            (None, None) => value(record).get("type").cloned(),
        };
        let kind = kind.as_ref().and_then(Value::as_str).unwrap_or_default();
        let ignored = made.class == Class::Ignored;
        assert_eq!(declared.types.contains(kind), !ignored, "{kind}");
        assert!(!ignored || declared.ignore_undeclared);
    }
}

fn value(record: &Append) -> Value {
    serde_json::from_slice(record.value.as_deref().unwrap_or_default()).unwrap_or_default()
}

#[test]
fn lines_hold_the_same_bytes_as_the_records() {
    let load = Load { events: 3_000, ..large() };
    let mut file = Vec::new();
    write_lines(load.records(), 0, &mut file).unwrap();
    let lines = file.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let lines: Vec<Value> = lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
    assert_eq!(lines.len() as u64, load.events);
    for (record, line) in load.records().zip(&lines) {
        assert_eq!(line["topic"], &*record.topic);
        assert_eq!(line["headers"].as_object().unwrap().len(), record.headers.len());
        let value = match &line["value"] {
            Value::Null => {
                line.get("value_base64").map(|text| STANDARD.decode(text.as_str().unwrap()).unwrap())
            }
            Value::String(text) => Some(text.clone().into_bytes()),
            value => Some(value.to_string().into_bytes()),
        };
        assert_eq!(value, record.value);
    }
}

#[test]
fn instants_are_written_as_the_calendar_has_them() {
    for (at_ms, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_772_445_600_000, "2026-03-02T10:00:00.000Z"),
        (951_782_400_123, "2000-02-29T00:00:00.123Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ] {
        assert_eq!(rfc3339(at_ms), text);
    }
}
