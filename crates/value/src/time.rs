//! Instants and lengths of time, to the nanosecond, within the bounds of CEL.
//!
//! Read on: `parse` reads and writes them, [`zone`] knows calendars and clocks on walls.

mod parse;
pub mod zone;

pub use zone::{Civil, Zone};

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// An instant of the years 1 to 9999, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Seconds since the epoch.
    pub seconds: i64,
    /// Nanoseconds on top, 0 to 999,999,999.
    pub nanos: u32,
}

/// A length of time, either way: as long as a count of nanoseconds of 64 bits goes, some 292 years, as the
/// specification of CEL bounds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration {
    /// Whole seconds.
    pub seconds: i64,
    /// Nanoseconds on top, 0 to 999,999,999: half a second less than none is one second less and half a second on top.
    pub nanos: u32,
}

impl Timestamp {
    /// The first instant of the year 1.
    pub const MIN: Timestamp = Timestamp { seconds: -62_135_596_800, nanos: 0 };
    /// The last instant of the year 9999.
    pub const MAX: Timestamp = Timestamp { seconds: 253_402_300_799, nanos: 999_999_999 };

    /// The instant, if it is one of the years 1 to 9999 and `nanos` less than a second.
    pub fn new(seconds: i64, nanos: u32) -> Option<Timestamp> {
        let is_within = (Self::MIN.seconds..=Self::MAX.seconds).contains(&seconds);
        (is_within && i64::from(nanos) < NANOS_PER_SECOND).then_some(Timestamp { seconds, nanos })
    }

    /// The instant so many milliseconds after the epoch, which is how the router counts.
    pub fn of_millis(millis: i64) -> Option<Timestamp> {
        let nanos = u32::try_from(millis.rem_euclid(1_000)).ok()? * 1_000_000;
        Timestamp::new(millis.div_euclid(1_000), nanos)
    }

    /// Milliseconds since the epoch; what is finer is cut off.
    pub fn to_millis(self) -> i64 {
        self.seconds.saturating_mul(1_000).saturating_add(i64::from(self.nanos / 1_000_000))
    }

    /// This instant, `duration` later.
    pub fn plus(self, duration: Duration) -> Option<Timestamp> {
        of_nanos(self.to_nanos() + duration.to_nanos())
    }

    /// This instant, `duration` earlier.
    pub fn minus(self, duration: Duration) -> Option<Timestamp> {
        of_nanos(self.to_nanos() - duration.to_nanos())
    }

    /// The time from `earlier` to this instant; negative if it is the later one.
    pub fn since(self, earlier: Timestamp) -> Option<Duration> {
        Duration::of_nanos(self.to_nanos() - earlier.to_nanos())
    }

    fn to_nanos(self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOS_PER_SECOND) + i128::from(self.nanos)
    }
}

fn of_nanos(nanos: i128) -> Option<Timestamp> {
    let (seconds, nanos) = split(nanos)?;
    Timestamp::new(seconds, nanos)
}

fn split(nanos: i128) -> Option<(i64, u32)> {
    let second = i128::from(NANOS_PER_SECOND);
    let seconds = i64::try_from(nanos.div_euclid(second)).ok()?;
    Some((seconds, u32::try_from(nanos.rem_euclid(second)).ok()?))
}

impl Duration {
    /// No time.
    pub const ZERO: Duration = Duration { seconds: 0, nanos: 0 };

    /// The duration of so many nanoseconds; `None` if they are more than 64 bits hold.
    pub fn of_nanos(nanos: i128) -> Option<Duration> {
        let (seconds, nanos) = split(i128::from(i64::try_from(nanos).ok()?))?;
        Some(Duration { seconds, nanos })
    }

    /// The duration of so many milliseconds.
    pub fn of_millis(millis: i64) -> Option<Duration> {
        Duration::of_nanos(i128::from(millis) * 1_000_000)
    }

    /// All of it in nanoseconds.
    pub fn to_nanos(self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOS_PER_SECOND) + i128::from(self.nanos)
    }

    /// All of it in units of so many nanoseconds, cut off towards none.
    pub(crate) fn whole(self, unit_nanos: i64) -> i64 {
        i64::try_from(self.to_nanos() / i128::from(unit_nanos)).unwrap_or(i64::MAX)
    }

    /// The sum.
    pub fn plus(self, other: Duration) -> Option<Duration> {
        Duration::of_nanos(self.to_nanos() + other.to_nanos())
    }

    /// The difference.
    pub fn minus(self, other: Duration) -> Option<Duration> {
        Duration::of_nanos(self.to_nanos() - other.to_nanos())
    }

    /// The same, the other way.
    pub fn negated(self) -> Option<Duration> {
        Duration::of_nanos(-self.to_nanos())
    }
}

#[cfg(test)]
mod tests;
