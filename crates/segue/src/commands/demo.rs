//! `segue demo`: a story on the embedded log.

mod show;
mod telling;

use std::io::IsTerminal;
use std::time::Duration;

use segue_bundle::Bundle;
use segue_model::Span;

use crate::bundles;
use crate::cli::DemoArgs;
use crate::exit::Failure;
use crate::interrupt::Interrupt;
use crate::terminal::{Done, Terminal};
use telling::Options;

/// The longest pause after an event.
const PACE_MAX: Duration = Duration::from_secs(60);

/// Runs `segue demo`: on a terminal until it is interrupted, elsewhere for one round.
///
/// # Errors
/// The arguments cannot be used, or the bundle has findings.
pub fn run(args: &DemoArgs, terminal: &Terminal, interrupt: &Interrupt) -> Done {
    let pace = pace(&args.pace)?;
    let bundle = match &args.bundle {
        Some(path) => bundles::load_for_running(path, terminal)?,
        None => built_in()?,
    };
    let is_endless = args.rounds.is_none() && std::io::stdout().is_terminal();
    let options = Options {
        seed: args.seed,
        bundle: args.bundle.clone(),
        pace,
        rounds: if is_endless { None } else { Some(args.rounds.unwrap_or(1)) },
        program: std::env::args().next().unwrap_or_else(|| "segue".to_owned()),
    };
    // From here on an interrupt lets the story come to its sum.
    telling::run(&options, bundle, terminal, interrupt.heed())
}

fn built_in() -> Result<Bundle, Failure> {
    segue_demo::bundle::built_in().map_err(|findings| {
        let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
        Failure::usage("bundle", format!("the demo's own bundle has findings\n{}", findings.join("\n")))
    })
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
