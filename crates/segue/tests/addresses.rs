//! `--ip-database` of `segue test`, `replay` and `why`: what is known of an address with it, and without it.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

/// Where MaxMind's databases say that they are, by the first address of a network.
const VECTORS: [(&str, &str); 12] = [
    ("81.2.69.142", "London"),
    ("81.2.69.160", "London"),
    ("2.125.160.216", "Boxford"),
    ("216.160.83.56", "Milton"),
    ("89.160.20.112", "Linköping"),
    ("175.16.199.0", "Changchun"),
    ("67.43.156.0", "BT"),
    ("::ffff:81.2.69.142", "London"),
    ("2001:218::", "JP"),
    ("2a02:d280::1", "CZ"),
    ("10.0.0.1", "nowhere"),
    ("::1", "nowhere"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn bundle() -> PathBuf {
    root().join("tests/data/doors")
}

fn database(name: &str) -> PathBuf {
    root().join("crates/lookup/tests/data/maxmind").join(name)
}

fn segue(arguments: &[&str], databases: &[PathBuf]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
    let _ = command.args(arguments);
    for database in databases {
        let _ = command.arg("--ip-database").arg(database);
    }
    command.output().unwrap()
}

fn city() -> Vec<PathBuf> {
    vec![database("GeoIP2-City-Test.mmdb")]
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Replays the vectors as events; returns what was written.
fn replay(directory: &Path, databases: &[PathBuf]) -> Output {
    let line = |(number, (ip, _)): (usize, &(&str, &str))| {
        let event = json!({"specversion": "1.0", "id": number.to_string(), "type": "door.opened", "subject": format!("c{number}"), "data": {"ip": ip}});
        json!({"topic": "doors.events", "value": event, "at": "2026-03-02T10:00:00Z"}).to_string()
    };
    let lines: Vec<String> = VECTORS.iter().enumerate().map(line).collect();
    let events = directory.join("events.jsonl");
    fs::write(&events, lines.join("\n")).unwrap();
    let arguments =
        ["replay", bundle().to_str().unwrap(), "--events", events.to_str().unwrap(), "--only", "task"]
            .map(str::to_owned);
    segue(&arguments.each_ref().map(String::as_str), databases)
}

fn whats(output: &Output) -> Vec<String> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    let tasks = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    tasks.map(|task| task["value"]["data"]["what"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_test_knows_places_by_the_database_that_it_is_given() {
    let bundle = bundle();
    let with = segue(&["test", bundle.to_str().unwrap()], &city());
    assert_eq!(with.status.code(), Some(0), "{}", String::from_utf8_lossy(&with.stdout));
    let without = segue(&["test", bundle.to_str().unwrap()], &[]);
    assert_eq!(without.status.code(), Some(1), "{}", said(&without));
    assert!(String::from_utf8_lossy(&without.stdout).contains("nowhere"));
}

#[test]
fn a_database_may_have_any_name() {
    let directory = tempfile::tempdir().unwrap();
    let named = directory.path().join("cities, of 2026.mmdb");
    let _ = fs::copy(database("GeoIP2-City-Test.mmdb"), &named).unwrap();
    let output = segue(&["test", bundle().to_str().unwrap()], &[named]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn a_replay_gives_the_same_bytes_by_the_same_database_and_without_one_nothing_fails() {
    let directory = tempfile::tempdir().unwrap();
    let first = replay(directory.path(), &city());
    let expected: Vec<&str> = VECTORS.iter().map(|(_, place)| *place).collect();
    assert_eq!(
        (first.status.code(), whats(&first)),
        (Some(0), expected.iter().map(|&t| t.to_owned()).collect())
    );
    assert_eq!(replay(directory.path(), &city()).stdout, first.stdout);
    let without = replay(directory.path(), &[]);
    assert_eq!(
        (without.status.code(), whats(&without)),
        (Some(0), vec!["nowhere".to_owned(); VECTORS.len()])
    );
}

#[test]
fn why_tells_by_the_database_and_masks_what_is_made_of_a_private_address() {
    let directory = tempfile::tempdir().unwrap();
    let rules = fs::read_to_string(bundle().join("doors.yaml")).unwrap();
    let rules =
        rules.replace("propose: [note]", "when: has(where.city) && where.city == 'London'\npropose: [note]");
    fs::write(directory.path().join("doors.yaml"), rules).unwrap();
    let schema = fs::read_to_string(bundle().join("door.json")).unwrap();
    let told = |schema: &str, databases: &[PathBuf], more: &[&str]| {
        fs::write(directory.path().join("door.json"), schema).unwrap();
        let bundle = directory.path().to_str().unwrap();
        let event = "doors/London by its address-1";
        let arguments = [
            "why",
            "--bundle",
            bundle,
            "--test",
            "London by its address",
            "--event",
            event,
            "--rule",
            "opened",
        ];
        let output = segue(&[&arguments, more].concat(), databases);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let masked = told(&schema, &city(), &[]);
    assert!(masked.contains("Rule opened fired") && masked.contains("(private)"), "{masked}");
    assert!(!masked.contains("81.2.69.160") && !masked.contains("England"), "{masked}");
    let unmasked = told(&schema, &city(), &["--unmask"]);
    assert!(unmasked.contains("where.city was London") && !unmasked.contains("(private)"), "{unmasked}");
    let public = told(r#"{"properties": {"ip": {"type": "string"}}}"#, &city(), &[]);
    assert!(!public.contains("(private)"), "{public}");
    let without = told(&schema, &[], &[]);
    assert!(without.contains("Rule opened did not fire"), "{without}");
    let refused = segue(&["why", "t-1", "--url", "http://127.0.0.1:1"], &city());
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert!(said(&refused).contains("`--ip-database` goes with `--bundle`"), "{}", said(&refused));
}

#[test]
fn what_is_made_of_a_private_address_is_private() {
    let directory = tempfile::tempdir().unwrap();
    let rules = fs::read_to_string(bundle().join("doors.yaml")).unwrap();
    fs::write(directory.path().join("door.json"), fs::read(bundle().join("door.json")).unwrap()).unwrap();
    // Only read in the condition before `?`: what is personal need not be shared for that, what is private must.
    let rules = rules.replace(
        r#"what: "{{ has(where.city) ? where.city : has(where.country) ? where.country : 'nowhere' }}""#,
        r#"what: "{{ has(where.country) && where.country == 'GB' ? 'here' : 'elsewhere' }}""#,
    );
    let rules = rules.replace("share: [where]\n", "").split("---\ntest:").next().unwrap().to_owned();
    fs::write(directory.path().join("doors.yaml"), rules).unwrap();
    let check = |path: &Path| segue(&["check", path.to_str().unwrap()], &[]);
    let output = check(directory.path());
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &said(&output);
    assert!(output.status.code() == Some(1) && text.contains("not-shared"), "{text}");
    fs::write(directory.path().join("door.json"), r#"{"properties": {"ip": {"type": "string"}}}"#).unwrap();
    let output = check(directory.path());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn what_is_no_database_is_refused_with_what_is_needed() {
    let bundle = bundle();
    let test = |databases: &[PathBuf]| segue(&["test", bundle.to_str().unwrap()], databases);
    for (databases, expected) in [
        (vec![bundle.join("doors.yaml")], "is no whole database in MaxMind's format"),
        (vec![bundle.clone()], "is no file"),
        (vec![PathBuf::from("/dev/zero")], "/dev/zero is no file"),
        (vec![bundle.join("gone.mmdb")], "cannot be read"),
        (vec![database("bad/libmaxminddb-deep-nesting.mmdb")], "depth"),
        (vec![database("GeoLite2-ASN-Test.mmdb")], "says of no address where it is"),
        (vec![database("GeoIP2-City-Test.mmdb"); 5], "5 databases are more than the 4 that are asked"),
    ] {
        let output = test(&databases);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("error[database]: ") && said.contains(expected), "{said}");
    }
}
