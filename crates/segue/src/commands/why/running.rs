//! Asks a running router why.

use segue_console::{AskError, ask};

use crate::asked::ANSWERED_WITHIN;
use crate::cli::{Output, WhyArgs};
use crate::exit::{Exit, Failure};
use crate::terminal::{Done, Stop, Terminal};

/// Asks, and passes on what the router says.
///
/// # Errors
/// No router answers there, or it has no answer.
pub(super) fn run(args: &WhyArgs, url: &str, terminal: &Terminal) -> Done {
    if args.unmask {
        let failure = Failure::usage("usage", "a running router shows nothing that is private");
        return Err(failure
            .hint("`--settings FILE` with `--unmask` does, where you may read its log")
            .into());
    }
    let output = if terminal.output == Output::Json { "json" } else { "human" };
    let named = [("id", &args.id), ("event", &args.event), ("rule", &args.rule)];
    let asked: Vec<(&str, &str)> =
        named.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    // The router ends first what takes too long.
    let said = ask(url, "/why", &[asked, vec![("output", output)]].concat(), ANSWERED_WITHIN * 2);
    let said = said.map_err(|error| match error {
        AskError::Address(_) => Failure::usage("usage", error.to_string()),
        AskError::NoAnswer { .. } => Failure::environment("admin", error.to_string())
            .hint("is it running, and is this its `admin.listen`?"),
    })?;
    for note in &said.notes {
        terminal.note(note);
    }
    let text = said.text.trim_end_matches('\n');
    if said.status == 200 {
        match terminal.output {
            Output::Json => terminal.data(text)?,
            _ => terminal.show(text)?,
        }
        return Ok(Exit::Fine);
    }
    let exit = match said.status {
        400 | 404 => Exit::Usage,
        _ => Exit::Environment,
    };
    if text.starts_with("error[") {
        terminal.note(text);
        return Err(Stop::Said(exit));
    }
    let failure = Failure::environment("admin", format!("the router at {url} says: {text}"));
    Err(Failure { exit, ..failure }.into())
}
