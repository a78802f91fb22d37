//! A running router that is asked over its admin server; and the process in which it finds the answer.

use segue_console::{AskError, Verb, ask};

use crate::asked::ANSWERED_WITHIN;
use crate::cli::{Output, Reach, ReachArgs};
use crate::exit::{Exit, Failure};
use crate::terminal::{Done, Stop, Terminal};

/// How the router of a command is reached; where this process is to end with stdin, it does from here on.
///
/// # Errors
/// Nothing says where it is.
pub(super) fn begin(router: &ReachArgs) -> Result<Reach<'_>, Failure> {
    if router.ends_with_stdin {
        end_with_stdin()?;
    }
    router.reach().ok_or_else(|| {
        Failure::usage("usage", "nothing says where to look").hint("give `--settings FILE`, or `--url URL`")
    })
}

/// How a router is to put its answer.
pub(super) fn form(terminal: &Terminal) -> &'static str {
    if terminal.output == Output::Human { "human" } else { "json" }
}

/// Asks, and passes on what the router says.
///
/// # Errors
/// No router answers there, or it has no answer.
pub(super) fn ask_router(
    url: &str,
    verb: Verb,
    path: &str,
    asked: &[(&str, &str)],
    terminal: &Terminal,
) -> Done {
    // The router ends first what takes too long.
    let said = ask(url, verb, path, asked, ANSWERED_WITHIN * 2);
    let said = said.map_err(|error| match error {
        AskError::Address(_) => Failure::usage("usage", error.to_string()),
        AskError::NoAnswer { .. } => Failure::environment("admin", error.to_string())
            .hint("is it running, and is this its `admin.listen`?"),
    })?;
    for note in &said.notes {
        terminal.note(note);
    }
    let text = said.text.trim_end_matches('\n');
    let exit = match said.status {
        200 => Exit::Fine,
        202 => Exit::Partly,
        400 | 404 => Exit::Usage,
        _ => Exit::Environment,
    };
    if matches!(exit, Exit::Fine | Exit::Partly) {
        match terminal.output {
            Output::Human => terminal.show(text)?,
            _ => terminal.data(text)?,
        }
        return Ok(exit);
    }
    if text.starts_with("error[") {
        terminal.note(text);
        return Err(Stop::Said(exit));
    }
    let failure = Failure::environment("admin", format!("the router at {url} says: {text}"));
    Err(Failure { exit, ..failure }.into())
}

/// Ends this process once stdin is closed, which it is when whoever holds the other end is gone.
pub(super) fn end_with_stdin() -> Result<(), Failure> {
    let wait = || {
        // What comes is nothing to us, and an error ends it as well.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        std::process::exit(Exit::Interrupted as i32);
    };
    let spawned = std::thread::Builder::new().name("stdin".to_owned()).spawn(wait);
    spawned.map(drop).map_err(|error| Failure::environment("thread", error.to_string()))
}
