//! Holds the search against the plainest way there is: to ask the clock on the wall, minute after minute.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use proptest::prelude::*;
use segue_calendar::{Calendar, Quiet, Zone};
use segue_model::Timestamp;

const MINUTE: i64 = 60_000;
const SCANNED_DAYS: i64 = 9;

/// Zones, each with an instant at which something odd happens to its clock.
const NIGHTS: &[(&str, &str)] = &[
    ("Europe/Paris", "2026-03-29T01:00:00Z"),
    ("Europe/Paris", "2026-10-25T01:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    ("America/St_Johns", "2010-11-07T02:31:00Z"),
    ("America/St_Johns", "2026-03-08T05:30:00Z"),
    ("America/Havana", "2026-03-08T05:00:00Z"),
    ("America/Havana", "2026-11-01T05:00:00Z"),
    ("Asia/Kathmandu", "1985-12-31T18:30:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("Pacific/Kwajalein", "1993-08-21T12:00:00Z"),
    ("Africa/Casablanca", "2026-02-15T02:00:00Z"),
    ("Africa/Casablanca", "2026-03-22T02:00:00Z"),
    ("Antarctica/Troll", "2026-10-25T01:00:00Z"),
    ("UTC", "2028-02-29T00:00:00Z"),
];

/// Hours as numbers: by day from one minute until another, Monday first, and perhaps a night that all share.
#[derive(Clone, Debug)]
struct Hours {
    days: Vec<Option<(i64, i64)>>,
    nights: Vec<bool>,
    /// From the second over midnight until the first.
    night: (i64, i64),
    closed: Option<jiff::civil::Date>,
}

impl Hours {
    fn calendar(&self, timezone: &str) -> Option<Calendar> {
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let time = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        let mut open = Vec::new();
        for (day, name) in names.iter().enumerate() {
            let by_day = self.days[day].map(|(from, until)| format!("{}-{}", time(from), time(until)));
            let by_night = self.nights[day].then(|| format!("{}-{}", time(self.night.1), time(self.night.0)));
            let spans = by_day.into_iter().chain(by_night).collect::<Vec<_>>();
            if !spans.is_empty() {
                open.push((*name, spans.join(", ")));
            }
        }
        let closed = self.closed.map(|date| date.to_string());
        let entries = open.iter().map(|(days, hours)| (*days, hours.as_str()));
        (!open.is_empty()).then(|| Calendar::new(timezone, entries, closed.as_deref()).unwrap())
    }

    fn show_open(&self, wall: DateTime) -> bool {
        let minute = i64::from(wall.hour()) * 60 + i64::from(wall.minute());
        let today = wall.weekday().to_monday_zero_offset() as usize;
        let by_day = self.days[today].is_some_and(|(from, until)| from <= minute && minute < until);
        let late = self.nights[today] && minute >= self.night.1;
        let early = self.nights[(today + 6) % 7] && minute < self.night.0;
        self.closed != Some(wall.date()) && (by_day || late || early)
    }
}

fn wall(at: i64, zone: &TimeZone) -> DateTime {
    jiff::Timestamp::from_millisecond(at).unwrap().to_zoned(zone.clone()).datetime()
}

/// The first of `start` and the whole minutes after it at which `wanted` is so.
fn scan(start: i64, wanted: impl Fn(i64) -> bool) -> Option<i64> {
    let end = start + SCANNED_DAYS * 1_440 * MINUTE;
    let first_minute = (start.div_euclid(MINUTE) + 1) * MINUTE;
    let minutes = (0..).map(|count| first_minute + count * MINUTE).take_while(|at| *at < end);
    std::iter::once(start).chain(minutes).find(|at| wanted(*at))
}

/// What the search found must be what the scan found; what the scan did not reach must lie beyond it.
fn agree(found: Option<Timestamp>, scanned: Option<i64>, start: i64) -> Result<(), TestCaseError> {
    match scanned {
        Some(at) => prop_assert_eq!(found, Some(Timestamp(at))),
        None => prop_assert!(found.is_none_or(|at| at.0 >= start + SCANNED_DAYS * 1_440 * MINUTE)),
    }
    Ok(())
}

fn starts() -> impl Strategy<Value = (&'static str, i64)> {
    let near = (prop::sample::select(NIGHTS), -4 * 1_440 * MINUTE..MINUTE * 1_440)
        .prop_map(|(night, off)| (night.0, Timestamp::parse(night.1).unwrap().0 + off));
    // From 1975 to 2040: the offsets of these zones are whole minutes.
    let any = (prop::sample::select(NIGHTS), 157_766_400_000..2_208_988_800_000i64);
    prop_oneof![3 => near, 1 => any.prop_map(|(night, at)| (night.0, at))]
}

fn hours() -> impl Strategy<Value = Hours> {
    let night = (0..700i64, 701..1_440i64);
    (night, prop::collection::vec(any::<bool>(), 7)).prop_flat_map(|(night, nights)| {
        let day =
            (night.0..night.1, night.0..night.1).prop_map(|(a, b)| (a != b).then(|| (a.min(b), a.max(b))));
        let day = prop_oneof![Just(None), day];
        prop::collection::vec(day, 7).prop_map(move |days| Hours {
            days,
            nights: nights.clone(),
            night,
            closed: None,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_search_finds_what_asking_every_minute_finds(
        (name, start) in starts(),
        hours in hours(),
        closed in prop::option::of(0..7i64),
    ) {
        let zone = TimeZoneDatabase::bundled().get(name).unwrap();
        let closed = closed.map(|day| wall(start + day * 1_440 * MINUTE, &zone).date());
        let hours = Hours { closed, ..hours };
        let Some(calendar) = hours.calendar(name) else { return Ok(()) };
        let opens = scan(start, |at| hours.show_open(wall(at, &zone)));
        agree(calendar.next_open(Timestamp(start), &Zone::UTC), opens, start)?;
        let closes = scan(start, |at| !hours.show_open(wall(at, &zone)));
        agree(calendar.next_close(Timestamp(start), &Zone::UTC), closes, start)?;
        // The same from where it opens, so that the close of whole hours is looked for too.
        if let Some(opens) = opens {
            let closes = scan(opens, |at| !hours.show_open(wall(at, &zone)));
            agree(calendar.next_close(Timestamp(opens), &Zone::UTC), closes, opens)?;
        }
        for at in (0..2_880).map(|minute| start + minute * MINUTE) {
            prop_assert_eq!(calendar.is_open(Timestamp(at), &Zone::UTC), hours.show_open(wall(at, &zone)), "{}", at);
        }
    }

    #[test]
    fn quiet_hours_end_when_asking_every_minute_says_so(
        (name, start) in starts(),
        (from, until) in (0..1_440i64, 0..1_440i64),
    ) {
        prop_assume!(from != until);
        let (zone, person) = (TimeZoneDatabase::bundled().get(name).unwrap(), Zone::find(name).unwrap());
        let time = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        let quiet = Quiet::new(&time(from), &time(until)).unwrap();
        let is_quiet = |at: i64| {
            let wall = wall(at, &zone);
            let minute = i64::from(wall.hour()) * 60 + i64::from(wall.minute());
            if from < until { from <= minute && minute < until } else { minute >= from || minute < until }
        };
        prop_assert_eq!(quiet.is_quiet(Timestamp(start), &person), is_quiet(start));
        agree(Some(quiet.next_loud(Timestamp(start), &person)), scan(start, |at| !is_quiet(at)), start)?;
    }

    #[test]
    fn no_text_makes_reading_panic(
        timezone in ".{0,12}",
        days in "[monfriwedsat ,\\-é]{0,12}",
        hours in "[0-9:, \\-é]{0,24}",
        closed in "[0-9\\-é]{0,11}",
    ) {
        let refused = Calendar::new(&timezone, [(days.as_str(), hours.as_str())], [closed.as_str()]).err();
        for fault in refused.into_iter().flatten() {
            let text = match fault.key {
                segue_calendar::Key::Timezone => &timezone,
                segue_calendar::Key::Days(0) => &days,
                segue_calendar::Key::Hours(0) => &hours,
                segue_calendar::Key::Closed(0) => &closed,
                _ => continue,
            };
            prop_assert!(text.get(fault.range.clone()).is_some(), "{:?}", fault);
        }
    }
}
