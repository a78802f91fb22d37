//! The click stream of a shop through the whole router as `segue replay` runs it: the tracker's own messages, the
//! example bundle with its source, schema and envelope. What comes out is what a recount by brute force says, event by
//! event, in the windows of the example and in five others.

#![allow(
    clippy::unwrap_used,
    reason = "this file and its modules are all tests; their helpers stand outside the test functions"
)]

mod stream;

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_document::{Document, Limits};
use segue_engine::Settings;
use segue_model::Span;
use segue_replay::pipeline::Pipeline;
use segue_replay::replay;
use stream::{MINUTE, after_silence, bundle_dir, clicks, help_recounted, interest_recounted};

/// Help after trouble: within so many minutes of the session's latest payment details, and how many tasks that gives.
/// The first is the example's.
const HELP: [(i64, usize); 4] = [(10, 58), (5, 29), (15, 72), (30, 87)];
/// Interest: so many views of products within so many minutes, then silence of so many; and how many tasks that gives.
/// The first is the example's.
const INTEREST: [(usize, i64, i64, usize); 3] = [(4, 5, 60, 56), (3, 2, 30, 83), (6, 20, 1440, 57)];

/// The first documents of a file, before its tests, with other names and other windows in them.
fn varied(text: &str, changes: &[(&str, &str)]) -> String {
    let documents = text.split_once("---\ntest:").unwrap().0;
    changes.iter().fold(documents.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

/// The files of the example, and its rules once more for each of the other windows.
fn files() -> Vec<(String, String)> {
    let mut files = segue_bundle::texts(&bundle_dir()).unwrap();
    let text = |name: &str| files.iter().find(|(path, _)| path == name).unwrap().1.clone();
    let (help, interest) = (text("help.yaml"), text("interest.yaml"));
    for (window, _) in &HELP[1..] {
        let (rule, action) = (format!("help-{window}"), format!("help-with-{window}"));
        let changes = [
            ("help-after-trouble", rule.as_str()),
            ("help-with-payment", &action),
            ("'10m'", &format!("'{window}m'")),
        ];
        files.push((format!("{rule}.yaml"), varied(&help, &changes)));
    }
    for (views, window, silence, _) in &INTEREST[1..] {
        let rule = format!("interest-{window}");
        let changes = [
            ("rule: interest", format!("rule: {rule}")),
            ("offer-advice", format!("advice-{window}")),
            ("policy: silence", format!("policy: silence-{window}")),
            ("'5m') >= 4", format!("'{window}m') >= {views}")),
            ("per: 60m", format!("per: {silence}m")),
        ];
        let changes: Vec<(&str, &str)> = changes.iter().map(|(from, to)| (*from, to.as_str())).collect();
        files.push((format!("{rule}.yaml"), varied(&interest, &changes)));
    }
    files
}

/// The ids of the clicks that led to tasks, by action, in the order of the tasks.
fn replayed(lines: &str) -> BTreeMap<String, Vec<String>> {
    let bundle = match segue_bundle::read(files()) {
        Ok(loaded) => Arc::new(loaded.bundle),
        Err(findings) => {
            let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
            panic!("{}", shown.join("\n"))
        }
    };
    let settings =
        Settings { dedup: Span(1440 * MINUTE), profile_bytes_max: 512 << 10, zone: "UTC".to_owned() };
    let pipeline = Pipeline::new(bundle, Limits::CONTRACT, settings);
    let only = ["task", "failed"].map(str::to_owned);
    let mut written = Vec::new();
    let count = replay::run(pipeline, &mut lines.as_bytes(), None, &only, &mut written).unwrap();
    assert_eq!(count.lines as usize, lines.lines().count());
    assert!(count.unread.is_empty(), "{:?}", count.unread);
    let mut tasks = BTreeMap::<String, Vec<String>>::new();
    for line in std::str::from_utf8(&written).unwrap().lines() {
        let line = Document::parse_own(line).unwrap();
        let text =
            |path: &[&str]| line.root().at_path(path.iter().copied()).unwrap().as_str().unwrap().to_owned();
        assert_eq!(text(&["topic"]), "desk.tasks", "no event failed: {}", line.text());
        let (action, event) =
            (text(&["value", "data", "action"]), text(&["value", "data", "cause", "event"]));
        tasks.entry(action).or_default().push(event);
    }
    tasks
}

#[test]
fn the_tasks_of_a_replayed_click_stream_are_those_of_a_recount_in_every_window() {
    let clicks = clicks();
    assert_eq!(clicks.len(), 31_106);
    let lines: String = clicks.iter().map(|click| click.line() + "\n").collect();
    let tasks = replayed(&lines);
    let ids = |places: &[usize]| -> Vec<String> {
        places.iter().map(|place| format!("click-{}", clicks[*place].number)).collect()
    };
    for (number, (window, known)) in HELP.into_iter().enumerate() {
        let action = if number == 0 { "help-with-payment".to_owned() } else { format!("help-with-{window}") };
        let recounted = ids(&help_recounted(&clicks, window * MINUTE));
        assert_eq!(recounted.len(), known, "recounted for {window} minutes");
        assert_eq!(tasks[&action], recounted, "{action}");
    }
    for (number, (views, window, silence, known)) in INTEREST.into_iter().enumerate() {
        let action = if number == 0 { "offer-advice".to_owned() } else { format!("advice-{window}") };
        let enough = interest_recounted(&clicks, views, window * MINUTE);
        let recounted = ids(&after_silence(&clicks, &enough, silence * MINUTE));
        assert_eq!(recounted.len(), known, "recounted for {window} minutes");
        assert_eq!(tasks[&action], recounted, "{action}");
    }
}
