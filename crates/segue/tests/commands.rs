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
    assert!(stderr(&segue(&["chekc"])).contains("check"), "a similar command is named");
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
