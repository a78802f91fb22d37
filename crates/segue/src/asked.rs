//! Answers why for the admin server: by the command `segue why` in a process of its own, so that reading a long log costs the
//! router none of its memory, and can be ended.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use segue_console::{Answered, Asked, Ended};

/// How long an answer may take.
pub const ANSWERED_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The longest answer, in bytes.
const ANSWER_BYTES_MAX: u64 = 16 << 20;

/// Answers from the log of the router with these settings.
pub fn why(settings: &Path, asked: &Asked) -> Answered {
    let arguments = match arguments(asked) {
        Ok(arguments) => arguments,
        Err(text) => {
            return Answered { ended: Ended::Wrong, text: format!("{text}\n"), notes: String::new() };
        }
    };
    let broke_off =
        |text: &str| Answered { ended: Ended::BrokeOff, text: format!("{text}\n"), notes: String::new() };
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("segue"));
    let spawned = Command::new(program)
        .arg("why")
        .args(arguments)
        .arg("--settings")
        .arg(settings)
        // It ends with this process, however that ends: then the pipe closes.
        .arg("--ends-with-stdin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = spawned else { return broke_off("no process could be started to find out why") };
    let (text, notes) = (gather(child.stdout.take()), gather(child.stderr.take()));
    // Open until it has ended: waiting would close it.
    let held = child.stdin.take();
    let code = wait(&mut child);
    drop(held);
    let (text, notes) = (joined(text), joined(notes));
    let ended = match code {
        Some(0) => return Answered { ended: Ended::Told, text, notes },
        Some(2) if notes.contains("[nothing-matched]") => Ended::Nothing,
        Some(2) => Ended::Wrong,
        Some(3) => Ended::Unreachable,
        Some(_) => Ended::BrokeOff,
        None => {
            return broke_off(
                "finding out why took more than a minute; `segue why --settings FILE` may take longer",
            );
        }
    };
    Answered { ended, text: notes, notes: String::new() }
}

/// What the command is given. Nothing that was asked can be taken for an option.
fn arguments(asked: &Asked) -> Result<Vec<String>, &'static str> {
    let output = match asked.output.as_deref() {
        None | Some("json") => "json",
        Some("human") => "human",
        Some(_) => return Err("`output` is `json` or `human`"),
    };
    if [&asked.id, &asked.event, &asked.rule].into_iter().flatten().any(|text| text.contains('\0')) {
        return Err("ids have no character 0");
    }
    let mut arguments = vec![format!("--output={output}")];
    match (&asked.id, &asked.event) {
        (Some(id), None) if id.starts_with("t-") || id.starts_with("d-") => arguments.push(id.clone()),
        (None, Some(event)) => arguments.push(format!("--event={event}")),
        (Some(_), None) => {
            return Err("`id` is that of a task, which begins with `t-`, or of a decision, with `d-`");
        }
        _ => return Err("ask for one `id` or one `event`, such as /why?event=billing/p-17"),
    }
    match &asked.rule {
        Some(_) if asked.event.is_none() => return Err("`rule` goes with `event`"),
        Some(rule) => arguments.push(format!("--rule={rule}")),
        None => {}
    }
    Ok(arguments)
}

/// Waits until the process ends, and returns its exit code; `None` if it had to be ended.
fn wait(child: &mut Child) -> Option<i32> {
    let began = Instant::now();
    while began.elapsed() < ANSWERED_WITHIN {
        match child.try_wait() {
            Ok(Some(status)) => return status.code(),
            Ok(None) => thread::sleep(LOOK_EVERY),
            Err(_) => break,
        }
    }
    // It may have ended meanwhile.
    let _ = child.kill();
    let _ = child.wait();
    None
}

/// Reads what a process writes, beside it, so that it never waits for us.
fn gather(from: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = Vec::new();
        let read = from.map(|from| from.take(ANSWER_BYTES_MAX).read_to_end(&mut text));
        drop(read);
        String::from_utf8_lossy(&text).into_owned()
    })
}

fn joined(reading: JoinHandle<String>) -> String {
    reading.join().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(id: Option<&str>, event: Option<&str>, rule: Option<&str>) -> Asked {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Asked { id: text(id), event: text(event), rule: text(rule), output: None }
    }

    #[test]
    fn what_is_asked_is_never_taken_for_an_option() {
        let event = arguments(&asked(None, Some("--unmask"), None)).unwrap();
        assert_eq!(event, ["--output=json", "--event=--unmask"]);
        assert!(arguments(&asked(Some("--unmask"), None, None)).is_err());
        assert!(arguments(&asked(None, None, None)).is_err());
        assert!(arguments(&asked(None, Some("a/\0"), None)).is_err());
        assert!(arguments(&asked(Some("t-1"), None, Some("r"))).is_err());
        let rule = arguments(&asked(None, Some("a/b"), Some("--unmask"))).unwrap();
        assert_eq!(rule, ["--output=json", "--event=a/b", "--rule=--unmask"]);
    }
}
