use super::super::{Reached, StepResult, compare};
use super::*;

/// The text rewritten, where the steps of its one test expected and got these tasks.
fn rewritten(text: &str, manner: Manner, steps: &[(&[&str], &[&str])]) -> (String, Vec<Change>) {
    let parse = |texts: &[&str]| -> Vec<Document> {
        texts.iter().map(|text| Document::parse_own(text).unwrap()).collect()
    };
    let steps = steps.iter().enumerate().map(|(index, (expected, actual))| {
        let (expected, actual) = (parse(expected), parse(actual));
        let comparison = compare::compare(&expected, &actual);
        StepResult {
            number: index + 1,
            line: 1,
            at: segue_model::Timestamp(0),
            failed: Vec::new(),
            looked: Some(Looked { expected, actual, comparison }),
            notes: Vec::new(),
        }
    });
    let result = TestResult {
        name: "t".to_owned(),
        file: "a.yaml".to_owned(),
        line: 1,
        given: Vec::new(),
        steps: steps.collect(),
        reached: Reached::default(),
    };
    rewrite("a.yaml", text, &[result], |_| manner)
}

fn kept(text: &str, expected: &[&str], actual: &[&str]) -> String {
    rewritten(text, Manner::Kept, &[(expected, actual)]).0
}

const CALL: &str =
    r#"{"action":"call","subject":"c1","tone":"warm","priority":{"score":2.5,"rank":1},"channel":null}"#;
const MAIL: &str = r#"{"action":"mail","subject":"c1","tone":"brief","channel":"email"}"#;

#[test]
fn a_value_changes_where_it_stands_and_all_around_it_stays() {
    let text = "test: t # why\nsteps:\n  - at: x\n    expect: [ {action: call,  tone: 'cold', priority: {score: 1}} ]   # best\n";
    let new = kept(text, &[r#"{"action":"call","tone":"cold","priority":{"score":1}}"#], &[CALL]);
    assert_eq!(new, text.replace("'cold'", "\"warm\"").replace("score: 1}", "score: 2.5}"));
}

#[test]
fn tasks_that_come_and_go_leave_the_others_as_they_were_written() {
    let text = "test: t\nsteps:\n  - at: x\n    expect: [{action: gone}, {action: call, subject: 'c1'}]\n";
    let new = kept(text, &[r#"{"action":"gone"}"#, r#"{"action":"call","subject":"c1"}"#], &[CALL, MAIL]);
    let list = "[{action: call, subject: 'c1'}, {action: mail, channel: email, subject: c1}]";
    assert_eq!(new, format!("test: t\nsteps:\n  - at: x\n    expect: {list}\n"));
}

#[test]
fn a_list_with_dashes_keeps_its_dashes_and_its_items_their_comments() {
    let text = "test: t
steps:
  - expect:   # best first
      # all of them
      - action: mail   # by post

        tone: warm
      # the call
      - {action: call}
    at: x
";
    let expected = [r#"{"action":"mail","tone":"warm"}"#, r#"{"action":"call"}"#];
    let link = r#"{"action":"link","subject":"c1"}"#;
    let new = kept(text, &expected, &[CALL, link, MAIL]);
    assert_eq!(
        new,
        "test: t
steps:
  - expect:   # best first
      # all of them
      # the call
      - {action: call}
      - {action: link, subject: c1}
      - action: mail   # by post

        tone: brief
    at: x
"
    );
    let none = kept(text, &expected, &[]);
    assert_eq!(none, "test: t\nsteps:\n  - expect: []  # best first\n    at: x\n");
}

#[test]
fn a_list_that_would_be_too_long_for_its_line_is_broken_up() {
    let text = "test: t\nsteps:\n  - expect: []   # none\n    at: x\n";
    let long = format!(r#"{{"action":"{}","subject":"c1"}}"#, "a".repeat(60));
    let new = kept(text, &[], &[&long, &long]);
    let item = format!("\n      - {{action: {}, subject: c1}}", "a".repeat(60));
    assert_eq!(new, format!("test: t\nsteps:\n  - expect:{item}{item}   # none\n    at: x\n"));
    let in_braces = "test: t\nsteps: [{at: x, expect: []}]\n";
    assert_eq!(kept(in_braces, &[], &[&long, &long]).lines().count(), 2, "braces hold no dashes");
}

#[test]
fn what_passes_is_not_touched_and_each_change_is_told_with_its_line() {
    let text = "test: t\nsteps:\n  - expect: [{action: 'call'}]\n  - expect: [{action: call, tone: cold}]\ntail: 1\n";
    let passing: (&[&str], &[&str]) = (&[r#"{"action":"call"}"#], &[CALL]);
    let failing: (&[&str], &[&str]) = (&[r#"{"action":"call","tone":"cold"}"#], &[CALL]);
    let (new, changes) = rewritten(text, Manner::Kept, &[passing, failing]);
    assert_eq!(new, text.replace("cold", "warm"));
    assert_eq!((changes.len(), changes[0].line, changes[0].step), (1, 4, 2));
    assert_eq!(changes[0].removed, ["  - expect: [{action: call, tone: cold}]"]);
    assert_eq!(changes[0].added, ["  - expect: [{action: call, tone: warm}]"]);
}

#[test]
fn a_field_that_is_not_there_is_left_out_and_anew_means_in_brackets() {
    let text = "test: t\nsteps:\n  - expect:\n      - action: call\n        due_at: y\n";
    let expected = [r#"{"action":"call","due_at":"y"}"#];
    assert_eq!(kept(text, &expected, &[CALL]), "test: t\nsteps:\n  - expect:\n      - {action: call}\n");
    let anew = rewritten(text, Manner::Anew, &[(&expected, &[CALL])]).0;
    assert_eq!(anew, "test: t\nsteps:\n  - expect: [{action: call}]\n");
}

#[test]
fn other_kinds_of_text_are_written_so_that_they_read_the_same() {
    let text = "test: t\nsteps:\n  - expect:\n      - action: call\n        what: |\n          Call\n          now\n        how: [a, b]\n";
    let expected = [r#"{"action":"call","what":"Call\nnow\n","how":["a","b"]}"#];
    let new = kept(text, &expected, &[r#"{"action":"call","what":"x: y\n","how":["a"]}"#]);
    assert_eq!(
        new,
        "test: t\nsteps:\n  - expect:\n      - action: call\n        what: \"x: y\\n\"\n        how: [a]\n"
    );
}
