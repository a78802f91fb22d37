//! `segue pause` and `segue resume`: a command in `segue.shared`, from where every partition of the log obeys it at one place.

use segue_bundle::Bundle;
use segue_console::Verb;
use segue_wire::command::{PAUSED_MAX, Says};
use serde_json::json;

use crate::cli::{Output, PauseArgs, Reach};
use crate::commands::asking;
use crate::commands::standing::{self, Known};
use crate::exit::{Exit, Failure};
use crate::terminal::{Done, Terminal};

/// What can be paused.
const KINDS: [&str; 4] = ["source", "rule", "action", "destination"];

/// Lets a part rest.
///
/// # Errors
/// The bundle that is decided by has no such part, and nothing is written; or settings or brokers cannot be used.
pub fn pause(args: &PauseArgs, terminal: &Terminal) -> Done {
    run(args, true, terminal)
}

/// Lets a part go on.
///
/// # Errors
/// It is not paused, and nothing is written; or settings or brokers cannot be used.
pub fn resume(args: &PauseArgs, terminal: &Terminal) -> Done {
    run(args, false, terminal)
}

fn run(args: &PauseArgs, pauses: bool, terminal: &Terminal) -> Done {
    let (kind, id) = kind_and_id(&args.part)?;
    let file = match asking::begin(&args.router)? {
        Reach::Settings(file) => file,
        Reach::Url(url) => {
            let path = if pauses { "/pause" } else { "/resume" };
            let asked = [("part", args.part.as_str()), ("output", asking::form(terminal))];
            return asking::ask_router(url, Verb::Post, path, &asked, terminal);
        }
    };
    let settings = standing::settings(file)?;
    let direct = standing::connect(&settings)?;
    let known = Known::read(&direct)?;
    let is_paused = known.paused().contains(&args.part);
    let stands = match (pauses, is_paused) {
        (true, true) => {
            terminal.note(&format!("{} is paused already: nothing is changed", args.part));
            true
        }
        (true, false) => {
            if known.paused().len() >= PAUSED_MAX {
                let what = format!("{PAUSED_MAX} parts are paused, and no more can be");
                return Err(Failure::usage("pause", what)
                    .hint("`segue resume KIND/ID` lets one go on")
                    .into());
            }
            if let Some(bundle) = standing::decided_by(&direct, &known, &settings) {
                has(&bundle, kind, id)?;
            }
            standing::give(&direct, Says::Pause(args.part.clone()), terminal)?
        }
        (false, true) => standing::give(&direct, Says::Resume(args.part.clone()), terminal)?,
        (false, false) => {
            let all = known.paused().join(", ");
            let all = if all.is_empty() { "nothing is".to_owned() } else { format!("paused are {all}") };
            return Err(Failure::usage("pause", format!("{} is not paused", args.part)).hint(all).into());
        }
    };
    say(&args.part, pauses, stands, terminal)
}

fn kind_and_id(part: &str) -> Result<(&str, &str), Failure> {
    let named = part.split_once('/').filter(|(kind, id)| KINDS.contains(kind) && !id.is_empty());
    named.ok_or_else(|| {
        Failure::usage("pause", format!("`{part}` names nothing that can be paused"))
            .hint("source/ID, rule/ID, action/ID or destination/ID")
    })
}

fn has(bundle: &Bundle, kind: &str, id: &str) -> Result<(), Failure> {
    let ids: Vec<&String> = match kind {
        "source" => bundle.sources.keys().collect(),
        "rule" => bundle.rules.keys().collect(),
        "action" => bundle.actions.keys().collect(),
        _ => bundle.destinations.keys().collect(),
    };
    if ids.iter().any(|known| *known == id) {
        return Ok(());
    }
    let ids: Vec<&str> = ids.into_iter().take(20).map(String::as_str).collect();
    let what = format!("the bundle that is decided by, {}, has no {kind} `{id}`", bundle.digest);
    Err(Failure::usage("pause", what).hint(format!("it has {}", ids.join(", "))))
}

fn say(part: &str, is_paused: bool, stands: bool, terminal: &Terminal) -> Done {
    match terminal.output {
        Output::Human => {
            let word = if is_paused { "paused" } else { "resumed" };
            let word = if stands { format!("is {word}") } else { format!("is to be {word}") };
            terminal.show(&format!("{part} {word}"))?;
        }
        _ => {
            let data = json!({"v": 1, "part": part, "paused": is_paused, "stands": stands});
            terminal.data(&data.to_string())?;
        }
    }
    Ok(if stands { Exit::Fine } else { Exit::Partly })
}
