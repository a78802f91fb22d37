//! An instant as a calendar and a clock on the wall show it somewhere.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::Timestamp;
use super::parse::number;

/// The zones that come with the program: the same on every machine, so that a replay elsewhere gives the same results.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Where the clock hangs.
#[derive(Clone, Debug)]
pub enum Zone {
    /// So many seconds ahead of UTC.
    Fixed(i32),
    /// A zone of the IANA database.
    Named(TimeZone),
}

/// What a calendar and a clock say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The year.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
    /// 0 to 23.
    pub hour: i64,
    /// 0 to 59.
    pub minute: i64,
    /// 0 to 59.
    pub second: i64,
    /// 0 to 6, Sunday is 0.
    pub weekday: i64,
    /// 0 to 365, the first of January is 0.
    pub year_day: i64,
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Zone = Zone::Fixed(0);

    /// Reads an IANA name such as `Europe/Paris` or an offset such as `+05:30`, `-02:00`, `02:00`; no text is UTC.
    pub fn parse(text: &str) -> Option<Zone> {
        if text.is_empty() || text == "UTC" {
            return Some(Zone::UTC);
        }
        if text.contains(':') {
            return Zone::fixed(text).map(Zone::Fixed);
        }
        ZONES.get(text).ok().map(Zone::Named)
    }

    /// The seconds of an offset such as `+05:30`; without a sign it is ahead of UTC.
    pub(super) fn fixed(text: &str) -> Option<i32> {
        let (sign, rest) = match text.as_bytes() {
            [b'-', rest @ ..] => (-1, rest),
            [b'+', rest @ ..] => (1, rest),
            rest => (1, rest),
        };
        let &[a, b, b':', c, d] = rest else { return None };
        let (hours, minutes) = (number(&[a, b])?, number(&[c, d])?);
        if hours > 23 || minutes > 59 {
            return None;
        }
        i32::try_from(sign * (hours * 3_600 + minutes * 60)).ok()
    }

    /// Seconds ahead of UTC at that instant.
    fn offset(&self, at: Timestamp) -> i64 {
        match self {
            Zone::Fixed(seconds) => i64::from(*seconds),
            Zone::Named(zone) => {
                // The last two hours of the year 9999 are beyond this library; its last offset holds there too.
                let at = jiff::Timestamp::from_second(at.seconds).unwrap_or(jiff::Timestamp::MAX);
                i64::from(zone.to_offset(at).seconds())
            }
        }
    }
}

impl Timestamp {
    /// What a calendar and a clock in that zone show at this instant.
    pub fn civil(self, zone: &Zone) -> Civil {
        let seconds = self.seconds.saturating_add(zone.offset(self));
        let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = date_of_days(days);
        Civil {
            year,
            month,
            day,
            hour: of_day / 3_600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            // The epoch was a Thursday.
            weekday: (days + 4).rem_euclid(7),
            year_day: days - days_of_date(year, 1, 1),
        }
    }
}

/// Days from the epoch to a date of the Gregorian calendar, counted in eras of 400 years that begin in March.
pub(super) fn days_of_date(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date_of_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
