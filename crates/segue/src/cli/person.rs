//! The arguments of `segue export` and `segue erase`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

/// `segue export`, and whom `segue erase` is about
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("held_by").args(["settings", "url"]).required(true))]
pub struct PersonArgs {
    /// The person, by any id of theirs: `c-17`, or `NAMESPACE:ID` such as `web:a81`.
    #[arg(value_name = "SUBJECT")]
    pub subject: String,
    /// The settings of a router, whose topics are read.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// A running router on this machine.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// End once nobody holds stdin any more: for whoever starts this and may be killed.
    #[arg(long, hide = true)]
    pub ends_with_stdin: bool,
}

/// `segue erase`
#[derive(Debug, Args)]
pub struct EraseArgs {
    /// Whom, and where they are held.
    #[command(flatten)]
    pub person: PersonArgs,
    /// Only say what would be erased.
    #[arg(long)]
    pub dry_run: bool,
}
