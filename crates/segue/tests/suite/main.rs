//! `segue test` as authors of bundles meet it: what is said of a failure, what was reached, and tests that are rewritten
//! or recorded.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

mod coverage;
mod failures;
mod record;
mod update;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A bundle from `segue init`, with a file of more tests, in a directory of its own.
struct Bundle {
    directory: tempfile::TempDir,
}

impl Bundle {
    fn new() -> Bundle {
        let bundle = Bundle { directory: tempfile::tempdir().unwrap() };
        let made = Command::new(binary()).arg("init").arg(bundle.path()).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        bundle
    }

    /// The bundle with only these tests.
    fn with(tests: &str) -> Bundle {
        let bundle = Bundle::new();
        bundle.write("tests.yaml", tests);
        bundle
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("bundle")
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path().join(file), text).unwrap();
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    fn test(&self, more: &[&str]) -> Output {
        Command::new(binary()).arg("test").arg(self.path()).args(more).output().unwrap()
    }

    /// Records lines into a file of the bundle.
    fn record(&self, lines: &str, file: &str) -> Output {
        let mut child = Command::new(binary())
            .args(["test", self.path().to_str().unwrap(), "--record"])
            .arg(if file == "-" { PathBuf::from("-") } else { self.path().join(file) })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_segue")
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// One JSON document, as the published schema says.
fn json(output: &Output) -> Value {
    let schema =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/tests.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let document = serde_json::from_slice(&output.stdout).unwrap();
    let schema = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let faults: Vec<String> = schema.iter_errors(&document).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}\n{document}");
    document
}

/// A step in which the payment of a customer fails for the second time.
fn step(expect: &str) -> String {
    let data = "{customer_id: c1, account_id: A1, amount: 20.0, attempts: 2}";
    format!(
        "  - at: 2026-03-02T10:00:00Z\n    event: {{source: billing, type: payment.failed, subject: c1, data: {data}}}\n    expect: {expect}\n"
    )
}

/// A test of a good customer with one such step.
fn test(name: &str, expect: &str) -> String {
    let given = "{who: {c1: {first_name: Ada, tier: gold, sentiment: -0.4}}}";
    format!("test: {name}\ngiven: {given}\nsteps:\n{}", step(expect))
}
