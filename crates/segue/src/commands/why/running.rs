//! Asks a running router why.

use segue_console::Verb;

use crate::cli::{Output, WhyArgs};
use crate::commands::asking;
use crate::exit::Failure;
use crate::terminal::{Done, Terminal};

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
    asking::ask_router(url, Verb::Get, "/why", &[asked, vec![("output", output)]].concat(), terminal)
}
