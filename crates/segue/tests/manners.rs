//! How commands behave towards the shell and the terminal that run them: interrupts, readers that leave, disks that are
//! full, and texts of others that a terminal would obey.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long anything here may take.
const LIMIT: Duration = Duration::from_secs(60);

fn segue() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
    let _ = command.env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    segue().args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// A directory with a bundle from `segue init` in `bundle/`.
fn with_bundle() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let bundle = directory.path().join("bundle");
    assert!(segue().arg("init").arg(&bundle).output().unwrap().status.success());
    (directory, bundle)
}

/// Rules for so many files that reading them takes seconds.
fn make_large(bundle: &Path) {
    for file in 0..10 {
        let mut text = String::new();
        for rule in 0..600 {
            let window = file * 600 + rule + 1;
            write!(
                text,
                "---\nrule: large-{window}\non: payment.failed\nwhen: count('payment.failed', '{window}h') >= 2 && event.data.amount > {window}.5\npropose: [call-about-payment]\n"
            )
            .unwrap();
        }
        fs::write(bundle.join(format!("large-{file}.yaml")), text).unwrap();
    }
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < LIMIT, "{what} took too long");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// True once the process waits for signals: it has a thread for that.
fn waits_for_signals(child: &Child) -> bool {
    let tasks = fs::read_dir(format!("/proc/{}/task", child.id()));
    tasks.into_iter().flatten().flatten().any(|task| {
        fs::read_to_string(task.path().join("comm")).is_ok_and(|name| name.trim_end() == "signals")
    })
}

fn interrupt(child: &Child) {
    wait_until("waiting for signals", || waits_for_signals(child));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

/// A line that `replay` reads.
fn payment(topic: &str) -> String {
    format!("{{\"topic\":\"{topic}\",\"value\":{{\"specversion\":\"1.0\"}},\"at\":1772445600000}}\n")
}

#[test]
fn an_interrupt_ends_a_command_in_the_midst_of_a_long_computation_with_130_and_no_word() {
    let (_directory, bundle) = with_bundle();
    make_large(&bundle);
    let bundle = bundle.to_str().unwrap();
    for command in [
        &["check", bundle][..],
        &["check", bundle, "--watch"],
        &["graph", bundle],
        &["test", bundle],
        &["replay", bundle, "--events", "/dev/zero"],
        &["demo", "--bundle", bundle],
    ] {
        let mut command_line = segue();
        let child = command_line.args(command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        interrupt(&child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{command:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{command:?}: {output:?}");
    }
}

#[test]
fn an_interrupt_of_a_replay_leaves_whole_lines() {
    let (_directory, bundle) = with_bundle();
    let mut child = segue()
        .arg("replay")
        .arg(&bundle)
        .args(["--events", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It ends when nobody reads any more.
    let feeding =
        std::thread::spawn(move || while stdin.write_all(payment("billing.events").as_bytes()).is_ok() {});
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    let _ = stdout.read_line(&mut first).unwrap();
    interrupt(&child);
    let mut rest = String::new();
    let _ = stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    feeding.join().unwrap();
    assert!(rest.ends_with('\n'), "half a line: {:?}", &rest[rest.len().saturating_sub(80)..]);
    for line in rest.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}

#[test]
fn a_reader_that_has_left_ends_a_command_quietly() {
    let (directory, bundle) = with_bundle();
    let events = directory.path().join("events.jsonl");
    fs::write(&events, payment("billing.events").repeat(1_000)).unwrap();
    fs::write(bundle.join("slip.yaml"), "rule: slip\non: payment.faild\npropose: [call-about-payment]\n")
        .unwrap();
    let (good, slip) = (concat!(env!("CARGO_MANIFEST_DIR"), "/bundles/init"), bundle.to_str().unwrap());
    for command in [
        &["check", slip][..],
        &["check", slip, "--output", "sarif"],
        &["test", good],
        &["graph", good],
        &["explain"],
        &["schema"],
        &["completion", "zsh"],
        &["--version"],
        &["replay", good, "--events", events.to_str().unwrap()],
        &["test", good, "--record", events.to_str().unwrap()],
    ] {
        let mut child = segue().args(command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        let _ = child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let code = child.wait().unwrap().code();
        // What stdin and files hold is still judged: no event of these could be recorded.
        if command.contains(&"--record") {
            assert_eq!(code, Some(1), "{command:?}: {said}");
        } else {
            assert_eq!((code, said.as_str()), (Some(0), ""), "{command:?}");
        }
    }
}

#[test]
fn a_stdout_that_takes_nothing_is_an_error_of_the_environment() {
    let (directory, bundle) = with_bundle();
    let events = directory.path().join("events.jsonl");
    fs::write(&events, payment("billing.events")).unwrap();
    let bundle = bundle.to_str().unwrap();
    for command in [
        &["--help"][..],
        &["--version"],
        &["check", "--help"],
        &["check", bundle, "--output", "json"],
        &["test", bundle],
        &["test", bundle, "--output", "junit"],
        &["graph", bundle],
        &["replay", bundle, "--events", events.to_str().unwrap()],
        &["explain", "unknown-field"],
        &["schema"],
        &["completion", "bash"],
        &["demo", "--pace", "0s"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = segue().args(command).stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{command:?}");
        assert!(
            stderr(&output).starts_with("error[output]: cannot write the output: "),
            "{command:?}: {output:?}"
        );
    }
}

#[test]
fn a_form_that_a_command_does_not_write_is_refused_with_those_that_it_does() {
    for (command, refused, forms) in [
        (&["check", "b"][..], "junit", "human, json, jsonl, sarif"),
        (&["test", "b"], "sarif", "human, json, jsonl, junit"),
        (&["replay", "b", "--events", "-"], "sarif", "human, json, jsonl"),
        (&["why", "--bundle", "b", "--test", "t"], "jsonl", "human, json"),
        (&["demo"], "json", "human, jsonl"),
        (&["graph", "b"], "sarif", "human, json, jsonl"),
        (&["explain"], "junit", "human, json, jsonl"),
        (&["topics", "plan", "--settings", "s"], "sarif", "human, json, jsonl"),
        (&["run", "--settings", "s"], "junit", "human, json, jsonl"),
        (&["schema"], "jsonl", "human, json"),
        (&["init", "b"], "json", "human"),
        (&["completion", "zsh"], "json", "human"),
    ] {
        let after = run(&[command, &["--output", refused]].concat());
        let before = run(&[&["--output", refused], command].concat());
        for output in [&after, &before] {
            let said = stderr(output);
            assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{command:?}: {said}");
            let expected = format!("error[output]: `segue {}` does not write {refused}\n", command[0]);
            assert!(said.starts_with(&expected), "{said}");
            assert!(forms.split(", ").all(|form| said.contains(&format!("`{form}`"))), "{said}");
        }
        let help = run(&[command, &["-h"]].concat());
        let help = String::from_utf8(help.stdout).unwrap();
        let help: Vec<&str> = help.split_whitespace().collect();
        let listed = format!("[possible values: {forms}]");
        assert!(help.join(" ").contains(&listed), "{command:?}: {help:?}");
    }
}

#[test]
fn what_is_not_there_is_empty_or_of_another_kind_is_wrong_usage_and_is_named() {
    let (directory, bundle) = with_bundle();
    let (bundle, empty) = (bundle.to_str().unwrap(), directory.path().join("empty"));
    fs::create_dir(&empty).unwrap();
    fs::write(directory.path().join("file"), "").unwrap();
    let inside = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (empty, gone, file) = (inside("empty"), inside("gone"), inside("file"));
    for (command, words) in [
        (&["replay", bundle, "--events", &empty][..], "error[events]: "),
        (&["replay", bundle, "--events", &gone], "error[events]: "),
        (&["replay", bundle, "--events", &file], "error[no-events]: "),
        (&["test", bundle, "--record", &empty], "error[events]: "),
        (&["test", bundle, "--record", &gone], "error[events]: "),
        (&["test", bundle, "--filter", "no such test"], "error[no-tests]: "),
        (&["check", &empty], "error[nothing-found]: "),
        (&["test", &empty], "error[nothing-found]: "),
        (&["graph", &empty], "error[nothing-found]: "),
        (&["demo", "--bundle", &empty], "error[nothing-found]: "),
        (&["replay", &empty, "--events", "-"], "error[nothing-found]: "),
        (&["check", &gone], "error[bundle]: "),
        (&["test", &file], "error[bundle]: "),
        (&["run", "--settings", &gone], "error[settings]: "),
        (&["topics", "plan", "--settings", &empty], "error[settings]: "),
    ] {
        let output = run(command);
        let said = stderr(&output);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{command:?}: {said}");
        assert!(said.starts_with(words), "{command:?}: {said}");
        let named = command.iter().filter(|word| word.starts_with('/')).any(|path| said.contains(path));
        assert!(named, "{command:?}: {said}");
    }
}

/// Says whether a text for people holds anything that a terminal obeys, besides ends of lines and our own styles.
fn is_harmless(text: &[u8]) -> bool {
    let mut text = String::from_utf8(text.to_vec()).unwrap();
    for ours in ["\x1b[1;31m", "\x1b[1;33m", "\x1b[1;32m", "\x1b[1m", "\x1b[2m", "\x1b[0m", "\n"] {
        text = text.replace(ours, "");
    }
    !text.chars().any(|one| one.is_control() || one == '\u{202e}')
}

#[test]
fn texts_of_others_cannot_give_orders_to_a_terminal() {
    // It clears the screen, sets the title, rings, turns text around, and ends the line.
    const ORDERS: &str = "\u{1b}[2J\u{1b}]0;x\u{7}\u{202e}\r\n\u{9b}31m";
    const IN_YAML: &str = r"\e[2J\e]0;x\a\u202e\r\n\x9b31m";
    let (directory, bundle) = with_bundle();
    let tests = format!(
        "test: \"fails {}\"\nsteps:\n  - at: 2026-03-02T10:00:00Z\n    event: {{source: billing, type: payment.failed, subject: c1, data: {{customer_id: c1, account_id: \"{IN_YAML}\", amount: 20.0, attempts: 2}}}}\n    expect: [{{action: send-payment-link, what: \"{IN_YAML}\"}}]\n",
        // The name of a test is one line.
        IN_YAML.replace(r"\r\n", "")
    );
    fs::write(bundle.join("tests.yaml"), tests).unwrap();
    let events = directory.path().join("events.jsonl");
    let topic = serde_json::json!({"topic": ORDERS, "value": "", "at": 1_772_445_600_000_i64});
    fs::write(&events, format!("{topic}\n")).unwrap();
    let odd = directory.path().join(ORDERS);
    fs::create_dir(&odd).unwrap();
    let _ = fs::copy(bundle.join("rules.yaml"), odd.join("x.yaml")).unwrap();
    let (bundle, events, odd) = (bundle.to_str().unwrap(), events.to_str().unwrap(), odd.to_str().unwrap());
    for (command, code) in [
        (&["test", bundle][..], 1),
        (&["test", bundle, "--coverage"], 1),
        (&["test", bundle, "--record", events], 1),
        (&["replay", bundle, "--events", events], 0),
        (&["replay", bundle, "--events", odd], 2),
        (&["check", odd], 1),
        (&["graph", odd], 1),
        (&["check", &format!("{odd}/gone")], 2),
        (&["init", odd], 2),
        (&["explain", ORDERS], 2),
        (&["demo", "--pace", ORDERS], 2),
        (&["test", bundle, "--filter", ORDERS, "--colour"], 2),
        (&[ORDERS], 2),
        (&["test", bundle, "--update"], 0),
    ] {
        for color in ["never", "always"] {
            let output = run(&[command, &["--color", color]].concat());
            // The second `--update` has nothing left to rewrite.
            assert_eq!(output.status.code(), Some(code), "{command:?}: {}", stderr(&output));
            assert!(is_harmless(&output.stderr), "{command:?}: {:?}", stderr(&output));
            let is_for_programs = command[0] == "replay" && code == 0;
            let stdout = String::from_utf8_lossy(&output.stdout);
            assert!(is_for_programs || is_harmless(&output.stdout), "{command:?}: {stdout:?}");
            if color == "never" {
                assert!(!stdout.contains('\x1b') && !stderr(&output).contains('\x1b'), "{command:?}");
            }
        }
    }
}
