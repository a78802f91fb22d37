//! Holds the shape of the workspace: which crate may stand on which, how large files may grow, what pure means.
//!
//! Shape: one reading of `cargo metadata` and of the source tree -> a list of faults for each check; the list must
//! be empty. Each check is also given something wrong, made up here, and must find it.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The ladder: a crate stands only on crates of a lower level.
const LEVELS: &[(&str, u32)] = &[
    ("segue-document", 0),
    ("segue-lookup", 0),
    ("segue-model", 1),
    ("segue-value", 1),
    ("segue-yaml", 1),
    ("segue-index", 2),
    ("segue-calendar", 2),
    ("segue-wire", 2),
    ("segue-decision-table", 3),
    ("segue-past", 3),
    ("segue-syntax", 3),
    ("segue-expr", 4),
    ("segue-schema", 5),
    ("segue-bundle", 6),
    ("segue-intake", 7),
    ("segue-decide", 7),
    ("segue-engine", 8),
    ("segue-store", 8),
    ("segue-loops", 9),
    ("segue-replay", 9),
    ("segue-console", 10),
    ("segue-demo", 10),
    ("segue-settings", 10),
    ("segue-why", 10),
    ("segue", 11),
];

/// Crates beside the ladder, and the only crates of ours that each may stand on.
const BESIDE: &[(&str, &[&str])] = &[
    ("segue-log", &[]),
    ("segue-kafka", &["segue-log"]),
    ("segue-telemetry", &[]),
    ("segue-testkit", &["segue-log"]),
];

/// What crates of the ladder may use of the crates beside it. The port is for all; an adapter, metrics and logging are for the shell.
const SHELL_ONLY: &[&str] = &["segue-kafka", "segue-telemetry"];
const SHELL: &[&str] = &["segue-loops", "segue-console", "segue-demo", "segue-settings", "segue"];

/// Crates of others that only some of ours may use, and by which kinds of dependency.
const RESERVED: &[(&str, &[&str], &[&str])] = &[
    ("tokio", &["segue-console", "segue"], &["normal", "build", "dev"]),
    ("axum", &["segue-console"], &["normal", "build"]),
    ("cel", &["segue-syntax"], &["normal", "build"]),
    ("maxminddb", &["segue-lookup"], &["normal", "build", "dev"]),
    ("tzf-rs", &["segue-lookup"], &["normal", "build", "dev"]),
    ("ua-parser", &["segue-lookup"], &["normal", "build", "dev"]),
    ("rdkafka", &["segue-kafka", "segue-testkit"], &["normal", "build"]),
];

/// The crates that have no clock, no randomness, no input or output and no order that differs from run to run.
const PURE: &[&str] = &[
    "document",
    "lookup",
    "model",
    "value",
    "yaml",
    "index",
    "calendar",
    "decision-table",
    "past",
    "syntax",
    "expr",
    "wire",
    "schema",
    "bundle",
    "intake",
    "decide",
    "engine",
];

/// What the `clippy.toml` of a pure crate must name: its bans, and the root's lines, since it replaces them.
const PURE_BANS: &[&str] = &[
    "std::time::SystemTime::now",
    "std::time::Instant::now",
    "std::collections::HashMap",
    "std::collections::HashSet",
    "too-many-lines-threshold = 70",
];

const MODEL_LINES_MAX: usize = 1_900;
const FILE_LINES_MAX: usize = 500;

/// A package of the workspace with what it depends on, as `(name, kind)`.
#[derive(Debug)]
struct Package {
    name: String,
    dependencies: Vec<(String, String)>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| Package {
            name: text(&package["name"]).unwrap(),
            dependencies: package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| {
                    (text(&one["name"]).unwrap(), text(&one["kind"]).unwrap_or_else(|| "normal".into()))
                })
                .collect(),
        })
        .collect()
}

/// Says which arrows between our crates point the wrong way. Tests of a crate may use what they like, but those of
/// the testkit may not use what it judges.
fn wrong_arrows(packages: &[Package]) -> Vec<String> {
    let levels: BTreeMap<_, _> = LEVELS.iter().copied().collect();
    let beside: BTreeMap<_, _> = BESIDE.iter().copied().collect();
    let mut faults = Vec::new();
    for package in packages.iter().filter(|package| package.name != "segue-workspace") {
        let from = package.name.as_str();
        if !levels.contains_key(from) && !beside.contains_key(from) {
            faults.push(format!("{from} has no level: give it one here and in crates/README.md"));
            continue;
        }
        for (to, kind) in package.dependencies.iter().filter(|(to, _)| to.starts_with("segue")) {
            let to = to.as_str();
            let judged = from == "segue-testkit" && ["segue-decide", "segue-engine"].contains(&to);
            let allowed = match (levels.get(from), levels.get(to), beside.get(from)) {
                _ if kind == "dev" => !judged,
                (Some(upper), Some(lower), _) => lower < upper,
                (Some(_), None, _) if SHELL_ONLY.contains(&to) => SHELL.contains(&from),
                (Some(_), None, _) => to == "segue-log",
                (None, _, allowed) => allowed.is_some_and(|allowed| allowed.contains(&to)),
            };
            if !allowed {
                faults.push(format!("{from} may not depend on {to} ({kind})"));
            }
        }
    }
    faults
}

/// Says which crates use a crate of others that is reserved.
fn trespassers(packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages {
        for (dependency, kind) in &package.dependencies {
            for (reserved, users, kinds) in RESERVED {
                let hit = dependency == reserved && kinds.contains(&kind.as_str());
                if hit && !users.contains(&package.name.as_str()) {
                    faults.push(format!("{} may not depend on {reserved} ({kind})", package.name));
                }
            }
        }
    }
    faults
}

/// Says whether a manifest takes over the lints of the workspace.
fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    lines.find(|line| !line.is_empty()) == Some("workspace = true")
}

/// Says whether the workspace's manifest forbids `unsafe`.
fn forbids_unsafe(manifest: &str) -> bool {
    let lints = manifest.lines().map(str::trim).skip_while(|line| *line != "[workspace.lints.rust]").skip(1);
    lints.take_while(|line| !line.starts_with('[')).any(|line| line == r#"unsafe_code = "forbid""#)
}

fn missing_bans(clippy: &str) -> Vec<&'static str> {
    PURE_BANS.iter().copied().filter(|ban| !clippy.contains(ban)).collect()
}

/// Says what is wrong with a source file, by its path and its text.
fn file_faults(path: &Path, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if text.lines().count() > FILE_LINES_MAX {
        faults.push(format!("{}: {} lines, at most {FILE_LINES_MAX}", path.display(), text.lines().count()));
    }
    if path.file_name().is_some_and(|name| name == "mod.rs") {
        faults.push(format!("{}: write `name.rs` beside `name/`, never `mod.rs`", path.display()));
    }
    faults
}

/// Says which crates the code map has no heading for, and which headings name no crate. Crates that are still to
/// come stand in the map's own section for them.
fn map_faults(map: &str, crates: &BTreeSet<String>) -> Vec<String> {
    let headings: BTreeSet<String> = map
        .lines()
        .filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'))
        .map(str::to_owned)
        .collect();
    let missing = crates.difference(&headings).map(|name| format!("crates/README.md does not name `{name}`"));
    let gone =
        headings.difference(crates).map(|name| format!("crates/README.md names `{name}`, which is no crate"));
    missing.chain(gone).collect()
}

/// The names of the directories below `crates/` that hold a manifest.
fn crates() -> BTreeSet<String> {
    fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect()
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap()) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn package(name: &str, dependencies: &[(&str, &str)]) -> Package {
    let owned = dependencies.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned()));
    Package { name: name.to_owned(), dependencies: owned.collect() }
}

#[test]
fn arrows_point_only_downwards() {
    assert_eq!(wrong_arrows(&packages()), Vec::<String>::new());
}

#[test]
fn an_arrow_that_points_upwards_or_sideways_is_found() {
    for (from, to, kind) in [
        ("segue-model", "segue-engine", "normal"),
        ("segue-wire", "segue-expr", "normal"),
        ("segue-log", "segue-model", "normal"),
        ("segue-kafka", "segue-model", "build"),
        ("segue-telemetry", "segue-log", "normal"),
        ("segue-engine", "segue-kafka", "normal"),
        ("segue-decide", "segue-telemetry", "normal"),
        ("segue", "segue-testkit", "normal"),
        ("segue-testkit", "segue-engine", "normal"),
        ("segue-testkit", "segue-decide", "dev"),
        ("segue-testkit", "segue-wire", "normal"),
    ] {
        assert_eq!(wrong_arrows(&[package(from, &[(to, kind)])]).len(), 1, "{from} -> {to} ({kind})");
    }
    for (from, to, kind) in [
        ("segue-engine", "segue-decide", "normal"),
        ("segue-engine", "segue-log", "normal"),
        ("segue", "segue-kafka", "normal"),
        ("segue-kafka", "segue-testkit", "dev"),
    ] {
        assert_eq!(wrong_arrows(&[package(from, &[(to, kind)])]), Vec::<String>::new(), "{from} -> {to}");
    }
    assert_eq!(wrong_arrows(&[package("segue-new", &[])]).len(), 1, "a crate without a level");
}

#[test]
fn only_the_shell_waits_and_only_the_adapter_speaks_kafka() {
    assert_eq!(trespassers(&packages()), Vec::<String>::new());
}

#[test]
fn a_crate_that_uses_what_is_reserved_is_found() {
    assert_eq!(trespassers(&[package("segue-engine", &[("tokio", "dev")])]).len(), 1);
    assert_eq!(trespassers(&[package("segue", &[("rdkafka", "normal")])]).len(), 1);
    assert_eq!(
        trespassers(&[package("segue", &[("rdkafka", "dev"), ("tokio", "normal")])]),
        Vec::<String>::new()
    );
}

#[test]
fn no_crate_of_the_workspace_may_be_unsafe() {
    assert!(forbids_unsafe(&fs::read_to_string(root().join("Cargo.toml")).unwrap()));
    for name in crates() {
        let manifest = fs::read_to_string(root().join("crates").join(&name).join("Cargo.toml")).unwrap();
        assert!(
            inherits_lints(&manifest),
            "crates/{name}/Cargo.toml needs `[lints]` with `workspace = true`"
        );
    }
}

#[test]
fn a_manifest_that_goes_its_own_way_is_found() {
    assert!(!inherits_lints("[package]\nworkspace = true\n"));
    assert!(!inherits_lints("[lints]\nrust.unsafe_code = \"allow\"\nworkspace = true"));
    assert!(!forbids_unsafe("[workspace.lints.rust]\nunsafe_code = \"deny\"\n"));
    assert!(!forbids_unsafe("[workspace.lints.rust]\n[lints.rust]\nunsafe_code = \"forbid\"\n"));
}

#[test]
fn pure_crates_ban_clocks_and_unordered_maps() {
    for name in crates().iter().filter(|name| PURE.contains(&name.as_str())) {
        let bans =
            fs::read_to_string(root().join("crates").join(name).join("clippy.toml")).unwrap_or_default();
        assert_eq!(missing_bans(&bans), Vec::<&str>::new(), "crates/{name}/clippy.toml");
    }
}

#[test]
fn a_ban_that_was_forgotten_is_found() {
    let all_but_one = PURE_BANS[1..].join("\n");
    assert_eq!(missing_bans(&all_but_one), vec!["std::time::SystemTime::now"]);
}

#[test]
fn files_stay_small_and_are_named_after_their_module() {
    let mut faults = Vec::new();
    for name in crates() {
        for path in rust_files(&root().join("crates").join(name).join("src")) {
            let text = fs::read_to_string(&path).unwrap();
            faults.extend(file_faults(path.strip_prefix(root()).unwrap(), &text));
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn a_file_that_is_too_long_or_a_mod_rs_is_found() {
    assert_eq!(file_faults(Path::new("a.rs"), &"\n".repeat(FILE_LINES_MAX)), Vec::<String>::new());
    assert_eq!(file_faults(Path::new("a.rs"), &"\n".repeat(FILE_LINES_MAX + 1)).len(), 1);
    assert_eq!(file_faults(Path::new("a/mod.rs"), "").len(), 1);
}

#[test]
fn the_model_stays_small() {
    let files = rust_files(&root().join("crates/model/src"));
    assert!(!files.is_empty());
    let lines: usize = files.iter().map(|path| fs::read_to_string(path).unwrap().lines().count()).sum();
    assert!(lines < MODEL_LINES_MAX, "crates/model has {lines} lines: it holds nouns, not behaviour");
}

#[test]
fn the_code_map_names_every_crate() {
    let map = fs::read_to_string(root().join("crates/README.md")).unwrap();
    assert_eq!(map_faults(&map, &crates()), Vec::<String>::new());
}

#[test]
fn a_code_map_that_is_stale_is_found() {
    let crates = BTreeSet::from(["model".to_owned(), "wire".to_owned()]);
    assert_eq!(map_faults("### `model`\n### `wire`\n", &crates), Vec::<String>::new());
    assert_eq!(map_faults("### `model`\n", &crates).len(), 1);
    assert_eq!(map_faults("### `model`\n### `wire`\n### `cable`\n", &crates).len(), 1);
}

/// The gate runs `kafka_*` beside `[!k]*`: a test target of another name with a `k` would be run by neither.
#[test]
fn every_test_target_is_run_by_the_gate() {
    let gate = fs::read_to_string(root().join("gate")).unwrap();
    assert!(gate.contains("--test 'kafka_*'") && gate.contains("--test '[!k]*'"));
    let crates = crates().into_iter().map(|name| root().join("crates").join(name).join("tests"));
    let targets: Vec<String> = [root().join("tests"), root().join("benches")]
        .into_iter()
        .chain(crates)
        .filter_map(|directory| fs::read_dir(directory).ok())
        .flatten()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(targets.iter().any(|name| name == "kafka_one"));
    let missed: Vec<&String> =
        targets.iter().filter(|name| name.starts_with('k') && !name.starts_with("kafka_")).collect();
    assert!(missed.is_empty(), "{missed:?}");
}
