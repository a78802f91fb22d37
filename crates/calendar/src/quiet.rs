//! Quiet hours: the part of every day in which a person is not to be disturbed.

use std::collections::BTreeSet;

use segue_model::Timestamp;

use crate::fault::{Fault, Key};
use crate::parse::{self, End, TextFault};
use crate::week::{DAY, DAYS_MAX, Hours, Sought, Week};
use crate::zone::Zone;

/// The quiet hours of a channel, by the person's own clock; they may go over midnight.
///
/// As for calendars, the clock on the wall decides: in a night in which it shows 01:00 to 02:00 twice, hours that are
/// quiet until 01:30 are quiet again when it shows 01:00 for the second time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// The quiet hours, as if they were a calendar's.
    week: Week,
}

impl Quiet {
    /// Reads quiet hours `[from, until)`, such as from `21:00` until `08:00`; `until` may be `24:00`.
    ///
    /// # Errors
    /// All faults of both texts; also if both are the same or the hours fill the day, since nothing could go out then.
    pub fn new(from: &str, until: &str) -> Result<Quiet, Vec<Fault>> {
        let mut faults = Vec::new();
        let begins = parse::time(from, End::From).map_err(|fault| faults.push(fault.at(Key::From)));
        let ends = parse::time(until, End::Until).map_err(|fault| faults.push(fault.at(Key::Until)));
        let (Ok(begins), Ok(ends)) = (begins, ends) else { return Err(faults) };
        if begins == ends % DAY {
            let (message, hint) =
                ("the quiet hours leave nothing of the day", "leave a part of the day for the channel");
            return Err(vec![TextFault::new(0..until.len(), message, Some(hint)).at(Key::Until)]);
        }
        let hours = if begins < ends {
            vec![Hours { from: begins, until: ends }]
        } else {
            vec![Hours { from: begins, until: DAY }, Hours { from: 0, until: ends }]
        };
        let hours = hours.into_iter().filter(|hours| hours.from < hours.until).collect::<Vec<_>>();
        Ok(Quiet { week: Week::new(std::array::from_fn(|_| hours.clone()), BTreeSet::new()) })
    }

    /// Whether the person's clock shows a quiet hour.
    pub fn is_quiet(&self, at: Timestamp, person: &Zone) -> bool {
        self.week.is_open(at, &person.0)
    }

    /// The first instant from `at` on that is not quiet: `at` itself if it is not.
    pub fn next_loud(&self, at: Timestamp, person: &Zone) -> Timestamp {
        // A part of every day is loud, and no zone leaves out that part for a year, so there always is one. Were there
        // none, the end of the search is the answer that does not disturb.
        let last = Timestamp(at.0.saturating_add(DAYS_MAX * DAY));
        self.week.next(at, &person.0, Sought::Closed).unwrap_or(last)
    }
}
