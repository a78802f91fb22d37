//! `segue replay`: the engine over recorded events.

mod diff;

use std::sync::Arc;

use segue_bundle::visible;
use segue_document::Limits;
use segue_model::Timestamp;

use crate::bundles;
use crate::cli::{Kind, Output, ReplayArgs};
use crate::commands::events;
use crate::exit::{Exit, Failure};
use crate::pipeline::Pipeline;
use crate::replay::{self, Count, Error, Unread};
use crate::stdout::Lines;
use crate::terminal::{Done, Terminal, many, shown};
use crate::wiring;

/// Runs `segue replay`.
///
/// # Errors
/// The bundle has findings, or there is no end to a line; what was written before it stands. A line that is no recorded event
/// is told of and left out.
pub fn run(args: &ReplayArgs, terminal: &Terminal) -> Done {
    let until = match &args.until {
        None => None,
        Some(text) => Some(Timestamp::parse(text).ok_or_else(|| {
            Failure::usage("until", format!("`{text}` is no time")).hint("write it as 2026-03-02T10:00:00Z")
        })?),
    };
    if let Some(other) = &args.against.diff {
        return diff::run(args, other, until, terminal);
    }
    if terminal.output == Output::Json {
        let failure = Failure::usage("output", "`segue replay` does not write json without `--diff`");
        return Err(failure
            .hint("use `--output` with `human` or `jsonl`, or compare with another bundle")
            .into());
    }
    let addresses = wiring::addresses(&args.lookups)?;
    let mut input = events::open(&args.events)?;
    let bundle = Arc::new(bundles::load_for_running(&args.bundle, terminal)?);
    let pipeline = Pipeline::new(bundle, Limits::CONTRACT, wiring::default_engine_settings());
    let mut pipeline = pipeline.asking(addresses);
    let mut foretold = 0;
    if let Some(mut ahead) = events::again(&args.events) {
        foretold = replay::foretell(&mut pipeline, &mut ahead).map_err(|error| unread(args, error))?;
    }
    let only: Vec<String> = args.only.iter().map(|kind| name(*kind).to_owned()).collect();
    let mut output = Lines::default();
    match replay::run(pipeline, &mut input, until, &only, &mut output) {
        Ok(count) if count.lines == 0 => {
            Err(Failure::usage("no-events", format!("{} holds no events", shown(&args.events))).into())
        }
        Ok(count) => {
            if count.unread_lines.count == count.lines {
                return Err(no_line(args, &count.unread_lines).into());
            }
            events::say_unread(&args.events, &count.unread_lines, terminal);
            say(&count, until, args, terminal);
            if count.notes > foretold {
                terminal.note("the log notes that it was behind, or a topic closed, from an earlier record on: that is heeded only where the log is given as a file");
            }
            Ok(if count.unread_lines.count == 0 { Exit::Fine } else { Exit::Partly })
        }
        Err(Error::Write(error)) => Err(error.into()),
        Err(error) => Err(unread(args, error).into()),
    }
}

/// Of a file in which no line is an event.
fn no_line(args: &ReplayArgs, unread: &Unread) -> Failure {
    let of = |(line, message): &(u64, String)| format!(": {}:{line}: {message}", shown(&args.events));
    let first = unread.first.first().map(of).unwrap_or_default();
    let failure = Failure::usage("events", format!("no line of it is a recorded event{first}"));
    Failure { exit: Exit::Bad, ..failure }
}

fn unread(args: &ReplayArgs, error: Error) -> Failure {
    match error {
        Error::Read(error) => events::unreadable(&args.events, &error),
        error => Failure { exit: Exit::Bad, ..Failure::usage("events", error.to_string()) },
    }
}

fn say(count: &Count, until: Option<Timestamp>, args: &ReplayArgs, terminal: &Terminal) {
    if let (Some(until), Some(latest)) = (until, count.latest)
        && until < latest
    {
        terminal.note(&format!(
            "`--until {until}` is before the last event, of {latest}: all events were replayed, and the clock stands at the last"
        ));
    }
    for (topic, lines) in &count.unread {
        let lines = many(*lines, "line");
        terminal.note(&format!(
            "no source of the bundle reads {}: {lines} of it came out as failed events",
            visible(topic)
        ));
    }
    if count.foreign > 0 {
        let lines = many(count.foreign, "line");
        let first = count.foreign_first;
        terminal.note(&format!("{lines} of segue.log hold no record of the router's own, the first is line {first}: failed events, as in the service"));
    }
    for bundle in &count.unknown {
        terminal.note(&format!(
            "the log switched to the bundle {bundle}, which is not there: give the records of segue.bundles in the same file"
        ));
    }
    // What waits today is the account of events that no rule needs, which is a decision.
    let shown = args.only.is_empty() || args.only.contains(&Kind::Decision);
    if count.waiting && args.until.is_none() && shown {
        terminal
            .note("decisions that wait for their time are not written: `--until TIME` lets the clock go on");
    }
    terminal.note(&format!("read {}, wrote {}", many(count.lines, "line"), many(count.records, "record")));
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Task => "task",
        Kind::Decision => "decision",
        Kind::Status => "status",
        Kind::Failed => "failed",
    }
}
