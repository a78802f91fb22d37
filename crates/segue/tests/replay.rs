//! `segue replay` as its users meet it: what a line may be, and what is said of one that cannot be used.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn segue() -> Command {
    Command::new(env!("CARGO_BIN_EXE_segue"))
}

/// Replays the lines over the bundle of `segue init`.
fn replay(lines: &[String], more: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let (bundle, events) = (directory.path().join("bundle"), directory.path().join("events.jsonl"));
    assert!(segue().arg("init").arg(&bundle).output().unwrap().status.success());
    fs::write(&events, lines.join("\n")).unwrap();
    segue().arg("replay").arg(&bundle).arg("--events").arg(&events).args(more).output().unwrap()
}

/// A line that kcat writes with the format that the help shows.
fn payment(topic: &str, id: &str) -> String {
    let value = json!({"specversion": "1.0", "id": id, "type": "payment.failed",
        "data": {"customer_id": "c1", "account_id": "A1", "amount": 20.0, "attempts": 1}});
    format!("{{\"topic\":\"{topic}\",\"key\":\"\",\"value\":{value},\"at\":1772445600000}}")
}

fn written(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn said(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn lines_as_kcat_writes_them_are_decided() {
    let output = replay(&[payment("billing.events", "e-1")], &["--only", "task", "--output", "jsonl"]);
    let tasks = written(&output);
    assert_eq!((output.status.code(), tasks.len()), (Some(0), 1), "{}", said(&output));
    assert_eq!(tasks[0]["at"], "2026-03-02T10:00:00Z");
    assert_eq!(said(&output), "read 1 line, wrote 1 record\n");
}

#[test]
fn a_topic_that_no_source_reads_is_counted_and_its_events_are_failed_events() {
    let lines = [payment("billing.evnts", "e-1"), payment("billing.evnts", "e-2")];
    let output = replay(&lines, &["--only", "failed"]);
    assert_eq!(written(&output).len(), 2);
    let expected = "no source of the bundle reads billing.evnts: 2 lines of it came out as failed events\n";
    assert!(said(&output).starts_with(expected), "{}", said(&output));
}

#[test]
fn a_line_of_the_log_that_is_none_of_its_records_is_a_failed_event_as_in_the_service_and_is_named() {
    let lines = [payment("billing.events", "e-1"), payment("segue.log", "e-2")];
    let output = replay(&lines, &["--only", "failed"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(written(&output)[0]["headers"]["segue-error"], "internal");
    assert!(said(&output).contains("the first is line 2"), "{}", said(&output));
}

#[test]
fn a_line_that_is_none_is_named_with_its_file_and_left_out_and_spoils_no_other() {
    let lines = [payment("billing.events", "e-1"), "{\"topic\": 5}".to_owned(), "oops".to_owned()];
    let lines = [&lines[..], &[payment("billing.events", "e-2")]].concat();
    let output = replay(&lines, &["--only", "task"]);
    assert_eq!((output.status.code(), written(&output).len()), (Some(4), 2), "{}", said(&output));
    let said = said(&output);
    assert!(said.contains("events.jsonl:2: `topic` is missing, or no text"), "{said}");
    assert!(said.contains("events.jsonl:3: not JSON"), "{said}");
    assert!(said.contains("left out 2 lines") && said.contains("read 4 lines"), "{said}");
    // With more of them, the first are named and the others counted.
    let many = [vec!["oops".to_owned(); 25], vec![payment("billing.events", "e-1")]].concat();
    let output = replay(&many, &["--only", "task"]);
    let text = std::str::from_utf8(&output.stderr).unwrap();
    assert_eq!((output.status.code(), text.matches("not JSON").count()), (Some(4), 10), "{text}");
    assert!(text.contains("and 15 more lines like these"), "{text}");
    // Where there is none but such lines, it is not the right file.
    let output = replay(&many[..25], &[]);
    let text = std::str::from_utf8(&output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{text}");
    assert!(text.contains("no line of it is a recorded event") && text.contains("events.jsonl:1"), "{text}");
}

#[test]
fn a_comparison_leaves_out_what_is_no_line_too() {
    let lines = [payment("billing.events", "e-1"), "oops".to_owned()];
    let bundle = concat!(env!("CARGO_MANIFEST_DIR"), "/bundles/init");
    let output = replay(&lines, &["--diff", bundle]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("events.jsonl:2: not JSON"), "{}", said(&output));
}

#[test]
fn what_is_no_text_is_left_out_and_what_has_no_end_is_refused_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.jsonl");
    let good = payment("billing.events", "e-1");
    std::fs::write(&path, [b"\n\xff\xfe\n", good.as_bytes()].concat()).unwrap();
    for (events, code, words) in
        [(path.to_str().unwrap(), 4, "events.jsonl:2: not UTF-8"), ("/dev/zero", 1, "line 1: longer than")]
    {
        let bundle = concat!(env!("CARGO_MANIFEST_DIR"), "/bundles/init");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_segue"))
            .args(["replay", bundle, "--events", events])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(words), "{output:?}");
    }
}

#[test]
fn what_still_waits_for_its_time_is_said_and_comes_with_until() {
    // The same event again is a duplicate, and its account is written a while later.
    let lines = [payment("billing.events", "e-1"), payment("billing.events", "e-1")];
    let brief = replay(&lines, &["--only", "decision"]);
    assert!(said(&brief).contains("`--until TIME` lets the clock go on"), "{}", said(&brief));
    let longer = replay(&lines, &["--only", "decision", "--until", "2026-03-02T12:00:00Z"]);
    assert!(!said(&longer).contains("--until"), "{}", said(&longer));
    assert_eq!(written(&longer).len(), written(&brief).len() + 1);
    let tasks = replay(&lines, &["--only", "task"]);
    assert!(!said(&tasks).contains("--until"), "no task waits: {}", said(&tasks));
}

#[test]
fn an_until_before_the_last_event_is_said_to_stop_nothing() {
    let lines = [payment("billing.events", "e-1")];
    let before = replay(&lines, &["--only", "task", "--until", "2026-03-02T09:59:59Z"]);
    assert_eq!((before.status.code(), written(&before).len()), (Some(0), 1), "{}", said(&before));
    let expected = "`--until 2026-03-02T09:59:59Z` is before the last event, of 2026-03-02T10:00:00Z";
    assert!(said(&before).contains(expected), "{}", said(&before));
    let at = replay(&lines, &["--only", "task", "--until", "2026-03-02T10:00:00Z"]);
    assert!(!said(&at).contains("--until"), "{}", said(&at));
}

#[test]
fn one_json_document_is_refused_with_what_to_do_instead() {
    let output = replay(&[payment("billing.events", "e-1")], &["--output", "json"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(said(&output).contains("= help: use `--output` with `human` or `jsonl`"), "{}", said(&output));
}
