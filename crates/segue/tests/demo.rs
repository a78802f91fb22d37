//! The demo, as a process: what it writes, how it ends, and what it leaves behind.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use segue_demo::bundle::FILES;

const ENDS_WITHIN: Duration = Duration::from_secs(20);

fn demo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
    let _ = command.arg("demo").args(arguments).env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

/// The tasks of a round, a line each.
fn tasks(arguments: &[&str]) -> String {
    let fixed = ["--pace", "0s", "--rounds", "1", "--output", "jsonl"];
    let output = demo(&[arguments, &fixed].concat()).output().expect("the binary is built");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("tasks are UTF-8")
}

fn write_bundle(directory: &Path, edit: impl Fn(&str) -> String) {
    for (path, text) in FILES {
        let path = directory.join(path);
        fs::create_dir_all(path.parent().expect("a file is in a directory"))
            .expect("the directory can be made");
        fs::write(path, edit(text)).expect("the file can be written");
    }
}

fn wait(child: &mut Child) -> ExitStatus {
    let asked = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it is a child of this process") {
            return status;
        }
        assert!(asked.elapsed() < ENDS_WITHIN, "it did not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn entries(directory: &Path) -> usize {
    fs::read_dir(directory).expect("it was made by the test").count()
}

#[test]
fn a_seed_gives_the_same_tasks_to_the_byte_and_another_seed_gives_others() {
    let first = tasks(&["--seed", "7"]);
    assert!(first.lines().count() >= 10, "{first}");
    assert_eq!(first, tasks(&["--seed", "7"]));
    assert_ne!(first, tasks(&["--seed", "8"]));
}

#[test]
fn every_line_is_a_task_with_all_that_its_reader_needs() {
    for line in tasks(&["--seed", "3"]).lines() {
        let task: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        assert_eq!(task["type"], "segue.task.released", "{line}");
        assert!(task["data"]["priority"]["score"].as_f64().is_some_and(|score| score > 0.0), "{line}");
        for text in [&task["data"]["what"], &task["data"]["tone"], &task["data"]["how"][0]] {
            assert!(text.as_str().is_some_and(|text| !text.is_empty()), "{line}");
        }
    }
}

#[test]
fn the_same_bundle_from_a_directory_gives_the_same_tasks_and_an_edit_changes_them() {
    let directory = tempfile::tempdir().expect("there is room for a directory");
    let path = directory.path().to_str().expect("temporary paths are UTF-8");
    write_bundle(directory.path(), str::to_owned);
    let built_in = tasks(&["--seed", "7"]);
    assert_eq!(tasks(&["--seed", "7", "--bundle", path]), built_in);

    write_bundle(directory.path(), |text| text.replace("tone: matter-of-fact", "tone: light"));
    let edited = tasks(&["--seed", "7", "--bundle", path]);
    assert_eq!(edited.lines().count(), built_in.lines().count());
    assert!(!built_in.contains(r#""tone":"light""#) && edited.contains(r#""tone":"light""#), "{edited}");

    write_bundle(directory.path(), |text| {
        text.replace("event.data.sentiment < -0.4", "event.data.sentiment < -1.4")
    });
    assert!(tasks(&["--seed", "7", "--bundle", path]).lines().count() < built_in.lines().count());
}

#[test]
fn a_bundle_with_a_mistake_is_refused_with_its_place() {
    let directory = tempfile::tempdir().expect("there is room for a directory");
    write_bundle(directory.path(), |text| {
        text.replace("event.data.sentiment > 0.6", "event.data.sentimnt > 0.6")
    });
    let output = demo(&["--bundle"]).arg(directory.path()).output().expect("the binary is built");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("social/social.yaml:24:") && said.contains("sentiment"), "{said}");
}

#[test]
fn off_a_terminal_it_tells_one_round_accounts_for_each_event_and_says_what_is_next() {
    let output = demo(&["--pace", "0s"]).output().expect("the binary is built");
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("failed event: schema") && said.contains("/amount"), "{said}");
    let accounts = said.split_once("Each event is accounted for").expect("it sums up").1;
    for words in ["1  sent before", "1  not usable", "1  not taken in", "4  about everyone"] {
        assert!(accounts.contains(words), "{words}: {accounts}");
    }
    assert!(!accounts.contains("on the way"), "{accounts}");
    for command in [" init ", " check ", " test ", " replay ", " run "] {
        assert!(accounts.contains(command), "{command}: {accounts}");
    }
    assert!(!said.contains('\x1b'), "colour is for terminals");
    let colored = demo(&["--pace", "0s", "--color", "always"]).output().expect("the binary is built");
    assert!(colored.stdout.contains(&0x1b));
}

#[test]
fn an_interrupt_ends_it_with_a_summary_and_leaves_nothing_behind() {
    let (here, temporary) = (tempfile::tempdir(), tempfile::tempdir());
    let (here, temporary) = (here.expect("a directory"), temporary.expect("a directory"));
    let mut child = demo(&["--rounds", "1000000", "--pace", "10s"])
        .current_dir(here.path())
        .env("TMPDIR", temporary.path())
        .env("HOME", here.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary is built");
    let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    while !line.contains("Tone:") {
        line.clear();
        assert_ne!(stdout.read_line(&mut line).expect("it is UTF-8"), 0, "it ended before its first task");
    }
    let killed =
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("there is a kill");
    assert!(killed.success());
    assert_eq!(wait(&mut child).code(), Some(130));
    let mut rest = String::new();
    let _ = stdout.read_to_string(&mut rest).expect("it is UTF-8");
    assert!(rest.contains("Each event is accounted for") && rest.contains("Next"), "{rest}");
    assert_eq!((entries(here.path()), entries(temporary.path())), (0, 0));
}

#[test]
fn a_reader_that_leaves_ends_it_quietly() {
    let mut child = demo(&["--pace", "0s", "--rounds", "1000000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary is built");
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    assert_ne!(stdout.read_line(&mut line).expect("it is UTF-8"), 0);
    drop(stdout);
    assert!(wait(&mut child).success());
    let mut said = String::new();
    let _ = child.stderr.take().expect("it is piped").read_to_string(&mut said).expect("it is UTF-8");
    assert_eq!(said, "");
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    for arguments in [["--pace", "fast"], ["--pace", "5"], ["--pace", "2h"], ["--output", "json"]] {
        let output = demo(&arguments).output().expect("the binary is built");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
}
