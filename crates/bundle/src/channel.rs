//! Ways to reach a person, as the bundle declares them.

use std::collections::BTreeSet;

use segue_calendar::Quiet;
use segue_expr::Expression;
use segue_model::Event;

use crate::bundle::Bundle;

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

/// The channel that events come in on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// This one.
    On(String),
    /// The one whose id stands there: names to follow from the event, such as `["data", "channel"]`.
    Path(Vec<String>),
}

/// The longest text, in bytes, that counts as the id of a channel where an event says on which it came in.
const ID_BYTES_MAX: usize = 64;

impl Bundle {
    /// The channel that an event came in on, if its source or its type says so, and the event has it.
    pub fn channel_of<'e>(&'e self, event: &'e Event) -> Option<&'e str> {
        let source = self.sources.get(&event.source)?;
        let of_type = source.events.get(&event.kind).and_then(|declared| declared.channel.as_ref());
        match of_type.or(source.channel.as_ref())? {
            Inbound::On(id) => Some(id),
            Inbound::Path(path) => {
                let names = path.iter().skip(1).map(String::as_str);
                let id = event.data.root().at_path(names)?.as_str()?;
                Some(id).filter(|id| !id.is_empty() && id.len() <= ID_BYTES_MAX)
            }
        }
    }
}

/// When a person is left alone.
#[derive(Debug)]
pub struct QuietHours {
    /// The hours, by the person's own clock.
    pub hours: Quiet,
    /// What goes out all the same; `None`: nothing.
    pub unless: Option<Expression>,
}
