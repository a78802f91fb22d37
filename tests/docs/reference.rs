//! Holds the lists of the reference pages against the code, in both directions.

use std::collections::{BTreeMap, BTreeSet};

use clap::CommandFactory;
use segue::cli::Cli;
use segue::settings::{Purpose, Settings};
use segue_model::FailureCode;
use segue_telemetry::{
    Arm, CopyResult, Counter, Gauge, IntakeResult, Loop, Metrics, ReadFrom, StepResult, Timing,
};

use super::page;

/// The rows of all tables of a page that begin with a name in backquotes: their cells.
fn rows(text: &str) -> Vec<Vec<String>> {
    text.lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

/// The names in backquotes of a cell.
fn names(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The part of a page below a heading, to the next of the same rank.
fn section<'p>(text: &'p str, heading: &str) -> &'p str {
    let start = text.find(&format!("\n{heading}\n")).expect("the page has the heading") + heading.len() + 2;
    let rank = heading.split(' ').next().unwrap();
    text[start..].split(&format!("\n{rank} ")).next().unwrap()
}

/// The codes that a page explains.
fn explained(name: &str) -> Vec<String> {
    let text = page(name);
    segue_bundle::codes::explanations(&text).map(|one| one.code.to_owned()).collect()
}

#[test]
fn failure_codes_are_explained_in_the_order_of_the_code() {
    let expected: Vec<&str> = FailureCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(explained("reference/failed-events.md"), expected);
}

/// What a metric is: its type and its labels.
type Kind = (String, BTreeSet<String>);

/// Every metric there is, by name. A counter, gauge or timing that is new does not compile here until it is added.
pub(crate) fn metrics() -> BTreeMap<String, Kind> {
    let metrics = Metrics::new();
    let (of, result) = (Loop::Decide, StepResult::Committed);
    for counter in [
        Counter::IntakeRecords { source: "x", result: IntakeResult::Logged },
        Counter::FailedEvents { code: "x" },
        Counter::LogCopies { result: CopyResult::Decision },
        Counter::Decisions { result: "x" },
        Counter::Tasks { action: "x", destination: "x" },
        Counter::ExpressionErrors { rule: "x" },
        Counter::Forgotten { of: "x" },
        Counter::StatusesUntold { topic: "x" },
        Counter::Steps { of, result },
        Counter::StepsUndone { of, reason: "x" },
        Counter::PartitionsRestored,
        Counter::ProfileReads { from: ReadFrom::Disk },
        Counter::StateGivenUp { reason: "x" },
        Counter::StateRewritten,
        Counter::ShadowDecisions { result: "x" },
        Counter::ShadowDifferences { rule: "x", difference: "x" },
        Counter::AddressDatabases { result: "x" },
    ] {
        match counter {
            Counter::IntakeRecords { .. }
            | Counter::FailedEvents { .. }
            | Counter::LogCopies { .. }
            | Counter::Decisions { .. }
            | Counter::Tasks { .. }
            | Counter::ExpressionErrors { .. }
            | Counter::Forgotten { .. }
            | Counter::StatusesUntold { .. }
            | Counter::Steps { .. }
            | Counter::StepsUndone { .. }
            | Counter::PartitionsRestored
            | Counter::ProfileReads { .. }
            | Counter::StateGivenUp { .. }
            | Counter::StateRewritten
            | Counter::ShadowDecisions { .. }
            | Counter::ShadowDifferences { .. }
            | Counter::AddressDatabases { .. } => metrics.count(counter, 1),
        }
    }
    set_gauges(&metrics);
    metrics.set_build_info("x", "x");
    for timing in [Timing::Step { of }, Timing::EventToTask] {
        match timing {
            Timing::Step { .. } | Timing::EventToTask => metrics.observe(timing, 1.0),
        }
    }
    read(&metrics.render())
}

fn set_gauges(metrics: &Metrics) {
    let of = Loop::Decide;
    let closed = Gauge::TopicClosed { topic: "x" };
    let gauges = [Gauge::PartitionsOwned { of }, Gauge::Profiles, Gauge::PartitionsBehind, closed];
    let (bundle, missing) = (Gauge::BundleInfo { of, bundle: "x" }, Gauge::TopicMissing { topic: "x" });
    let (policy, arm) = ("x", Arm::Control);
    let of_control = [Gauge::ControlSubjects { policy, arm }, Gauge::ControlGoals { policy, arm }];
    let paused = Gauge::Paused { part: "x" };
    let single = [Gauge::StateDiskBytes, Gauge::AddressDatabaseBuilt { file: "x" }, bundle, missing, paused];
    for gauge in gauges.into_iter().chain(single).chain(of_control) {
        match gauge {
            Gauge::PartitionsOwned { .. }
            | Gauge::Profiles
            | Gauge::PartitionsBehind
            | Gauge::TopicClosed { .. }
            | Gauge::StateDiskBytes
            | Gauge::AddressDatabaseBuilt { .. }
            | Gauge::ControlSubjects { .. }
            | Gauge::ControlGoals { .. }
            | Gauge::BundleInfo { .. }
            | Gauge::TopicMissing { .. }
            | Gauge::Paused { .. }
            | Gauge::BuildInfo { .. } => metrics.set(gauge, 1),
        }
    }
}

/// Reads names, types and labels from Prometheus' text format.
fn read(rendered: &str) -> BTreeMap<String, Kind> {
    let mut found: BTreeMap<String, Kind> = BTreeMap::new();
    let mut current = String::new();
    for line in rendered.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            current = name.to_owned();
            let _ = found.insert(current.clone(), (kind.to_owned(), BTreeSet::new()));
        } else if let Some((_, labels)) = line.split_once('{').filter(|_| !line.starts_with('#')) {
            let labels = labels.split_once('}').unwrap().0.split(',');
            let labels = labels.map(|label| label.split('=').next().unwrap().to_owned());
            found.get_mut(&current).unwrap().1.extend(labels.filter(|label| label != "le"));
        }
    }
    found
}

#[test]
fn metrics_are_listed_with_their_types_and_labels() {
    let text = page("reference/metrics.md");
    let shown: BTreeMap<String, Kind> = rows(section(&text, "## All metrics"))
        .iter()
        .map(|cells| {
            (names(&cells[0])[0].clone(), (cells[1].clone(), names(&cells[2]).into_iter().collect()))
        })
        .collect();
    assert_eq!(shown, metrics());
}

/// The keys that the settings take, from the list that the code reads them by.
fn setting_keys() -> BTreeSet<String> {
    let code = include_str!("../../crates/settings/src/raw.rs");
    let list = code.split_once("const KEYS").unwrap().1.split_once("];").unwrap().0;
    let keys = list.split('"').skip(1).step_by(2).map(str::to_owned);
    // A key that is a mapping as well as a value is shown as one.
    keys.filter(|key| !["clock.file", "log.embedded"].contains(&key.as_str()))
        .map(|key| key.trim_end_matches(".*").to_owned())
        .collect()
}

#[test]
fn settings_are_listed_with_the_defaults_that_they_have() {
    let text = page("reference/settings.md");
    let rows = rows(section(&text, "## All keys"));
    let shown: BTreeSet<String> = rows.iter().flat_map(|cells| names(&cells[0])).collect();
    assert_eq!(shown, setting_keys());

    let directory = tempfile::tempdir().unwrap();
    let read = |key: &str, value: Option<&str>| {
        let path = directory.path().join("segue.yaml");
        std::fs::write(&path, "instance: a\nbundle: .\nkafka: {brokers: 'localhost:9092'}\n").unwrap();
        let variable = format!("SEGUE__{}", key.to_uppercase().replace('.', "__"));
        let environment = value.map(|value| (variable, value.to_owned())).into_iter().collect();
        format!("{:?}", Settings::read_with(&path, Purpose::Run, environment).unwrap())
    };
    let mut compared = 0;
    for cells in &rows {
        for (key, default) in names(&cells[0]).iter().zip(names(&cells[1]).iter().cycle()) {
            assert_eq!(read(key, Some(default)), read(key, None), "{key}: the default is not {default}");
            compared += 1;
        }
    }
    assert!(compared >= 15, "{compared} defaults are shown");
}

/// Each command with its own flags and arguments, by its path.
fn commands(command: &clap::Command, above: &str, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for one in command.get_subcommands() {
        let path = format!("{above} {}", one.get_name());
        let arguments = one.get_arguments().filter(|argument| !argument.is_global_set());
        let shown = arguments.filter(|argument| argument.get_id() != "help").map(|argument| {
            argument
                .get_long()
                .map_or_else(|| argument.get_id().as_str().to_uppercase(), |long| format!("--{long}"))
        });
        if one.has_subcommands() {
            commands(one, &path, found);
        } else {
            let _ = found.insert(path.clone(), shown.collect());
        }
    }
}

#[test]
fn commands_are_listed_with_all_that_they_take() {
    let text = page("reference/commands.md");
    let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("## `") {
            current = rest.trim_end_matches('`').to_owned();
            let _ = shown.insert(current.clone(), BTreeSet::new());
        } else if line.starts_with("| `") && shown.contains_key(&current) {
            let name = names(line)[0].split(' ').next().unwrap().to_owned();
            let _ = shown.get_mut(&current).unwrap().insert(name);
        }
    }
    let mut expected = BTreeMap::new();
    commands(&Cli::command(), "segue", &mut expected);
    assert_eq!(shown, expected);
}
