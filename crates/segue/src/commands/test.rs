//! `segue test`: the bundle's own tests.

use std::sync::Arc;

use segue_document::{Limits, Writer};

use crate::bundles;
use crate::cli::{Output, TestArgs};
use crate::exit::{Exit, Failure};
use crate::pipeline::Pipeline;
use crate::suite::{self, TestResult};
use crate::terminal::{Done, Stop, Style, Terminal};
use crate::wiring;

/// Runs `segue test`.
///
/// # Errors
/// The bundle has findings, or no test matches.
pub fn run(args: &TestArgs, terminal: &Terminal) -> Done {
    let bundle = Arc::new(bundles::load_for_judging(&args.bundle, terminal)?);
    let wanted = |name: &str| args.filter.as_deref().is_none_or(|filter| name.contains(filter));
    let results: Vec<TestResult> = bundle
        .tests
        .iter()
        .filter(|test| wanted(&test.name))
        .map(|test| {
            let pipeline = Pipeline::new(bundle.clone(), Limits::CONTRACT, wiring::default_engine_settings());
            suite::run(&bundle, test, pipeline)
        })
        .collect();
    if results.is_empty() {
        let failure = Failure::usage("no-tests", format!("no test of {} matched", args.bundle.display()));
        return Err(failure
            .hint("a test is a document of kind `test`; --filter takes part of its name")
            .into());
    }
    say(&results, terminal)?;
    let failed = results.iter().filter(|result| !result.failures.is_empty()).count();
    terminal.note(&format!("{} passed, {failed} failed", results.len() - failed));
    Ok(if failed == 0 { Exit::Fine } else { Exit::Bad })
}

fn say(results: &[TestResult], terminal: &Terminal) -> Result<(), Stop> {
    match terminal.output {
        Output::Human => {
            for result in results {
                human(result, terminal)?;
            }
        }
        Output::Jsonl => {
            for result in results {
                let mut writer = Writer::new();
                json(&mut writer, result);
                terminal.data(&writer.finish())?;
            }
        }
        Output::Json => {
            let mut writer = Writer::new();
            let _ = writer.begin_object().key("v").integer(1).key("tests").begin_array();
            results.iter().for_each(|result| json(&mut writer, result));
            let _ = writer.end_array().end_object();
            terminal.data(&writer.finish())?;
        }
        Output::Sarif | Output::Junit => {}
    }
    Ok(())
}

fn human(result: &TestResult, terminal: &Terminal) -> Result<(), Stop> {
    if result.failures.is_empty() {
        return terminal.data(&format!("{}  {}", terminal.styled(Style::Good, "passed"), result.name));
    }
    terminal.data(&format!("{}  {}", terminal.styled(Style::Error, "FAILED"), result.name))?;
    for failure in &result.failures {
        let place = terminal.styled(Style::Faint, &format!("{}:{}", result.file, failure.line));
        terminal.data(&format!("        {place}: {}", failure.message))?;
    }
    Ok(())
}

fn json(writer: &mut Writer, result: &TestResult) {
    let _ = writer.begin_object().key("test").string(&result.name).key("file").string(&result.file);
    let _ = writer.key("line").integer(result.line as i64);
    let _ = writer.key("passed").bool(result.failures.is_empty()).key("failures").begin_array();
    for failure in &result.failures {
        let _ = writer.begin_object().key("line").integer(failure.line as i64);
        let _ = writer.key("message").string(&failure.message).end_object();
    }
    let _ = writer.end_array().end_object();
}
