//! `segue export` and `segue erase`: what is held of a person, under any of their ids, and that it is held no longer.

mod erase;
mod export;
mod held;
mod kept;

use std::path::Path;

use segue_console::Verb;
use segue_model::Subject;

use crate::cli::{EraseArgs, Output, PersonArgs};
use crate::commands::asking;
use crate::exit::Failure;
use crate::terminal::{Done, Terminal};

/// Shows all that is held.
///
/// # Errors
/// Nothing is, or settings, brokers or the router cannot be used.
pub fn export(args: &PersonArgs, terminal: &Terminal) -> Done {
    begin(&args.subject, args.ends_with_stdin)?;
    match (&args.settings, &args.url) {
        (Some(file), _) => export::run(&args.subject, file, terminal),
        (None, Some(url)) => {
            asking::ask_router(url, Verb::Get, "/export", &[("subject", &args.subject)], terminal)
        }
        (None, None) => Err(nowhere().into()),
    }
}

/// Erases a person.
///
/// # Errors
/// Settings, brokers or the router cannot be used.
pub fn erase(args: &EraseArgs, terminal: &Terminal) -> Done {
    let PersonArgs { subject, settings, url, ends_with_stdin } = &args.person;
    begin(subject, *ends_with_stdin)?;
    match (settings, url) {
        (Some(file), _) => erase::run(subject, Path::new(file), args.dry_run, terminal),
        (None, Some(url)) => {
            let output = if terminal.output == Output::Human { "human" } else { "json" };
            let mut asked = vec![("subject", subject.as_str()), ("output", output)];
            asked.extend(args.dry_run.then_some(("dry_run", "true")));
            asking::ask_router(url, Verb::Post, "/erase", &asked, terminal)
        }
        (None, None) => Err(nowhere().into()),
    }
}

fn begin(subject: &str, ends_with_stdin: bool) -> Result<(), Failure> {
    if ends_with_stdin {
        asking::end_with_stdin()?;
    }
    if Subject::is_id(subject) {
        return Ok(());
    }
    Err(Failure::usage("usage", "that is no id of a person")
        .hint("an id has 1 to 256 bytes and no control characters; that of a namespace is `NAMESPACE:ID`"))
}

fn nowhere() -> Failure {
    Failure::usage("usage", "nothing says where to look").hint("give `--settings FILE`, or `--url URL`")
}
