//! `segue topics` against a real broker: what is planned is made, and what is made is as planned.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use segue_testkit::kafka_or_skip;

fn topics(command: &str, settings: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_segue"))
        .args(["topics", command, "--output", "jsonl", "--settings"])
        .arg(settings)
        .output()
        .unwrap()
}

/// The exit code, and the state of each topic.
fn plan(settings: &Path) -> (i32, BTreeMap<String, String>) {
    let output = topics("plan", settings);
    let text = String::from_utf8(output.stdout).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let states = rows.map(|row| (word(&row["topic"]), word(&row["state"]))).collect();
    (output.status.code().unwrap(), states)
}

#[test]
fn apply_makes_what_plan_shows_and_nothing_else() {
    let Some(kafka) = kafka_or_skip(1) else { return };
    let directory = tempfile::tempdir().unwrap();
    let init =
        Command::new(env!("CARGO_BIN_EXE_segue")).arg("init").arg(directory.path().join("bundle")).output();
    assert!(init.unwrap().status.success());
    let settings = directory.path().join("segue.yaml");
    let write = |partitions: u32| {
        let text = format!(
            "bundle: bundle\nkafka: {{brokers: '{}'}}\ntopics: {{partitions: {partitions}}}\n",
            kafka.brokers()
        );
        fs::write(&settings, text).unwrap();
    };
    write(3);
    kafka.create_topic("billing.events", 2, &[]);

    let (code, states) = plan(&settings);
    assert_eq!(code, 0);
    assert_eq!(
        (states["billing.events"].as_str(), states["crm.events"].as_str()),
        ("exists", "missing-at-owner")
    );
    let missing = states.values().filter(|state| *state == "missing").count();
    assert_eq!(missing, 10, "eight of the router's own, one destination with a lane: {states:?}");

    let applied = topics("apply", &settings);
    assert_eq!(applied.status.code(), Some(0), "{}", String::from_utf8_lossy(&applied.stderr));
    assert_eq!(String::from_utf8_lossy(&applied.stdout).matches("\"made\"").count(), missing);

    // The cluster tells of a new topic a moment after it has said that it is made.
    let (code, states) = segue_testkit::topics::wait_for("the topics to be known", || {
        let (code, states) = plan(&settings);
        (!states.values().any(|state| state == "missing")).then_some((code, states))
    });
    assert_eq!(code, 0, "{states:?}");
    assert_eq!(states["crm.events"], "missing-at-owner", "a source's topic is its owner's");
    assert_eq!(states.values().filter(|state| *state == "exists").count(), missing + 1, "{states:?}");
    let again = Command::new(env!("CARGO_BIN_EXE_segue"))
        .args(["topics", "apply", "--output", "json", "--settings"])
        .arg(&settings)
        .output()
        .unwrap();
    let again: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    let results: Vec<_> =
        again["topics"].as_array().unwrap().iter().map(|row| row["result"].as_str().unwrap()).collect();
    assert_eq!(results.iter().filter(|result| **result == "existed").count(), missing + 1, "{results:?}");
    assert_eq!(results.iter().filter(|result| **result == "missing-at-owner").count(), 1, "{results:?}");

    write(4);
    let (code, states) = plan(&settings);
    assert_eq!(
        (code, states["segue.log"].as_str(), states["segue.profiles"].as_str()),
        (1, "differs", "differs")
    );
}
