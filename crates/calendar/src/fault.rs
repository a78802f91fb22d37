//! What is wrong with a calendar or with quiet hours as they are written.

use std::fmt;
use std::ops::Range;

/// Which of the texts a fault is in. Positions count from 0, in the order in which the texts were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// The calendar's `timezone`.
    Timezone,
    /// `open` as a whole.
    Open,
    /// The days of an entry of `open`, left of the colon: `mon-fri`.
    Days(usize),
    /// The hours of an entry of `open`, right of the colon: `09:00-17:30`.
    Hours(usize),
    /// `closed` as a whole.
    ClosedDates,
    /// A date of `closed`.
    Closed(usize),
    /// The `from` of quiet hours.
    From,
    /// The `until` of quiet hours.
    Until,
}

/// Something wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which text.
    pub key: Key,
    /// Where in that text, in bytes; empty, at 0, where the fault is of `open` or `closed` as a whole.
    pub range: Range<usize>,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to write instead, if that is known.
    pub hint: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key {
            Key::Timezone => write!(f, "timezone: {}", self.message),
            Key::Open => write!(f, "open: {}", self.message),
            Key::Days(entry) | Key::Hours(entry) => write!(f, "open, entry {}: {}", entry + 1, self.message),
            Key::ClosedDates => write!(f, "closed: {}", self.message),
            Key::Closed(date) => write!(f, "closed, date {}: {}", date + 1, self.message),
            Key::From => write!(f, "from: {}", self.message),
            Key::Until => write!(f, "until: {}", self.message),
        }
    }
}
