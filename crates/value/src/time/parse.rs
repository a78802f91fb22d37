//! RFC 3339 texts <-> timestamps, texts such as `1d12h` or `-1.5s` <-> durations. Exact, without doubles between.

use std::fmt;

use super::zone::{days_in_month, days_of_date};
use super::{Duration, Timestamp, Zone};

/// The units of a duration and their nanoseconds. `ms` stands before `m`, which it begins with.
const UNITS: [(&str, i128); 9] = [
    ("w", 604_800_000_000_000),
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("ms", 1_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("ns", 1),
];

/// Digits of a fraction that count; more are finer than a nanosecond of any unit.
const FRACTION_DIGITS_MAX: usize = 18;

impl Timestamp {
    /// Reads an RFC 3339 text such as `2026-03-02T10:00:00.5+01:00`. What is finer than a nanosecond is cut off; a leap
    /// second is the second before it.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let bytes = text.as_bytes();
        if bytes.len() < 20 || !matches!(bytes[10], b'T' | b't' | b' ') {
            return None;
        }
        let marks = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        if marks.iter().any(|(at, mark)| bytes[*at] != *mark) {
            return None;
        }
        let (year, month, day) = (number(&bytes[0..4])?, number(&bytes[5..7])?, number(&bytes[8..10])?);
        let (hour, minute, second) =
            (number(&bytes[11..13])?, number(&bytes[14..16])?, number(&bytes[17..19])?);
        if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
            return None;
        }
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let (nanos, rest) = fraction(&bytes[19..])?;
        let offset = match rest {
            b"Z" | b"z" => 0,
            [b'+' | b'-', ..] => Zone::fixed(std::str::from_utf8(rest).ok()?)?,
            _ => return None,
        };
        let of_day = hour * 3_600 + minute * 60 + second.min(59);
        Timestamp::new(days_of_date(year, month, day) * 86_400 + of_day - i64::from(offset), nanos)
    }
}

/// The number that two or four digits say.
pub(super) fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0i64, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

/// The nanoseconds of a fraction that may stand at the front, and what follows.
fn fraction(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let Some(digits) = bytes.strip_prefix(b".") else { return Some((0, bytes)) };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digit = |place| if place < count { u32::from(digits[place] - b'0') } else { 0 };
    let nanos = (0..9).fold(0, |nanos, place| nanos * 10 + digit(place));
    (count > 0).then(|| (nanos, &digits[count..]))
}

/// RFC 3339, UTC, with a fraction only where there is one.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.civil(&Zone::UTC);
        write!(f, "{:04}-{:02}-{:02}T", civil.year, civil.month, civil.day)?;
        write!(f, "{:02}:{:02}:{:02}", civil.hour, civil.minute, civil.second)?;
        write_fraction(f, self.nanos)?;
        f.write_str("Z")
    }
}

fn write_fraction(f: &mut fmt::Formatter<'_>, nanos: u32) -> fmt::Result {
    if nanos == 0 {
        return Ok(());
    }
    let digits = format!("{nanos:09}");
    write!(f, ".{}", digits.trim_end_matches('0'))
}

impl Duration {
    /// Reads a text such as `24h`, `1d12h`, `1.5h`, `-90s` or `250ms`: a sign, then numbers each with a unit of
    /// `w d h m s ms us ns`. What is finer than a nanosecond is cut off. A bare number is none, except `0`.
    pub fn parse(text: &str) -> Option<Duration> {
        let (sign, mut rest) = match text.as_bytes().first()? {
            b'-' => (-1, &text[1..]),
            b'+' => (1, &text[1..]),
            _ => (1, text),
        };
        if rest == "0" {
            return Some(Duration::ZERO);
        }
        let mut total = 0i128;
        loop {
            let (nanos, after) = part(rest)?;
            total = total.checked_add(nanos)?;
            if after.is_empty() {
                return Duration::of_nanos(sign * total);
            }
            rest = after;
        }
    }
}

/// The nanoseconds of one number with its unit, and what follows.
fn part(text: &str) -> Option<(i128, &str)> {
    let (whole, rest) = digits(text);
    let (fraction, rest) = rest.strip_prefix('.').map_or(("", rest), digits);
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (name, unit) = UNITS.iter().find(|(name, _)| rest.starts_with(name))?;
    let whole = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()? };
    let fraction = &fraction[..fraction.len().min(FRACTION_DIGITS_MAX)];
    let mut nanos = i128::from(whole).checked_mul(*unit)?;
    if !fraction.is_empty() {
        nanos += fraction.parse::<i128>().ok()? * unit / 10i128.pow(u32::try_from(fraction.len()).ok()?);
    }
    Some((nanos, &rest[name.len()..]))
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

/// Seconds, with a fraction where there is one: `-1.5s`, as the JSON form of durations has it.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.to_nanos();
        let second = 1_000_000_000u128;
        let (size, sign) = (nanos.unsigned_abs(), if nanos < 0 { "-" } else { "" });
        write!(f, "{sign}{}", size / second)?;
        write_fraction(f, u32::try_from(size % second).unwrap_or_default())?;
        f.write_str("s")
    }
}
