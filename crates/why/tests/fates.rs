//! Why nothing came of an event, each reason in words of its own; and what can be told of a decision from its record alone.

#![allow(clippy::unwrap_used, reason = "this file is all tests")]

use std::sync::Arc;

use segue_bundle::Bundle;
use segue_document::Document;
use segue_engine::Settings;
use segue_model::Span;
use segue_why::case::Case;
use segue_why::explain::{Options, Why, explain};
use segue_why::fate::{Fate, fate, words};
use segue_why::find::{Found, Wanted, find, names};
use segue_why::{human, json};

const BUNDLE: &str = r#"
source: shop
about: The web shop
topic: shop.events
subject: data.id
undeclared: ignore
events:
  cart.left: {schema: cart.json}
  order.placed: {schema: cart.json}
  page.viewed: {schema: cart.json}
---
source: crm
topic: crm.events
subject: data.id
events: {customer.changed: {schema: who.json, into: who}}
---
rule: cart-forgotten
about: A cart is left for a day
on: cart.left
unless: order.placed
within: 24h
same: data.cart
propose: [mail]
---
signal: company-looks
about: Somebody of a company leaves a cart
on: cart.left
when: event.data.amount > 100.0
subject: {company: who.company}
---
rule: company-looked
per: company
on: company-looks
propose: [call]
---
rule: good-cart
on: order.placed
when: event.data.amount > 50.0
propose: [thank]
---
action: mail
to: desk
what: Mail them
---
action: call
to: desk
what: Call them
---
action: thank
about: A word of thanks
group: thanks
to: desk
what: Thank them
tone: "{{ who.mood }}"
---
action: thank-again
to: desk
group: thanks
what: Thank them again
---
rule: good-cart-too
on: order.placed
when: event.data.amount > 50.0
propose: [thank-again]
---
policy: one-thank
about: One word of thanks is enough
choose: {top: 1, per: group}
---
destination: desk
topic: desk.tasks
share: [who.mood]
---
test: one day
steps:
  - at: 2026-03-02T10:00:00Z
    event: {source: shop, type: cart.left, id: k-1, data: {id: c1, cart: A, amount: 10.0}}
  - after: 1h
    event: {source: shop, type: order.placed, id: o-1, data: {id: c1, cart: A, amount: 80.0}}
  - after: 1h
    event: {source: shop, type: cart.left, id: k-2, data: {id: c2, cart: B, amount: 120.0}}
  - after: 1h
    event: {source: shop, type: cart.left, id: k-3, data: {id: c3, amount: 20.0}}
  - after: 1h
    event: {source: shop, type: page.viewed, id: v-1, data: {id: c2, cart: B}}
  - after: 1h
    event: {source: crm, type: customer.changed, id: w-1, data: {id: c2, company: acme}}
  - after: 1h
    event: {source: shop, type: mouse.moved, id: m-1, data: {id: c2}}
  - after: 1h
    event: {source: shop, type: cart.left, id: f-1, data: {id: c2, cart: 5}}
"#;

fn bundle() -> Arc<Bundle> {
    bundle_of(BUNDLE)
}

fn bundle_of(text: &str) -> Arc<Bundle> {
    let id = r#""id": {"type": "string"}"#;
    let object = |more: &str| {
        format!(r#"{{"type": "object", "properties": {{{id}, {more}}}, "additionalProperties": false}}"#)
    };
    let files = [
        ("all.yaml", text.to_owned()),
        ("cart.json", object(r#""cart": {"type": "string"}, "amount": {"type": "number"}"#)),
        ("who.json", object(r#""company": {"type": "string"}, "mood": {"type": "string"}"#)),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text)).to_vec();
    Arc::new(segue_bundle::read(files).unwrap_or_else(|found| panic!("{found:?}")).bundle)
}

fn settings() -> Settings {
    Settings { dedup: Span(86_400_000), profile_bytes_max: 512 * 1024, zone: "UTC".to_owned() }
}

/// The test as what it took, so that events may fail.
fn case() -> Case {
    let bundle = bundle();
    let mut test = bundle.tests[0].clone();
    let last = test.steps.pop().unwrap();
    let case = Case::of_test(bundle.clone(), settings(), Arc::default(), &test).unwrap();
    // The last event fails by its schema, which a test takes for a fault.
    let mut records = case.records;
    let (mut record, at) = records.last().unwrap().clone();
    let text = String::from_utf8(record.value.unwrap()).unwrap();
    let text = text.replace("mouse.moved", "cart.left").replace("m-1", "f-1");
    record.value = Some(text.replace(r#"{"id":"c2"}"#, &last.event.unwrap().data.unwrap()).into_bytes());
    record.offset += 1;
    records.push((record, at));
    Case { records, until: Some(at), ..case }
}

fn said(case: &Case, event: &str) -> (String, String) {
    let (source, id) = event.split_once('/').unwrap();
    assert!(find(case, &Wanted::Event(source.to_owned(), id.to_owned())).found.is_empty(), "{event}");
    let (message, hint) = words(&case.bundle, source, id, &fate(case, source, id));
    (message, hint.unwrap_or_default())
}

fn why(case: &Case, event: &str) -> Vec<Why> {
    let (source, id) = event.split_once('/').unwrap();
    let found = find(case, &Wanted::Event(source.to_owned(), id.to_owned())).found;
    found.iter().map(|found| explain(case, found, &Options::default())).collect()
}

#[test]
fn of_an_event_of_which_nothing_came_it_is_told_what_became_of_it() {
    let case = case();
    for (event, message, hint) in [
        ("shpo/k-1", "the bundle has no source `shpo`", "did you mean `shop/k-1`?"),
        ("billing/k-1", "the bundle has no source `billing`", "the bundle has the sources crm and shop"),
        ("crm/v-1", "event v-1 came in from shop, not from crm", "ask for `shop/v-1`"),
        ("crm/w-2", "none of the 1 events of crm has that id, from 2026-03-02", "did you mean `crm/w-1`?"),
        ("shop/f", "event f of shop did not come in", ""),
        ("shop/c2", "event c2 of shop did not come in", ""),
        ("shop/xyz", "event xyz of shop did not come in", "look for it among the failed events"),
        ("shop/v-1", "came in at 2026-03-02T14:00:00Z and set nothing off: no rule looks at page.viewed", ""),
        ("crm/w-1", "no rule looks at customer.changed; what it says is known from then on", ""),
        ("shop/m-1", "shop does not declare its type, and ignores", "declare the type under `events`"),
        ("shop/f-1", "event f-1 of shop failed at 2026-03-02T16:00:00Z: schema, ", "`segue explain schema`"),
    ] {
        let (says, helps) = said(&case, event);
        assert!(says.contains(message), "{event}: {says}");
        assert!(helps.contains(hint), "{event}: {helps}");
    }
    assert_eq!(fate(&case, "shop", "k-1"), Fate::Unlooked(case.records[0].1, "cart.left".to_owned()));
}

#[test]
fn of_an_absence_it_is_told_whether_it_was_ended_never_began_or_is_still_waited_for() {
    let case = case();
    for (event, says) in [
        (
            "shop/k-1",
            "Rule cart-forgotten (A cart is left for a day) did not fire: it waits 1d for order.placed, and order.placed came in time, at 2026-03-02T11:00:00Z: event o-1 of shop.",
        ),
        ("shop/k-3", "and the recording ends before the time is up at 2026-03-03T13:00:00Z."),
        ("shop/k-2", "and the recording ends before the time is up at 2026-03-03T12:00:00Z."),
    ] {
        let (source, id) = event.split_once('/').unwrap();
        let rule = Some("cart-forgotten".to_owned());
        let options = Options { rule, ..Options::default() };
        let found = find(&case, &Wanted::Event(source.to_owned(), id.to_owned())).found;
        let text = human::lines(&explain(&case, &found[0], &options)).join("\n");
        assert!(text.contains(says), "{event}: {text}");
    }
}

#[test]
fn a_part_of_a_task_that_could_not_be_made_is_told() {
    let case = case();
    let text = human::lines(&why(&case, "shop/o-1")[0]).join("\n");
    assert!(text.contains("thank (A word of thanks) went out as task t-"), "{text}");
    let told = "What could not be worked out: tone: `who.mood`: there is no `mood`.";
    assert!(text.contains(told), "{text}");
}

#[test]
fn a_signal_that_cannot_say_whom_it_is_about_was_not_raised() {
    let whys = why(&case(), "shop/k-2");
    let text = human::lines(&whys[0]).join("\n");
    let says = "Signal company-looks (Somebody of a company leaves a cart) was not raised: its condition is met, but it ended in an error: subject: ";
    assert!(text.contains(says), "{text}");
    assert_eq!(whys[0].rules.iter().find(|rule| rule.is_signal).unwrap().fired, None);
}

#[test]
fn a_decision_that_cannot_be_run_again_is_told_from_its_record_and_no_more_than_that() {
    let case = case();
    let found = find(&case, &Wanted::Event("shop".to_owned(), "o-1".to_owned())).found;
    let ran = explain(&case, &found[0], &Options { has_changes: true, ..Options::default() });
    let task = ran.candidates.iter().find_map(|one| one.task.clone()).unwrap();
    let record = recorded(&case, &ran.decision);
    assert!(names(&record, &task) && names(&record, &ran.decision) && !names(&record, "t-0"));
    assert!(found[0].is_as_recorded(&record));
    let gone = Case { records: Vec::new(), ..Case { bundle: bundle(), ..case } };
    let alone = Found::of_record(record);
    let why = explain(&gone, &alone, &Options { has_changes: true, ..Options::default() });
    let text = human::lines(&why).join("\n");
    for says in [
        "2026-03-02 11:00:00 UTC, c1: order.placed came in from shop (The web shop), event o-1.",
        "Rule good-cart fired.\nRule good-cart-too fired.",
        &format!("thank (A word of thanks) went out as task {task}."),
        "thank-again did not go out: policy one-thank (One word of thanks is enough) keeps the best only",
        "This is told from the record of the decision alone: the log of that time is gone",
    ] {
        assert!(text.contains(says), "{says}: {text}");
    }
    assert!(!text.contains("would") || text.contains("what would have turned it, can no longer be told"));
    assert!(json::document(&[why], false).contains(r#""run_again":false"#));
}

#[test]
fn what_another_bundle_decided_then_is_told_from_its_record() {
    let case = case();
    let wanted = Wanted::Event("shop".to_owned(), "o-1".to_owned());
    let search = find(&case, &wanted);
    let ids = search.decisions(&case, ("shop", "o-1"));
    assert_eq!(ids.len(), 1);
    let record = recorded(&case, ids.first().unwrap());
    let kept = search.clone().held_against(vec![recorded(&case, ids.first().unwrap())]);
    assert!(explain(&case, &kept.found[0], &Options::default()).is_run, "the run shows the same");
    // A bundle that looks at nothing decides by now: the record is what happened.
    let now = BUNDLE.replace("on: order.placed", "on: page.viewed");
    let bundle = bundle_of(&now);
    let now = Case { bundle, ..case };
    assert!(find(&now, &wanted).found.is_empty());
    let told = find(&now, &wanted);
    assert_eq!(told.decisions(&now, ("shop", "o-1")), ids);
    let told = told.held_against(vec![record]);
    let text = human::lines(&explain(&now, &told.found[0], &Options::default())).join("\n");
    assert!(text.contains("thank (A word of thanks) went out as task t-"), "{text}");
    assert!(text.contains("told from the record of the decision alone"), "{text}");
}

/// The record of a decision, as the topic has it.
fn recorded(case: &Case, decision: &str) -> Document {
    let pipeline = segue_replay::pipeline::Pipeline::new(
        case.bundle.clone(),
        segue_document::Limits::CONTRACT,
        settings(),
    );
    let mut pipeline = pipeline;
    let mut all = Vec::new();
    for (record, at) in &case.records {
        all.extend(pipeline.advance(*at));
        all.extend(pipeline.take(record, *at));
    }
    let texts = all.iter().filter(|append| &*append.topic == "segue.decisions");
    let texts = texts.map(|append| String::from_utf8(append.value.clone().unwrap()).unwrap());
    let text = texts.into_iter().find(|text| text.contains(decision)).unwrap();
    Document::parse_owned(text).unwrap()
}
