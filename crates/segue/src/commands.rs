//! The commands, one file each: what they take is in [`crate::cli`], what they answer is a [`Done`].

mod asking;
mod broker;
pub mod check;
pub mod completion;
pub mod demo;
pub mod deploy;
mod events;
pub mod explain;
pub mod failed;
pub mod graph;
pub mod init;
pub mod pause;
pub mod person;
pub mod replay;
pub mod run;
pub mod schema;
mod standing;
pub mod test;
pub mod topics;
pub mod why;

use std::process::ExitCode;

use clap::ValueEnum;

use crate::cli::{self, Color, Command, Output};
use crate::exit::{Exit, Failure};
use crate::interrupt::{self, Interrupt};
use crate::terminal::{Done, Stop, Style, Terminal};

/// Reads the command line of this process, runs its command, and says how it ended.
pub fn main() -> ExitCode {
    let (terminal, done) = match cli::read() {
        Err(error) => {
            let terminal = Terminal::new(Output::Human, color_asked_for());
            (terminal, not_run(&error, &terminal))
        }
        Ok((cli, name)) => {
            let terminal = Terminal::new(cli.output, cli.color);
            (terminal, has_form(&name, cli.output).and_then(|()| run(&cli.command, &terminal)))
        }
    };
    match done {
        Ok(exit) | Err(Stop::Said(exit)) => exit.into(),
        Err(Stop::NobodyReads) => Exit::Fine.into(),
        Err(Stop::Failure(failure)) => {
            say(&failure.to_string(), &terminal);
            failure.exit.into()
        }
    }
}

/// Ends where there is no command to run: help and version, or wrong usage, which is said as other errors are.
fn not_run(error: &clap::Error, terminal: &Terminal) -> Done {
    let text = error.render();
    if !error.use_stderr() {
        let text = if terminal.stdout_color { text.ansi().to_string() } else { text.to_string() };
        terminal.data(text.trim_end())?;
        return Ok(Exit::Fine);
    }
    match text.to_string().strip_prefix("error: ") {
        Some(rest) => {
            say(&format!("error[usage]: {}", rest.trim_end().replace("\n  tip: ", "\n  = help: ")), terminal);
        }
        None => terminal.note(text.to_string().trim_end()),
    }
    Ok(Exit::Usage)
}

/// What `--color` says on a command line that is wrong otherwise, or asks for help.
fn color_asked_for() -> Color {
    let arguments: Vec<String> = std::env::args_os().map(|one| one.to_string_lossy().into_owned()).collect();
    let after = |pair: &[String]| (pair[0] == "--color").then(|| pair[1].clone());
    let joined = arguments.iter().find_map(|one| one.strip_prefix("--color=").map(str::to_owned));
    let asked = joined.or_else(|| arguments.windows(2).find_map(after)).unwrap_or_default();
    Color::from_str(&asked, false).unwrap_or(Color::Auto)
}

/// Says an error, with its first words stressed.
fn say(text: &str, terminal: &Terminal) {
    let (head, rest) = text.split_once(':').unwrap_or((text, ""));
    // Names of files and what callers wrote may hold anything; line breaks are our own.
    let rest: Vec<_> = rest.split('\n').map(segue_bundle::visible).collect();
    terminal.note(&format!("{}:{}", terminal.styled_note(Style::Error, head), rest.join("\n")));
}

fn run(command: &Command, terminal: &Terminal) -> Done {
    // The service ends after the step it is at, and waits for signals itself.
    let interrupt =
        if matches!(command, Command::Run(_)) { Interrupt::default() } else { interrupt::begin()? };
    match command {
        Command::Demo(args) => demo::run(args, terminal, &interrupt),
        Command::Init(args) => init::run(args, terminal),
        Command::Check(args) => check::run(args, terminal),
        Command::Test(args) => test::run(args, terminal),
        Command::Replay(args) => replay::run(args, terminal),
        Command::Why(args) => why::run(args, terminal),
        Command::Run(args) => run::run(args, terminal),
        Command::Topics(args) => topics::run(args, terminal),
        Command::Deploy(args) => deploy::run(args, terminal),
        Command::Pause(args) => pause::pause(args, terminal),
        Command::Resume(args) => pause::resume(args, terminal),
        Command::Export(args) => person::export(args, terminal),
        Command::Erase(args) => person::erase(args, terminal),
        Command::Failed(args) => failed::run(args, terminal, &interrupt),
        Command::Graph(args) => graph::run(args, terminal),
        Command::Explain(args) => explain::run(args, terminal),
        Command::Schema(args) => schema::run(args, terminal),
        Command::Completion(args) => completion::run(args, terminal),
    }
}

/// Refuses the forms that a command does not write.
fn has_form(command: &str, output: Output) -> Result<(), Stop> {
    let forms = cli::forms(command);
    if forms.contains(&output) {
        return Ok(());
    }
    let failure = Failure::usage("output", format!("`segue {command}` does not write {}", output.word()));
    let words: Vec<String> = forms.iter().map(|form| format!("`{}`", form.word())).collect();
    let words = match words.split_last() {
        Some((last, [])) => format!("{last}, or leave it out"),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => return Ok(()),
    };
    Err(failure.hint(format!("use `--output` with {words}")).into())
}
