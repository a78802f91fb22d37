//! Quiet hours, by the person's own clock.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use segue_calendar::{Key, Quiet, Zone};
use segue_model::Timestamp;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn next_loud(quiet: (&str, &str), zone: &str, now: &str) -> String {
    let (quiet, zone, now) = (Quiet::new(quiet.0, quiet.1).unwrap(), Zone::find(zone).unwrap(), at(now));
    let loud = quiet.next_loud(now, &zone);
    assert!(!quiet.is_quiet(loud, &zone), "{loud}");
    assert_eq!(quiet.is_quiet(now, &zone), loud != now, "{loud}");
    loud.to_string()
}

#[test]
fn a_task_of_the_night_waits_for_the_morning() {
    for (now, loud) in [
        ("2026-06-01T18:59:59.999Z", "2026-06-01T18:59:59.999Z"),
        ("2026-06-01T19:00:00Z", "2026-06-02T06:00:00Z"),
        ("2026-06-01T22:00:00Z", "2026-06-02T06:00:00Z"),
        ("2026-06-02T05:59:59.999Z", "2026-06-02T06:00:00Z"),
        ("2026-06-02T06:00:00Z", "2026-06-02T06:00:00Z"),
    ] {
        assert_eq!(next_loud(("21:00", "08:00"), "Europe/Paris", now), loud, "{now}");
    }
}

#[test]
fn quiet_hours_may_lie_within_a_day_or_touch_midnight() {
    for (quiet, now, loud) in [
        (("12:00", "14:00"), "2026-06-01T13:00:00Z", "2026-06-01T14:00:00Z"),
        (("12:00", "14:00"), "2026-06-01T23:00:00Z", "2026-06-01T23:00:00Z"),
        (("21:00", "24:00"), "2026-06-01T23:00:00Z", "2026-06-02T00:00:00Z"),
        (("21:00", "00:00"), "2026-06-01T23:00:00Z", "2026-06-02T00:00:00Z"),
        (("00:00", "23:59"), "2026-06-01T00:00:00Z", "2026-06-01T23:59:00Z"),
    ] {
        assert_eq!(next_loud(quiet, "UTC", now), loud, "{quiet:?} {now}");
    }
}

#[test]
fn nights_in_which_clocks_change_end_when_the_clock_says_so() {
    for (quiet, zone, now, loud) in [
        // Nine hours in one night and eleven in the other, not ten.
        (("22:00", "08:00"), "Europe/Paris", "2026-03-28T21:00:00Z", "2026-03-29T06:00:00Z"),
        (("22:00", "08:00"), "Europe/Paris", "2026-10-24T20:00:00Z", "2026-10-25T07:00:00Z"),
        // Quiet until a time that is skipped: until the clock is past it.
        (("22:00", "02:15"), "Australia/Lord_Howe", "2026-10-03T13:00:00Z", "2026-10-03T15:30:00Z"),
        // Quiet until a time that comes twice: quiet again when the clock goes back before it.
        (("22:00", "01:45"), "Australia/Lord_Howe", "2026-04-04T13:00:00Z", "2026-04-04T14:45:00Z"),
        (("22:00", "01:45"), "Australia/Lord_Howe", "2026-04-04T15:00:00Z", "2026-04-04T15:15:00Z"),
        (("22:00", "02:30"), "America/St_Johns", "2026-03-08T02:00:00Z", "2026-03-08T05:30:00Z"),
        (("22:00", "01:30"), "America/St_Johns", "2026-11-01T01:00:00Z", "2026-11-01T04:00:00Z"),
        (("22:00", "01:30"), "America/St_Johns", "2026-11-01T04:30:00Z", "2026-11-01T05:00:00Z"),
    ] {
        assert_eq!(next_loud(quiet, zone, now), loud, "{zone} {now}");
    }
}

/// Cuba puts its clocks forward at midnight: the only loud half hour of that day is skipped.
#[test]
fn a_day_whose_loud_part_is_skipped_waits_for_the_next() {
    let quiet = ("00:30", "24:00");
    assert_eq!(next_loud(quiet, "America/Havana", "2026-03-08T04:59:00Z"), "2026-03-09T04:00:00Z");
}

#[test]
fn quiet_hours_that_make_no_sense_are_refused_with_their_places() {
    for (from, until, expected) in [
        ("21:00", "21:00", vec![(Key::Until, 0..5)]),
        ("00:00", "24:00", vec![(Key::Until, 0..5)]),
        ("24:00", "8:00", vec![(Key::From, 0..5), (Key::Until, 0..4)]),
        ("25:00", "08:60", vec![(Key::From, 0..5), (Key::Until, 0..5)]),
        ("", "+1:00", vec![(Key::From, 0..0), (Key::Until, 0..5)]),
    ] {
        let faults = Quiet::new(from, until).unwrap_err();
        let places = faults.into_iter().map(|fault| (fault.key, fault.range)).collect::<Vec<_>>();
        assert_eq!(places, expected, "{from} {until}");
    }
}

#[test]
fn instants_beyond_all_calendars_are_loud() {
    let quiet = Quiet::new("21:00", "08:00").unwrap();
    for far in [Timestamp(i64::MIN), Timestamp(i64::MAX)] {
        assert!(!quiet.is_quiet(far, &Zone::UTC));
        assert_eq!(quiet.next_loud(far, &Zone::UTC), far);
    }
}
