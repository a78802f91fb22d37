//! Moments, events about everyone, and rows that are gone.

use std::sync::Arc;

use segue_document::Document;
use segue_model::{Subject, Timestamp};

use super::story::*;

const RENT: &str = r#"
rule: rent-at-risk
at: who.rent_due - duration('72h')
when: who.balance < 100.0
propose: [warn]
---
action: warn
to: desk
what: "Warn"
"#;

fn rent(due: i64, balance: f64) -> String {
    format!(r#"{{"rent_due": "{}", "balance": {balance:?}}}"#, Timestamp(due))
}

#[test]
fn a_moment_fires_once_and_moves_with_its_context() {
    let due = T + 10 * DAY;
    let none: [&str; 0] = [];
    let known = || on("changed", &rent(due, 5.0), T);
    let steps = [
        known(),
        Step::Tick(due - 3 * DAY - 1),
        Step::Tick(due - 3 * DAY),
        on("changed", &rent(due, 4.0), due - 2 * DAY),
    ];
    assert_eq!(tasks(RENT, &steps), [&none[..], &none, &["released warn 10:00"], &none]);
    // It moves.
    let moved =
        [known(), on("changed", &rent(due + HOUR, 5.0), T + 1), Step::Tick(due - 3 * DAY), Step::Tick(due)];
    assert_eq!(tasks(RENT, &moved), [&none[..], &none, &none, &["released warn 11:00"]]);
    // It is past when it becomes known.
    assert_eq!(tasks(RENT, &[on("changed", &rent(T + DAY, 5.0), T), Step::Tick(T + 5 * DAY)]).concat(), none);
    // The condition is that of the moment.
    let paid = [known(), on("changed", &rent(due, 500.0), T + 1), Step::Tick(due)];
    assert_eq!(tasks(RENT, &paid).concat(), none);
}

const DELAYED: &str = r#"
rule: delayed
on: delayed
for: who.flight == event.data.s || who.others.exists(f, f.flight == event.data.s && who.balance > 0.0)
when: "!has(who.timezone)"
propose: [rebook]
---
action: rebook
to: desk
what: "Rebook"
"#;

#[test]
fn an_event_about_everyone_reaches_each_subject_that_it_concerns() {
    let of = |subject, who: &str, at| Step::Of(subject, "changed", who.to_owned(), at);
    let steps = [
        of("c1", r#"{"flight":"X1"}"#, T),
        of("c2", r#"{"flight":"X2"}"#, T),
        of("c3", r#"{"balance":1.0,"others":[{"flight":"X0"},{"flight":"X1"}]}"#, T),
        of("c4", r#"{"balance":0.0,"others":[{"flight":"X1"}]}"#, T),
        of("c5", r#"{"flight":"X1","timezone":"UTC"}"#, T),
        of("c6", r#"{"flight":"X1"}"#, T),
        of("c6", r#"{"flight":"X9"}"#, T + 1),
        Step::All("delayed", session("X1"), T + HOUR),
        Step::All("delayed", session("none"), T + HOUR),
    ];
    let told = tasks(DELAYED, &steps);
    assert_eq!(told[7], ["released rebook 11:00"; 2], "c1 and c3");
    assert_eq!(told[8].len(), 0);
}

#[test]
fn a_row_that_is_not_touched_for_so_long_is_gone() {
    let bundle = r#"
rule: known
on: seen
when: "'a' in visits"
propose: [call]
---
rule: rated
on: seen
when: "'a' in rates"
propose: [write]
---
action: call
to: desk
what: "Call"
---
action: write
to: desk
what: "Write"
"#;
    let seen = |at| on("seen", "{}", at);
    let visited = |at| on("visited", &session("a"), at);
    let steps = [
        visited(T),
        seen(T + HOUR - 1),
        seen(T + HOUR),
        visited(T + 2 * HOUR),
        visited(T + 2 * HOUR + 5),
        seen(T + 3 * HOUR),
    ];
    let counts = |steps: &[Step]| tasks(bundle, steps).iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(counts(&steps), [0, 1, 0, 0, 0, 1]);
    let rated = |at| Step::All("rated", session("a"), at);
    let steps = [
        rated(T),
        seen(T + HOUR - 1),
        seen(T + HOUR),
        rated(T + 2 * HOUR),
        rated(T + 2 * HOUR + 5),
        seen(T + 3 * HOUR),
    ];
    assert_eq!(counts(&steps), [0, 1, 0, 0, 0, 1]);
}

#[test]
fn a_moment_follows_from_what_a_subject_begins_with() {
    let due = T + 10 * DAY;
    let mut story = Story::new(RENT, false);
    let who = Document::parse_own(&rent(due, 5.0)).unwrap();
    let profile = segue_model::Profile { who: Some(Arc::new(who)), ..Default::default() };
    story.machine.give(&Subject::person("c1"), profile, Timestamp(T));
    assert_eq!(story.machine.due_at(), Some(Timestamp(due - 3 * DAY)));
    assert_eq!(story.take(&Step::Tick(due)), ["released warn 10:00"]);
}

#[test]
fn a_moment_that_comes_back_or_whose_row_is_gone_does_not_fire() {
    let at = T + DAY;
    let due = |due: i64| rent(due + 3 * DAY, 5.0);
    let back = [
        on("changed", &due(at), T),
        Step::Tick(at),
        on("changed", &due(at + HOUR), at),
        on("changed", &due(at), at),
        Step::Tick(at + DAY),
    ];
    assert_eq!(tasks(RENT, &back).concat(), ["released warn 10:00"]);
    let bundle = RENT.replace(
        "at: who.rent_due - duration('72h')\nwhen: who.balance < 100.0",
        "at: timestamp(visits['a'].user)",
    );
    let visited =
        |at: i64, due: i64| on("visited", &format!(r#"{{"s": "a", "user": "{}"}}"#, Timestamp(due)), at);
    assert_eq!(tasks(&bundle, &[visited(T, T + HOUR - 1), Step::Tick(at)]).concat(), ["released warn 10:59"]);
    assert_eq!(tasks(&bundle, &[visited(T, T + HOUR), Step::Tick(at)]).concat().len(), 0);
}
