//! The commands, one file each: what they take is in [`crate::cli`], what they answer is a [`Done`].

pub mod check;
pub mod demo;
pub mod init;
pub mod replay;
pub mod run;
pub mod test;
pub mod topics;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::exit::Exit;
use crate::terminal::{Done, Stop, Style, Terminal};

/// Reads the command line of this process, runs its command, and says how it ended.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too, with exit code 0. A reader that has left is no reason to fail.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8));
        }
    };
    let terminal = Terminal::new(cli.output, cli.color);
    match run(&cli.command, &terminal) {
        Ok(exit) | Err(Stop::Said(exit)) => exit.into(),
        Err(Stop::NobodyReads) => Exit::Fine.into(),
        Err(Stop::Failure(failure)) => {
            let text = failure.to_string();
            let (head, rest) = text.split_once(':').unwrap_or((&text, ""));
            terminal.note(&format!("{}:{rest}", terminal.styled_note(Style::Error, head)));
            failure.exit.into()
        }
    }
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
    }
}
