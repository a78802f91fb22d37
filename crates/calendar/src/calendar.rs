//! A calendar: open hours by weekday, and the dates on which it is closed.

use std::collections::BTreeSet;

use segue_model::Timestamp;

use crate::fault::{Fault, Key};
use crate::parse::{self, Span, TextFault};
use crate::week::{DAY, Hours, Sought, Week};
use crate::zone::Zone;

/// How many spans a calendar may have in a week, hours over midnight counted as two. Generous: every half hour.
const SPANS_MAX: usize = 336;

/// How many closed dates a calendar may name: more than ten years of them.
const CLOSED_MAX: usize = 4_000;

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// When something is open, by the clock of one zone or by the person's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// `None`: the person's.
    zone: Option<Zone>,
    week: Week,
}

/// A span on one weekday as it was written, to be held against the others.
struct Written {
    hours: Hours,
    entry: usize,
    span: Span,
}

impl Calendar {
    /// Reads a calendar.
    ///
    /// - `timezone`: an IANA name such as `Europe/Paris`, or `person`.
    /// - `open`: entries of days and hours. Days: `mon`, `mon-fri`, `fri-mon`, `mon, wed`. Hours: one or more spans such as
    ///   `09:00-12:00, 13:00-17:30`, from 00:00 to 24:00; one that ends earlier than it begins goes over midnight. A
    ///   weekday stands in one entry only, and no two spans overlap.
    /// - `closed`: dates such as `2026-12-25`.
    ///
    /// ```
    /// use segue_calendar::{Calendar, Key, Zone};
    /// use segue_model::Timestamp;
    ///
    /// let office = Calendar::new("Europe/Paris", [("mon-fri", "09:00-17:30")], ["2026-12-25"]).unwrap();
    /// let eve = Timestamp::parse("2026-12-24T18:00:00+01:00").unwrap();
    /// assert!(!office.is_open(eve, &Zone::UTC));
    /// let opens = office.next_open(eve, &Zone::UTC).unwrap();
    /// assert_eq!(opens.to_string(), "2026-12-28T08:00:00Z");
    ///
    /// let faults = Calendar::new("Europe/Paris", [("mon-fri", "09:00-1730")], []).unwrap_err();
    /// assert_eq!((faults[0].key, faults[0].range.clone()), (Key::Hours(0), 6..10));
    /// ```
    ///
    /// # Errors
    /// All faults of all texts, each with its place; at least one.
    pub fn new<'t>(
        timezone: &str,
        open: impl IntoIterator<Item = (&'t str, &'t str)>,
        closed: impl IntoIterator<Item = &'t str>,
    ) -> Result<Calendar, Vec<Fault>> {
        let mut faults = Vec::new();
        let zone = parse::timezone(timezone).map_err(|fault| faults.push(fault.at(Key::Timezone)));
        let days = read_open(open, &mut faults);
        let closed = read_closed(closed, &mut faults);
        match zone {
            Ok(zone) if faults.is_empty() => Ok(Calendar { zone, week: Week::new(days, closed) }),
            _ => Err(faults),
        }
    }

    /// Whether it is open at that instant; `person` is the person's zone, asked if the calendar goes by it.
    pub fn is_open(&self, at: Timestamp, person: &Zone) -> bool {
        self.week.is_open(at, &self.zone(person).0)
    }

    /// The first instant from `at` on at which it is open: `at` itself if it is open then. `None` if it does not open
    /// in the 400 days of 24 hours that begin with `at`.
    pub fn next_open(&self, at: Timestamp, person: &Zone) -> Option<Timestamp> {
        self.week.next(at, &self.zone(person).0, Sought::Open)
    }

    /// The first instant from `at` on at which it is closed: `at` itself if it is closed then. `None` if it does not
    /// close in the 400 days of 24 hours that begin with `at`.
    pub fn next_close(&self, at: Timestamp, person: &Zone) -> Option<Timestamp> {
        self.week.next(at, &self.zone(person).0, Sought::Closed)
    }

    /// Whether it goes by the person's own clock, so that the answers differ from person to person.
    pub fn goes_by_person(&self) -> bool {
        self.zone.is_none()
    }

    fn zone<'z>(&'z self, person: &'z Zone) -> &'z Zone {
        self.zone.as_ref().unwrap_or(person)
    }
}

fn read_open<'t>(
    open: impl IntoIterator<Item = (&'t str, &'t str)>,
    faults: &mut Vec<Fault>,
) -> [Vec<Hours>; 7] {
    let mut written: [Vec<Written>; 7] = Default::default();
    let mut named_by: [Option<usize>; 7] = [None; 7];
    let (mut entries, mut count) = (0, 0);
    for (entry, (days, hours)) in open.into_iter().enumerate() {
        entries += 1;
        let (days, day_faults) = parse::days(days);
        faults.extend(day_faults.into_iter().map(|fault| fault.at(Key::Days(entry))));
        let (spans, span_faults) = parse::spans(hours);
        faults.extend(span_faults.into_iter().map(|fault| fault.at(Key::Hours(entry))));
        for (weekday, range) in days {
            if named_by[weekday].is_some() {
                let message = format!("{} is named twice", WEEKDAYS[weekday]);
                let hint = "name each weekday once, its spans joined by commas: \"09:00-12:00, 13:00-17:30\"";
                faults.push(TextFault::new(range, message, Some(hint)).at(Key::Days(entry)));
                continue;
            }
            named_by[weekday] = Some(entry);
            for span in &spans {
                count += 1 + usize::from(span.from >= span.until);
                if count > SPANS_MAX {
                    let message = format!("more than {SPANS_MAX} spans in a week");
                    faults.push(TextFault::new(0..0, message, None).at(Key::Open));
                    return Default::default();
                }
                lay_out(weekday, entry, span, &mut written);
            }
        }
    }
    if entries == 0 {
        let hint = "give it hours, such as {mon-fri: \"09:00-17:30\"}";
        faults.push(TextFault::new(0..0, "it is never open", Some(hint)).at(Key::Open));
    }
    for day in &mut written {
        find_overlaps(day, faults);
    }
    written.map(|day| day.into_iter().map(|written| written.hours).collect())
}

/// Puts a span on its weekday; what goes over midnight is two halves, the second on the next weekday.
fn lay_out(weekday: usize, entry: usize, span: &Span, written: &mut [Vec<Written>; 7]) {
    let mut put = |weekday: usize, from, until| {
        let hours = Hours { from, until };
        written[weekday].push(Written { hours, entry, span: span.clone() });
    };
    if span.from < span.until {
        put(weekday, span.from, span.until);
        return;
    }
    put(weekday, span.from, DAY);
    if span.until > 0 {
        put((weekday + 1) % 7, 0, span.until);
    }
}

/// Reports each span that overlaps another of that weekday, once, however many weekdays it does so on.
fn find_overlaps(day: &mut [Written], faults: &mut Vec<Fault>) {
    day.sort_by_key(|written| written.hours);
    for pair in day.windows(2) {
        let (first, second) = (&pair[0], &pair[1]);
        if first.hours.until <= second.hours.from {
            continue;
        }
        let at_fault = if (first.entry, first.span.range.start) > (second.entry, second.span.range.start) {
            first
        } else {
            second
        };
        let fault = TextFault::new(at_fault.span.range.clone(), "this span overlaps another", None);
        let fault = fault.at(Key::Hours(at_fault.entry));
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
}

fn read_closed<'t>(closed: impl IntoIterator<Item = &'t str>, faults: &mut Vec<Fault>) -> BTreeSet<i64> {
    let mut dates = BTreeSet::new();
    for (position, text) in closed.into_iter().enumerate() {
        if position == CLOSED_MAX {
            let message = format!("more than {CLOSED_MAX} closed dates");
            faults.push(TextFault::new(0..0, message, None).at(Key::ClosedDates));
            break;
        }
        match parse::date(text) {
            Ok(date) if dates.insert(date) => {}
            Ok(_) => {
                let fault = TextFault::new(0..text.len(), "this date is named twice", None);
                faults.push(fault.at(Key::Closed(position)));
            }
            Err(fault) => faults.push(fault.at(Key::Closed(position))),
        }
    }
    dates
}
