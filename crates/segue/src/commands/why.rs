//! `segue why`: why a task or a decision came out as it did, or why an event led to nothing.

mod logged;
mod running;

use std::path::Path;
use std::sync::Arc;

use segue_document::Document;
use segue_model::Timestamp;
use segue_why::case::{Case, RECORDS_MAX};
use segue_why::explain::{Options, explain};
use segue_why::find::{FOUND_MAX, Found, Search, Wanted, find};
use segue_why::{fate, human, json};

use crate::bundles;
use crate::cli::{Output, WhyArgs};
use crate::commands::{asking, events};
use crate::exit::{Exit, Failure};
use crate::replay::{self, Error};
use crate::terminal::{Done, Stop, Terminal, shown};
use crate::wiring;

/// Says why.
///
/// # Errors
/// Nothing matched, or what is to be run again cannot be read.
pub fn run(args: &WhyArgs, terminal: &Terminal) -> Done {
    if args.ends_with_stdin {
        asking::end_with_stdin()?;
    }
    let wanted = wanted(args)?;
    if args.bundle.is_none() && !args.lookups.ip_database.is_empty() {
        let failure = Failure::usage("usage", "`--ip-database` goes with `--bundle`");
        return Err(failure.hint("the log of a router says where its events were").into());
    }
    if let Some(url) = &args.url {
        return running::run(args, url, terminal);
    }
    let (case, recorded) = case(args, terminal)?;
    if let Some(rule) = args.rule.as_ref().filter(|rule| !case.bundle.rules.contains_key(*rule)) {
        return Err(Failure::usage("nothing-matched", format!("the bundle has no rule `{rule}`")).into());
    }
    let search = as_recorded(find(&case, &wanted), recorded);
    let search = match (&wanted, &args.settings) {
        (Wanted::Event(source, id), Some(file)) => {
            logged::held_against_records(search, &case, (source, id), file, terminal)?
        }
        _ => search,
    };
    let search = match &args.settings {
        Some(file) => logged::without_erased(search, &case, file)?,
        None => search,
    };
    if search.found.is_empty() {
        return of_event(&case, &wanted, terminal);
    }
    let options = Options { rule: args.rule.clone(), is_unmasked: args.unmask, has_changes: true };
    let whys: Vec<_> = search.found.iter().map(|found| explain(&case, found, &options)).collect();
    if terminal.output == Output::Json {
        terminal.data(&json::document(&whys, search.has_more))?;
    } else {
        for (number, why) in whys.iter().enumerate() {
            if number > 0 {
                terminal.show("")?;
            }
            terminal.show(&human::lines(why).join("\n"))?;
        }
    }
    if let Wanted::Event(source, id) = &wanted {
        let times = fate::times(&case, source, id);
        if times > 1 {
            terminal.note(&format!("event {id} of {source} came in {times} times; a copy within the duplicates window is no event of its own"));
        }
    }
    if search.has_more {
        terminal.note(&format!("there is more: only the first {} decisions are told", search.found.len()));
    }
    Ok(Exit::Fine)
}

/// What was found, held against the records of the decisions: what the run shows otherwise, or not at all, is told from its
/// record, since that is what happened.
fn as_recorded(mut search: Search, recorded: Vec<Document>) -> Search {
    if recorded.is_empty() {
        return search;
    }
    let mut ran = std::mem::take(&mut search.found);
    search.has_more |= recorded.len() > FOUND_MAX;
    for record in recorded.into_iter().take(FOUND_MAX) {
        let same = ran.iter().position(|found| found.is_as_recorded(&record));
        search.found.push(same.map_or_else(|| Found::of_record(record), |at| ran.swap_remove(at)));
    }
    search
}

fn wanted(args: &WhyArgs) -> Result<Wanted, Failure> {
    if let Some(event) = &args.event {
        let (source, id) = event
            .split_once('/')
            .filter(|(source, id)| !source.is_empty() && !id.is_empty())
            .ok_or_else(|| {
                let message = format!("`{event}` names no event");
                Failure::usage("usage", message)
                    .hint("write the source's id, a slash and the event's id: `--event billing/p-17`")
            })?;
        return Ok(Wanted::Event(source.to_owned(), id.to_owned()));
    }
    match &args.id {
        None => Ok(Wanted::All),
        // The id of the record that a task leaves in has its stage behind it.
        Some(id) if id.starts_with("t-") => {
            Ok(Wanted::Task(id.split_once('/').map_or(&**id, |(task, _)| task).to_owned()))
        }
        Some(id) if id.starts_with("d-") => Ok(Wanted::Decision(id.clone())),
        Some(id) => Err(Failure::usage("usage", format!("`{id}` is the id of no task and of no decision"))
            .hint("ids of tasks begin with `t-`, those of decisions with `d-`; name an event with `--event SOURCE/ID`")),
    }
}

/// What is run again, and the records of the decisions that are asked about, where these are kept apart.
fn case(args: &WhyArgs, terminal: &Terminal) -> Result<(Case, Vec<Document>), Stop> {
    if let Some(file) = &args.settings {
        return logged::case(args, file, terminal);
    }
    let Some(directory) = &args.bundle else {
        return Err(Failure::usage("usage", "nothing says where to look").hint("give `--bundle DIR`").into());
    };
    let case = match (&args.events, &args.test) {
        (Some(events), _) => recorded(args, directory, events, terminal),
        (None, Some(name)) => tested(args, directory, name, terminal),
        (None, None) => Err(Failure::usage("usage", "nothing says which events the bundle decides on")
            .hint("give `--events FILE`, or `--test NAME`")
            .into()),
    };
    Ok((case?, Vec::new()))
}

fn recorded(args: &WhyArgs, directory: &Path, path: &Path, terminal: &Terminal) -> Result<Case, Stop> {
    let until = match &args.until {
        None => None,
        Some(text) => Some(Timestamp::parse(text).ok_or_else(|| {
            Failure::usage("until", format!("`{text}` is no time")).hint("write it as 2026-03-02T10:00:00Z")
        })?),
    };
    let addresses = wiring::addresses(&args.lookups)?;
    let mut input = events::open(path)?;
    let bundle = Arc::new(bundles::load_for_running(directory, terminal)?);
    let (records, unread) = replay::read_all(&mut input, RECORDS_MAX).map_err(|error| match error {
        Error::Read(error) => events::unreadable(path, &error),
        error => Failure { exit: Exit::Bad, ..Failure::usage("events", error.to_string()) },
    })?;
    events::say_unread(path, &unread, terminal);
    if records.is_empty() {
        return Err(Failure::usage("no-events", format!("{} holds no events", shown(path))).into());
    }
    let settings = wiring::default_engine_settings();
    Ok(Case { bundle, settings, addresses, given: Vec::new(), records, until })
}

fn tested(args: &WhyArgs, directory: &Path, name: &str, terminal: &Terminal) -> Result<Case, Stop> {
    let addresses = wiring::addresses(&args.lookups)?;
    let bundle = Arc::new(bundles::load_for_running(directory, terminal)?);
    let Some(test) = bundle.tests.iter().find(|test| test.name == name).cloned() else {
        let failure = Failure::usage("nothing-matched", format!("the bundle has no test `{name}`"));
        return Err(failure.hint("`segue test` lists the tests").into());
    };
    Case::of_test(bundle, wiring::default_engine_settings(), addresses, &test)
        .map_err(|message| Failure { exit: Exit::Bad, ..Failure::usage("events", message) }.into())
}

/// Says what became of an event that came in and on which nothing was decided. Of anything else, nothing is known.
fn of_event(case: &Case, wanted: &Wanted, terminal: &Terminal) -> Done {
    let Wanted::Event(source, id) = wanted else {
        return Err(nothing(wanted, None).into());
    };
    let fate = fate::fate(case, source, id);
    let (says, hint) = fate::words(&case.bundle, source, id, &fate);
    let Some(became) = fate.became() else {
        return Err(nothing(wanted, Some((says, hint))).into());
    };
    if terminal.output == Output::Json {
        terminal.data(&json::of_event(became, &says, hint.as_deref()))?;
    } else {
        terminal.show(&format!("{}.", capitalised(&says)))?;
        if let Some(hint) = &hint {
            terminal.show(&format!("  {}.", capitalised(hint)))?;
        }
    }
    Ok(Exit::Fine)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn nothing(wanted: &Wanted, of_event: Option<(String, Option<String>)>) -> Failure {
    let (message, hint) = match wanted {
        Wanted::Task(id) => (format!("no decision was about task {id}"), None),
        Wanted::Decision(id) => (format!("there was no decision {id}"), None),
        Wanted::All | Wanted::Event(..) => of_event.unwrap_or(("nothing was decided".to_owned(), None)),
    };
    let kept = "what is asked about must be among the events that are given, or in what the router's topics still keep";
    let hint =
        hint.or_else(|| matches!(wanted, Wanted::Task(_) | Wanted::Decision(_)).then(|| kept.to_owned()));
    let failure = Failure::usage("nothing-matched", message);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
