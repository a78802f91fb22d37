//! `segue test`: the bundle's own tests.

mod human;
mod json;
mod junit;
mod record;
mod update;

use std::path::Path;
use std::sync::Arc;

use segue_bundle::bundle::Test;
use segue_bundle::{Bundle, LoadError, visible};
use segue_document::Limits;
use segue_intake::Addresses;

use crate::bundles;
use crate::cli::{Output, TestArgs};
use crate::exit::{Exit, Failure};
use crate::findings;
use crate::pipeline::Pipeline;
use crate::suite::coverage::{Coverage, coverage};
use crate::suite::update::{Change, can_be_rewritten};
use crate::suite::{self, TestResult};
use crate::terminal::{Done, Stop, Terminal, many, shown};
use crate::wiring;

/// What a run has to say.
struct Report {
    results: Vec<TestResult>,
    /// The lists that were rewritten; `None` if that was not asked for.
    changes: Option<Vec<Change>>,
    coverage: Option<Coverage>,
}

impl Report {
    fn passed(&self) -> usize {
        self.results.iter().filter(|result| result.passed()).count()
    }

    fn failed(&self) -> usize {
        self.results.len() - self.passed()
    }
}

/// Runs `segue test`.
///
/// # Errors
/// The bundle has findings, no test matches, or a file cannot be written.
pub fn run(args: &TestArgs, terminal: &Terminal) -> Done {
    let addresses = wiring::addresses(&args.lookups)?;
    let bundle = Arc::new(load(&args.bundle, terminal)?);
    if let Some(file) = &args.record {
        return record::run(args, file, (&bundle, &addresses), terminal);
    }
    let is_wanted = |test: &Test| args.filter.as_deref().is_none_or(|filter| test.name.contains(filter));
    let mut report =
        Report { results: run_all((&bundle, &addresses), is_wanted), changes: None, coverage: None };
    if report.results.is_empty() {
        let failure = Failure::usage("no-tests", format!("no test of {} matched", shown(&args.bundle)));
        return Err(failure
            .hint("a test is a document of kind `test`; --filter takes part of its name")
            .into());
    }
    let mut texts = if args.coverage || args.update { texts(&args.bundle)? } else { Vec::new() };
    if args.update {
        let updated = update::run((&args.bundle, &addresses), texts, report.results, is_wanted)?;
        (texts, report.results, report.changes) = (updated.texts, updated.results, Some(updated.changes));
    }
    if args.coverage {
        report.coverage = Some(coverage(&bundle, &texts, &report.results));
    }
    match terminal.output {
        Output::Human | Output::Sarif => human::write(&report, terminal)?,
        Output::Json => terminal.data(&json::document(&report))?,
        Output::Jsonl => json::lines(&report).iter().try_for_each(|line| terminal.data(line))?,
        Output::Junit => terminal.data(&junit::document(&report.results))?,
    }
    if let Some(changes) = &report.changes {
        for result in report.results.iter().filter(|result| !result.passed()) {
            let why = match can_be_rewritten(result) {
                true => "what differs stands in no `expect` list",
                false => "an event of it, or what it begins with, could not be used",
            };
            terminal.note(&format!("`{}` is left as it is: {why}; change it by hand", visible(&result.name)));
        }
        terminal.note(&format!("{} rewritten", many(changes.len() as u64, "list")));
    }
    terminal.note(&format!("{} passed, {} failed", report.passed(), report.failed()));
    Ok(if report.failed() == 0 { Exit::Fine } else { Exit::Bad })
}

/// Loads the bundle. Build servers find its findings where they look for results.
fn load(path: &Path, terminal: &Terminal) -> Result<Bundle, Stop> {
    if terminal.output == Output::Junit
        && let Err(LoadError::Findings(found)) = segue_bundle::load(path)
    {
        terminal.data(&junit::findings(&found))?;
        terminal.note(&format!("{}: {}; nothing was done", shown(path), findings::counted(&found)));
        return Err(Stop::Said(Exit::Bad));
    }
    bundles::load_for_judging(path, terminal)
}

fn texts(path: &Path) -> Result<Vec<(String, String)>, Failure> {
    segue_bundle::texts(path).map_err(|error| findings::failure(path, &error))
}

/// A bundle, and where its events' addresses are looked up.
type Ground<'g> = (&'g Arc<Bundle>, &'g Arc<Addresses>);

fn run_all(ground: Ground<'_>, is_wanted: impl Fn(&Test) -> bool) -> Vec<TestResult> {
    ground.0.tests.iter().filter(|test| is_wanted(test)).map(|test| run_one(ground, test)).collect()
}

fn run_one((bundle, addresses): Ground<'_>, test: &Test) -> TestResult {
    let pipeline = Pipeline::new(bundle.clone(), Limits::CONTRACT, wiring::default_engine_settings());
    suite::run(bundle, test, pipeline.asking(addresses.clone()))
}
