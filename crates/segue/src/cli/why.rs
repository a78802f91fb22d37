//! The arguments of `segue why` and of `segue replay --diff`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::LookupArgs;

/// `segue why`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("asked").args(["id", "event", "test"]).required(true).multiple(true))]
#[command(group = ArgGroup::new("source").args(["bundle", "settings", "url"]).required(true))]
pub struct WhyArgs {
    /// A task or a decision, by its id.
    pub id: Option<String>,
    /// An event, as its source and its id: what came of it, or why nothing did.
    #[arg(long, value_name = "SOURCE/ID", conflicts_with_all = ["id"])]
    pub event: Option<String>,
    /// Only this rule: what each part of its condition came to.
    #[arg(long, value_name = "RULE", requires = "event")]
    pub rule: Option<String>,
    /// The bundle that decides on recorded events.
    #[arg(long, value_name = "DIR")]
    pub bundle: Option<PathBuf>,
    /// The recorded events, one JSON object a line, as `segue replay` reads them; `-` is stdin.
    #[arg(long, value_name = "FILE", requires = "bundle", conflicts_with = "test")]
    pub events: Option<PathBuf>,
    /// A test of the bundle, by its name, in the place of recorded events.
    #[arg(long, value_name = "NAME", requires = "bundle")]
    pub test: Option<String>,
    /// Let the clock go on to this instant (RFC 3339) after the last event.
    #[arg(long, value_name = "TIME", requires = "events")]
    pub until: Option<String>,
    /// What is looked up.
    #[command(flatten)]
    pub lookups: LookupArgs,
    /// The settings of a router, whose log is read and run again.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["bundle", "url"])]
    pub settings: Option<PathBuf>,
    /// A running router.
    #[arg(long, value_name = "URL", conflicts_with_all = ["bundle", "settings"])]
    pub url: Option<String>,
    /// End once nobody holds stdin any more: for whoever starts this and may be killed.
    #[arg(long, hide = true)]
    pub ends_with_stdin: bool,
    /// Show values that schemas mark as private.
    #[arg(long)]
    pub unmask: bool,
}

/// What `segue replay` compares with.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// Replay with this bundle too, and say which tasks it adds, removes and changes.
    #[arg(long, value_name = "OTHER_BUNDLE", conflicts_with = "only")]
    pub diff: Option<PathBuf>,
    /// Up to so many tasks may differ: exit code 1 says that there are more.
    #[arg(long, value_name = "N", requires = "diff", default_value_t = 0)]
    pub at_most: u64,
    /// Up to such a share of the tasks may differ instead, such as `2%`.
    #[arg(long, value_name = "PERCENT", requires = "diff", conflicts_with = "at_most")]
    pub threshold: Option<String>,
}
