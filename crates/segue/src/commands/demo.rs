//! `segue demo`: a story on the embedded log.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use segue_model::Span;

use crate::bundles;
use crate::cli::{DemoArgs, Output};
use crate::demo::{self, Options};
use crate::exit::Failure;
use crate::terminal::{Done, Terminal};

/// The longest pause after an event.
const PACE_MAX: Duration = Duration::from_secs(60);

/// Runs `segue demo`: on a terminal until it is interrupted, elsewhere for one round.
///
/// # Errors
/// The arguments cannot be used, or the bundle has findings.
pub fn run(args: &DemoArgs, terminal: &Terminal) -> Done {
    let pace = pace(&args.pace)?;
    if terminal.output == Output::Json {
        let failure =
            Failure::usage("output", "`segue demo` cannot write one JSON document: it goes on and on");
        return Err(failure.hint("use `--output jsonl`: one task a line").into());
    }
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // The second signal of a kind ends the program at once, whatever the first one waits for.
        let exit = signal_hook::flag::register_conditional_shutdown(signal, 130, interrupted.clone());
        let flag = signal_hook::flag::register(signal, interrupted.clone());
        let _ = exit.and(flag).map_err(|error| Failure::environment("signals", error.to_string()))?;
    }
    let bundle = match &args.bundle {
        Some(path) => bundles::load_for_running(path, terminal)?,
        None => demo::bundle::built_in()?,
    };
    let is_endless = args.rounds.is_none() && std::io::stdout().is_terminal();
    let options = Options {
        seed: args.seed,
        bundle: args.bundle.clone(),
        pace,
        rounds: if is_endless { None } else { Some(args.rounds.unwrap_or(1)) },
        program: std::env::args().next().unwrap_or_else(|| "segue".to_owned()),
    };
    demo::run(&options, bundle, terminal, &interrupted)
}

fn pace(text: &str) -> Result<Duration, Failure> {
    let millis = match text.strip_suffix("ms") {
        Some(number) => number.parse::<u64>().ok(),
        None => Span::parse(text).and_then(|span| u64::try_from(span.0).ok()),
    };
    let pace = millis.map(Duration::from_millis).filter(|pace| *pace <= PACE_MAX);
    pace.ok_or_else(|| {
        Failure::usage("pace", format!("`{text}` is not a time from 0s to 60s"))
            .hint("write it with its unit: 2s, 300ms")
    })
}
