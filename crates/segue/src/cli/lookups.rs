//! What commands look up that run events beside a service: the arguments that `test`, `replay` and `why` share.

use std::path::PathBuf;

use clap::Args;

/// What is looked up beside what comes with the program.
#[derive(Debug, Args)]
pub struct LookupArgs {
    /// Find the places of addresses in this database, as a service does by `lookups.ip`; given more than once, the first
    /// that knows anything is believed. Without one, no address is known.
    #[arg(long, value_name = "FILE")]
    pub ip_database: Vec<PathBuf>,
}
