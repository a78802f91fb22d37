//! A process whose stderr nobody reads any more goes on.

#![allow(
    clippy::expect_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::io::{BufRead, BufReader, Read, Write, stdin};
use std::process::{Command, Stdio};

use segue_telemetry::logging::{self, Format};

const NAME: &str = "who_reads_stderr_may_leave_and_the_process_goes_on";
/// Set in the process that logs, which is this very program.
const ROLE: &str = "SEGUE_TEST_LOGS";

/// Logs three lines, waits to be told, logs many more, and says on stdout that it got to the end.
fn log() {
    logging::init(Format::Human, Some("info")).expect("logging is set up once");
    for number in 0..3 {
        tracing::info!(number, "before");
    }
    let _ = stdin().read_line(&mut String::new()).expect("stdin can be read");
    for number in 0..1_000 {
        tracing::info!(number, "after");
    }
    println!("went on to the end");
}

#[test]
fn who_reads_stderr_may_leave_and_the_process_goes_on() {
    if std::env::var_os(ROLE).is_some() {
        return log();
    }
    // Without `--nocapture` the harness would take in what a complaint writes, and hide the panic.
    let mut child = Command::new(std::env::current_exe().expect("this program has a path"))
        .args(["--exact", NAME, "--nocapture"])
        .env(ROLE, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("this program can be started");
    let mut stderr = BufReader::new(child.stderr.take().expect("stderr is a pipe"));
    let mut line = String::new();
    for _ in 0..3 {
        line.clear();
        let _ = stderr.read_line(&mut line).expect("stderr can be read");
        assert!(line.contains("before"), "{line}");
    }
    drop(stderr);
    let mut input = child.stdin.take().expect("stdin is a pipe");
    input.write_all(b"go on\n").expect("the process waits for it");
    drop(input);
    let mut said = String::new();
    let _ = child.stdout.take().expect("stdout is a pipe").read_to_string(&mut said).expect("it is text");
    let status = child.wait().expect("the process ends");
    assert!(status.success() && said.contains("went on to the end"), "{status}: {said}");
}
