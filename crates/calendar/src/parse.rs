//! The texts of calendars: days, spans, times, dates, zones. Every fault says where in its text it is.

use std::ops::Range;

use crate::fault::{Fault, Key};
use crate::week::DAY;
use crate::zone::Zone;

/// How the weekdays are written, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const DAYS_HINT: &str =
    "write mon, tue, wed, thu, fri, sat or sun; a range as mon-fri, a list as \"mon, wed\"";
const SPAN_HINT: &str = "write a span as 09:00-17:30, several as \"09:00-12:00, 13:00-17:30\"";
const TIME_HINT: &str = "write hours and minutes with two digits each, from 00:00 to 23:59";
const DATE_HINT: &str = "write a date of the calendar as 2026-12-25";
const ZONE_HINT: &str = "write a name of the IANA database such as Europe/Paris, or `person`";

/// A fault whose text is not yet named.
#[derive(Debug)]
pub(crate) struct TextFault {
    range: Range<usize>,
    message: String,
    hint: Option<String>,
}

impl TextFault {
    pub(crate) fn new(range: Range<usize>, message: impl Into<String>, hint: Option<&str>) -> TextFault {
        TextFault { range, message: message.into(), hint: hint.map(str::to_owned) }
    }

    pub(crate) fn at(self, key: Key) -> Fault {
        Fault { key, range: self.range, message: self.message, hint: self.hint }
    }
}

/// From a time of the day until another, in milliseconds since midnight, and where it is written. If `until` is not
/// the greater, it is on the next day.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) range: Range<usize>,
}

/// Which end of a span a time is: only its end may be 24:00.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    From,
    Until,
}

/// A part of a text that knows where it stands.
#[derive(Clone, Copy)]
struct Part<'t> {
    text: &'t str,
    start: usize,
}

impl<'t> Part<'t> {
    fn whole(text: &'t str) -> Part<'t> {
        Part { text, start: 0 }
    }

    fn range(self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    fn trimmed(self) -> Part<'t> {
        let text = self.text.trim_start();
        Part { text: text.trim_end(), start: self.start + self.text.len() - text.len() }
    }

    /// The parts between the separators, spaces around them left out.
    fn split(self, separator: char) -> impl Iterator<Item = Part<'t>> {
        let mut start = self.start;
        self.text.split(separator).map(move |text| {
            let part = Part { text, start };
            start += text.len() + separator.len_utf8();
            part.trimmed()
        })
    }

    fn split_once(self, separator: char) -> Option<(Part<'t>, Part<'t>)> {
        let (left, right) = self.text.split_once(separator)?;
        let second = self.start + left.len() + separator.len_utf8();
        let left = Part { text: left, start: self.start };
        Some((left.trimmed(), Part { text: right, start: second }.trimmed()))
    }

    fn fault(self, message: impl Into<String>, hint: &str) -> TextFault {
        TextFault::new(self.range(), message, Some(hint))
    }
}

/// `None` is the person's own zone.
pub(crate) fn timezone(text: &str) -> Result<Option<Zone>, TextFault> {
    if text == "person" {
        return Ok(None);
    }
    match Zone::find(text) {
        Some(zone) if !zone.0.is_unknown() => Ok(Some(zone)),
        _ => Err(Part::whole(text).fault("there is no such time zone", ZONE_HINT)),
    }
}

/// The weekdays of a text such as `mon-wed, sat`, Monday 0, each with the place that names it; a weekday that is named
/// twice comes twice.
pub(crate) fn days(text: &str) -> (Vec<(usize, Range<usize>)>, Vec<TextFault>) {
    let (mut days, mut faults) = (Vec::new(), Vec::new());
    for part in Part::whole(text).split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        match (weekday(first), weekday(last)) {
            (Ok(first), Ok(last)) if first == last && part.text.contains('-') => {
                faults.push(
                    part.fault(
                        "a range of days from a weekday to itself",
                        "write one day, or mon-sun for all",
                    ),
                );
            }
            (Ok(first), Ok(last)) => {
                let count = (last + 7 - first) % 7 + 1;
                days.extend((first..first + count).map(|day| (day % 7, part.range())));
            }
            (first, last) => {
                faults.extend(first.err());
                faults.extend(last.err().filter(|_| part.text.contains('-')));
            }
        }
    }
    (days, faults)
}

fn weekday(part: Part<'_>) -> Result<usize, TextFault> {
    let found = DAYS.iter().position(|day| *day == part.text);
    found.ok_or_else(|| part.fault("this is no weekday", DAYS_HINT))
}

/// The spans of a text such as `09:00-12:00, 13:00-17:30`.
pub(crate) fn spans(text: &str) -> (Vec<Span>, Vec<TextFault>) {
    let (mut spans, mut faults) = (Vec::new(), Vec::new());
    for part in Part::whole(text).split(',') {
        let Some((from, until)) = part.split_once('-') else {
            faults.push(part.fault("this is no span of hours", SPAN_HINT));
            continue;
        };
        match (time_of(from, End::From), time_of(until, End::Until)) {
            (Ok(from), Ok(until)) if from == until => {
                let hint = "for the whole day write 00:00-24:00";
                faults.push(part.fault("a span that ends where it begins", hint));
            }
            (Ok(from), Ok(until)) => spans.push(Span { from, until, range: part.range() }),
            (from, until) => faults.extend(from.err().into_iter().chain(until.err())),
        }
    }
    (spans, faults)
}

/// A time of the day such as `17:30`, in milliseconds since midnight.
pub(crate) fn time(text: &str, end: End) -> Result<i64, TextFault> {
    time_of(Part::whole(text), end)
}

fn time_of(part: Part<'_>, end: End) -> Result<i64, TextFault> {
    if part.text == "24:00" {
        let hint = "write 00:00, on the next day";
        return if end == End::Until { Ok(DAY) } else { Err(part.fault("24:00 only ends hours", hint)) };
    }
    let &[a, b, b':', c, d] = part.text.as_bytes() else {
        return Err(part.fault("this is no time of the day", TIME_HINT));
    };
    match (number(&[a, b]), number(&[c, d])) {
        (Some(hour @ 0..24), Some(minute @ 0..60)) => Ok((hour * 60 + minute) * 60_000),
        _ => Err(part.fault("this is no time of the day", TIME_HINT)),
    }
}

/// A date such as `2026-12-25`, in days since the epoch.
pub(crate) fn date(text: &str) -> Result<i64, TextFault> {
    days_since_epoch(text).ok_or_else(|| Part::whole(text).fault("this is no date", DATE_HINT))
}

fn days_since_epoch(text: &str) -> Option<i64> {
    let &[a, b, c, d, b'-', e, f, b'-', g, h] = text.as_bytes() else { return None };
    let year = i16::try_from(number(&[a, b, c, d])?).ok()?;
    let (month, day) = (i8::try_from(number(&[e, f])?).ok()?, i8::try_from(number(&[g, h])?).ok()?);
    let date = jiff::civil::Date::new(year, month, day).ok()?;
    Some(date.duration_since(jiff::civil::date(1970, 1, 1)).as_secs() * 1_000 / DAY)
}

/// The number that the digits write; no sign and no space is a digit.
fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
}
