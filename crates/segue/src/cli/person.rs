//! The arguments of `segue export` and `segue erase`.

use clap::Args;

use super::ReachArgs;

/// `segue export`, and whom `segue erase` is about
#[derive(Debug, Args)]
pub struct PersonArgs {
    /// The person, by any id of theirs: `c-17`, or `NAMESPACE:ID` such as `web:a81`.
    #[arg(value_name = "SUBJECT")]
    pub subject: String,
    /// Where they are held.
    #[command(flatten)]
    pub router: ReachArgs,
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
