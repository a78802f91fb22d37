//! What whoever runs the router tells it: to decide by another bundle from here on, to let a part of it rest, to let that
//! go on, to forget a person.
//!
//! A command is given to `segue.shared`, whose owner copies it to every partition of the log, like all that concerns
//! everyone: so each partition obeys between two records of its log. A command has no time of its own, since whoever gives
//! it may have any clock: it counts where it stands, and moves no time on.

use segue_document::{Value, Writer};
use segue_model::Timestamp;

use crate::origin::Origin;
use crate::own::{self, DecodeError};

/// How many parts can be paused at once: more than anyone keeps in mind.
pub const PAUSED_MAX: usize = 1_000;

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// When it was given, by the clock of whoever gave it: for people.
    pub given_at: Timestamp,
    /// What it says.
    pub says: Says,
    /// Its place in `segue.shared`; none where it was given.
    pub origin: Option<Origin>,
}

/// What a command says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// To decide by the bundle of this digest.
    Switch(String),
    /// To let the bundle of this digest decide beside the one that counts, or none any more.
    Shadow(Option<String>),
    /// To let this part rest: `source/ID`, `rule/ID`, `action/ID` or `destination/ID`.
    Pause(String),
    /// To let it go on.
    Resume(String),
    /// To erase the person of this id, with all other ids of theirs.
    Erase(String),
}

impl Command {
    /// Its kind, as the log has it.
    pub(crate) fn kind(&self) -> &'static str {
        match self.says {
            Says::Switch(_) => "switch",
            Says::Shadow(_) => "shadow",
            Says::Pause(_) => "pause",
            Says::Resume(_) => "resume",
            Says::Erase(_) => "erase",
        }
    }

    /// True for the kinds of commands.
    pub(crate) fn is_kind(kind: &str) -> bool {
        matches!(kind, "switch" | "shadow" | "pause" | "resume" | "erase")
    }

    /// Adds what it says to the members that all records have.
    pub(crate) fn write(&self, writer: &mut Writer) {
        if let Some(origin) = &self.origin {
            origin.write(writer);
        }
        let _ = writer.key("given_at").integer(self.given_at.0);
        match &self.says {
            Says::Switch(bundle) | Says::Shadow(Some(bundle)) => {
                let _ = writer.key("bundle").string(bundle);
            }
            Says::Shadow(None) => {}
            Says::Pause(part) | Says::Resume(part) => {
                let _ = writer.key("part").string(part);
            }
            Says::Erase(subject) => {
                let _ = writer.key("subject").string(subject);
            }
        }
    }

    /// Reads a command of that kind.
    pub(crate) fn read(kind: &str, root: Value<'_>) -> Result<Command, DecodeError> {
        let origin = match root.get("origin") {
            None => None,
            some => Some(Origin::read(some)?),
        };
        let part = || own::string(root.get("part"), "part");
        let says = match kind {
            "shadow" if root.get("bundle").is_none() => Says::Shadow(None),
            "shadow" => Says::Shadow(Some(own::string(root.get("bundle"), "bundle")?)),
            "pause" => Says::Pause(part()?),
            "resume" => Says::Resume(part()?),
            "erase" => Says::Erase(own::string(root.get("subject"), "subject")?),
            _ => Says::Switch(own::string(root.get("bundle"), "bundle")?),
        };
        Ok(Command { given_at: own::instant(root.get("given_at"), "given_at")?, says, origin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log_record::{self, LogRecord};

    #[test]
    fn a_command_reads_back_as_it_was_and_is_told_from_all_else_at_its_beginning() {
        let origin = Origin { topic: "segue.shared".into(), incarnation: 0, partition: 0, offset: 7, n: 0 };
        let shadows = [Says::Shadow(Some("d2".into())), Says::Shadow(None)];
        let all = [Says::Switch("d1".into()), Says::Pause("rule/a".into()), Says::Resume("rule/a".into())];
        let all = all.into_iter().chain(shadows).chain([Says::Erase("web:\"1".into())]);
        for (says, origin) in all.zip([None, Some(origin), None, None, None, None]) {
            let command = Command { given_at: Timestamp(5), says, origin };
            let text = log_record::encode(&LogRecord::Command(command.clone()));
            assert_eq!(log_record::command(text.as_bytes()), Some(command));
            assert_eq!(log_record::stamp(text.as_bytes()), Some(Timestamp(0)), "it moves no time on");
        }
        assert_eq!(log_record::command(log_record::encode_tick(Timestamp(5)).as_bytes()), None);
        assert_eq!(log_record::command(b"{\"v\":1,\"kind\":\"switch"), None);
    }
}
