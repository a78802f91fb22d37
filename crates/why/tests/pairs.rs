//! What stands in the way behind what stands in the way: two changes together where one alone does not do.

#![allow(clippy::unwrap_used, reason = "this file is all tests")]

use std::sync::Arc;

use segue_engine::Settings;
use segue_model::Span;
use segue_why::case::Case;
use segue_why::explain::{Options, explain};
use segue_why::find::{Wanted, find};
use segue_why::human;

const BUNDLE: &str = r#"
source: shop
topic: shop.events
subject: data.id
events: {asked: {schema: event.json}}
---
rule: asks
on: asked
propose: [offer]
---
action: offer
group: offers
to: desk
what: Offer
---
destination: desk
topic: desk.tasks
outcomes: desk.outcomes
---
policy: quiet-after-no
suppress: {after: declined, of: action, for: 7d}
---
policy: one-a-day
cap: {at_most: 1, per: 1d, action: offer}
---
test: a second offer
steps:
  - at: 2026-03-02T10:00:00Z
    event: {source: shop, type: asked, data: {id: c1}}
  - after: 1h
    outcome: {action: offer, subject: c1, outcome: declined}
  - after: 1h
    event: {source: shop, type: asked, data: {id: c1, more: true}}
"#;

/// What is said of the last decision on the bundle's test, with these policies behind its own.
fn told(policies: &str) -> Vec<String> {
    let schema =
        r#"{"type": "object", "properties": {"id": {"type": "string"}, "more": {"type": "boolean"}}}"#;
    let files = vec![
        ("all.yaml".to_owned(), format!("{BUNDLE}{policies}")),
        ("event.json".to_owned(), schema.to_owned()),
    ];
    let read = segue_bundle::read(files).unwrap_or_else(|findings| panic!("{findings:?}"));
    let bundle = Arc::new(read.bundle);
    let settings = Settings { dedup: Span(86_400_000), profile_bytes_max: 1 << 20, zone: "UTC".to_owned() };
    let test = bundle.tests[0].clone();
    let case = Case::of_test(bundle, settings, Arc::default(), &test).unwrap();
    let search = find(&case, &Wanted::All);
    let last = search.found.last().unwrap();
    let why = explain(&case, last, &Options { has_changes: true, ..Options::default() });
    human::lines(&why)
}

#[test]
fn of_a_pause_and_a_full_cap_both_would_have_to_be_otherwise() {
    let said = told("");
    let expected = "  It would have gone out if there had been 1 fewer declined and 1 fewer offer had gone out within 1d.";
    assert!(said.iter().any(|line| line == expected), "{said:#?}");
}

#[test]
fn what_would_be_in_the_way_next_is_told_where_nothing_helps_against_it() {
    let best = "---\naction: other\ngroup: offers\nto: desk\nwhat: Other\npriority: {value: 5}\n---\n\
                rule: others\non: asked\nwhen: has(event.data.more)\npropose: [other]\n---\npolicy: best\nchoose: {top: 1, per: decision}\n";
    let said = told(best);
    assert!(said.iter().any(|line| line.ends_with(", policy best would still be in the way.")), "{said:#?}");
}
