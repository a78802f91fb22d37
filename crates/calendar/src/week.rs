//! Hours by weekday, and the search for the next instant at which they begin or end.
//!
//! Shape: between two changes of its offset a zone's clock runs evenly, so the search goes from change to change, and
//! between them from date to date. Both advance strictly and stop at [`DAYS_MAX`].

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use segue_model::Timestamp;

/// How far ahead the search looks, in days of 24 hours.
pub(crate) const DAYS_MAX: i64 = 400;

/// A day of 24 hours, in milliseconds.
pub(crate) const DAY: i64 = 86_400_000;

/// Hours of one date, `[from, until)`, in milliseconds of the clock on the wall since its midnight; at most [`DAY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hours {
    pub(crate) from: i64,
    pub(crate) until: i64,
}

/// What the search is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sought {
    Open,
    Closed,
}

/// The hours of every weekday, Monday first, and the dates without any, in days since the epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Week {
    /// In order, and none touches the next.
    days: [Vec<Hours>; 7],
    closed: BTreeSet<i64>,
}

impl Week {
    /// Hours that touch or overlap become one.
    pub(crate) fn new(mut days: [Vec<Hours>; 7], closed: BTreeSet<i64>) -> Week {
        for day in &mut days {
            day.sort_unstable();
            day.dedup_by(|next, kept| {
                let joined = next.from <= kept.until;
                if joined {
                    kept.until = kept.until.max(next.until);
                }
                joined
            });
        }
        Week { days, closed }
    }

    /// Whether the clock of `zone` shows one of the hours. Outside the years -9999 to 9999 it shows none.
    pub(crate) fn is_open(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let Some(there) = instant(at.0) else { return false };
        let local = at.0 + offset_ms(zone, there);
        let of_day = local.rem_euclid(DAY);
        self.first_of_date(local.div_euclid(DAY), of_day, Sought::Open) == Some(of_day)
    }

    /// The first instant from `start` on at which the hours are as sought; `None` if there is none in the 400 days
    /// that begin with `start`.
    pub(crate) fn next(&self, start: Timestamp, zone: &TimeZone, sought: Sought) -> Option<Timestamp> {
        if instant(start.0).is_none() {
            return (sought == Sought::Closed).then_some(start);
        }
        let limit = start.0 + DAYS_MAX * DAY;
        let mut at = start.0;
        while at < limit {
            let there = instant(at)?;
            let offset = offset_ms(zone, there);
            let change = zone.following(there).next().map(|change| change.timestamp().as_millisecond());
            // A change that is not later would be a fault of the zone's data; it must not hold the search up.
            let end = change.filter(|change| *change > at).map_or(limit, |change| change.min(limit));
            if let Some(local) = self.first_between(at + offset, end + offset, sought) {
                return Some(Timestamp(local - offset));
            }
            at = end;
        }
        None
    }

    /// The first of the milliseconds `[from, until)` of an evenly running clock that is as sought.
    fn first_between(&self, from: i64, until: i64, sought: Sought) -> Option<i64> {
        let (mut date, mut of_day) = (from.div_euclid(DAY), from.rem_euclid(DAY));
        while date * DAY + of_day < until {
            if let Some(first) = self.first_of_date(date, of_day, sought) {
                return Some(date * DAY + first).filter(|first| *first < until);
            }
            (date, of_day) = (date + 1, 0);
        }
        None
    }

    /// The first millisecond of that date, from `of_day` on, that is as sought.
    fn first_of_date(&self, date: i64, of_day: i64, sought: Sought) -> Option<i64> {
        // The epoch was a Thursday.
        let weekday = (date + 3).rem_euclid(7) as usize;
        let hours = if self.closed.contains(&date) { &[] } else { self.days[weekday].as_slice() };
        let next = hours.iter().find(|hours| of_day < hours.until);
        match sought {
            Sought::Open => next.map(|hours| hours.from.max(of_day)),
            Sought::Closed => match next.filter(|hours| hours.from <= of_day) {
                Some(hours) => Some(hours.until).filter(|until| *until < DAY),
                None => Some(of_day),
            },
        }
    }
}

/// The instant as the library of zones knows it, if it does: the years -9999 to 9999.
fn instant(at: i64) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_millisecond(at).ok()
}

/// How far the zone's clock is ahead of UTC at that instant, in milliseconds.
fn offset_ms(zone: &TimeZone, at: jiff::Timestamp) -> i64 {
    i64::from(zone.to_offset(at).seconds()) * 1_000
}
