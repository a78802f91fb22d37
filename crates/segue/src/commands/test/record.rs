//! `segue test --record`: recorded events become a test.
//!
//! The one file that is named is told by its end: a new `.yaml` is what is written, and the events come from elsewhere;
//! any other holds the events, and the test goes to stdout.

use std::fs;
use std::io::{BufRead, IsTerminal, stdin};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use segue_bundle::visible;
use segue_intake::Addresses;

use super::{Ground, run_all, run_one, texts};
use crate::cli::{Output, TestArgs};
use crate::commands::events;
use crate::exit::{Exit, Failure};
use crate::replay::Error;
use crate::stdout;
use crate::suite::record::{Gathered, Recorded, document, gather};
use crate::terminal::{Done, Terminal, many, shown};

/// Runs `segue test --record FILE`.
///
/// # Errors
/// The file is there already or cannot be written, or no event can be used.
pub(super) fn run(args: &TestArgs, file: &Path, ground: Ground<'_>, terminal: &Terminal) -> Done {
    let (bundle, addresses) = ground;
    if terminal.output != Output::Human {
        let failure = Failure::usage("output", "`segue test --record` writes a test, not results");
        return Err(failure.hint("leave `--output` out").into());
    }
    let to_stdout = file.extension().is_none_or(|end| end != "yaml");
    if to_stdout && args.events.is_some() {
        let failure = Failure::usage("record", format!("{} does not end in .yaml", shown(file)));
        return Err(failure.hint("with `--events`, `--record` names the new file of the bundle").into());
    }
    if !to_stdout && file.exists() {
        let failure = Failure::usage("record", format!("{} is there already", shown(file)));
        return Err(failure
            .hint("name a new file; the events come from stdin, or from `--events FILE`")
            .into());
    }
    let file_of_events = if to_stdout { Some(file) } else { args.events.as_deref() };
    let gathered = gather(bundle, &mut *open(file_of_events)?);
    let mut gathered = match gathered {
        Ok(gathered) => gathered,
        Err(Error::Read(error)) => {
            return Err(events::unreadable(file_of_events.unwrap_or(Path::new("stdin")), &error).into());
        }
        Err(error) => {
            return Err(Failure { exit: Exit::Bad, ..Failure::usage("events", error.to_string()) }.into());
        }
    };
    if gathered.lines == 0 {
        return Err(Failure::usage("no-events", "there are no events to record").into());
    }
    let recorded = document(bundle, &mut gathered, |test| run_one(ground, test));
    say_left_out(&mut gathered, terminal);
    let Some(recorded) = recorded else {
        let failure = Failure { exit: Exit::Bad, ..Failure::usage("record", "no event could be recorded") };
        return Err(failure.hint("an event that fails becomes a test once the bundle takes it").into());
    };
    if to_stdout {
        terminal.data(recorded.text.trim_end())?;
    } else {
        keep((&args.bundle, addresses), file, &recorded)?;
        let (events, tasks) = (many(recorded.events as u64, "event"), many(recorded.tasks as u64, "task"));
        terminal.show(&format!(
            "wrote the test `{}` to {}: {events}, {tasks}",
            visible(&recorded.name),
            shown(file)
        ))?;
    }
    Ok(if gathered.left_out.is_empty() { Exit::Fine } else { Exit::Partly })
}

fn say_left_out(gathered: &mut Gathered, terminal: &Terminal) {
    gathered.left_out.sort();
    for (line, why) in &gathered.left_out {
        terminal.note(&format!("line {line} is left out: {}", visible(why)));
    }
}

/// Writes the file. Where it is a part of the bundle, it is first made sure that the test passes there.
fn keep(
    (directory, addresses): (&Path, &Arc<Addresses>),
    file: &Path,
    recorded: &Recorded,
) -> Result<(), Failure> {
    if let Some(relative) = relative(directory, file) {
        let mut files = texts(directory)?;
        files.push((relative, recorded.text.clone()));
        let passed = match segue_bundle::read(files) {
            Ok(loaded) => {
                let results =
                    run_all((&Arc::new(loaded.bundle), addresses), |test| test.name == recorded.name);
                results.len() == 1 && results.iter().all(|result| result.passed())
            }
            Err(found) => {
                let finding = found.first().map(|finding| finding.message.clone()).unwrap_or_default();
                let failure =
                    Failure::usage("record", format!("the test cannot be a part of the bundle: {finding}"));
                return Err(failure.hint("record fewer events at a time"));
            }
        };
        if !passed {
            return Err(Failure::usage("record", "the test would not pass as it can be written down")
                .hint("`segue test BUNDLE --record -` shows it"));
        }
    }
    let cannot =
        |error| Failure::environment("record", format!("{} cannot be written: {error}", shown(file)));
    stdout::undisturbed(|| fs::write(file, &recorded.text)).map_err(cannot)
}

/// The file's path in the bundle; `None` if it is no part of it.
fn relative(directory: &Path, file: &Path) -> Option<String> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let path: PathBuf = folder.canonicalize().ok()?.join(file.file_name()?);
    let relative = path.strip_prefix(directory.canonicalize().ok()?).ok()?.to_str()?.to_owned();
    relative.ends_with(".yaml").then_some(relative)
}

fn open(file: Option<&Path>) -> Result<Box<dyn BufRead>, Failure> {
    if file.is_none() && stdin().is_terminal() {
        let failure = Failure::usage("no-events", "there are no events to record");
        return Err(failure.hint("give them with `--events FILE`, or on stdin, one JSON object a line"));
    }
    events::open(file.unwrap_or(Path::new("-")))
}
