//! What is decided with the index of conditions against what is decided by asking every rule and every signal.
//!
//! An observed matter asks every one, so the same bundle and the same event give both sides.

// Helper functions of tests may fail loudly.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use segue_bundle::Bundle;
use segue_decide::{Asked, AskedKind, Bars, Made, Matter, Scratch, decide};
use segue_document::Document;
use segue_model::{Event, Profile, Rows, Subject, Timestamp};

/// What every bundle here begins with.
const BASE: &str = "
source: shop
topic: shop.events
subject: data.text
events:
  seen: {schema: seen.json}
  other: {schema: seen.json}
  customer: {schema: who.json, into: who}
  priced: {schema: seen.json, into: prices, subject: everyone}
---
table: prices
key: data.text
of: everyone
---
destination: desk
topic: desk.tasks
share: [event.data.whole]
---
action: call
to: desk
what: Call
";
const SEEN: &str = r#"{"type": "object", "properties": {
  "whole": {"type": "integer"}, "other": {"type": "integer"}, "number": {"type": "number"},
  "text": {"type": "string"}, "word": {"type": ["string", "null"]}, "truth": {"type": "boolean"},
  "at": {"type": "string", "format": "date-time"}, "list": {"type": "array", "items": {"type": "integer"}},
  "any": {}, "inner": {"type": "object", "properties": {"whole": {"type": "integer"}, "text": {"type": "string"}}}}}"#;
const WHO: &str = r#"{"type": "object", "properties": {
  "tier": {"type": "string"}, "age": {"type": "integer"}, "score": {"type": "number"}}}"#;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// A bundle with these conditions as rules and as signals. A condition that the bundle does not take is left out: the
/// generator knows nothing of types.
fn bundle(rules: &[String], signals: &[String]) -> Bundle {
    let document = |kind: &str, number: usize, when: &str, end: &str| {
        (
            format!("{kind}{number}.yaml"),
            format!("{kind}: {kind}-{number}\non: seen\nwhen: >-\n  {when}\n{end}"),
        )
    };
    let rules = rules.iter().enumerate().map(|(at, when)| document("rule", at, when, "propose: [call]\n"));
    let signals = signals.iter().enumerate().map(|(at, when)| document("signal", at, when, ""));
    let mut files: BTreeMap<String, String> = rules.chain(signals).collect();
    for (name, text) in [("base.yaml", BASE), ("seen.json", SEEN), ("who.json", WHO)] {
        let _ = files.insert(name.to_owned(), text.to_owned());
    }
    let always = "rule: always\non: seen\npropose: [call]\n";
    let _ = files.insert("always.yaml".to_owned(), always.to_owned());
    loop {
        match segue_bundle::read(files.clone().into_iter().collect()) {
            Ok(loaded) => return loaded.bundle,
            Err(findings) => {
                let is_error =
                    |finding: &&segue_bundle::Finding| finding.severity == segue_bundle::Severity::Error;
                for finding in findings.iter().filter(is_error) {
                    assert!(finding.line_text.starts_with("  "), "only a condition may be wrong: {finding}");
                    let _ = files.remove(&finding.file);
                }
            }
        }
    }
}

fn event(data: &str) -> Event {
    Event {
        source: "shop".into(),
        namespace: None,
        id: "e1".into(),
        kind: "seen".into(),
        time: NOW,
        logged_at: NOW,
        subject: Some(Subject::person("anna")),
        journey: "e1".into(),
        traceparent: None,
        surroundings: Default::default(),
        data: Document::parse_own(data).unwrap(),
    }
}

/// What was made, of which nothing is borrowed.
struct Kept {
    /// All that leaves, to the bit: the debug form of a double is read back as the same double.
    shown: String,
    rules: Vec<String>,
    errors: usize,
    asked: Vec<Asked>,
}

/// Decides on an event of a subject of whom `who` is known, if anything is.
fn made(bundle: &Bundle, data: &str, who: Option<&str>, is_observed: bool, scratch: &mut Scratch) -> Kept {
    let event = event(data);
    let mut rows = Rows::default();
    let row = Document::parse_own(r#"{"whole": 3, "text": "a"}"#).unwrap();
    assert!(rows.write("a", "shop", NOW, row.root(), false));
    let profile =
        Profile { who: who.map(|who| Arc::new(Document::parse_own(who).unwrap())), ..Profile::default() };
    let matter = Matter {
        bundle,
        event: Some(&event),
        cause: Some(&event),
        timer: None,
        is_logged: false,
        steps: 0,
        stopped: None,
        place: (0, 7),
        subject: &Subject::person("anna"),
        profile: &profile,
        everyone: &BTreeMap::from([("prices".to_owned(), rows)]),
        learned: &BTreeMap::new(),
        now: NOW,
        zone: "UTC",
        bars: Bars::default(),
        is_observed,
    };
    let Made { decision, tasks, lives: _, signals, passed: _, met: _, erred, asked } =
        decide(&matter, scratch);
    let signals: Vec<_> =
        signals.iter().map(|signal| (&signal.id, &signal.kind, signal.data.text())).collect();
    Kept {
        shown: format!("{decision:#?}\n{tasks:#?}\n{signals:#?}\n{erred:#?}"),
        rules: decision.iter().flat_map(|made| &made.rules).map(|rule| (*rule).to_owned()).collect(),
        errors: decision.map_or(0, |made| made.errors.len()),
        asked,
    }
}

const NUMBERS: &[&str] = &["0", "1", "2", "3", "-1", "40", "1.0", "2.5", "-0.5", "1e3", "1u"];
const TEXTS: &[&str] = &["'a'", "'ab'", "'b'", "''", "'gold'"];
const TRUTHS: &[&str] = &["true", "false"];
const TIMES: &[&str] = &[
    "timestamp('2026-11-22T06:00:00Z')",
    "timestamp('2027-01-15T08:00:00Z')",
    "timestamp('2030-01-01T00:00:00Z')",
];
const ANY: &[&str] = &["0", "1", "1.0", "2.5", "1u", "'a'", "'ab'", "''", "true", "false", "null"];
/// What conditions read, and what is compared with it.
const PATHS: &[(&str, &[&str])] = &[
    ("event.data.whole", NUMBERS),
    ("event.data.other", NUMBERS),
    ("event.data.number", NUMBERS),
    ("event.data.text", TEXTS),
    ("event.data.word", TEXTS),
    ("event.data.word", &["null"]),
    ("event.data.truth", TRUTHS),
    ("event.data.at", TIMES),
    ("event.data.any", ANY),
    ("event.data.any", ANY),
    ("event.data.any.deep", ANY),
    ("event.data.inner.whole", NUMBERS),
    ("event.data.inner.text", TEXTS),
    ("who.tier", TEXTS),
    ("who.age", NUMBERS),
    ("who.score", NUMBERS),
    ("now", TIMES),
    ("local.hour", NUMBERS),
    ("prices.a.any", ANY),
];
/// Conditions that an index can do little or nothing with.
const OTHERS: &[&str] = &[
    "has(event.data.whole)",
    "has(event.data.inner.whole)",
    "has(event.data.any.deep)",
    "!has(event.data.text)",
    "event.data.text.startsWith('a')",
    "event.data.text.endsWith('b')",
    "event.data.text.contains('b')",
    "event.data.text.matches('^a+b?$')",
    "event.data.whole + event.data.other > 3",
    "event.data.number * 2.0 < 3.0",
    "event.data.whole / event.data.other == 1",
    "event.data.list.exists(x, x == event.data.whole)",
    "event.data.list.all(x, x > 0)",
    "size(event.data.list) > 1",
    "(event.data.truth ? event.data.whole : event.data.other) == 1",
    "prices[event.data.text].whole == 3",
    "'a' in prices",
    "event.data.truth",
];

fn leaf() -> impl Strategy<Value = String> {
    let sign = prop::sample::select(&["==", "==", "!=", "<", "<=", ">", ">="][..]);
    let path = || prop::sample::select(PATHS);
    let constants = || {
        path().prop_flat_map(|(path, constants)| {
            (Just(path), prop::collection::vec(prop::sample::select(constants), 1..4))
        })
    };
    prop_oneof![
        6 => (constants(), sign.clone()).prop_map(|((path, of), sign)| format!("{path} {sign} {}", of[0])),
        1 => (constants(), sign).prop_map(|((path, of), sign)| format!("{} {sign} {path}", of[0])),
        2 => constants().prop_map(|(path, of)| format!("{path} in [{}]", of.join(", "))),
        2 => prop::sample::select(OTHERS).prop_map(str::to_owned),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    leaf().prop_recursive(4, 12, 3, |inner| {
        let parts = || prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            3 => parts().prop_map(|parts| format!("({})", parts.join(" && "))),
            3 => parts().prop_map(|parts| format!("({})", parts.join(" || "))),
            2 => inner.clone().prop_map(|inner| format!("!({inner})")),
        ]
    })
}

/// A field's value as JSON, whatever its schema says; `None`: it is missing.
fn value() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(
        &[
            None,
            None,
            None,
            Some("null"),
            Some("true"),
            Some("false"),
            Some("0"),
            Some("1"),
            Some("2"),
            Some("3"),
            Some("1.0"),
            Some("2.5"),
            Some("-0.5"),
            Some("1000"),
            Some("18446744073709551615"),
            Some("1e300"),
            Some(r#""a""#),
            Some(r#""ab""#),
            Some(r#""b""#),
            Some(r#""""#),
            Some(r#""gold""#),
            Some(r#""2026-11-22T06:00:00Z""#),
            Some(r#""2026-11-22T07:00:00+01:00""#),
            Some("[1, 2]"),
            Some("[]"),
            Some(r#"{"deep": 1}"#),
            Some(r#"{"whole": 1, "text": "a"}"#),
        ][..],
    )
}

fn object(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(value(), names.len()).prop_map(move |values| {
        let member = |(name, value): (&&str, Option<&str>)| Some(format!(r#""{name}": {}"#, value?));
        let members: Vec<String> = names.iter().zip(values).filter_map(member).collect();
        format!("{{{}}}", members.join(", "))
    })
}

fn data() -> impl Strategy<Value = String> {
    object(&["whole", "other", "number", "text", "word", "truth", "at", "list", "any", "inner"])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_index_changes_nothing_of_what_is_decided(
        rules in prop::collection::vec(condition(), 1..160),
        signals in prop::collection::vec(condition(), 0..30),
        facts in prop::collection::vec((data(), prop::option::of(object(&["tier", "age", "score"]))), 1..12),
    ) {
        let bundle = bundle(&rules, &signals);
        // One scratch for all, as a partition has it.
        let (mut scratch, mut unused) = (Scratch::default(), Scratch::default());
        for (data, who) in &facts {
            let indexed = made(&bundle, data, who.as_deref(), false, &mut scratch);
            let naive = made(&bundle, data, who.as_deref(), true, &mut unused);
            prop_assert_eq!(&indexed.shown, &naive.shown);
            // The other side did ask every one.
            let all = bundle.rules.len() + bundle.signals.len();
            prop_assert_eq!((indexed.asked.len(), naive.asked.len()), (0, all));
            let fired = naive.asked.iter().filter(|asked| asked.kind == AskedKind::Rule && asked.fired == Some(true));
            let fired: Vec<&str> = fired.map(|asked| asked.id.as_str()).collect();
            prop_assert_eq!(fired, indexed.rules);
        }
    }
}

/// Rules of a kind that a large bundle has many of: each looks for one thing.
fn many(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("event.data.whole == {at} && event.data.text != 'a'")).collect()
}

#[test]
fn of_many_rules_few_are_asked() {
    let bundle = bundle(&many(300), &[]);
    let event = event(r#"{"whole": 17, "text": "b"}"#);
    let (own, everyone, past) = Default::default();
    let facts = segue_expr::Facts {
        event: Some(&event),
        cause: None,
        is_timer: false,
        who: None,
        own: &own,
        everyone: &everyone,
        channel: None,
        place: None,
        device: None,
        past: &past,
        now: NOW,
        zone: "UTC",
        action: None,
    };
    let scope = segue_expr::Scope::new(&bundle.layout, facts);
    let mut scratch = Scratch::default();
    let asked: BTreeSet<&str> =
        bundle.rules_by_type["seen"].survivors(&scope, &mut scratch).map(|rule| rule.id.as_str()).collect();
    assert_eq!(asked, BTreeSet::from(["always", "rule-17"]));
}

#[test]
fn a_missing_field_asks_for_each_error() {
    let bundle = bundle(&many(20), &many(3));
    let made = made(&bundle, r#"{"text": "b"}"#, None, false, &mut Scratch::default());
    assert_eq!(made.errors, 23);
}
