//! Calendars on ordinary days and in the nights in which clocks are put forward or back.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use segue_calendar::{Calendar, Zone};
use segue_model::Timestamp;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn zone(name: &str) -> Zone {
    Zone::find(name).unwrap()
}

/// All that is open in `[from, until)`, as `opens/closes`, found by asking for the next of each in turn.
fn open_between(calendar: &Calendar, from: &str, until: &str) -> Vec<String> {
    let (mut now, until) = (at(from), at(until));
    let mut found = Vec::new();
    while let Some(opens) = calendar.next_open(now, &Zone::UTC).filter(|opens| *opens < until) {
        let closes = calendar.next_close(opens, &Zone::UTC).unwrap();
        assert!(opens < closes, "{opens} {closes}");
        assert!(calendar.is_open(opens, &Zone::UTC) && !calendar.is_open(closes, &Zone::UTC));
        found.push(format!("{opens}/{closes}"));
        now = closes;
    }
    found
}

fn check(timezone: &str, open: (&str, &str), between: (&str, &str), expected: &[&str]) {
    let calendar = Calendar::new(timezone, [open], []).unwrap();
    assert_eq!(open_between(&calendar, between.0, between.1), expected, "{timezone} {open:?}");
}

#[test]
fn hours_are_half_open_to_the_millisecond() {
    let office = Calendar::new("Europe/Paris", [("mon-fri", "09:00-17:30")], []).unwrap();
    for (instant, open) in [
        ("2026-06-01T06:59:59.999Z", false),
        ("2026-06-01T07:00:00Z", true),
        ("2026-06-01T15:29:59.999Z", true),
        ("2026-06-01T15:30:00Z", false),
        ("2026-05-31T10:00:00Z", false),
    ] {
        assert_eq!(office.is_open(at(instant), &Zone::UTC), open, "{instant}");
    }
    let opens = at("2026-06-01T07:00:00Z");
    assert_eq!(office.next_open(opens, &Zone::UTC), Some(opens), "open already");
    assert_eq!(office.next_open(at("2026-06-01T06:59:59.999Z"), &Zone::UTC), Some(opens));
    assert_eq!(office.next_close(opens, &Zone::UTC), Some(at("2026-06-01T15:30:00Z")));
    let sunday = at("2026-05-31T10:00:00Z");
    assert_eq!(office.next_close(sunday, &Zone::UTC), Some(sunday), "closed already");
}

#[test]
fn a_calendar_of_the_person_goes_by_the_persons_clock_and_another_does_not() {
    let (personal, fixed) =
        (("person", "2026-06-01T03:15:00Z"), ("America/New_York", "2026-06-01T13:00:00Z"));
    for (timezone, opens) in [personal, fixed] {
        let calendar = Calendar::new(timezone, [("mon-fri", "09:00-17:30")], []).unwrap();
        let next = calendar.next_open(at("2026-05-31T22:00:00Z"), &zone("Asia/Kathmandu"));
        assert_eq!(next, Some(at(opens)), "{timezone}");
        assert_eq!(calendar.goes_by_person(), timezone == "person");
    }
}

#[test]
fn a_day_may_have_several_spans_and_a_span_may_go_over_midnight() {
    check(
        "UTC",
        ("fri", "09:00-12:00, 13:00-17:30,22:00-06:00"),
        ("2026-06-01T00:00:00Z", "2026-06-08T00:00:00Z"),
        &[
            "2026-06-05T09:00:00Z/2026-06-05T12:00:00Z",
            "2026-06-05T13:00:00Z/2026-06-05T17:30:00Z",
            "2026-06-05T22:00:00Z/2026-06-06T06:00:00Z",
        ],
    );
    let week = ("2026-06-01T00:00:00Z", "2026-06-08T00:00:00Z");
    check(
        "UTC",
        ("sun-mon", "00:00-24:00"),
        week,
        &["2026-06-01T00:00:00Z/2026-06-02T00:00:00Z", "2026-06-07T00:00:00Z/2026-06-09T00:00:00Z"],
    );
    check(
        "UTC",
        ("sat, wed", "18:00-00:00"),
        week,
        &["2026-06-03T18:00:00Z/2026-06-04T00:00:00Z", "2026-06-06T18:00:00Z/2026-06-07T00:00:00Z"],
    );
    // A Sunday's night ends on a Monday.
    check(
        "UTC",
        ("sun", "22:00-06:00"),
        week,
        &["2026-06-01T00:00:00Z/2026-06-01T06:00:00Z", "2026-06-07T22:00:00Z/2026-06-08T06:00:00Z"],
    );
}

#[test]
fn what_is_always_open_never_closes_however_it_is_written() {
    for open in [vec![("mon-sun", "00:00-24:00")], vec![("mon-sun", "06:00-18:00, 18:00-06:00")]] {
        let start = at("2026-03-28T12:34:56.789Z");
        let calendar = Calendar::new("Europe/Paris", open.clone(), []).unwrap();
        assert_eq!(calendar.next_open(start, &Zone::UTC), Some(start));
        assert_eq!(calendar.next_close(start, &Zone::UTC), None);
        // A closed date closes all of it, by the zone's own clock, and nothing else.
        let calendar = Calendar::new("Europe/Paris", open, ["2026-03-29"]).unwrap();
        assert_eq!(calendar.next_close(start, &Zone::UTC), Some(at("2026-03-28T23:00:00Z")));
        let closes = at("2026-03-28T23:00:00Z");
        assert_eq!(calendar.next_open(closes, &Zone::UTC), Some(at("2026-03-29T22:00:00Z")), "23 hours");
    }
}

#[test]
fn a_closed_date_takes_its_half_of_a_night_and_leaves_the_other() {
    let nights = Calendar::new("UTC", [("mon-sun", "22:00-06:00")], ["2026-12-25"]).unwrap();
    assert_eq!(
        open_between(&nights, "2026-12-24T12:00:00Z", "2026-12-26T12:00:00Z"),
        ["2026-12-24T22:00:00Z/2026-12-25T00:00:00Z", "2026-12-26T00:00:00Z/2026-12-26T06:00:00Z",]
    );
}

#[test]
fn a_leap_day_is_a_date_like_others() {
    let calendar = Calendar::new("Asia/Kathmandu", [("mon-sun", "09:00-17:30")], ["2028-02-29"]).unwrap();
    assert_eq!(
        open_between(&calendar, "2028-02-28T00:00:00Z", "2028-03-02T00:00:00Z"),
        ["2028-02-28T03:15:00Z/2028-02-28T11:45:00Z", "2028-03-01T03:15:00Z/2028-03-01T11:45:00Z",]
    );
    check(
        "UTC",
        ("tue", "09:00-10:00"),
        ("2028-02-28T00:00:00Z", "2028-03-02T00:00:00Z"),
        &["2028-02-29T09:00:00Z/2028-02-29T10:00:00Z"],
    );
}

#[test]
fn the_search_ends_after_four_hundred_days() {
    let start = at("2026-01-01T00:00:00Z");
    let dates = |count: i64| {
        let date = move |day| Timestamp(start.0 + day * 86_400_000).to_string()[..10].to_owned();
        (0..count).map(date).collect::<Vec<_>>()
    };
    for (closed, expected) in [(399, Some(Timestamp(start.0 + 399 * 86_400_000))), (400, None)] {
        let closed = dates(closed);
        let closed = closed.iter().map(String::as_str);
        let calendar = Calendar::new("UTC", [("mon-sun", "00:00-24:00")], closed).unwrap();
        assert_eq!(calendar.next_open(start, &Zone::UTC), expected);
    }
}

#[test]
fn instants_beyond_all_calendars_are_closed_and_stop_nothing() {
    let calendar = Calendar::new("Europe/Paris", [("mon-sun", "00:00-24:00")], []).unwrap();
    for far in [Timestamp(i64::MIN), Timestamp(i64::MAX)] {
        assert!(!calendar.is_open(far, &Zone::UTC));
        assert_eq!(calendar.next_open(far, &Zone::UTC), None);
        assert_eq!(calendar.next_close(far, &Zone::UTC), Some(far));
    }
    let last = at("9999-12-30T00:00:00Z");
    assert_eq!(calendar.next_open(last, &Zone::UTC), Some(last));
    assert_eq!(calendar.next_close(last, &Zone::UTC), None);
}

/// Lord Howe puts its clocks back by half an hour: 01:30 to 02:00 is shown twice, from 14:30Z and from 15:00Z.
#[test]
fn in_a_night_of_thirty_minutes_more_what_the_clock_shows_twice_counts_twice() {
    let night = ("2026-04-04T12:00:00Z", "2026-04-04T20:00:00Z");
    for (hours, expected) in [
        (
            "01:45-03:00",
            vec!["2026-04-04T14:45:00Z/2026-04-04T15:00:00Z", "2026-04-04T15:15:00Z/2026-04-04T16:30:00Z"],
        ),
        (
            "00:00-01:45",
            vec!["2026-04-04T13:00:00Z/2026-04-04T14:45:00Z", "2026-04-04T15:00:00Z/2026-04-04T15:15:00Z"],
        ),
        (
            "01:35-01:50",
            vec!["2026-04-04T14:35:00Z/2026-04-04T14:50:00Z", "2026-04-04T15:05:00Z/2026-04-04T15:20:00Z"],
        ),
        ("01:00-03:00", vec!["2026-04-04T14:00:00Z/2026-04-04T16:30:00Z"]),
        ("01:30-02:00", vec!["2026-04-04T14:30:00Z/2026-04-04T15:30:00Z"]),
    ] {
        check("Australia/Lord_Howe", ("sun", hours), night, &expected);
    }
}

/// Lord Howe puts its clocks forward by half an hour: at 15:30Z they go from 02:00 to 02:30.
#[test]
fn in_a_night_of_thirty_minutes_less_what_the_clock_skips_is_left_out() {
    let night = ("2026-10-03T12:00:00Z", "2026-10-03T20:00:00Z");
    for (hours, expected) in [
        ("02:15-04:00", vec!["2026-10-03T15:30:00Z/2026-10-03T17:00:00Z"]),
        ("01:00-02:15", vec!["2026-10-03T14:30:00Z/2026-10-03T15:30:00Z"]),
        ("02:05-02:25", vec![]),
        ("01:00-04:00", vec!["2026-10-03T14:30:00Z/2026-10-03T17:00:00Z"]),
        ("02:00-02:30", vec![]),
    ] {
        check("Australia/Lord_Howe", ("sun", hours), night, &expected);
    }
}

#[test]
fn an_hour_more_or_less_off_the_whole_hour_in_saint_johns() {
    // At 05:30Z from 02:00 to 03:00; at 04:30Z from 02:00 back to 01:00.
    let spring = ("2026-03-08T00:00:00Z", "2026-03-08T12:00:00Z");
    check("America/St_Johns", ("sun", "02:30-05:00"), spring, &["2026-03-08T05:30:00Z/2026-03-08T07:30:00Z"]);
    check("America/St_Johns", ("sun", "02:00-03:00"), spring, &[]);
    let autumn = ("2026-11-01T00:00:00Z", "2026-11-01T12:00:00Z");
    check(
        "America/St_Johns",
        ("sun", "01:30-02:30"),
        autumn,
        &["2026-11-01T04:00:00Z/2026-11-01T04:30:00Z", "2026-11-01T05:00:00Z/2026-11-01T06:00:00Z"],
    );
}

/// Until 2011 Saint John's changed at one minute past midnight, so that the last hour of a Saturday came back after a
/// minute of Sunday.
#[test]
fn a_date_that_comes_back_is_open_or_closed_again() {
    let night = ("2010-11-06T00:00:00Z", "2010-11-08T00:00:00Z");
    let twice = ["2010-11-06T02:30:00Z/2010-11-07T02:30:00Z", "2010-11-07T02:31:00Z/2010-11-07T03:30:00Z"];
    check("America/St_Johns", ("sat", "00:00-24:00"), night, &twice);
    let calendar = Calendar::new("America/St_Johns", [("mon-sun", "00:00-24:00")], ["2010-11-06"]).unwrap();
    let closed = at("2010-11-07T02:31:00Z");
    assert!(calendar.is_open(at("2010-11-07T02:30:30Z"), &Zone::UTC));
    assert!(!calendar.is_open(closed, &Zone::UTC));
    assert_eq!(calendar.next_open(closed, &Zone::UTC), Some(at("2010-11-07T03:30:00Z")));
}

/// Samoa went from the end of Thursday the 29th to Saturday the 31st of December 2011, at 10:00Z of the 30th.
#[test]
fn a_date_that_a_zone_left_out_has_no_hours() {
    let weeks = ("2011-12-24T12:00:00Z", "2012-01-07T12:00:00Z");
    check("Pacific/Apia", ("fri", "09:00-10:00"), weeks, &["2012-01-05T19:00:00Z/2012-01-05T20:00:00Z"]);
    // The night that Thursday begins ends with Thursday: its other half would have been Friday's.
    check(
        "Pacific/Apia",
        ("thu", "22:00-06:00"),
        ("2011-12-29T12:00:00Z", "2012-01-01T00:00:00Z"),
        &["2011-12-30T08:00:00Z/2011-12-30T10:00:00Z"],
    );
    let calendar = Calendar::new("Pacific/Apia", [("mon-sun", "00:00-24:00")], ["2011-12-30"]).unwrap();
    assert_eq!(calendar.next_close(at("2011-12-29T12:00:00Z"), &Zone::UTC), None, "there is no such date");
}

/// Morocco goes back an hour for Ramadan, from 15 February to 22 March in 2026.
#[test]
fn hours_follow_a_zone_that_changes_for_a_month() {
    let opens = |from: &str| {
        let calendar = Calendar::new("Africa/Casablanca", [("mon-fri", "09:00-17:00")], []).unwrap();
        calendar.next_open(at(from), &Zone::UTC).unwrap().to_string()
    };
    assert_eq!(opens("2026-02-12T20:00:00Z"), "2026-02-13T08:00:00Z");
    assert_eq!(opens("2026-02-13T20:00:00Z"), "2026-02-16T09:00:00Z");
    assert_eq!(opens("2026-03-20T20:00:00Z"), "2026-03-23T08:00:00Z");
}

#[test]
fn the_first_name_that_is_a_zone_is_the_persons() {
    assert_eq!(Zone::first_of(["Nowhere/Else", "Europe/Paris", "UTC"]), zone("Europe/Paris"));
    assert_eq!(Zone::first_of(["", "../etc/passwd", "+02:00"]), Zone::UTC);
}
