//! Subjects of another kind: each has its own past, context, timers and tasks.

use segue_model::Subject;
use segue_wire::{LogRecord, Origin};

use super::story::*;

const TRADE: &str = r#"
source: trade
topic: trade.events
subject: {person: data.user, company: data.s}
status: trade.status
events:
  ordered: {schema: open.json}
  paid: {schema: open.json}
  listed: {schema: open.json, into: holdings}
  contract: {schema: who.json, subject: {company: subject}, into: who}
---
table: holdings
key: data.s
of: company
---
"#;

fn company() -> Subject {
    Subject { kind: "company".into(), id: "acme".into() }
}

/// A person whose id reads like the key of that company.
fn person() -> Subject {
    Subject::person("company/acme")
}

fn by(subject: Subject, kind: &'static str, data: &str, at: i64) -> Step {
    Step::By(subject, kind, data.to_owned(), at)
}

const ORDERS: &str = r#"
rule: company-orders-much
on: ordered
per: company
when: count('ordered') >= 2
propose: [visit]
---
rule: person-orders-much
on: ordered
when: count('ordered') >= 2
propose: [thank]
---
rule: company-said-no
on: task.declined
per: company
propose: [wait]
---
action: visit
to: desk
what: "Visit"
due: 1h
---
action: thank
to: desk
what: "Thank"
---
action: wait
to: desk
what: "Wait"
---
policy: few-visits
cap: {at_most: 1, per: 1d, action: visit}
"#;

#[test]
fn a_company_and_a_person_of_one_key_have_a_past_and_tasks_of_their_own() {
    let documents = format!("{TRADE}{ORDERS}");
    let steps = [
        by(company(), "ordered", "{}", T),
        by(person(), "ordered", "{}", T + 1),
        by(company(), "ordered", "{}", T + 2),
        by(person(), "ordered", "{}", T + 3),
        by(company(), "ordered", "{}", T + 4),
        Step::Tick(T + 2 * HOUR),
        Step::Said("visit", segue_model::OutcomeKind::Declined, None, T + 2 * HOUR),
    ];
    let none: [&str; 0] = [];
    assert_eq!(
        tasks(&documents, &steps),
        [
            &none[..],
            &none,
            &["released visit 10:00"],
            &["released thank 10:00"],
            &none,
            &none,
            &["released wait 12:00"]
        ]
    );
    let told = told(&documents, &steps);
    assert!(told[5].contains(&"status overdue visit 11:00".to_owned()), "{told:?}");
}

const WAITING: &str = r#"
rule: not-paid
on: ordered
per: company
unless: paid
within: 1h
when: has(who.balance) && who.balance < 10.0
propose: [remind]
---
rule: contract-ends
at: who.rent_due - duration('72h')
per: company
propose: [renew]
---
rule: delayed
on: delayed
for: who.flight == event.data.s
per: company
propose: [rebook]
---
rule: much-held
on: ordered
per: company
when: event.data.s in holdings && holdings[event.data.s].n > 3
propose: [sell]
---
action: remind
to: desk
what: "Remind"
---
action: renew
to: desk
what: "Renew"
---
action: rebook
to: desk
what: "Rebook"
---
action: sell
to: desk
what: "Sell"
"#;

#[test]
fn absences_moments_rows_and_events_for_many_are_of_the_kind_that_their_rule_names() {
    let documents = format!("{TRADE}{WAITING}");
    let contract = r#"{"balance": 5.0, "flight": "f1", "rent_due": "2026-03-06T10:00:00Z"}"#;
    let none: [&str; 0] = [];
    let steps = [
        by(company(), "contract", contract, T),
        // What a person is said to have is nothing to rules of companies.
        by(person(), "contract", contract, T),
        by(company(), "listed", r#"{"s": "x", "n": 4}"#, T),
        by(person(), "ordered", r#"{"s": "x"}"#, T + 1),
        by(company(), "ordered", r#"{"s": "x"}"#, T + 2),
        by(person(), "paid", "{}", T + 3),
        Step::Tick(T + HOUR + 2),
        Step::All("delayed", r#"{"s": "f1"}"#.into(), T + 2 * HOUR),
        Step::Tick(T + DAY),
    ];
    let expected: [&[&str]; 9] = [
        &none,
        &none,
        &none,
        &none,
        &["released sell 10:00"],
        &none,
        &["released remind 11:00"],
        &["released rebook 12:00"],
        &["released renew 10:00"],
    ];
    assert_eq!(tasks(&documents, &steps), expected);
    let paid = [&steps[..5], &[by(company(), "paid", "{}", T + 3), Step::Tick(T + HOUR + 2)]];
    assert_eq!(tasks_of(&documents, paid).concat(), ["released sell 10:00"]);
}

fn tasks_of(documents: &str, parts: [&[Step]; 2]) -> Vec<Vec<String>> {
    let mut story = Story::new(documents, false);
    let lines = parts.into_iter().flatten().map(|step| story.take(step));
    lines
        .map(|mut lines| {
            lines.retain(|line| !line.starts_with("status"));
            lines
        })
        .collect()
}

const ABOUT_OTHERS: &str = r#"
signal: household-orders
on: ordered
subject: {household: event.data.user}
data: {n: event.data.n}
---
signal: street-orders
on: household-orders
when: event.data.n > 1
subject: {street: "'s' + string(event.data.n)"}
---
rule: household
on: household-orders
per: household
when: count('household-orders') >= 2
propose: [greet]
---
rule: street
on: street-orders
per: street
propose: [sweep]
---
action: greet
to: desk
what: "Greet for {{ cause.data.n }}"
---
action: sweep
to: desk
what: "Sweep"
"#;

fn passed(story: &Story) -> Vec<(String, u64, u32, u32, String)> {
    let of = |record: &LogRecord| match record {
        LogRecord::Signal(passed) => {
            let subject = passed.event.subject.as_ref().unwrap().key();
            let (origin, cause) = (&passed.origin, passed.cause.id.clone());
            (subject, origin.offset, origin.n, passed.steps, cause)
        }
        _ => panic!("only signals are passed on"),
    };
    story.passed.iter().map(of).collect()
}

#[test]
fn a_signal_about_another_subject_goes_through_the_log_and_is_one_for_all_copies_of_its_event() {
    for changes in [false, true] {
        let mut story = Story::new(&format!("{TRADE}{ABOUT_OTHERS}"), changes);
        let data = r#"{"user": "h1", "n": 2}"#;
        let mut take = |step: Step| {
            let mut lines = story.take(&step);
            lines.retain(|line| !line.starts_with("status no-action"));
            lines
        };
        let none: [&str; 0] = [];
        assert_eq!(take(by(person(), "ordered", data, T)), none);
        assert_eq!(take(Step::Passed(0)), none);
        assert_eq!(take(Step::Passed(0)), none, "written twice, it counts once");
        assert_eq!(take(by(company(), "ordered", data, T + 1)), none);
        assert_eq!(take(Step::Passed(1)), ["released sweep 10:00", "status released sweep 10:00"]);
        let told = ["released greet 10:00", "status released greet 10:00"];
        assert_eq!(take(Step::Passed(2)), told, "its source is told what became of it");
        let name = |text: &str| text.to_owned();
        assert_eq!(
            passed(&story),
            [
                (name("household/h1"), 0, 0, 1, name("e0")),
                (name("street/s2"), 1, 0, 2, name("e0")),
                (name("household/h1"), 3, 0, 1, name("e3")),
                (name("street/s2"), 5, 0, 2, name("e3")),
            ]
        );
    }
    // Two copies of one event raise one signal.
    let mut story = Story::new(&format!("{TRADE}{ABOUT_OTHERS}"), false);
    let data = r#"{"user": "h1", "n": 1}"#;
    let copies = [person(), company()].map(|subject| story.log_record(&by(subject, "ordered", data, T)));
    for (n, copy) in (0..).zip(copies) {
        let LogRecord::Event { event, origin } = copy else { panic!("an event") };
        let _ = story.take_record(LogRecord::Event { event, origin: Origin { n, ..origin } });
    }
    let ids: Vec<&LogRecord> = story.passed.iter().collect();
    let [LogRecord::Signal(one), LogRecord::Signal(other)] = &ids[..] else { panic!("two are passed on") };
    assert_eq!(one.event.id, other.event.id);
    assert_eq!((story.take(&Step::Passed(0)).len(), story.take(&Step::Passed(1)).len()), (0, 0));
}

#[test]
fn a_signal_that_names_nobody_is_none_and_says_so() {
    let documents = format!("{TRADE}{ABOUT_OTHERS}");
    let mut story = Story::new(&documents, false);
    for data in ["{}", r#"{"user": ""}"#] {
        let _ = story.take(&by(company(), "ordered", data, T));
    }
    assert!(story.passed.is_empty());
}
