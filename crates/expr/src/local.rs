//! The person's own clock.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use segue_model::Timestamp;

/// The zones that come with the program: the same on every machine, so that a replay elsewhere gives the same tasks.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// What a clock on the wall and a calendar beside it say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    /// 0 to 23.
    pub(crate) hour: i64,
    /// 0 to 59.
    pub(crate) minute: i64,
    /// 1 to 7, Monday is 1.
    pub(crate) weekday: i64,
    /// As `2026-03-02`.
    pub(crate) date: String,
}

/// The local time of `now` in the first of the zones that there is; in UTC if there is none.
pub(crate) fn local<'z>(now: Timestamp, zones: impl IntoIterator<Item = &'z str>) -> Option<Local> {
    let zone = zones.into_iter().find_map(|name| ZONES.get(name).ok()).unwrap_or(TimeZone::UTC);
    let there = jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(zone);
    Some(Local {
        hour: i64::from(there.hour()),
        minute: i64::from(there.minute()),
        weekday: i64::from(there.weekday().to_monday_one_offset()),
        date: there.date().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_zone_that_there_is_counts_and_monday_is_one() {
        let now = Timestamp::parse("2026-03-01T23:30:00Z").unwrap();
        for (zones, expected) in [
            (vec!["Europe/Paris"], (0, 30, 1, "2026-03-02")),
            (vec!["Nowhere/Else", "America/New_York"], (18, 30, 7, "2026-03-01")),
            (vec!["", "../etc/passwd"], (23, 30, 7, "2026-03-01")),
        ] {
            let local = local(now, zones).unwrap();
            assert_eq!((local.hour, local.minute, local.weekday, local.date.as_str()), expected);
        }
    }
}
