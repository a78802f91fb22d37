//! The command line: which commands there are, and what each takes.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::exit::TABLE;

mod failed;
mod help;
mod lookups;
mod person;
mod reach;
mod why;

pub use failed::{FailedArgs, FailedCommand, FailedListArgs, FailedRetryArgs, FailedShowArgs, Which};
pub use lookups::LookupArgs;
pub use person::{EraseArgs, PersonArgs};
pub use reach::{Reach, ReachArgs};
pub use why::{DiffArgs, WhyArgs};

/// What was typed.
#[derive(Debug, Parser)]
#[command(
    name = "segue",
    version,
    about = "Routes events, with all that is known of the people they concern, to the next best action",
    after_help = TABLE,
    after_long_help = help::FIRST_STEPS,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
    /// How data are written to stdout; the help of each command lists the forms that it has.
    #[arg(long, global = true, value_enum, default_value_t = Output::Human, help_heading = "Global options")]
    pub output: Output,
    /// When to use colour; NO_COLOR is heeded.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, help_heading = "Global options")]
    pub color: Color,
}

/// How findings and rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Human,
    /// One JSON document.
    Json,
    /// One JSON document a line.
    Jsonl,
    /// SARIF 2.1.0, which code hosts show beside the lines.
    Sarif,
    /// JUnit XML, which build servers read.
    Junit,
}

/// The forms that each command writes.
const FORMS: [(&str, &[Output]); 18] = [
    ("demo", &[Output::Human, Output::Jsonl]),
    ("init", &[Output::Human]),
    ("check", &[Output::Human, Output::Json, Output::Jsonl, Output::Sarif]),
    ("test", &[Output::Human, Output::Json, Output::Jsonl, Output::Junit]),
    // It writes lines of JSON in either form, and with `--diff` one document too.
    ("replay", &[Output::Human, Output::Json, Output::Jsonl]),
    ("why", &[Output::Human, Output::Json]),
    ("run", &[Output::Human, Output::Json, Output::Jsonl]),
    ("topics", &[Output::Human, Output::Json, Output::Jsonl]),
    ("deploy", &[Output::Human, Output::Json, Output::Jsonl]),
    ("pause", &[Output::Human, Output::Json, Output::Jsonl]),
    ("resume", &[Output::Human, Output::Json, Output::Jsonl]),
    // All that is held is one JSON document in either form.
    ("export", &[Output::Human, Output::Json]),
    ("erase", &[Output::Human, Output::Json, Output::Jsonl]),
    ("failed", &[Output::Human, Output::Json, Output::Jsonl]),
    ("graph", &[Output::Human, Output::Json, Output::Jsonl]),
    ("explain", &[Output::Human, Output::Json, Output::Jsonl]),
    // It writes one JSON document in either form.
    ("schema", &[Output::Human, Output::Json]),
    ("completion", &[Output::Human]),
];

impl Output {
    /// The word for it on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Output::Human => "human",
            Output::Json => "json",
            Output::Jsonl => "jsonl",
            Output::Sarif => "sarif",
            Output::Junit => "junit",
        }
    }
}

/// The forms that a command writes, by its name.
pub fn forms(command: &str) -> &'static [Output] {
    FORMS.iter().find(|(name, _)| *name == command).map_or(&[], |(_, forms)| forms)
}

/// The command line, in which the help of each command lists the forms that it has. The others are taken as well, to be
/// refused in words.
pub fn command() -> clap::Command {
    FORMS
        .iter()
        .fold(Cli::command(), |all, (name, forms)| all.mut_subcommand(name, |one| one.arg(output_of(forms))))
}

fn output_of(forms: &'static [Output]) -> Arg {
    let value = |output: &Output| {
        let value = output.to_possible_value().expect("no form is skipped");
        value.hide(!forms.contains(output))
    };
    let values: Vec<_> = Output::value_variants().iter().map(value).collect();
    let parser = PossibleValuesParser::new(values).try_map(|word| Output::from_str(&word, false));
    Arg::new("output")
        .long("output")
        .value_name("OUTPUT")
        .global(true)
        .help("How data are written to stdout")
        .value_parser(parser)
        .default_value(Output::Human.word())
        .help_heading("Global options")
}

/// Reads the command line of this process. Says also what the command is called.
///
/// # Errors
/// It is no command line of ours, or asks for help.
pub fn read() -> Result<(Cli, String), clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    let name = matches.subcommand_name().unwrap_or_default().to_owned();
    Cli::from_arg_matches(&matches).map(|cli| (cli, name)).map_err(|error| error.format(&mut command))
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a story: simulated systems publish events, and tasks appear.
    #[command(after_long_help = help::DEMO)]
    Demo(DemoArgs),
    /// Write a small bundle to start from.
    #[command(after_long_help = help::INIT)]
    Init(InitArgs),
    /// Report all that is wrong with a bundle, with places.
    #[command(after_long_help = help::CHECK)]
    Check(CheckArgs),
    /// Run the bundle's own tests on a virtual clock.
    #[command(after_long_help = help::TEST)]
    Test(TestArgs),
    /// Run the whole engine over recorded events, without a broker; writes lines of JSON.
    #[command(after_long_help = help::REPLAY)]
    Replay(ReplayArgs),
    /// Say why a task or a decision came out as it did, or why an event led to nothing.
    #[command(after_long_help = help::WHY)]
    Why(WhyArgs),
    /// Run the service.
    #[command(after_long_help = help::RUN)]
    Run(RunArgs),
    /// Show or make the topics that the service needs.
    #[command(after_long_help = help::TOPICS)]
    Topics(TopicsArgs),
    /// Let all routers go over to a bundle, at one place of the log.
    #[command(after_long_help = help::DEPLOY)]
    Deploy(DeployArgs),
    /// Let a source, a rule, an action or a destination rest; what is promised waits.
    #[command(after_long_help = help::PAUSE)]
    Pause(PauseArgs),
    /// Let what is paused go on.
    #[command(after_long_help = help::RESUME)]
    Resume(PauseArgs),
    /// Show all that is held of a person, as JSON.
    #[command(after_long_help = help::EXPORT)]
    Export(PersonArgs),
    /// Erase a person, with all other ids of theirs.
    #[command(after_long_help = help::ERASE)]
    Erase(EraseArgs),
    /// List, show and send round again what could not be used.
    #[command(after_long_help = help::FAILED)]
    Failed(FailedArgs),
    /// Draw what depends on what in a bundle.
    #[command(after_long_help = help::GRAPH)]
    Graph(GraphArgs),
    /// Say what a code means and what to do about it: of a finding, a failed event or an error.
    #[command(after_long_help = help::EXPLAIN)]
    Explain(ExplainArgs),
    /// Write the JSON Schema of bundle documents, or of what the router writes.
    #[command(after_long_help = help::SCHEMA)]
    Schema(SchemaArgs),
    /// Write a script that completes this command line in a shell.
    #[command(after_long_help = help::COMPLETION)]
    Completion(CompletionArgs),
}

/// `segue demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Begin the story from this number: the same number gives the same tasks.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Use this bundle instead of the one that comes with the demo.
    #[arg(long, value_name = "DIR")]
    pub bundle: Option<PathBuf>,
    /// How long to pause after an event, so that it can be read: such as 2s or 300ms; 0s for no pause.
    #[arg(long, value_name = "TIME", default_value = "1500ms")]
    pub pace: String,
    /// Stop after so many rounds, a day of the story each; without it, go on until interrupted on a terminal, and stop
    /// after one elsewhere.
    #[arg(long, value_name = "N")]
    pub rounds: Option<u64>,
}

/// `segue init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The directory to write to; made if it is not there, refused if anything is in it.
    pub dir: PathBuf,
}

/// `segue check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The bundle's directory.
    pub bundle: PathBuf,
    /// Check again whenever a file of the bundle changes, until interrupted.
    #[arg(long)]
    pub watch: bool,
}

/// `segue test`
#[derive(Debug, Args)]
pub struct TestArgs {
    /// The bundle's directory.
    pub bundle: PathBuf,
    /// Run only the tests whose name contains this text, in the same capitals and small letters.
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Tell what the tests have reached: each rule fired and not fired, each part of its condition true and false, each
    /// way in which an action is turned down, each type of event.
    #[arg(long)]
    pub coverage: bool,
    /// Write what came into the `expect:` lists of steps that failed, in place, and show what was changed. All else in
    /// the files stays as it is.
    #[arg(long)]
    pub update: bool,
    /// Make a test of recorded events: each event is a step, and what comes of it is what is expected. A FILE that ends
    /// in `.yaml` is made and gets the test, and the events come from stdin or `--events`; any other FILE (`-`: stdin)
    /// holds the events, and the test goes to stdout. The lines are those that `replay` takes and writes, failed events
    /// included, which are taken as they were when they came.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["filter", "coverage", "update"])]
    pub record: Option<PathBuf>,
    /// Where `--record FILE.yaml` finds the events, one JSON object a line; `-`, or without it: stdin.
    #[arg(long, value_name = "FILE", requires = "record")]
    pub events: Option<PathBuf>,
    /// What is looked up.
    #[command(flatten)]
    pub lookups: LookupArgs,
}

/// `segue replay`
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The bundle's directory.
    pub bundle: PathBuf,
    /// Events, one JSON object a line: {"topic", "value", "at"}, and "key" and "headers" if wanted; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    pub events: PathBuf,
    /// Let the clock go on to this instant (RFC 3339) after the last event.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Write only these kinds.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KIND")]
    pub only: Vec<Kind>,
    /// What is looked up.
    #[command(flatten)]
    pub lookups: LookupArgs,
    /// Compare with another bundle instead.
    #[command(flatten)]
    pub against: DiffArgs,
}

/// A kind of what leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Tasks.
    Task,
    /// Decisions.
    Decision,
    /// Stages, for sources that ask to be told.
    Status,
    /// Failed events.
    Failed,
}

/// `segue run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The file of settings.
    #[arg(long, value_name = "FILE")]
    pub settings: PathBuf,
}

/// `segue topics`
#[derive(Debug, Args)]
pub struct TopicsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TopicsCommand,
}

/// What to do about topics.
#[derive(Debug, Subcommand)]
pub enum TopicsCommand {
    /// Show the topics that are needed, and how those that exist differ. Changes nothing.
    #[command(after_long_help = help::PLAN)]
    Plan(SettingsArg),
    /// Make the topics that are missing. Topics that exist are never changed.
    #[command(after_long_help = help::APPLY)]
    Apply(SettingsArg),
}

/// The file of settings.
#[derive(Debug, Args)]
pub struct SettingsArg {
    /// The file of settings.
    #[arg(long, value_name = "FILE")]
    pub settings: PathBuf,
}

/// `segue deploy`
#[derive(Debug, Args)]
pub struct DeployArgs {
    /// The bundle's directory.
    #[arg(required_unless_present = "back", conflicts_with = "back")]
    pub bundle: Option<PathBuf>,
    /// The file of settings.
    #[arg(long, value_name = "FILE")]
    pub settings: PathBuf,
    /// Let the bundle decide beside the one that counts: what it would do is written as decisions and compared, and nothing
    /// else comes of it. With `--back`: no more.
    #[arg(long)]
    pub shadow: bool,
    /// Go back to the bundle that stood before; once more, and the one that stands now is back.
    #[arg(long)]
    pub back: bool,
}

/// `segue pause` and `segue resume`
#[derive(Debug, Args)]
pub struct PauseArgs {
    /// What: `source/ID`, `rule/ID`, `action/ID` or `destination/ID`.
    pub part: String,
    /// Whose part it is.
    #[command(flatten)]
    pub router: ReachArgs,
}

/// `segue graph`
#[derive(Debug, Args)]
pub struct GraphArgs {
    /// The bundle's directory.
    pub bundle: PathBuf,
    /// The language to write it in; without it mermaid, or json where `--output` asks for JSON.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<GraphFormat>,
}

/// A language that graphs are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// Mermaid, which Markdown viewers draw.
    Mermaid,
    /// DOT, which Graphviz draws.
    Dot,
    /// One JSON document: see `segue schema graph`.
    Json,
}

/// `segue explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The code, such as `unknown-field`; without it, all of them are listed.
    pub code: Option<String>,
}

/// `segue schema`
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// What to describe; without it `bundle`.
    #[arg(value_enum, default_value_t = SchemaName::Bundle, hide_default_value = true)]
    pub name: SchemaName,
}

/// What there is a schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// The documents of a bundle: editors complete and check with it.
    Bundle,
    /// The settings of `segue run`.
    Settings,
    /// A task, on a destination's topic or lane.
    Task,
    /// An outcome, as a destination's system writes it.
    Outcome,
    /// A status: what a source is told of its events.
    Status,
    /// A record on `segue.decisions`.
    Decision,
    /// What `segue check --output json` writes.
    Findings,
    /// What `segue test --output json` writes.
    Tests,
    /// A line of `segue replay`.
    Replay,
    /// What `segue why --output json` writes.
    Why,
    /// What `segue replay --diff` writes with `--output json`.
    Diff,
    /// What `segue graph --format json` writes.
    Graph,
    /// What `segue explain --output json` writes.
    Codes,
    /// What `segue export` writes.
    Export,
    /// What the admin server answers, as OpenAPI.
    Openapi,
}

/// `segue completion`
#[derive(Debug, Args)]
pub struct CompletionArgs {
    /// The shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_every_help_has_examples_and_exit_codes() {
        let mut command = super::command();
        command.build();
        command.clone().debug_assert();
        let all = command.get_subcommands().flat_map(|one| std::iter::once(one).chain(one.get_subcommands()));
        let mut names = Vec::new();
        for one in all {
            let name = one.get_bin_name().unwrap();
            let help = one.clone().render_long_help().to_string();
            let examples = help.split("Examples:").nth(1).unwrap_or_default();
            assert!(examples.matches(name).count() >= 2, "{help}");
            for line in TABLE.lines() {
                assert!(help.contains(line.trim()), "{name}: {line}");
            }
            names.push(name);
        }
        assert_eq!(FORMS.len(), command.get_subcommands().count(), "each command has its forms");
        assert!(names.contains(&"segue replay") && names.contains(&"segue topics apply"), "{names:?}");
    }
    #[test]
    fn the_help_of_a_command_lists_its_own_forms_and_a_form_may_stand_before_the_command() {
        let help = |name: &str| {
            let mut command = super::command();
            command.build();
            let help = command.find_subcommand_mut(name).unwrap().render_help().to_string();
            help.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert!(help("check").contains("[possible values: human, json, jsonl, sarif]"), "{}", help("check"));
        assert!(help("init").contains("[possible values: human]"), "{}", help("init"));
        for line in [
            ["segue", "--output", "jsonl", "topics", "plan", "--settings", "x"],
            ["segue", "topics", "plan", "--settings", "x", "--output", "jsonl"],
        ] {
            let matches = super::command().try_get_matches_from(line).unwrap();
            assert_eq!(Cli::from_arg_matches(&matches).unwrap().output, Output::Jsonl);
        }
    }
}
