//! What documents compile to that are about time: rules of absence and of moments, tasks that live, calendars, outcomes.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use segue_bundle::bundle::{Absence, Begins, Complexity, Hold, Journey, Rule, Sensitivity, TestOutcome};
use segue_bundle::{Bundle, Loaded, load, read, texts};
use segue_calendar::Zone;
use segue_model::{Span, Subject, Timestamp};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn good() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good")
}

fn loaded() -> Bundle {
    let Loaded { bundle, warnings } = load(&good()).unwrap();
    assert_eq!(warnings, []);
    bundle
}

fn path(text: &str) -> Vec<String> {
    text.split('.').map(str::to_owned).collect()
}

fn ids(rules: &[Arc<Rule>]) -> Vec<&str> {
    rules.iter().map(|rule| rule.id.as_str()).collect()
}

/// The good bundle with one more file.
fn with(text: &str) -> Result<Loaded, Vec<String>> {
    let mut files = texts(&good()).unwrap();
    files.push(("team/more.yaml".to_owned(), text.to_owned()));
    read(files).map_err(|findings| findings.iter().map(|one| one.message.clone()).collect())
}

#[test]
fn a_rule_of_absence_says_what_it_waits_for() {
    let bundle = loaded();
    let Begins::Absence(absence) = &bundle.rules["loan-not-signed"].begins else { panic!("an absence") };
    let expected = Absence {
        unless: vec!["loan.signed".to_owned(), "loan.closed".to_owned()],
        within: Span(DAY),
        same: Some(path("data.loan_id")),
    };
    assert_eq!(*absence, expected);
    let Begins::Absence(absence) = &bundle.rules["loan-not-closed"].begins else { panic!("an absence") };
    assert_eq!((absence.within, &absence.same), (Span(14 * DAY), &None));
    assert!(matches!(bundle.rules["said-no"].begins, Begins::Event));
}

#[test]
fn every_rule_is_found_by_what_makes_it_fire_and_by_nothing_else() {
    let bundle = loaded();
    assert_eq!(ids(&bundle.absences_by_type["loan.asked"]), ["loan-not-closed", "loan-not-signed"]);
    assert_eq!(ids(&bundle.absences_by_type["loan.signed"]), ["loan-not-closed"]);
    assert_eq!(ids(&bundle.unless_by_type["loan.closed"]), ["loan-not-closed", "loan-not-signed"]);
    assert_eq!(ids(&bundle.unless_by_type["loan.signed"]), ["loan-not-signed"]);
    assert_eq!(ids(&bundle.moments), ["loan-due"]);
    for kind in ["loan.asked", "loan.signed", "loan.closed"] {
        assert!(!bundle.rules_by_type.contains_key(kind), "{kind} fires nothing at once");
    }
    for kind in ["task.answered", "task.declined"] {
        let watching: Vec<&str> = bundle.rules_by_type[kind].all().map(|rule| rule.id.as_str()).collect();
        assert_eq!(watching, ["said-no"]);
    }
    let due = &bundle.rules["loan-due"];
    assert!(due.on.is_empty() && due.when.is_some());
    let Begins::Moment(at) = &due.begins else { panic!("a moment") };
    assert_eq!(at.source(), "who.since + duration('365d')");
}

#[test]
fn what_may_end_a_wait_is_remembered_as_long_as_it_lasts() {
    let needs = loaded().needs;
    let closed = &needs.events["loan.closed"];
    // A moment's condition asks for the longest time, and one of the absences for the path that must agree.
    assert_eq!(closed.window, Some(Span(30 * DAY)));
    assert_eq!(closed.fields, BTreeSet::from([path("data.loan_id")]));
    let signed = &needs.events["loan.signed"];
    assert_eq!((signed.window, signed.running.len()), (Some(Span(DAY)), 0));
    assert!(!needs.events.contains_key("loan.asked"), "what begins a wait need not be remembered");
}

#[test]
fn an_action_says_how_its_tasks_live() {
    let bundle = loaded();
    let remind = &bundle.actions["remind-to-sign"];
    assert_eq!((remind.complexity, remind.sensitivity), (Complexity::Complex, Sensitivity::Private));
    let sources = [&remind.eligible, &remind.applicable, &remind.suitable]
        .map(|condition| condition.as_ref().unwrap().source());
    assert_eq!(sources, ["has(who.first_name)", "count('loan.signed', '1h') == 0", "who.sentiment > -0.5"]);
    let Some(Hold::Expression(hold)) = &remind.hold else { panic!("an expression") };
    assert_eq!(hold.source(), "who.tier == 'gold' ? '0s' : '3h'");
    assert_eq!(remind.during.as_deref(), Some("desk-hours"));
    assert_eq!((remind.due, remind.expires), (Some(Span(4 * HOUR)), Some(Span(2 * DAY))));
    assert_eq!(remind.remind, [Span(DAY / 2), Span(DAY)]);
    assert_eq!(remind.assignee.as_ref().map(|template| template.source()), Some("{{ who.tier }}"));
    let ask = &bundle.actions["ask-why"];
    assert!(matches!(ask.hold, Some(Hold::Span(Span(5_400_000)))), "a plain duration is one");
    let question = ask.ask.as_ref().unwrap();
    assert_eq!(question.question.source(), "Why not {{ event.data.loan_id }}?");
    assert_eq!(
        (&question.answers[..], question.wait),
        (&["yes", "no", "later"].map(str::to_owned)[..], Span(4 * HOUR))
    );
    let plain = &bundle.actions["send-offer"];
    assert_eq!((plain.complexity, plain.sensitivity), (Complexity::Simple, Sensitivity::Personal));
    assert!(
        plain.hold.is_none() && plain.ask.is_none() && plain.remind.is_empty() && plain.expires.is_none()
    );
}

#[test]
fn calendars_are_open_when_they_say() {
    let bundle = loaded();
    let office = &bundle.calendars["desk-hours"];
    let is_open = |text: &str| office.is_open(Timestamp::parse(text).unwrap(), &Zone::UTC);
    let times = ["2026-12-24T10:00:00+01:00", "2026-12-24T12:30:00+01:00", "2026-12-25T10:00:00+01:00"];
    assert_eq!(times.map(is_open), [true, false, false]);
    assert!(is_open("2026-12-26T11:59:00+01:00"), "a list of days, and hours in a list");
    assert!(!office.goes_by_person() && bundle.calendars["waking"].goes_by_person());
}

#[test]
fn what_is_said_of_tasks_and_of_events_has_its_topics() {
    let bundle = loaded();
    let loans = &bundle.sources["loans"];
    assert_eq!(loans.status.as_deref(), Some("loans.status"));
    let journey = Journey { id: Some(path("data.loan_id")), ends: vec!["loan.closed".to_owned()] };
    assert_eq!(loans.journey, Some(journey));
    let own = loans.events["loan.closed"].journey.as_ref().unwrap();
    assert_eq!((&own.id, own.ends.len()), (&None, 2));
    assert_eq!(loans.events["loan.asked"].journey, None);
    assert_eq!(bundle.destinations["lending-desk"].outcomes.as_deref(), Some("loans.outcomes"));
    assert_eq!(bundle.tables["loans"].expires, Some(Span(90 * DAY)));
    assert_eq!(bundle.tables["accounts"].expires, None);
}

#[test]
fn a_test_says_what_became_of_tasks() {
    let bundle = loaded();
    let test = bundle.tests.iter().find(|test| test.file == "time/tests.yaml").unwrap();
    let first = &test.steps[0];
    assert_eq!(first.status.as_deref(), Some(&[r#"{"stage":"no-action"}"#.to_owned()][..]));
    assert_eq!((&first.rejected, &first.withdrawn, &first.outcome), (&None, &None, &None));
    let rejected = r#"{"action":"remind-to-sign","by":"eligible"}"#;
    assert_eq!(test.steps[1].rejected.as_deref(), Some(&[rejected.to_owned()][..]));
    let answered = TestOutcome {
        action: "ask-why".to_owned(),
        subject: Some(Subject::person("c1")),
        outcome: "answered".to_owned(),
        answer: Some("later".to_owned()),
        reason: Some("None of your business".to_owned()),
    };
    assert_eq!(test.steps[2].outcome.as_ref(), Some(&answered));
    assert_eq!(test.steps[2].withdrawn.as_deref(), Some(&[][..]));
    assert_eq!(test.steps[3].outcome.as_ref().unwrap().subject, None);
}

#[test]
fn an_action_of_a_moment_and_of_an_event_may_name_the_event() {
    let both = "rule: more\non: loan.asked\npropose: [thank]\n---\n\
                rule: year\nat: who.since\npropose: [thank]\n---\n\
                action: thank\nto: lending-desk\nwhat: \"Loan {{ event.data.loan_id }}\"\n";
    assert!(with(both).is_ok());
    let moment = both.split_once("---\n").unwrap().1;
    assert_eq!(with(moment).unwrap_err(), ["there is no `event` at a moment"]);
}

#[test]
fn news_are_types_like_any_other() {
    let counting = "rule: many\non: loan.asked\nunless: task.answered\nwithin: 1h\n\
                    when: count('task.declined', '7d', 'journey') < 3\npropose: [ask-why]\n";
    let bundle = with(counting).unwrap().bundle;
    assert_eq!(bundle.needs.events["task.declined"].window, Some(Span(7 * DAY)));
    assert_eq!(bundle.needs.events["task.answered"].window, Some(Span(HOUR)));
    assert_eq!(ids(&bundle.unless_by_type["task.answered"]), ["many"]);
}

#[test]
fn rules_that_wait_for_different_things_do_not_make_each_other_superfluous() {
    let rule = |id: &str, within: &str| {
        format!("rule: {id}\non: loan.asked\nunless: loan.rated\nwithin: {within}\npropose: [ask-why]\n---\n")
    };
    let at_once = "rule: at-once\non: loan.asked\npropose: [ask-why]\n";
    let apart = with(&format!("{}{}{at_once}", rule("one", "1h"), rule("two", "2h"))).unwrap();
    assert_eq!(apart.warnings, []);
    let alike = with(&format!("{}{}", rule("one", "1h"), rule("two", "60m"))).unwrap();
    assert_eq!(alike.warnings.iter().map(|one| one.code).collect::<Vec<_>>(), ["shadowed"]);
}
