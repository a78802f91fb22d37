//! The commands, one file each: what they take is in [`crate::cli`], what they answer is a [`Done`].

pub mod check;
pub mod completion;
pub mod demo;
pub mod explain;
pub mod graph;
pub mod init;
pub mod replay;
pub mod run;
pub mod schema;
pub mod test;
pub mod topics;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Color, Command, Output};
use crate::exit::{Exit, Failure};
use crate::terminal::{Done, Stop, Style, Terminal};

/// Reads the command line of this process, runs its command, and says how it ended.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_run(&error),
    };
    let terminal = Terminal::new(cli.output, cli.color);
    match has_form(&cli.command, cli.output).and_then(|()| run(&cli.command, &terminal)) {
        Ok(exit) | Err(Stop::Said(exit)) => exit.into(),
        Err(Stop::NobodyReads) => Exit::Fine.into(),
        Err(Stop::Failure(failure)) => {
            say(&failure.to_string(), &terminal);
            failure.exit.into()
        }
    }
}

/// Ends where there is no command to run: help and version, or wrong usage, which is said as other errors are.
fn not_run(error: &clap::Error) -> ExitCode {
    let plain = error.render().to_string();
    match plain.strip_prefix("error: ") {
        Some(rest) => {
            let text = format!("error[usage]: {}", rest.trim_end().replace("\n  tip: ", "\n  = help: "));
            say(&text, &Terminal::new(Output::Human, Color::Auto));
        }
        // A reader that has left is no reason to fail.
        None => drop(error.print()),
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8))
}

/// Says an error, with its first words stressed.
fn say(text: &str, terminal: &Terminal) {
    let (head, rest) = text.split_once(':').unwrap_or((text, ""));
    // Names of files and what callers wrote may hold anything; line breaks are our own.
    let rest: Vec<_> = rest.split('\n').map(segue_bundle::visible).collect();
    terminal.note(&format!("{}:{}", terminal.styled_note(Style::Error, head), rest.join("\n")));
}

fn run(command: &Command, terminal: &Terminal) -> Done {
    match command {
        Command::Demo(args) => demo::run(args, terminal),
        Command::Init(args) => init::run(args, terminal),
        Command::Check(args) => check::run(args, terminal),
        Command::Test(args) => test::run(args, terminal),
        Command::Replay(args) => replay::run(args, terminal),
        Command::Run(args) => run::run(args, terminal),
        Command::Topics(args) => topics::run(args, terminal),
        Command::Graph(args) => graph::run(args, terminal),
        Command::Explain(args) => explain::run(args, terminal),
        Command::Schema(args) => schema::run(args, terminal),
        Command::Completion(args) => completion::run(args, terminal),
    }
}

/// Refuses the forms that only one command writes to all others.
fn has_form(command: &Command, output: Output) -> Result<(), Stop> {
    let (only, form) = match (output, command) {
        (Output::Human | Output::Json | Output::Jsonl, _) => return Ok(()),
        (Output::Sarif, Command::Check(_)) | (Output::Junit, Command::Test(_)) => return Ok(()),
        (Output::Sarif, _) => ("check", "sarif"),
        (Output::Junit, _) => ("test", "junit"),
    };
    let failure = Failure::usage("output", format!("only `segue {only}` writes {form}"));
    Err(failure.hint("use `--output human`, `json` or `jsonl`").into())
}
