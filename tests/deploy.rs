//! The files under `deploy/` against what the router makes of them.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use segue_testkit::router::binary;

#[test]
fn the_settings_are_read_without_a_fault() {
    let dir = tempfile::tempdir().unwrap();
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    let secret = dir.path().join("password");
    fs::write(&secret, "hush").unwrap();
    let settings = fs::read_to_string(deploy.join("segue.yaml")).unwrap();
    let here = settings.replace("/run/credentials/segue.service/kafka-password", secret.to_str().unwrap());
    assert_ne!(here, settings, "the settings name the credential");
    let path = dir.path().join("segue.yaml");
    fs::write(&path, here).unwrap();
    // The bundle is empty: the settings themselves are all right when that is the first thing to complain about.
    fs::create_dir(dir.path().join("bundle")).unwrap();
    let output = Command::new(binary()).args(["run", "--settings", path.to_str().unwrap()]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("holds no bundle"), "{said}");
    assert!(!said.contains("hush"), "{said}");
}

#[test]
fn the_unit_names_the_command_that_there_is() {
    let unit =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/segue.service")).unwrap();
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/segue ")).unwrap();
    let mut words: Vec<&str> = line.split(' ').collect();
    words.push("--help");
    assert!(Command::new(binary()).args(words).output().unwrap().status.success());
}
