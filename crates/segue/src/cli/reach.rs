//! Where the router is that a command is about: behind the file of its settings, or at the address where it runs.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

/// `--settings FILE`, or `--url URL`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("reached_by").args(["settings", "url"]).required(true))]
pub struct ReachArgs {
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

/// How a router is reached.
#[derive(Clone, Copy, Debug)]
pub enum Reach<'a> {
    /// Its topics are read and written by this process.
    Settings(&'a Path),
    /// The router that runs there is asked.
    Url(&'a str),
}

impl ReachArgs {
    /// The one that is given; `None` only where neither is.
    pub fn reach(&self) -> Option<Reach<'_>> {
        match (&self.settings, &self.url) {
            (Some(file), _) => Some(Reach::Settings(file)),
            (None, Some(url)) => Some(Reach::Url(url)),
            (None, None) => None,
        }
    }
}
