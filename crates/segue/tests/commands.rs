//! The built binary as its users meet it: exit codes, where things are written, what is refused.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn segue(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_segue")).args(arguments).env_remove("NO_COLOR").output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("a command ends by itself")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A directory with a bundle from `segue init` in `bundle/`.
fn with_bundle() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(code(&segue(&["init", text(&directory.path().join("bundle"))])), 0);
    directory
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn help_is_data_and_wrong_usage_is_two() {
    let help = segue(&["--help"]);
    assert_eq!(code(&help), 0);
    assert!(stdout(&help).contains("Exit codes:"));
    for wrong in [&["chekc"][..], &[], &["check"], &["topics"], &["check", "a", "--output", "xml"]] {
        let output = segue(wrong);
        assert_eq!(code(&output), 2, "{wrong:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{wrong:?}");
    }
    let similar = stderr(&segue(&["chekc"]));
    assert!(similar.starts_with("error[usage]: unrecognized subcommand 'chekc'\n"), "{similar}");
    assert!(similar.contains("= help: ") && similar.contains("'check'"), "{similar}");
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_segue"))
        .args(["check", "--help"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    let _ = child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""));
}

#[test]
fn init_writes_into_an_empty_directory_only() {
    let directory = with_bundle();
    let bundle = directory.path().join("bundle");
    assert!(bundle.join("rules.yaml").is_file() && bundle.join("schemas/payment-failed.json").is_file());
    fs::write(bundle.join("rules.yaml"), "mine").unwrap();
    let again = segue(&["init", text(&bundle)]);
    assert_eq!(code(&again), 2);
    assert!(stderr(&again).contains("error[not-empty]"), "{}", stderr(&again));
    assert_eq!(fs::read_to_string(bundle.join("rules.yaml")).unwrap(), "mine", "nothing was written over");
    assert_eq!(code(&segue(&["init", text(&bundle.join("rules.yaml"))])), 2, "a file is no directory");
}

#[test]
fn what_init_writes_passes_check_and_test() {
    let directory = with_bundle();
    let bundle = directory.path().join("bundle");
    let check = segue(&["check", text(&bundle)]);
    assert_eq!((code(&check), stdout(&check).as_str()), (0, ""), "{}", stderr(&check));
    assert!(stderr(&check).contains("no findings"), "{}", stderr(&check));
    let test = segue(&["test", text(&bundle)]);
    assert_eq!(code(&test), 0, "{}{}", stdout(&test), stderr(&test));
}

#[test]
fn findings_are_data_with_places_in_every_form() {
    let directory = with_bundle();
    let rules = directory.path().join("bundle/rules.yaml");
    let broken = fs::read_to_string(&rules).unwrap().replacen("when:", "whne:", 1);
    fs::write(&rules, broken).unwrap();
    let bundle = directory.path().join("bundle");

    let human = segue(&["check", text(&bundle)]);
    assert_eq!(code(&human), 1);
    assert!(stdout(&human).starts_with("error[unknown-key]: "), "{}", stdout(&human));
    assert!(stdout(&human).contains("--> rules.yaml:6:1") && stdout(&human).contains("did you mean `when`?"));

    let lines = segue(&["check", text(&bundle), "--output", "jsonl"]);
    let finding: serde_json::Value = serde_json::from_str(stdout(&lines).lines().next().unwrap()).unwrap();
    assert_eq!((&finding["file"], &finding["line"]), (&"rules.yaml".into(), &6.into()));

    let whole = segue(&["check", text(&bundle), "--output", "json"]);
    let whole: serde_json::Value = serde_json::from_str(&stdout(&whole)).unwrap();
    assert_eq!(whole["findings"].as_array().unwrap().len(), stdout(&lines).lines().count());
    assert_eq!((&whole["findings"][0], &whole["v"]), (&finding, &1.into()));

    // To a program that asked for results of tests, findings come in the same form.
    for form in ["json", "jsonl"] {
        let checked = segue(&["check", text(&bundle), "--output", form]);
        let tested = segue(&["test", text(&bundle), "--output", form]);
        assert_eq!((code(&tested), stdout(&tested)), (1, stdout(&checked)));
    }
    assert_eq!(stdout(&segue(&["test", text(&bundle)])), "", "a person reads them on stderr");

    let colored = segue(&["check", text(&bundle), "--color", "always"]);
    assert!(stdout(&colored).starts_with("\x1b["), "{}", stdout(&colored));
}

#[test]
fn where_there_is_nothing_to_check_the_answer_is_two() {
    let directory = tempfile::tempdir().unwrap();
    for (path, word) in
        [(directory.path().to_owned(), "nothing-found"), (directory.path().join("gone"), "error[")]
    {
        let output = segue(&["check", text(&path)]);
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        assert!(stderr(&output).contains(word) && output.stdout.is_empty(), "{}", stderr(&output));
    }
}

#[test]
fn topics_need_settings_that_are_right_and_a_broker_that_answers() {
    let directory = with_bundle();
    let file = directory.path().join("segue.yaml");
    fs::write(&file, "bundle: bundle\nkafka: {broker: x}\ndedup: 24\n").unwrap();
    let wrong = segue(&["topics", "plan", "--settings", text(&file)]);
    assert_eq!(code(&wrong), 2);
    for key in ["kafka.broker:", "kafka.brokers:", "dedup:"] {
        assert!(stderr(&wrong).contains(key), "{}", stderr(&wrong));
    }
    // A port that was free a moment ago: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    fs::write(&file, format!("instance: i\nbundle: bundle\nkafka: {{brokers: '127.0.0.1:{port}'}}\n"))
        .unwrap();
    let settings = ["--settings", text(&file)];
    // Each takes its time to give up, so both do it at once.
    let [apply, run] = std::thread::scope(|scope| {
        let apply = scope.spawn(|| segue(&[&["topics", "apply"], &settings[..]].concat()));
        let run = scope.spawn(|| segue(&[&["run"], &settings[..]].concat()));
        [apply.join().unwrap(), run.join().unwrap()]
    });
    for unreachable in [apply, run] {
        let said = stderr(&unreachable);
        assert_eq!(code(&unreachable), 3, "{said}");
        assert!(said.contains(&format!("127.0.0.1:{port}")), "the brokers are named: {said}");
        assert!(said.contains("= help: look at `kafka.brokers` and `kafka.properties`"), "{said}");
    }
}

#[test]
fn what_an_embedded_log_cannot_be_asked_is_refused_with_what_to_do_instead() {
    let directory = tempfile::tempdir().unwrap();
    let settings = directory.path().join("segue.yaml");
    std::fs::create_dir(directory.path().join("bundle")).unwrap();
    std::fs::write(&settings, "instance: r\nbundle: bundle\nlog: {embedded: data}\n").unwrap();
    let file = settings.to_str().unwrap();
    for command in [
        vec!["why", "t-7b5808e3-00000000000000000000000000000000"],
        vec!["failed", "list"],
        vec!["pause", "rule/a"],
        vec!["deploy", "--back"],
        vec!["topics", "plan"],
    ] {
        let output = segue(&[&command[..], &["--settings", file]].concat());
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{command:?}: {said}");
        assert!(
            said.contains("error[not-built]: the log is embedded") && said.contains("/decisions"),
            "{said}"
        );
    }
    assert!(!directory.path().join("data").exists(), "nothing is made");
}
