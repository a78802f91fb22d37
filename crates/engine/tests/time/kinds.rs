//! Subjects of another kind: each has its own past, context, timers and tasks.

use segue_model::Subject;

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
