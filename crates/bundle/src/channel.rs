//! Ways to reach a person, as the bundle declares them.

use std::collections::BTreeSet;

use segue_calendar::Quiet;
use segue_expr::Expression;

/// A way to reach a person.
#[derive(Debug)]
pub struct Channel {
    /// The document's id.
    pub id: String,
    /// One line for people.
    pub about: Option<String>,
    /// Where the person is reached; `None`: no address is needed.
    pub address: Option<Expression>,
    /// Whether the person agreed; `None`: nothing needs to be agreed.
    pub consent: Option<Expression>,
    /// How well it suits; `None`: 1.
    pub weight: Option<Expression>,
    /// When nothing is released on it.
    pub quiet: Option<QuietHours>,
    /// The destinations that may be told the address, since they share all that it is made of.
    pub told: BTreeSet<String>,
}

/// The name under which tasks released on a channel are remembered, whatever their action: no id of an action is like it.
pub fn released_on(channel: &str) -> String {
    format!("channel/{channel}")
}

/// When a person is left alone.
#[derive(Debug)]
pub struct QuietHours {
    /// The hours, by the person's own clock.
    pub hours: Quiet,
    /// What goes out all the same; `None`: nothing.
    pub unless: Option<Expression>,
}
