use std::collections::BTreeMap;
use std::sync::Arc;

use segue_document::Document;
use segue_model::{Event, Past, Seen, Subject, Timestamp};
use segue_value::{Fault, Map, Rest, Shape, Value};

use super::*;

mod naive;

const MINUTE: i64 = 60_000;

fn shapes() -> BTreeMap<String, Shape> {
    let fields = [
        ("n", Shape::Int),
        ("x", Shape::Double),
        ("s", Shape::Text),
        ("at", Shape::Timestamp),
        ("any", Shape::Any),
    ];
    let fields = fields.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect();
    let data = Shape::Map { fields, rest: Box::new(Rest::Closed) };
    BTreeMap::from([("a".to_owned(), data.clone()), ("b".to_owned(), data)])
}

fn compile(source: &[&str]) -> Result<PastCall, Misuse> {
    // `x|y` stands for a list.
    let lists: Vec<Vec<&str>> = source[1..].iter().map(|text| text.split('|').collect()).collect();
    let arguments: Vec<Argument<'_>> = lists
        .iter()
        .map(|list| match &list[..] {
            [text] => Argument::Text(text),
            texts => Argument::Texts(texts),
        })
        .collect();
    PastCall::compile(source[0], &arguments, &shapes())
}

fn event(kind: &str, id: &str, time: i64, logged_at: i64, data: &str) -> Event {
    Event {
        source: "shop".into(),
        namespace: None,
        id: id.into(),
        kind: kind.into(),
        time: Timestamp(time),
        logged_at: Timestamp(logged_at),
        subject: Some(Subject::person("c1")),
        journey: id.into(),
        traceparent: None,
        surroundings: Default::default(),
        data: Document::parse_own(data).unwrap(),
    }
}

/// Remembers the events one after the other as the calls need, and evaluates the calls after the last of them.
fn after(events: &[Event], calls: &[PastCall]) -> Vec<String> {
    let mut needs = Needs::default();
    calls.iter().flat_map(PastCall::needs).for_each(|need| needs.add(&need));
    let (mut past, mut now) = (Past::default(), Timestamp(i64::MIN));
    for (event, place) in events.iter().zip(1..) {
        now = now.max(event.logged_at);
        let Some(of_type) = needs.events.get(&event.kind) else { continue };
        let remembered = Arc::make_mut(past.events.entry(event.kind.clone()).or_default());
        let seen = Seen { place, ..seen(event, of_type) };
        assert_eq!(remember(remembered, of_type, seen, now), 0);
    }
    let facts = PastFacts { past: &past, event: events.last(), is_timer: false, now };
    calls.iter().map(|call| shown(call.evaluate(&facts))).collect()
}

fn shown(value: Result<Value<'_>, Fault>) -> String {
    match value {
        Ok(Value::Int(number)) => number.to_string(),
        Ok(Value::Double(number)) => format!("{number:?}"),
        Ok(Value::Timestamp(at)) => format!("at {}", at.seconds),
        Ok(Value::Duration(span)) => format!("{}.{:03}s", span.seconds, span.nanos / 1_000_000),
        Ok(Value::Null) => "null".to_owned(),
        Ok(Value::Map(Map::Made(members))) => {
            let id = members.iter().find(|(key, _)| format!("{key:?}").contains("\"id\"")).unwrap();
            format!("{:?}", id.1)
        }
        Ok(other) => format!("{other:?}"),
        Err(fault) => format!("{fault:?}"),
    }
}

/// An event is told by its id, in quotes; anything else by all of it.
fn is_as_expected(found: &str, expected: &str) -> bool {
    found == expected
        || (!found.starts_with(|c: char| c.is_ascii_digit() || c == '-') && found.contains(expected))
}

/// What each call gives after the events.
fn check(events: &[Event], table: &[(&[&str], &str)]) {
    let calls: Vec<PastCall> = table.iter().map(|(source, _)| compile(source).unwrap()).collect();
    for ((source, expected), found) in table.iter().zip(after(events, &calls)) {
        assert!(is_as_expected(&found, expected), "{source:?}: {found} instead of {expected}");
        // Alone, a call finds what it needs as well.
        let alone = after(events, &[compile(source).unwrap()]).remove(0);
        assert_eq!(alone, found, "{source:?} alone");
    }
}

#[test]
fn a_window_is_half_open_and_holds_this_event() {
    let at = |minute: i64| event("a", &minute.to_string(), minute * MINUTE, minute * MINUTE, "{}");
    check(
        &[at(0), at(1), at(10)],
        &[
            (&["count", "a", "10m"], "2"),
            (&["count", "a", "10m1s"], "3"),
            (&["count", "a", "9m"], "1"),
            (&["count", "a"], "3"),
            (&["count", "b", "1h"], "0"),
            (&["count", "a|b", "1h"], "3"),
            (&["count", "b"], "0"),
        ],
    );
}

#[test]
fn a_late_event_counts_by_its_instant() {
    let events = [
        event("a", "1", 10 * MINUTE, 10 * MINUTE, r#"{"n": 1}"#),
        // Happened at the fifth minute, came in the twentieth.
        event("a", "2", 5 * MINUTE, 20 * MINUTE, r#"{"n": 2}"#),
    ];
    check(
        &events,
        &[
            (&["count", "a", "15m"], "1"),
            (&["count", "a", "16m"], "2"),
            (&["count", "a"], "2"),
            (&["sum", "a", "data.n", "15m"], "1"),
            (&["since", "a"], "600.000s"),
            (&["last", "a"], "\"1\""),
        ],
    );
}

#[test]
fn last_and_since_look_before_this_event() {
    let (one, two) = (event("a", "1", 0, 0, "{}"), event("a", "2", 90_500, 90_500, "{}"));
    let other = event("b", "3", 100_000, 100_000, "{}");
    check(std::slice::from_ref(&one), &[(&["last", "a"], "null"), (&["since", "a"], "NoSuchKey")]);
    check(&[one.clone(), two.clone()], &[(&["last", "a"], "\"1\""), (&["since", "a"], "90.500s")]);
    check(
        &[one.clone(), two.clone(), other.clone()],
        &[
            (&["last", "a"], "\"2\""),
            (&["since", "a"], "9.500s"),
            (&["last", "b"], "null"),
            (&["last", "a|b"], "\"2\""),
        ],
    );
    // Of one instant, the one that the log has last.
    let same = event("a", "4", 90_500, 90_500, "{}");
    check(&[one, two.clone(), same, other.clone()], &[(&["last", "a"], "\"4\"")]);
    // Whatever their types, and however slow the clock of who logged it.
    let (third, now) = (event("b", "5", 90_500, 91_000, "{}"), event("a", "6", 200_000, 200_000, "{}"));
    for (events, expected) in
        [([third.clone(), two.clone(), now.clone()], "\"2\""), ([two, third, now], "\"5\"")]
    {
        check(&events, &[(&["last", "a|b"], expected), (&["last", "b|a"], expected)]);
    }
}

#[test]
fn what_must_agree_must_be_there() {
    let of = |id: &str, minute: i64, data: &str| event("a", id, minute * MINUTE, minute * MINUTE, data);
    let events = [
        of("1", 1, r#"{"s": "x", "n": 1, "any": 7}"#),
        of("2", 2, r#"{"s": "y", "n": 2}"#),
        of("3", 3, r#"{"n": 4}"#),
        of("4", 4, r#"{"s": null, "n": 8}"#),
        of("5", 5, r#"{"s": "\u0078", "n": 16, "any": 7.0}"#),
    ];
    check(
        &events,
        &[
            (&["count", "a", "1h", "data.s"], "2"),
            (&["count", "a", "data.s"], "2"),
            (&["sum", "a", "data.n", "1h", "data.s"], "17"),
            (&["sum", "a", "data.n", "data.s"], "17"),
            (&["count", "a", "1h", "data.s|data.any"], "2"),
            (&["count", "a", "data.any"], "2"),
            (&["count", "a", "1h", "journey"], "1"),
            (&["last", "a", "data.s"], "\"1\""),
            (&["since", "a", "data.s"], "240.000s"),
        ],
    );
    // This event lacks what would have to agree.
    check(
        &events[..3],
        &[
            (&["count", "a", "1h", "data.s"], "0"),
            (&["count", "a", "data.s"], "0"),
            (&["last", "a", "data.s"], "null"),
            (&["since", "a", "data.s"], "NoSuchKey"),
            (&["sum", "a", "data.n", "data.s"], "0"),
            (&["max", "a", "data.n", "1h", "data.s"], "NoSuchKey"),
        ],
    );
}

#[test]
fn figures_have_the_type_of_their_path_and_agree_with_the_window() {
    let of = |id: &str, data: &str| event("a", id, 0, 0, data);
    let events = [
        of("1", r#"{"n": 3, "x": 1, "s": "b", "at": "2026-03-02T10:00:00Z", "any": 2}"#),
        of("2", r#"{"n": -1.0, "x": 0.25, "s": "a", "at": "2026-03-02T11:00:00+02:00", "any": 2.5}"#),
        of("3", r#"{"s": "a", "at": "2026-03-02T09:00:00Z", "any": null}"#),
    ];
    for window in [Some("1h"), None] {
        let call = |name: &str, path: &str, expected: &str| {
            let source: Vec<&str> = [name, "a", path].into_iter().chain(window).collect();
            check(&events, &[(&source, expected)]);
        };
        call("sum", "data.n", "2");
        call("sum", "data.x", "1.25");
        call("sum", "data.any", "4.5");
        call("avg", "data.n", "1.0");
        call("avg", "data.x", "0.625");
        call("min", "data.n", "-1");
        call("max", "data.x", "1.0");
        call("max", "data.any", "2.5");
        call("min", "data.s", "\"a\"");
        call("max", "data.at", "at 1772445600");
        call("min", "data.at", "at 1772442000");
    }
    check(
        &events,
        &[
            (&["distinct", "a", "data.s", "1h"], "2"),
            (&["distinct", "a", "data.at", "1h"], "2"),
            (&["distinct", "a", "data.any", "1h"], "2"),
            (&["distinct", "a", "journey", "1h"], "3"),
            (&["sum", "b", "data.n", "1h"], "0"),
            (&["sum", "b", "data.n"], "0"),
            (&["sum", "b", "data.x"], "0.0"),
            (&["min", "b", "data.n"], "NoSuchKey"),
            (&["avg", "b", "data.n", "1h"], "NoSuchKey"),
        ],
    );
}

#[test]
fn a_sum_that_is_too_large_has_no_value() {
    let of = |id: &str| event("a", id, 0, 0, r#"{"n": 9223372036854775807, "x": 1e308}"#);
    check(
        &[of("1"), of("2")],
        &[
            (&["sum", "a", "data.n"], "Overflow"),
            (&["sum", "a", "data.n", "1h"], "Overflow"),
            (&["sum", "a", "data.x"], "Overflow"),
        ],
    );
}

#[test]
fn only_what_is_asked_for_is_kept() {
    let kept_of = |sources: &[&[&str]]| {
        let mut needs = Needs::default();
        sources.iter().flat_map(|source| compile(source).unwrap().needs()).for_each(|need| needs.add(&need));
        let data =
            Document::parse_own(r#"{"n": 1.50, "s": {"a": 1, "b": [2]}, "x": 3, "any": null}"#).unwrap();
        kept(data.root(), &needs.events["a"]).text().to_owned()
    };
    assert_eq!(kept_of(&[&["count", "a", "1h"]]), "{}");
    assert_eq!(kept_of(&[&["sum", "a", "data.n", "1h"], &["count", "a", "data.x"]]), r#"{"n":1.50,"x":3}"#);
    assert_eq!(kept_of(&[&["count", "a", "1h", "data.s.b|journey"]]), r#"{"s":{"b":[2]}}"#);
    assert_eq!(kept_of(&[&["count", "a", "data.s.b.c"]]), r#"{"s":{}}"#);
    assert_eq!(
        kept_of(&[&["last", "a"], &["sum", "a", "data.n"]]),
        r#"{"n": 1.50, "s": {"a": 1, "b": [2]}, "x": 3, "any": null}"#
    );
    let mut last = compile(&["last", "a"]).unwrap();
    last.reading(vec![vec!["data".into(), "s".into(), "a".into()], vec!["id".into()]]);
    let fields: Vec<_> = last.needs()[0].fields.iter().map(|path| path.join(".")).collect();
    assert_eq!(fields, ["data.s.a"]);
}

#[test]
fn needs_are_the_union_of_what_is_asked_for() {
    let mut needs = Needs::default();
    for source in [
        &["count", "a", "1h"][..],
        &["count", "a|b", "2h", "data.s"],
        &["sum", "a", "data.n"],
        &["max", "a", "data.at"],
        &["released", "call", "7d"],
        &["outcomes", "call", "declined", "7d"],
    ] {
        compile(source).unwrap().needs().iter().for_each(|need| needs.add(need));
    }
    needs.add_released("call", Span(1));
    let a = &needs.events["a"];
    assert_eq!(a.window, Some(Span(7_200_000)));
    assert_eq!(a.running.len(), 1);
    assert_eq!(a.running[&Vec::new()].paths.len(), 2);
    assert!(!a.running[&Vec::new()].latest);
    assert_eq!(needs.events["b"].fields.len(), 1);
    assert_eq!(needs.released["call"].window, Some(Span(604_800_000)));
    assert_eq!(needs.released.len(), 1);
}

#[test]
fn what_a_former_bundle_asked_for_goes() {
    let needs_of = |source: &[&str]| {
        let mut needs = Needs::default();
        compile(source).unwrap().needs().iter().for_each(|need| needs.add(need));
        needs.events.remove("a").unwrap()
    };
    let mut remembered = segue_model::Remembered::default();
    let (old, new) = (needs_of(&["sum", "a", "data.n", "data.s"]), needs_of(&["count", "a", "5m"]));
    let event = event("a", "1", 0, 0, r#"{"n": 1, "s": "x"}"#);
    let _ = remember(&mut remembered, &old, seen(&event, &old), Timestamp(0));
    assert_eq!(remembered.running.len(), 1);
    let _ = remember(&mut remembered, &new, seen(&event, &new), Timestamp(0));
    assert_eq!((remembered.running.len(), remembered.seen.len()), (0, 2));
}

#[test]
fn a_call_that_cannot_be_meant_is_refused_at_its_argument() {
    for (source, argument, code) in [
        (&["count"][..], None, "bad-call"),
        (&["sum", "a"], None, "bad-call"),
        (&["sum", "a", "n"], Some(1), "bad-path"),
        (&["count", "a", "24"], Some(1), "bad-path"),
        (&["count", "a", "1h", "data.s", "x"], Some(3), "bad-call"),
        (&["count", "a", "data.s", "1h"], Some(2), "bad-call"),
        (&["count", "a", "1h", "who.x"], Some(2), "bad-path"),
        (&["distinct", "a", "data.s"], None, "bad-duration"),
        (&["last", "a", "1h"], Some(1), "bad-path"),
        (&["count", "a", "0s"], Some(1), "bad-path"),
        (&["released", "a|b"], Some(0), "bad-call"),
        (&["outcomes", "a"], None, "bad-call"),
        (&["median", "a"], None, "unknown-function"),
    ] {
        let misuse = compile(source).unwrap_err();
        assert_eq!((misuse.argument, misuse.code), (argument, code), "{source:?}: {}", misuse.message);
    }
}

#[test]
fn tasks_released_are_counted_like_events() {
    let calls = [compile(&["released", "call", "10m"]).unwrap(), compile(&["released", "call"]).unwrap()];
    let mut needs = Needs::default();
    calls.iter().flat_map(PastCall::needs).for_each(|need| needs.add(&need));
    let mut past = Past::default();
    for minute in [0, 5] {
        let remembered = Arc::make_mut(past.released.entry("call".into()).or_default());
        let of_action = &needs.released["call"];
        let at = minute * MINUTE;
        let _ = remember(
            remembered,
            of_action,
            seen(&event("x", &minute.to_string(), at, at, "{}"), of_action),
            Timestamp(at),
        );
    }
    let now = event("a", "now", 10 * MINUTE, 10 * MINUTE, "{}");
    let facts = PastFacts { past: &past, event: Some(&now), is_timer: false, now: now.logged_at };
    let found: Vec<String> = calls.iter().map(|call| shown(call.evaluate(&facts))).collect();
    assert_eq!(found, ["1", "2"]);
}
