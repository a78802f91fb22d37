//! `segue export` and `segue erase`: what is held of a person, under any of their ids, and that it is held no longer.

mod erase;
mod export;
mod held;
mod kept;

use segue_console::Verb;
use segue_model::Subject;

use crate::cli::{EraseArgs, PersonArgs, Reach, ReachArgs};
use crate::commands::asking;
use crate::exit::Failure;
use crate::terminal::{Done, Terminal};

/// Shows all that is held.
///
/// # Errors
/// Nothing is, or settings, brokers or the router cannot be used.
pub fn export(args: &PersonArgs, terminal: &Terminal) -> Done {
    let reach = begin(&args.subject, &args.router)?;
    match reach {
        Reach::Settings(file) => export::run(&args.subject, file, terminal),
        Reach::Url(url) => {
            asking::ask_router(url, Verb::Get, "/export", &[("subject", &args.subject)], terminal)
        }
    }
}

/// Erases a person.
///
/// # Errors
/// Settings, brokers or the router cannot be used.
pub fn erase(args: &EraseArgs, terminal: &Terminal) -> Done {
    let PersonArgs { subject, router } = &args.person;
    match begin(subject, router)? {
        Reach::Settings(file) => erase::run(subject, file, args.dry_run, terminal),
        Reach::Url(url) => {
            let mut asked = vec![("subject", subject.as_str()), ("output", asking::form(terminal))];
            asked.extend(args.dry_run.then_some(("dry_run", "true")));
            asking::ask_router(url, Verb::Post, "/erase", &asked, terminal)
        }
    }
}

fn begin<'a>(subject: &str, router: &'a ReachArgs) -> Result<Reach<'a>, Failure> {
    let reach = asking::begin(router)?;
    if Subject::is_id(subject) {
        return Ok(reach);
    }
    Err(Failure::usage("usage", "that is no id of a person")
        .hint("an id has 1 to 256 bytes and no control characters; that of a namespace is `NAMESPACE:ID`"))
}
