//! The published schemas against what the commands really write.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jsonschema::Validator;
use segue_testkit::load::{Load, bundle_dir, write_lines};
use segue_testkit::router::binary;
use serde_json::Value;

fn schema(name: &str) -> Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(name);
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

fn assert_valid(schema: &Validator, value: &Value) {
    let faults: Vec<String> =
        schema.iter_errors(value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?}\nin {value}");
}

fn segue(arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).output().unwrap()
}

fn replayed() -> Vec<Value> {
    let dir = tempfile::tempdir().unwrap();
    let events: PathBuf = dir.path().join("events.jsonl");
    let load = Load { events: 3_000, garbage_per_mille: 50, ..Load::default() };
    write_lines(load.records(), load.started_at_ms, &mut fs::File::create(&events).unwrap()).unwrap();
    let bundle = bundle_dir();
    let output = segue(&[
        "replay",
        bundle.to_str().unwrap(),
        "--events",
        events.to_str().unwrap(),
        "--until",
        "2030-01-01T00:00:00Z",
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn what_replay_writes_is_as_the_schemas_say() {
    let (line, task, decision) = (schema("replay.json"), schema("task.json"), schema("decision.json"));
    let (mut tasks, mut decisions, mut failed) = (0, 0, 0);
    for written in replayed() {
        assert_valid(&line, &written);
        match written["kind"].as_str().unwrap() {
            "task" => {
                assert_valid(&task, &written["value"]);
                tasks += 1;
            }
            "decision" => {
                assert_valid(&decision, &written["value"]);
                decisions += 1;
            }
            _ => failed += 1,
        }
    }
    assert!(
        tasks > 100 && decisions > 100 && failed > 50,
        "{tasks} tasks, {decisions} decisions, {failed} failed"
    );
}

#[test]
fn what_test_and_check_write_is_as_the_schemas_say() {
    let bundle = bundle_dir();
    let output = segue(&["test", bundle.to_str().unwrap(), "--output", "json"]);
    let results: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_valid(&schema("tests.json"), &results);
    assert!(!results["tests"].as_array().unwrap().is_empty());

    let broken = tempfile::tempdir().unwrap();
    fs::write(broken.path().join("a.yaml"), "rule: r\nwhne: true\n").unwrap();
    for command in ["check", "test"] {
        let output = segue(&[command, broken.path().to_str().unwrap(), "--output", "json"]);
        assert_eq!(output.status.code(), Some(1));
        let findings: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_valid(&schema("findings.json"), &findings);
        assert!(!findings["findings"].as_array().unwrap().is_empty(), "{command}");
    }
}
