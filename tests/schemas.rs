//! The published schemas against what the commands really write, and what authors write against the schema of bundle
//! documents.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jsonschema::Validator;
use segue_bundle::Finding;
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

/// Every file below a directory that ends in `.yaml`, with its text.
fn yaml_files(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(yaml_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

fn documents(text: &str) -> Vec<(usize, Value)> {
    let documents = segue_bundle::documents_as_json(text);
    documents.into_iter().map(|(line, json)| (line, serde_json::from_str(&json).unwrap())).collect()
}

#[test]
fn every_document_of_a_good_bundle_is_as_the_schema_of_bundles_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let init = tempfile::tempdir().unwrap();
    let written = init.path().join("bundle");
    assert!(segue(&["init", written.to_str().unwrap()]).status.success());
    let schema = schema("bundle.json");
    let mut seen = 0;
    for directory in [root.join("examples"), root.join("crates/bundle/tests/good"), written, bundle_dir()] {
        for (path, text) in yaml_files(&directory) {
            for (line, document) in documents(&text) {
                let faults: Vec<String> =
                    schema.iter_errors(&document).map(|fault| fault.to_string()).collect();
                assert!(faults.is_empty(), "{}:{line}: {faults:#?}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 40, "{seen} documents were looked at");
}

/// Codes of what is wrong with the form of a document, by itself. That a name is unknown or an expression wrong is not;
/// nor is the order of keys, which JSON does not have, or how long a duration can be.
const STRUCTURAL: [&str; 6] =
    ["bad-duration", "bad-path", "missing-key", "reserved-type", "unknown-key", "unknown-kind"];

fn is_structural(finding: &Finding) -> bool {
    let is_order = finding.hint.as_ref().is_some_and(|hint| hint.contains("to the top"));
    let is_limit = finding.message.contains("longer than a duration can be");
    STRUCTURAL.contains(&finding.code) && !is_order && !is_limit
}

#[test]
fn a_document_of_a_broken_form_is_not_as_the_schema_of_bundles_says() {
    let broken = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/bundle/tests/broken");
    let schema = schema("bundle.json");
    let (mut refused, mut passed) = (0, Vec::new());
    for (path, text) in yaml_files(&broken) {
        let findings = segue_bundle::read(vec![("a.yaml".to_owned(), text.clone())]).unwrap_err();
        let documents = documents(&text);
        for (index, (first, document)) in documents.iter().enumerate() {
            let next = documents.get(index + 1).map_or(usize::MAX, |(line, _)| *line);
            let wrong = findings
                .iter()
                .find(|finding| is_structural(finding) && (*first..next).contains(&finding.line));
            match wrong {
                Some(_) if !schema.is_valid(document) => refused += 1,
                Some(finding) => passed.push(format!("{}:\n{finding}", path.display())),
                None => {}
            }
        }
    }
    assert!(passed.is_empty() && refused >= 12, "{refused} refused, not so\n{}", passed.join("\n"));
}

/// Where the schema of bundles describes each list of keys of the reader: its file, its name, and where the keys are.
const KEYS: [(&str, &str, &str); 32] = [
    ("source", "KEYS", "/source"),
    ("source", "ENVELOPE_KEYS", "/source/properties/envelope"),
    ("event_type", "KEYS", "/event-type-declaration"),
    ("journey", "JOURNEY_KEYS", "/event-type-declaration/properties/journey"),
    ("around", "PLACE_KEYS", "/event-type-declaration/properties/where"),
    ("around", "DEVICE_KEYS", "/event-type-declaration/properties/device"),
    ("table", "KEYS", "/table"),
    ("signal", "KEYS", "/signal"),
    ("rule", "KEYS", "/rule"),
    ("action", "KEYS", "/action"),
    ("action", "PRIORITY_KEYS", "/action/properties/priority"),
    ("learning", "KEYS", "/action/properties/priority/properties/propensity/anyOf/1"),
    (
        "learning",
        "LEARNING_KEYS",
        "/action/properties/priority/properties/propensity/anyOf/1/properties/learned",
    ),
    ("life", "ASK_KEYS", "/action/properties/ask"),
    ("channel", "KEYS", "/channel"),
    ("channel", "QUIET_KEYS", "/channel/properties/quiet"),
    ("destination", "KEYS", "/destination"),
    ("destination", "LANE_KEYS", "/destination/properties/lanes/additionalProperties"),
    ("policy", "KEYS", "/policy"),
    ("policy", "CAP_KEYS", "/policy/properties/cap"),
    ("calendar", "KEYS", "/calendar"),
    ("decision_table", "KEYS", "/decision-table"),
    ("test", "KEYS", "/test"),
    ("test", "GIVEN_KEYS", "/test/properties/given"),
    ("test", "STEP_KEYS", "/test/properties/steps/items"),
    ("test", "EVENT_KEYS", "/test/properties/steps/items/properties/event"),
    ("test", "TASK_KEYS", "/test/properties/steps/items/properties/expect/items"),
    ("becomes", "OUTCOME_KEYS", "/test/properties/steps/items/properties/outcome"),
    ("becomes", "REJECTED_KEYS", "/test/properties/steps/items/properties/rejected/items"),
    ("becomes", "WITHDRAWN_KEYS", "/test/properties/steps/items/properties/withdrawn/items"),
    ("becomes", "STATUS_KEYS", "/test/properties/steps/items/properties/status/items"),
    // The kinds, and those that are not built yet.
    ("documents", "KINDS", ""),
];

/// The names in quotes of a constant.
fn listed<'t>(code: &'t str, name: &str) -> Option<BTreeSet<&'t str>> {
    let (_, rest) = code.split_once(&format!("\nconst {name}:"))?;
    let (list, _) = rest.split_once(";\n")?;
    Some(list.split('"').skip(1).step_by(2).collect())
}

#[test]
fn the_schema_of_bundles_has_the_keys_that_the_reader_knows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("schemas/bundle.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let mut kinds = BTreeSet::new();
    let mut lists = 0;
    for (file, name, place) in KEYS {
        let path = match file {
            "documents" => "documents.rs".to_owned(),
            file => format!("documents/{file}.rs"),
        };
        // A kind that is not built yet has no file.
        let code = fs::read_to_string(root.join("crates/bundle/src").join(path)).unwrap_or_default();
        let Some(known) = listed(&code, name) else { continue };
        if file == "documents" {
            kinds.extend(known.into_iter().map(str::to_owned));
            continue;
        }
        lists += 1;
        let described = schema.pointer(&format!("/$defs{place}/properties")).and_then(Value::as_object);
        let described: BTreeSet<&str> = described.unwrap().keys().map(String::as_str).collect();
        assert_eq!(described, known, "{file} {name}");
    }
    assert_eq!(lists, all_key_lists(root));
    let picked = schema["allOf"].as_array().unwrap().iter();
    let picked = picked.filter_map(|one| one["if"]["required"][0].as_str().map(str::to_owned));
    assert_eq!(picked.collect::<BTreeSet<_>>(), kinds);
}

/// How many lists of keys the reader has: one that is new belongs into [`KEYS`].
fn all_key_lists(root: &Path) -> usize {
    let files = fs::read_dir(root.join("crates/bundle/src/documents")).unwrap();
    let files = files.map(|file| file.unwrap().path()).filter(|path| path.is_file());
    files.map(|file| fs::read_to_string(file).unwrap().matches("KEYS: Keys =").count()).sum()
}

#[test]
fn what_graph_and_explain_write_is_as_the_schemas_say() {
    let bundle = bundle_dir();
    let graph = segue(&["graph", bundle.to_str().unwrap(), "--format", "json"]);
    assert_valid(&schema("graph.json"), &serde_json::from_slice(&graph.stdout).unwrap());
    let codes = segue(&["explain", "--output", "json"]);
    assert_valid(&schema("codes.json"), &serde_json::from_slice(&codes.stdout).unwrap());
}

#[test]
fn every_published_schema_is_one_and_segue_schema_writes_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    for entry in fs::read_dir(&root).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let _ = schema(name);
        let shown = segue(&["schema", name.strip_suffix(".json").unwrap()]);
        let published = fs::read_to_string(&path).unwrap();
        assert_eq!(String::from_utf8(shown.stdout).unwrap(), published, "{name}");
        let readme = fs::read_to_string(root.join("README.md")).unwrap();
        assert!(readme.contains(&format!("| `{name}` |")), "{name} is not in the list");
    }
}
