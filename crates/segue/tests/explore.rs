//! The commands by which authors look at a bundle, as their users meet them: `check` in all its forms, `explain`,
//! `graph`, `schema` and `completion`.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

fn segue(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_segue")).args(arguments).env_remove("NO_COLOR").output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A directory with a bundle from `segue init` in `bundle/`.
fn with_bundle() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    assert!(segue(&["init", text(&directory.path().join("bundle"))]).status.success());
    directory
}

/// Writes a slip into the rules of the bundle.
fn break_rules(directory: &Path) {
    let rules = directory.join("bundle/rules.yaml");
    fs::write(&rules, fs::read_to_string(&rules).unwrap().replacen("when:", "whne:", 1)).unwrap();
}

#[test]
fn explain_knows_every_code_and_what_was_meant_by_another() {
    let one = segue(&["explain", "unknown-field"]);
    let said = stdout(&one);
    assert!(one.status.success() && stderr(&one).is_empty(), "{}", stderr(&one));
    assert!(
        said.starts_with("unknown-field: a finding of `segue check`\n\nNo schema has this field"),
        "{said}"
    );
    assert!(
        said.contains("    #                ^^^^^^\n") && said.contains("\nWhat to do: Correct the name"),
        "{said}"
    );
    assert_eq!(stdout(&segue(&["explain", "error[unknown-field]"])), said, "as it stands in a message");

    // Of one name there may be several.
    let both = stdout(&segue(&["explain", "duplicate-key"]));
    assert!(
        both.contains("a finding of `segue check`") && both.contains("duplicate-key: a failed event"),
        "{both}"
    );

    let slip = segue(&["explain", "unknown-feild"]);
    assert_eq!((slip.status.code(), stdout(&slip).as_str()), (Some(2), ""));
    let expected =
        "error[unknown-code]: there is no code `unknown-feild`\n  = help: did you mean `unknown-field`?\n";
    assert_eq!(stderr(&slip), expected);

    let all = stdout(&segue(&["explain", "--output", "jsonl"]));
    let codes: Vec<Value> = all.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let list = stdout(&segue(&["explain"]));
    for code in &codes {
        assert!(list.contains(&format!("\n  {} ", code["code"].as_str().unwrap())), "{code}");
    }
    assert!(codes.len() > 70, "{}", codes.len());
}

#[test]
fn findings_come_as_sarif_and_say_where_to_read_on() {
    let directory = with_bundle();
    break_rules(directory.path());
    let bundle = directory.path().join("bundle");
    let human = segue(&["check", text(&bundle)]);
    assert!(stderr(&human).ends_with("`segue explain unknown-key` says more\n"), "{}", stderr(&human));

    let output = Command::new(env!("CARGO_BIN_EXE_segue"))
        .args(["check", "bundle", "--output", "sarif"])
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let sarif: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&sarif["version"], sarif["runs"].as_array().unwrap().len()), (&"2.1.0".into(), 1));
    let run = &sarif["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "segue");
    for result in run["results"].as_array().unwrap() {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        for member in ["shortDescription", "fullDescription", "help"] {
            assert!(!rule[member]["text"].as_str().unwrap().is_empty(), "{member}");
        }
        assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(
            place["artifactLocation"]["uri"], "bundle/rules.yaml",
            "relative, as the directory was typed"
        );
        let region = &place["region"];
        assert!(region["startLine"].as_u64() >= Some(1));
        assert!(region["endColumn"].as_u64() > region["startColumn"].as_u64());
    }
    assert!(!run["results"].as_array().unwrap().is_empty());
}

/// The lines that a process writes, as they come.
fn lines(of: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    drop(std::thread::spawn(move || {
        BufReader::new(of).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    }));
    receiver
}

/// Reads on until a line holds the text; everything that was read.
fn until(lines: &Receiver<String>, wanted: &str) -> String {
    let mut read = String::new();
    loop {
        match lines.recv_timeout(Duration::from_secs(20)) {
            Ok(line) => {
                read.push_str(&line);
                read.push('\n');
                if line.contains(wanted) {
                    return read;
                }
            }
            Err(error) => panic!("`{wanted}` did not come ({error}): {read}"),
        }
    }
}

fn watched(directory: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_segue"))
        .args(["check", "bundle", "--watch", "--output", "jsonl"])
        .current_dir(directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn a_watched_bundle_is_checked_again_when_it_changes_until_interrupted() {
    let directory = with_bundle();
    let mut child = watched(directory.path());
    let said = lines(child.stderr.take().unwrap());
    let found = lines(child.stdout.take().unwrap());
    let first = until(&said, "waiting for a change");
    assert!(first.contains("checked 10 documents in bundle: no findings"), "{first}");

    break_rules(directory.path());
    let second = until(&said, "waiting for a change");
    assert!(second.contains("== changed: rules.yaml ==="), "{second}");
    assert!(second.contains("checked bundle: 1 error"), "{second}");
    let finding: Value = serde_json::from_str(&found.recv_timeout(Duration::from_secs(20)).unwrap()).unwrap();
    assert_eq!(finding["code"], "unknown-key");

    // A bundle that is gone for a moment is no reason to end.
    fs::rename(directory.path().join("bundle"), directory.path().join("elsewhere")).unwrap();
    let third = until(&said, "waiting for a change");
    assert!(third.contains("error[bundle]: there is no directory bundle"), "{third}");

    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_watch_of_what_is_not_there_ends_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let output = segue(&["check", text(&directory.path().join("gone")), "--watch"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
}

#[test]
fn a_graph_is_written_in_each_of_its_languages() {
    let directory = with_bundle();
    let bundle = directory.path().join("bundle");
    let bundle = text(&bundle);
    let mermaid = segue(&["graph", bundle]);
    assert!(
        mermaid.status.success() && stdout(&mermaid).starts_with("flowchart LR\n"),
        "{}",
        stderr(&mermaid)
    );
    assert!(stdout(&segue(&["graph", bundle, "--format", "dot"])).starts_with("digraph bundle {\n"));
    let json = stdout(&segue(&["graph", bundle, "--format", "json"]));
    assert_eq!(stdout(&segue(&["graph", bundle, "--output", "json"])), json);
    let graph: Value = serde_json::from_str(&json).unwrap();
    let edge = serde_json::json!({"from": "rule/payment-failed", "to": "action/send-payment-link", "why": "propose"});
    assert!(graph["edges"].as_array().unwrap().contains(&edge), "{json}");

    break_rules(directory.path());
    let broken = segue(&["graph", bundle]);
    assert_eq!((broken.status.code(), stdout(&broken).as_str()), (Some(1), ""));
}

#[test]
fn a_schema_is_one_json_document_and_an_unknown_one_is_wrong_usage() {
    let whole = stdout(&segue(&["schema"]));
    assert_eq!(stdout(&segue(&["schema", "bundle"])), whole);
    let directory = with_bundle();
    let beside = fs::read_to_string(directory.path().join("bundle/.segue/bundle.schema.json")).unwrap();
    assert_eq!(beside, whole, "what init writes is the same");
    let names = [
        "settings", "task", "outcome", "status", "decision", "findings", "tests", "replay", "graph", "codes",
    ];
    for name in names {
        let schema: Value = serde_json::from_str(&stdout(&segue(&["schema", name]))).unwrap();
        assert!(schema["title"].is_string(), "{name}");
    }
    let slip = segue(&["schema", "tsak"]);
    assert_eq!(slip.status.code(), Some(2));
    assert!(stderr(&slip).contains("'task'"), "{}", stderr(&slip));
}

#[test]
fn a_completion_knows_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = segue(&["completion", shell]);
        assert!(script.status.success() && stdout(&script).contains("explain"), "{shell}");
    }
    // The shell itself reads it.
    let script = stdout(&segue(&["completion", "bash"]));
    let read = Command::new("bash").args(["-n", "-c", &script]).output().unwrap();
    assert!(read.status.success(), "{}", stderr(&read));
}

#[test]
fn of_a_test_one_decision_may_be_asked_about_or_all() {
    let directory = with_bundle();
    let bundle = directory.path().join("bundle");
    let of_test = ["--bundle", text(&bundle), "--test", "everyone else gets a link"];
    let all = segue(&[&["why", "--output", "json"], &of_test[..]].concat());
    assert!(all.status.success(), "{}", stderr(&all));
    let all: Value = serde_json::from_str(&stdout(&all)).unwrap();
    let id = all["decisions"][0]["decision"].as_str().unwrap_or_else(|| panic!("{all:#}"));
    let one = segue(&[&["why", id, "--output", "json"], &of_test[..]].concat());
    let one: Value = serde_json::from_str(&stdout(&one)).unwrap_or_else(|_| panic!("{}", stderr(&one)));
    assert_eq!(one["decisions"], serde_json::json!([all["decisions"][0]]));
    let none = segue(&[&["why", "d-7b5808e3-00000000000000000000000000000000"], &of_test[..]].concat());
    assert_eq!(none.status.code(), Some(2), "{}", stderr(&none));
    assert!(stderr(&none).contains("error[nothing-matched]"), "{}", stderr(&none));
}

#[test]
fn of_an_event_that_brought_no_decision_it_is_told_what_became_of_it() {
    let directory = with_bundle();
    let bundle = directory.path().join("bundle");
    let events = directory.path().join("events.jsonl");
    let event = |id: &str, kind: &str, data: Value| {
        let value = serde_json::json!({
            "specversion": "1.0", "id": id, "source": "x", "subject": "c1", "type": kind, "time": "2026-03-02T10:00:00Z", "data": data
        });
        let topic = if kind == "payment.failed" { "billing.events" } else { "crm.events" };
        serde_json::json!({"topic": topic, "at": "2026-03-02T10:00:00Z", "value": value}).to_string()
    };
    let payment = serde_json::json!({"customer_id": "c1", "account_id": "a1", "amount": 5.0, "attempts": 1});
    let customer = serde_json::json!({"tier": "gold"});
    let lines = [
        event("twice", "payment.failed", payment.clone()),
        event("twice", "payment.failed", payment),
        event("bad", "payment.failed", serde_json::json!({"customer_id": "c1"})),
        event("known", "customer.changed", customer),
    ];
    std::fs::write(&events, lines.join("\n")).unwrap();
    let why = |event: &str, output: &str| {
        let of = ["--bundle", text(&bundle), "--events", text(&events), "--event", event, "--output", output];
        segue(&[&["why"], &of[..]].concat())
    };
    for (event, became, says) in [
        ("billing/bad", "failed", "Event bad of billing failed at 2026-03-02T10:00:00Z: schema"),
        ("crm/known", "no-rule", "set nothing off: no rule looks at customer.changed"),
    ] {
        let told = why(event, "human");
        assert_eq!(told.status.code(), Some(0), "{}", stderr(&told));
        assert!(stdout(&told).contains(says), "{}", stdout(&told));
        let told: Value = serde_json::from_str(&stdout(&why(event, "json"))).unwrap();
        assert_eq!(told["event"]["became"], became, "{told}");
        assert_eq!(told["decisions"], serde_json::json!([]));
    }
    let twice = why("billing/twice", "human");
    assert!(stderr(&twice).contains("came in 2 times"), "{}", stderr(&twice));
    let never = why("billing/never", "human");
    assert_eq!(never.status.code(), Some(2), "{}", stdout(&never));
}
