//! What a partition keeps beside profiles: how far it has read, what time it is, what it has seen.

use std::collections::{BTreeMap, BTreeSet};

use segue_model::Timestamp;

use crate::joined::Joined;
use crate::origins::Origins;

/// How far an event about everyone has come, where a commit comes between its subjects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Broadcast {
    /// The offset of its log record.
    pub offset: u64,
    /// The key of the subject that it concerned last; subjects come in the order of their keys.
    pub after: String,
    /// For how many subjects a rule has fired so far.
    pub reached: u64,
    /// True if a task came of it for one of them, now or later.
    pub has_acted: bool,
}

/// What partitions have said so far of an event about everyone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reaching {
    /// Which partitions.
    pub from: BTreeSet<u32>,
    /// How many subjects they have reached.
    pub subjects: u64,
    /// True if a task came of it for one of them, now or later.
    pub has_acted: bool,
}

/// How many signals about other subjects were raised while a record of the log was taken: their origins go by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// The offset of the record.
    pub offset: u64,
    /// How many.
    pub count: u32,
}

/// The partition's own state: small, and written whole with every step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The log offset that is read next; `None` before the first record.
    pub next: Option<u64>,
    /// The time of the log: the greatest stamp seen.
    pub now: Timestamp,
    /// The input records seen.
    pub origins: Origins,
    /// The event about everyone that is being decided on, subject by subject.
    pub broadcast: Option<Broadcast>,
    /// After how many slices the record that is read next has been given up to be given again: see
    /// [`crate::Partition::step_some`].
    pub slices: u32,
    /// The router was behind: nothing leaves before this time.
    pub behind: Option<Timestamp>,
    /// The topics that cannot be written, each with the offset of the record that found it so.
    pub closed: BTreeMap<String, u64>,
    /// The digest of the bundle that it was told to decide by; `None`: the one that it began with.
    pub bundle: Option<String>,
    /// The digest of the bundle that decides beside it, if it was told that one does.
    pub shadow: Option<String>,
    /// What is paused, such as `rule/ID`.
    pub paused: BTreeSet<String>,
    /// Set once a part is resumed, until the next record that has a time lets go what waited: the key of the subject that
    /// this has come to; empty before the first.
    pub resumed: Option<String>,
    /// The digest of the bundle before that.
    pub former: Option<String>,
    /// When others were told last how tasks were responded to.
    pub told_at: Option<Timestamp>,
    /// In `segue.shared`: the events for many, by their offsets, that not all partitions are done with.
    pub reaching: BTreeMap<u64, Reaching>,
    /// The log records that await their joined record.
    pub joined: Joined,
    /// The signals that were raised about other subjects.
    pub passed: Passed,
}
