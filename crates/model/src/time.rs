//! Instants and spans of time, in milliseconds; instants count from 1970-01-01T00:00:00Z.

use std::fmt;

/// An instant, in milliseconds since the epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// A length of time, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub i64);

/// The units of a span as the bundle writes them, longest first, with their milliseconds.
const UNITS: [(char, i64); 5] =
    [('w', 604_800_000), ('d', 86_400_000), ('h', 3_600_000), ('m', 60_000), ('s', 1_000)];

/// The longest span that is read, `15250w`: some 292 years, as long as a duration of CEL can be.
const SPAN_MAX_MS: i64 = 15_250 * UNITS[0].1;

/// From here on, the library that reads instants has none.
const READ_UNTIL_MS: i64 = 253_402_207_200_000;

impl Timestamp {
    /// Reads an RFC 3339 text such as `2026-03-02T10:00:00Z`; what is finer than a millisecond is cut off.
    pub fn parse(text: &str) -> Option<Timestamp> {
        // The library takes offsets of a day and more, which no clock on earth has and RFC 3339 does not either.
        let offset = text.get(10..)?.rsplit_once(['+', '-']).map(|(_, offset)| offset);
        if offset.and_then(|offset| offset.get(..2)?.parse::<u32>().ok()).is_some_and(|hours| hours > 23) {
            return None;
        }
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|t| Timestamp(t.as_nanosecond().div_euclid(1_000_000) as i64))
    }

    /// This instant, `span` later.
    pub fn plus(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add(span.0))
    }

    /// The time from `earlier` to this instant; negative if it is the later one.
    pub fn since(self, earlier: Timestamp) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

/// RFC 3339, UTC, milliseconds only where there are any. What lies beyond the instants that can be read is written as the
/// last of them: a time that never comes must not make a record that nobody can read.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if (0..READ_UNTIL_MS).contains(&self.0) {
            return f.write_str(write(self.0, &mut [0; 24]));
        }
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) => write!(f, "{instant}"),
            Err(_) if self.0 > 0 => f.write_str(write(READ_UNTIL_MS, &mut [0; 24])),
            Err(_) => write!(f, "{}", jiff::Timestamp::MIN),
        }
    }
}

/// Writes an instant of the years 1970 to 9999: every decision and every task has one or more.
fn write(millis: i64, text: &mut [u8; 24]) -> &str {
    let (days, millis) = ((millis / 86_400_000) as u32, (millis % 86_400_000) as u32);
    // Counted from the first of March 0000, years begin after the day that not all of them have; an era is 400 years.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, is_next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year + is_next_year;
    let seconds = millis / 1_000;
    text.copy_from_slice(b"0000-00-00T00:00:00.000Z");
    for (at, length, number) in [
        (0, 4, year),
        (5, 2, month),
        (8, 2, day),
        (11, 2, seconds / 3_600),
        (14, 2, seconds / 60 % 60),
        (17, 2, seconds % 60),
        (20, 3, millis % 1_000),
    ] {
        let mut rest = number;
        for digit in text[at..at + length].iter_mut().rev() {
            (*digit, rest) = (b'0' + (rest % 10) as u8, rest / 10);
        }
    }
    let mut end = 23;
    while matches!(text[end - 1], b'0') && end > 20 {
        end -= 1;
    }
    if end == 20 {
        end = 19;
    }
    text[end] = b'Z';
    std::str::from_utf8(&text[..=end]).expect("digits are ASCII")
}

impl Span {
    /// Reads a text such as `90s`, `15m`, `24h`, `7d`, `2w` or `1h30m`. A bare number is none.
    pub fn parse(text: &str) -> Option<Span> {
        let (mut total, mut number, mut last_unit) = (0i64, String::new(), usize::MAX);
        if text.is_empty() {
            return None;
        }
        for character in text.chars() {
            if character.is_ascii_digit() {
                number.push(character);
                continue;
            }
            let unit = UNITS.iter().position(|(name, _)| *name == character)?;
            if last_unit != usize::MAX && unit <= last_unit {
                return None;
            }
            last_unit = unit;
            total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(UNITS[unit].1)?)?;
            number.clear();
        }
        (number.is_empty() && total <= SPAN_MAX_MS).then_some(Span(total))
    }
}

/// As the bundle writes it: `1h30m`; `0s` for none.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        if rest < 1_000 {
            return f.write_str("0s");
        }
        for (name, millis) in UNITS {
            let (count, left) = (rest / millis as u64, rest % millis as u64);
            // Nobody says four weeks and two days where thirty days are meant.
            if name == 'w' && left > 0 {
                continue;
            }
            if count > 0 {
                write!(f, "{count}{name}")?;
            }
            rest = left;
        }
        Ok(())
    }
}
