//! The arguments of `segue failed`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ReachArgs, help};
use crate::failed::FailedId;

/// `segue failed`
#[derive(Debug, Args)]
pub struct FailedArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: FailedCommand,
}

/// What to do about failed events.
#[derive(Debug, Subcommand)]
pub enum FailedCommand {
    /// Count the failed events by code, source and topic.
    #[command(after_long_help = help::FAILED_LIST)]
    List(FailedListArgs),
    /// Show one, with its reason; its values are masked.
    #[command(after_long_help = help::FAILED_SHOW)]
    Show(FailedShowArgs),
    /// Send failed events to the topics that they came from: each once, unless `--again` is given, and three rounds at most.
    #[command(after_long_help = help::FAILED_RETRY)]
    Retry(FailedRetryArgs),
}

/// Which failed events: all that is said must be true of them.
#[derive(Clone, Debug, Args)]
pub struct Which {
    /// Only those that failed with this code; may be given several times.
    #[arg(long, value_name = "CODE")]
    pub error: Vec<String>,
    /// Only those of this source.
    #[arg(long, value_name = "ID")]
    pub source: Option<String>,
    /// Only those that came from this topic.
    #[arg(long, value_name = "TOPIC")]
    pub topic: Option<String>,
    /// Only those logged at this instant (RFC 3339) or later.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Only those logged before this instant (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// `segue failed list`
#[derive(Debug, Args)]
pub struct FailedListArgs {
    /// Which ones.
    #[command(flatten)]
    pub which: Which,
    /// Where they are kept.
    #[command(flatten)]
    pub router: ReachArgs,
}

/// `segue failed show`
#[derive(Debug, Args)]
pub struct FailedShowArgs {
    /// The failed event, as `segue failed list` names it.
    #[arg(value_name = "PARTITION/OFFSET")]
    pub id: FailedId,
    /// Where they are kept.
    #[command(flatten)]
    pub router: ReachArgs,
    /// Show key, headers and value as they came, with all personal data in them.
    #[arg(long)]
    pub unmask: bool,
}

/// `segue failed retry`
#[derive(Debug, Args)]
pub struct FailedRetryArgs {
    /// These failed events; with filters too, those of them that are so.
    #[arg(value_name = "PARTITION/OFFSET")]
    pub ids: Vec<FailedId>,
    /// Which ones.
    #[command(flatten)]
    pub which: Which,
    /// All failed events that are kept.
    #[arg(long, conflicts_with_all = ["ids", "error", "source", "topic", "since", "until"])]
    pub all: bool,
    /// Send the content of this file in the place of the value that came; `-` is stdin. For one failed event.
    #[arg(long, value_name = "FILE")]
    pub value: Option<PathBuf>,
    /// Say what would be sent, and send nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Send so many events a second at most.
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate: u32,
    /// Send also what was sent before, and what was sent round three times.
    #[arg(long)]
    pub again: bool,
    /// Where they are kept.
    #[command(flatten)]
    pub router: ReachArgs,
}
