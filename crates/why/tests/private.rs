//! Nothing private is told, whatever way it is read: in words, in JSON, and in what would have turned it.

#![allow(clippy::unwrap_used, reason = "this file is all tests")]

use std::sync::Arc;

use segue_engine::Settings;
use segue_model::Span;
use segue_why::case::Case;
use segue_why::explain::{Options, explain};
use segue_why::find::{Wanted, find};
use segue_why::{human, json};

/// Values that are private begin with it, or are numbers with these digits; the last is how far a degree is.
const CANARIES: [&str; 3] = ["CANARY", "77123", "111.1"];

const BUNDLE: &str = r#"
source: shop
topic: shop.events
subject: data.id
events:
  asked: {schema: event.json}
  row.changed: {schema: row.json, into: accounts}
---
table: accounts
key: data.pin
---
action: call
to: desk
what: Call
eligible: who.ssn + 'x' == 'y'
channels: [phone]
---
action: rank
to: desk
what: Rank
priority: {value: who.income}
---
action: ring
to: desk
what: Ring
channels: [phone]
---
channel: phone
weight: 0.0 - who.income
---
rule: computed
on: asked
when: who.income * 2.0 < 0.0 || string(who.income) == '1' || [who.ssn] == ['a'] || who.ssn + 'b' == 'a'
propose: [call]
---
rule: by-key
on: asked
when: who.pets[who.ssn] == 1 || accounts[who.pin].limit > 5000000.0
propose: [call]
---
rule: whole
on: asked
when: accounts.exists(pin, accounts[pin].limit == 3.0 && accounts[pin].pin == 'z') || who.exists(k, k == 'q')
propose: [call]
---
rule: compared
on: asked
when: who.income < who.floor || who.ssn == accounts['lit'].pin || sum('asked', 'data.amount', '1d') < 0.0
propose: [call]
---
rule: fires
on: asked
when: who.income > 0.0 && sum('asked', 'data.amount', '1d') * 2.0 > 1.0
propose: [call, ring, rank]
---
rule: last-whole
on: asked
when: last('asked') == null || event.id == 'x'
propose: [call]
---
rule: near
on: asked
when: distance_km(event.data.from, event.data.to) < 1.0 || distance_km(last('asked').data.from, event.data.to) < 1.0
propose: [call]
---
destination: desk
topic: desk.tasks
share: [who.income]
---
test: everything private is read
given: {who: {c1: {ssn: CANARY1, pin: CANARY2, income: 77123.5, floor: 1.0, pets: {a: 1}}}}
steps:
  - at: 2026-03-02T10:00:00Z
    event: {source: shop, type: row.changed, data: {id: c1, pin: CANARY2, limit: 77123.0}}
  - after: 1h
    event: {source: shop, type: row.changed, data: {id: c1, pin: lit, limit: 1.0}}
  - after: 1h
    event: {source: shop, type: asked, data: {id: c1, amount: 77123.25, from: {lat: 0.0, lon: 0.0}, to: {lat: 0.0, lon: 1.0}}}
  - after: 1h
    event: {source: shop, type: asked, data: {id: c1, amount: 77123.75, from: {lat: 0.0, lon: 0.0}, to: {lat: 0.0, lon: 1.0}}}
---
source: crm
topic: crm
subject: data.id
events: {person.changed: {schema: who.json, into: who}}
"#;

fn case() -> Case {
    let number = r#"{"type": "number", "x-sensitivity": "private"}"#;
    let text = r#"{"type": "string", "x-sensitivity": "private"}"#;
    let place = format!(
        r#"{{"type": "object", "properties": {{"lat": {number}, "lon": {number}}}, "required": ["lat", "lon"]}}"#
    );
    let object = |fields: &str| {
        format!(
            r#"{{"type": "object", "properties": {{"id": {{"type": "string"}}, {fields}}}, "additionalProperties": false}}"#
        )
    };
    let files = vec![
        ("all.yaml".to_owned(), BUNDLE.to_owned()),
        ("event.json".to_owned(), object(&format!(r#""amount": {number}, "from": {place}, "to": {place}"#))),
        ("row.json".to_owned(), object(&format!(r#""pin": {text}, "limit": {number}"#))),
        (
            "who.json".to_owned(),
            object(&format!(
                r#""ssn": {text}, "pin": {text}, "income": {number}, "floor": {{"type": "number"}}, "pets": {{"type": "object", "additionalProperties": {{"type": "integer"}}}}"#
            )),
        ),
    ];
    let bundle = Arc::new(segue_bundle::read(files).unwrap_or_else(|found| panic!("{found:?}")).bundle);
    let settings =
        Settings { dedup: Span(86_400_000), profile_bytes_max: 512 * 1024, zone: "UTC".to_owned() };
    let test = bundle.tests[0].clone();
    Case::of_test(bundle, settings, Arc::default(), &test).unwrap()
}

/// All that is said of the last event, in words and in JSON.
fn said(is_unmasked: bool) -> String {
    let case = case();
    let found = find(&case, &Wanted::All).found;
    let rules = ["computed", "by-key", "whole", "compared", "fires", "last-whole", "near"]
        .map(|rule| Some(rule.to_owned()));
    let mut all = String::new();
    for one in &found {
        for rule in rules.iter().cloned().chain([None]) {
            let why = explain(&case, one, &Options { rule, is_unmasked, has_changes: true });
            all.push_str(&human::lines(&why).join("\n"));
            all.push_str(&json::document(std::slice::from_ref(&why), false));
            all.push('\n');
        }
    }
    all
}

#[test]
fn nothing_private_is_told_whatever_way_it_is_read() {
    let masked = said(false);
    for canary in CANARIES {
        let lines: Vec<&str> = masked.lines().filter(|line| line.contains(canary)).collect();
        assert!(lines.is_empty(), "{canary}: {lines:#?}");
    }
    for told in [
        "computed",
        "by-key",
        "whole",
        "compared",
        "fires",
        "last-whole",
        "near",
        "weight not above 0",
        "(private)",
    ] {
        assert!(masked.contains(told), "{told} is spoken of:\n{masked}");
    }
    let unmasked = said(true);
    for canary in CANARIES {
        assert!(unmasked.contains(canary), "{canary} is there to be told");
    }
}
