//! `getHours()` and its like: parts of an instant as a calendar shows it, and of a duration.

use crate::fault::Fault;
use crate::time::{Timestamp, Zone};
use crate::value::Value;

/// A part of an instant or of a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `getFullYear`
    FullYear,
    /// `getMonth`: 0 to 11.
    Month,
    /// `getDayOfYear`: 0 to 365.
    DayOfYear,
    /// `getDayOfMonth`: 0 to 30.
    DayOfMonth,
    /// `getDate`: 1 to 31.
    Date,
    /// `getDayOfWeek`: 0 to 6, Sunday is 0.
    DayOfWeek,
    /// `getHours`: 0 to 23; all the whole hours of a duration.
    Hours,
    /// `getMinutes`: 0 to 59; all the whole minutes of a duration.
    Minutes,
    /// `getSeconds`: 0 to 59; all the whole seconds of a duration.
    Seconds,
    /// `getMilliseconds`: 0 to 999; of a duration too, what is past its whole seconds.
    Milliseconds,
}

impl Part {
    /// The part that the function of that name reads.
    pub fn of_name(name: &str) -> Option<Part> {
        Some(match name {
            "getFullYear" => Part::FullYear,
            "getMonth" => Part::Month,
            "getDayOfYear" => Part::DayOfYear,
            "getDayOfMonth" => Part::DayOfMonth,
            "getDate" => Part::Date,
            "getDayOfWeek" => Part::DayOfWeek,
            "getHours" => Part::Hours,
            "getMinutes" => Part::Minutes,
            "getSeconds" => Part::Seconds,
            "getMilliseconds" => Part::Milliseconds,
            _ => return None,
        })
    }
}

/// `value.getHours()` and its like: of an instant in UTC, or of a duration.
///
/// # Errors
/// [`Fault::NoOverload`] for all else, and for a date of a duration.
pub fn part(part: Part, value: &Value<'_>) -> Result<i64, Fault> {
    let Value::Duration(duration) = value else { return part_in(part, value, &Zone::UTC) };
    let unit_nanos = match part {
        Part::Hours => 3_600_000_000_000,
        Part::Minutes => 60_000_000_000,
        Part::Seconds => 1_000_000_000,
        Part::Milliseconds => return Ok(duration.whole(1_000_000) % 1_000),
        _ => return Err(Fault::NoOverload),
    };
    Ok(duration.whole(unit_nanos))
}

/// `value.getHours(zone)` and its like: of an instant in that zone. See [`Zone::parse`]; where the text of a zone is
/// none, that is [`Fault::NoSuchZone`].
///
/// # Errors
/// [`Fault::NoOverload`] for all else.
pub fn part_in(part: Part, value: &Value<'_>, zone: &Zone) -> Result<i64, Fault> {
    let Value::Timestamp(instant) = value else { return Err(Fault::NoOverload) };
    Ok(part_of(part, *instant, zone))
}

fn part_of(part: Part, instant: Timestamp, zone: &Zone) -> i64 {
    let civil = instant.civil(zone);
    match part {
        Part::FullYear => civil.year,
        Part::Month => civil.month - 1,
        Part::DayOfYear => civil.year_day,
        Part::DayOfMonth => civil.day - 1,
        Part::Date => civil.day,
        Part::DayOfWeek => civil.weekday,
        Part::Hours => civil.hour,
        Part::Minutes => civil.minute,
        Part::Seconds => civil.second,
        Part::Milliseconds => i64::from(instant.nanos / 1_000_000),
    }
}
