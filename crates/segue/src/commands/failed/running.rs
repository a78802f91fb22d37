//! Asks a running router about failed events.

use segue_console::Verb;

use crate::cli::{FailedListArgs, FailedRetryArgs, FailedShowArgs, Output, Which};
use crate::commands::asking::{ask_router, form};
use crate::exit::Failure;
use crate::failed::FailedId;
use crate::terminal::{Done, Terminal};

/// What is asked, by name.
type Asked = Vec<(&'static str, String)>;

/// Counts them.
///
/// # Errors
/// No router answers there, or it has no answer.
pub(super) fn list(args: &FailedListArgs, url: &str, terminal: &Terminal) -> Done {
    ask(url, Verb::Get, "/failed", which(&args.which), terminal)
}

/// Shows one, masked.
///
/// # Errors
/// As [`list`]; or it is to be shown as it came.
pub(super) fn show(args: &FailedShowArgs, url: &str, terminal: &Terminal) -> Done {
    if args.unmask {
        let failure = Failure::usage("usage", "a running router shows nothing that is private");
        return Err(failure
            .hint("`--settings FILE` with `--unmask` does, where you may read its topics")
            .into());
    }
    ask(url, Verb::Get, "/failed/event", vec![("id", args.id.to_string())], terminal)
}

/// Sends them round again.
///
/// # Errors
/// As [`list`]; or another value is to be sent.
pub(super) fn retry(args: &FailedRetryArgs, url: &str, terminal: &Terminal) -> Done {
    if args.value.is_some() {
        let failure = Failure::usage("usage", "a running router sends what came, and nothing else");
        return Err(failure.hint("`--value FILE` goes with `--settings FILE`").into());
    }
    let mut asked = which(&args.which);
    if !args.ids.is_empty() {
        let ids: Vec<String> = args.ids.iter().map(FailedId::to_string).collect();
        asked.push(("id", ids.join(",")));
    }
    let said = [("all", args.all), ("dry_run", args.dry_run), ("again", args.again)];
    asked.extend(said.into_iter().filter(|(_, is)| *is).map(|(name, _)| (name, "true".to_owned())));
    asked.push(("rate", args.rate.to_string()));
    ask(url, Verb::Post, "/failed/retry", asked, terminal)
}

fn which(which: &Which) -> Asked {
    let error = (!which.error.is_empty()).then(|| which.error.join(","));
    let Which { source, topic, since, until, .. } = which;
    let named = [("error", &error), ("source", source), ("topic", topic), ("since", since), ("until", until)];
    named.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
}

fn ask(url: &str, verb: Verb, path: &str, asked: Asked, terminal: &Terminal) -> Done {
    if terminal.output == Output::Jsonl {
        let failure = Failure::usage("usage", "a running router answers in one document");
        return Err(failure.hint("use `--output json`, or `--settings FILE`").into());
    }
    let mut asked: Vec<(&str, &str)> = asked.iter().map(|(name, value)| (*name, value.as_str())).collect();
    asked.push(("output", form(terminal)));
    ask_router(url, verb, path, &asked, terminal)
}
