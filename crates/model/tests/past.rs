//! What is remembered, forgotten and merged.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::sync::Arc;

use segue_document::Document;
use segue_model::past::{Datum, KEYS_MAX, RECENT_MAX, Running, SEEN_MAX};
use segue_model::{Past, Remembered, Seen, Timestamp};

fn seen(id: &str, time: i64, logged_at: i64, data: &str) -> Arc<Seen> {
    Arc::new(Seen {
        source: "shop".into(),
        namespace: None,
        id: id.into(),
        time: Timestamp(time),
        logged_at: Timestamp(logged_at),
        journey: id.into(),
        data: Document::parse_own(data).unwrap(),
        surroundings: Default::default(),
        place: 0,
    })
}

fn path(text: &str) -> Vec<String> {
    text.split('.').map(str::to_owned).collect()
}

fn ids(remembered: &Remembered) -> Vec<&str> {
    remembered.seen.iter().map(|seen| seen.id.as_str()).collect()
}

/// All figures over `data.n`, and those of each `data.s`.
fn with_figures() -> Remembered {
    let all = Running { paths: [(path("data.n"), false)].into(), keeps_latest: true, ..Running::default() };
    let each = Running { same: vec![path("data.s")], ..Running::default() };
    Remembered { running: vec![all, each], ..Remembered::default() }
}

#[test]
fn events_stand_by_their_instant_and_those_of_one_instant_by_the_log() {
    let mut remembered = Remembered::default();
    let mut past = Past::default();
    // The time of `ahead` is later than the log: its instant is that of the log. Who logged `d` had a slow clock.
    for (id, time, logged_at) in
        [("b", 20, 20), ("late", 10, 30), ("c", 20, 40), ("ahead", 90, 15), ("d", 20, 25)]
    {
        let seen = Arc::unwrap_or_clone(seen(id, time, logged_at, "{}"));
        remembered.add(Arc::new(Seen { place: past.next_place(), ..seen }));
    }
    assert_eq!(ids(&remembered), ["late", "ahead", "b", "c", "d"]);
}

#[test]
fn what_lies_exactly_at_the_bound_is_forgotten_and_what_is_later_is_not() {
    let mut remembered = Remembered::default();
    for at in [10, 11, 12] {
        remembered.add(seen(&at.to_string(), at, at, "{}"));
    }
    assert_eq!(remembered.forget(Timestamp(11)), 0);
    assert_eq!(ids(&remembered), ["12"]);
}

#[test]
fn over_the_bound_the_oldest_go_and_are_counted() {
    let mut remembered = Remembered::default();
    for at in 0..SEEN_MAX as i64 + 3 {
        remembered.add(seen(&at.to_string(), at, at, "{}"));
    }
    assert_eq!(remembered.forget(Timestamp(-1)), 3);
    assert_eq!(remembered.seen.len(), SEEN_MAX);
    assert_eq!(remembered.seen[0].id, "3");
}

#[test]
fn figures_count_what_is_forgotten_one_by_one() {
    let mut remembered = with_figures();
    for (n, data) in
        [r#"{"n":1,"s":"a"}"#, r#"{"n":2.5}"#, r#"{"n":-1,"s":"b"}"#, r#"{"s":"a"}"#].into_iter().enumerate()
    {
        remembered.add(seen(&format!("e{n}"), n as i64, n as i64, data));
    }
    for n in 0..RECENT_MAX as i64 + 5 {
        remembered.add(seen(&format!("more{n}"), 50 + n, 50 + n, "{}"));
    }
    let _ = remembered.forget(Timestamp(1_000));
    assert_eq!(remembered.seen.len(), RECENT_MAX, "known by their ids");
    let all = &remembered.running[0].keys[""];
    assert_eq!(all.count, 4 + RECENT_MAX as u64 + 5);
    let n = &all.paths[&path("data.n")];
    assert_eq!((n.count, n.whole, n.part), (3, 0, 2.5));
    assert_eq!((&n.min, &n.max), (&Some(Datum::Whole(-1)), &Some(Datum::Part(2.5))));
    let counts: Vec<_> =
        remembered.running[1].keys.iter().map(|(key, of)| (key.as_str(), of.count)).collect();
    assert_eq!(counts, [("\"a\"", 2), ("\"b\"", 1)], "what lacks the field agrees with nothing");
}

#[test]
fn of_too_many_keys_the_one_that_rested_longest_goes() {
    let mut remembered = with_figures();
    for n in 0..KEYS_MAX as i64 {
        remembered.add(seen(&n.to_string(), n, n, &format!(r#"{{"s":{n}}}"#)));
    }
    remembered.add(seen("again", 5_000, 5_000, r#"{"s":0}"#));
    remembered.add(seen("new", 5_001, 5_001, r#"{"s":"new"}"#));
    let keys = &remembered.running[1].keys;
    assert_eq!(keys.len(), KEYS_MAX);
    assert!(keys.contains_key("0") && keys.contains_key("\"new\"") && !keys.contains_key("1"));
}

#[test]
fn a_merge_counts_no_event_twice() {
    let event = |n: i64| seen(&format!("e{n}"), n, n, &format!(r#"{{"n":{n},"s":{}}}"#, n % 2));
    let of = |ns: &[i64]| {
        let mut past = Past::default();
        let mut remembered = with_figures();
        ns.iter().for_each(|n| remembered.add(event(*n)));
        let _ = past.events.insert("bought".into(), Arc::new(remembered));
        past
    };
    let (mut a, b) = (of(&[1, 3, 4]), of(&[2, 3, 5]));
    a.merge(&b);
    assert_eq!(a, of(&[1, 2, 3, 4, 5]));
    let mut all = Past::default();
    all.merge(&a);
    all.merge(&b);
    assert_eq!(all, a, "into nothing, and again");
}
