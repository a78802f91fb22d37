//! Log records that led to no decision of their own are accounted for together: one record names their offsets.
//!
//! When such a record is written depends on the log alone, not on how it is cut into steps: once [`JOINED_FOR`] has
//! passed since its first entry, or once it has [`ENTRIES_MAX`] entries.

use segue_model::{Span, Timestamp};
use segue_wire::{Joined as Record, Ranges};

use crate::partition::Role;

/// How long entries are gathered, by the time of the log.
pub const JOINED_FOR: Span = Span(10_000);
/// How many entries one record has at most.
pub const ENTRIES_MAX: usize = 1_000;

/// What became of a log record that led to no decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// No rule fired.
    NoRule,
    /// An event that came before within the duplicates window.
    Duplicate,
    /// A copy of an input record that came before.
    Seen,
    /// It became a failed event.
    Failed,
    /// The log's own clock.
    Tick,
    /// What concerns everyone, copied to every partition.
    Copied,
    /// What concerns everyone and says nothing new.
    Unchanged,
    /// About somebody who was erased, from before that.
    Erased,
}

impl Ending {
    /// Every ending, in the order in which a joined record lists them.
    pub const ALL: [Ending; 8] = [
        Ending::NoRule,
        Ending::Duplicate,
        Ending::Seen,
        Ending::Failed,
        Ending::Tick,
        Ending::Copied,
        Ending::Unchanged,
        Ending::Erased,
    ];

    /// Its name in a joined record.
    pub fn as_str(self) -> &'static str {
        match self {
            Ending::NoRule => "no_rule",
            Ending::Duplicate => "duplicate",
            Ending::Seen => "seen",
            Ending::Failed => "failed",
            Ending::Tick => "tick",
            Ending::Copied => "copied",
            Ending::Unchanged => "unchanged",
            Ending::Erased => "erased",
        }
    }
}

/// The entries gathered so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// When the first entry was added that is no tick, and has a time.
    pub since: Option<Timestamp>,
    /// Offset and ending, in the order of the log.
    pub entries: Vec<(u64, Ending)>,
}

impl Joined {
    /// True if there are only entries that have no time.
    pub fn is_timeless(&self) -> bool {
        self.since.is_none() && !self.entries.is_empty()
    }

    /// Adds the ending of a record, taken `now`; `None` if it has no time of its own, and waits for one that has. A tick does
    /// not begin the gathering: it would call for the next one for ever.
    pub fn add(&mut self, offset: u64, ending: Ending, now: Option<Timestamp>) {
        self.entries.push((offset, ending));
        if ending != Ending::Tick && self.since.is_none() {
            self.since = now;
        }
    }

    /// When the record is due by time.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.since.map(|since| since.plus(JOINED_FOR))
    }

    /// True once the record is due by number.
    pub fn is_full(&self) -> bool {
        self.entries.len() >= ENTRIES_MAX
    }

    /// What is gathered, as the record that is written.
    pub fn to_record(&self, role: Role, partition: u32) -> Record {
        let of = |ending: Ending| {
            let mut ranges = Ranges::new();
            let offsets = self.entries.iter().filter(|(_, its)| *its == ending);
            offsets.for_each(|(offset, _)| ranges.push(*offset));
            ranges
        };
        let (duplicate, seen) = (of(Ending::Duplicate), of(Ending::Seen));
        let (failed, tick) = (of(Ending::Failed), of(Ending::Tick));
        match role {
            Role::Log => {
                let (no_rule, erased) = (of(Ending::NoRule), of(Ending::Erased));
                Record::Log { partition, no_rule, duplicate, seen, failed, tick, erased }
            }
            Role::Shared { .. } => {
                let (copied, unchanged) = (of(Ending::Copied), of(Ending::Unchanged));
                Record::Shared { copied, unchanged, duplicate, seen, failed, tick }
            }
        }
    }
}
