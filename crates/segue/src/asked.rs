//! Answers for the admin server: by the command that answers the same with `--settings`, in a process of its own, so that reading
//! a long log costs the router none of its memory, and can be ended.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use segue_console::{Answered, Asked, AskedFailed, Ended, Part, Question, ToDo, Whom};

/// How long an answer may take.
pub const ANSWERED_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The longest answer, in bytes.
const ANSWER_BYTES_MAX: u64 = 16 << 20;

/// Answers from the topics of the router with these settings.
pub fn answer(settings: &Path, question: &Question) -> Answered {
    let arguments = match arguments(question) {
        Ok(arguments) => arguments,
        Err(text) => {
            return Answered { ended: Ended::Wrong, text: format!("{text}\n"), notes: String::new() };
        }
    };
    let broke_off =
        |text: &str| Answered { ended: Ended::BrokeOff, text: format!("{text}\n"), notes: String::new() };
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("segue"));
    let spawned = Command::new(program)
        .args(arguments.command)
        .arg("--settings")
        .arg(settings)
        // It ends with this process, however that ends: then the pipe closes.
        .arg("--ends-with-stdin")
        .args(arguments.options)
        .arg("--")
        .args(arguments.ids)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = spawned else { return broke_off("no process could be started to find out") };
    let (text, notes) = (gather(child.stdout.take()), gather(child.stderr.take()));
    // Open until it has ended: waiting would close it.
    let held = child.stdin.take();
    let code = wait(&mut child);
    drop(held);
    let (text, notes) = (joined(text), joined(notes));
    let ended = match code {
        Some(0) => return Answered { ended: Ended::Told, text, notes },
        Some(4) => return Answered { ended: Ended::Partly, text, notes },
        Some(2) if notes.contains("[nothing-matched]") => Ended::Nothing,
        Some(2) => Ended::Wrong,
        Some(3) => Ended::Unreachable,
        Some(_) => Ended::BrokeOff,
        None => {
            return broke_off(
                "it took more than a minute; the command may take longer with `--settings FILE`",
            );
        }
    };
    Answered { ended, text: notes, notes: String::new() }
}

/// What a command is given.
#[derive(Debug, PartialEq, Eq)]
struct Arguments {
    command: &'static [&'static str],
    options: Vec<String>,
    /// Stand behind what ends the options, so that nothing that was asked can be taken for one.
    ids: Vec<String>,
}

fn arguments(question: &Question) -> Result<Arguments, &'static str> {
    match question {
        Question::Why(asked) => of_why(asked),
        Question::Export(Whom { subject, dry_run: false, .. }) => Ok(Arguments {
            command: &["export"],
            options: vec!["--output=json".to_owned()],
            ids: vec![without_zero(subject)?],
        }),
        Question::Export(_) => Err("`dry_run` goes with /erase"),
        Question::Erase(Whom { subject, output, dry_run }) => {
            let mut options = vec![of_output(output.as_deref())?];
            options.extend(dry_run.then(|| "--dry-run".to_owned()));
            Ok(Arguments { command: &["erase"], options, ids: vec![without_zero(subject)?] })
        }
        Question::Failed(to_do, asked) => of_failed(*to_do, asked),
        Question::Pause(part) => of_part(&["pause"], part),
        Question::Resume(part) => of_part(&["resume"], part),
    }
}

fn of_part(command: &'static [&'static str], asked: &Part) -> Result<Arguments, &'static str> {
    let options = vec![of_output(asked.output.as_deref())?];
    Ok(Arguments { command, options, ids: vec![without_zero(&asked.part)?] })
}

/// What goes with which of the three is for the command to say.
fn of_failed(to_do: ToDo, asked: &AskedFailed) -> Result<Arguments, &'static str> {
    let command: &[&str] = match to_do {
        ToDo::List => &["failed", "list"],
        ToDo::Show => &["failed", "show"],
        ToDo::Retry => &["failed", "retry"],
    };
    let mut options = vec![of_output(asked.output.as_deref())?];
    for code in asked.error.iter().flat_map(|codes| codes.split(',')) {
        options.push(format!("--error={}", without_zero(code)?));
    }
    let AskedFailed { source, topic, since, until, .. } = asked;
    for (name, value) in [("source", source), ("topic", topic), ("since", since), ("until", until)] {
        if let Some(value) = value {
            options.push(format!("--{name}={}", without_zero(value)?));
        }
    }
    let said = [("--all", asked.all), ("--dry-run", asked.dry_run), ("--again", asked.again)];
    options.extend(said.into_iter().filter(|(_, is)| *is).map(|(name, _)| name.to_owned()));
    options.extend(asked.rate.map(|rate| format!("--rate={rate}")));
    let ids = asked.id.iter().flat_map(|ids| ids.split(','));
    Ok(Arguments { command, options, ids: ids.map(without_zero).collect::<Result<_, _>>()? })
}

fn without_zero(text: &str) -> Result<String, &'static str> {
    if text.contains('\0') { Err("nothing here has a character 0") } else { Ok(text.to_owned()) }
}

fn of_output(output: Option<&str>) -> Result<String, &'static str> {
    match output {
        None | Some("json") => Ok("--output=json".to_owned()),
        Some("human") => Ok("--output=human".to_owned()),
        Some(_) => Err("`output` is `json` or `human`"),
    }
}

fn of_why(asked: &Asked) -> Result<Arguments, &'static str> {
    if [&asked.id, &asked.event, &asked.rule].into_iter().flatten().any(|text| text.contains('\0')) {
        return Err("ids have no character 0");
    }
    let mut options = vec![of_output(asked.output.as_deref())?];
    let id = match (&asked.id, &asked.event) {
        (Some(id), None) if id.starts_with("t-") || id.starts_with("d-") => Some(id.clone()),
        (None, Some(event)) => {
            options.push(format!("--event={event}"));
            None
        }
        (Some(_), None) => {
            return Err("`id` is that of a task, which begins with `t-`, or of a decision, with `d-`");
        }
        _ => return Err("ask for one `id` or one `event`, such as /why?event=billing/p-17"),
    };
    match &asked.rule {
        Some(_) if asked.event.is_none() => return Err("`rule` goes with `event`"),
        Some(rule) => options.push(format!("--rule={rule}")),
        None => {}
    }
    Ok(Arguments { command: &["why"], options, ids: id.into_iter().collect() })
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

    fn asked(id: Option<&str>, event: Option<&str>, rule: Option<&str>) -> Question {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Question::Why(Asked { id: text(id), event: text(event), rule: text(rule), output: None })
    }

    fn whom(subject: &str, dry_run: bool) -> Whom {
        Whom { subject: subject.to_owned(), output: None, dry_run }
    }

    #[test]
    fn what_is_asked_is_never_taken_for_an_option() {
        let event = arguments(&asked(None, Some("--unmask"), None)).unwrap();
        assert_eq!(
            (event.options, event.ids),
            (vec!["--output=json".into(), "--event=--unmask".into()], Vec::new())
        );
        assert!(arguments(&asked(Some("--unmask"), None, None)).is_err());
        assert!(arguments(&asked(None, None, None)).is_err());
        assert!(arguments(&asked(None, Some("a/\0"), None)).is_err());
        assert!(arguments(&asked(Some("t-1"), None, Some("r"))).is_err());
        let rule = arguments(&asked(None, Some("a/b"), Some("--unmask"))).unwrap();
        assert_eq!(rule.options, ["--output=json", "--event=a/b", "--rule=--unmask"]);
    }

    #[test]
    fn whoever_is_asked_about_stands_behind_all_options() {
        let erase = arguments(&Question::Erase(whom("--dry-run", false))).unwrap();
        assert_eq!((erase.command, &*erase.ids), (&["erase"][..], &["--dry-run".to_owned()][..]));
        assert_eq!(erase.options, ["--output=json"]);
        let dry = arguments(&Question::Erase(whom("c-17", true))).unwrap();
        assert_eq!(dry.options, ["--output=json", "--dry-run"]);
        assert!(arguments(&Question::Export(whom("c-17", true))).is_err());
        assert!(arguments(&Question::Export(whom("c\0", false))).is_err());
    }
    #[test]
    fn failed_events_are_asked_about_as_on_the_command_line() {
        let asked = AskedFailed {
            error: Some("schema,no-id".to_owned()),
            source: Some("--all".to_owned()),
            id: Some("0/17,--all".to_owned()),
            dry_run: true,
            rate: Some(9),
            ..AskedFailed::default()
        };
        let retry = arguments(&Question::Failed(ToDo::Retry, asked.clone())).unwrap();
        assert_eq!(retry.command, ["failed", "retry"]);
        let options =
            ["--output=json", "--error=schema", "--error=no-id", "--source=--all", "--dry-run", "--rate=9"];
        assert_eq!(retry.options, options);
        assert_eq!(retry.ids, ["0/17", "--all"]);
        let zero = AskedFailed { topic: Some("a\0".to_owned()), ..asked };
        assert!(arguments(&Question::Failed(ToDo::List, zero)).is_err());
        let part = Part { part: "rule/--x".to_owned(), output: None };
        assert_eq!(arguments(&Question::Pause(part)).unwrap().ids, ["rule/--x"]);
    }
}
