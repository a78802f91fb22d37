//! What is refused, and where the fault is said to be.

#![allow(
    clippy::unwrap_used,
    reason = "this file is all tests; its helpers stand outside the test functions"
)]

use segue_calendar::{Calendar, Fault, Key};

fn faults(timezone: &str, open: &[(&str, &str)], closed: &[&str]) -> Vec<Fault> {
    Calendar::new(timezone, open.iter().copied(), closed.iter().copied()).unwrap_err()
}

/// Each fault must be at its key and cover exactly that part of its text.
fn check(open: &[(&str, &str)], closed: &[&str], expected: &[(Key, &str)]) {
    let found = faults("UTC", open, closed);
    let covered = found.iter().map(|fault| {
        let text = match fault.key {
            Key::Days(entry) => open[entry].0,
            Key::Hours(entry) => open[entry].1,
            Key::Closed(date) => closed[date],
            _ => "",
        };
        (fault.key, &text[fault.range.clone()])
    });
    assert_eq!(covered.collect::<Vec<_>>(), expected, "{open:?} {closed:?}: {found:?}");
}

#[test]
fn days_that_are_none_are_refused() {
    for (days, wrong) in [
        ("monday", "monday"),
        ("Mon", "Mon"),
        ("mon - frei", "frei"),
        ("mon,, tue", ""),
        ("", ""),
        ("mon, sat-sat", "sat-sat"),
        ("mon\u{2013}fri", "mon\u{2013}fri"),
        ("mon-wed, tue", "tue"),
    ] {
        check(&[(days, "09:00-17:30")], &[], &[(Key::Days(0), wrong)]);
    }
    check(&[("moo-fry", "09:00-17:30")], &[], &[(Key::Days(0), "moo"), (Key::Days(0), "fry")]);
    check(&[("mon-fri", "09:00-12:00"), ("fri", "13:00-15:00")], &[], &[(Key::Days(1), "fri")]);
}

#[test]
fn hours_that_are_none_are_refused() {
    for (hours, wrong) in [
        ("9:00-17:30", "9:00"),
        ("09:00 - 17:60", "17:60"),
        ("24:00-06:00", "24:00"),
        ("09:00-24:01", "24:01"),
        ("09:00", "09:00"),
        ("09:00-12:00,", ""),
        ("09:00-12:00, 13:00-13:00", "13:00-13:00"),
        ("00:00-00:00", "00:00-00:00"),
        ("09:00-17:30:00", "17:30:00"),
        ("+9:00-17:30", "+9:00"),
        ("\u{a0}09:00-1\u{664}:30", "1\u{664}:30"),
        ("09:00-12:00, 11:59-13:00", "11:59-13:00"),
        ("11:59-13:00, 09:00-12:00", "09:00-12:00"),
        ("22:00-06:00, 05:00-09:00", "05:00-09:00"),
        ("09:00-17:00, 10:00-10:30", "10:00-10:30"),
    ] {
        check(&[("mon-fri", hours)], &[], &[(Key::Hours(0), wrong)]);
    }
    let entries = [("sun", "22:00-06:00"), ("mon", "05:00-09:00")];
    check(&entries, &[], &[(Key::Hours(1), "05:00-09:00")]);
    // The later of the two as they are written, not as they fall in the week.
    let entries = [("mon", "05:00-09:00"), ("sun", "22:00-06:00")];
    check(&entries, &[], &[(Key::Hours(1), "22:00-06:00")]);
}

#[test]
fn dates_that_are_none_are_refused() {
    for date in [
        "2027-02-29",
        "2026-13-01",
        "2026-12-00",
        "20261225",
        "2026-12-25T00:00",
        "+026-12-25",
        "",
        "25.12.2026",
    ] {
        check(&[("mon", "09:00-17:30")], &["2028-02-29", date], &[(Key::Closed(1), date)]);
    }
    check(&[("mon", "09:00-17:30")], &["2026-12-25", "2026-12-25"], &[(Key::Closed(1), "2026-12-25")]);
}

#[test]
fn zones_that_are_none_are_refused_and_all_faults_come_at_once() {
    for timezone in ["Europe/Atlantis", "+02:00", "", "Person", "Etc/Unknown"] {
        let found = faults(timezone, &[("mon", "09:00-17:30")], &[]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].key, found[0].range.clone()), (Key::Timezone, 0..timezone.len()));
    }
    let found = faults("Europe/Atlantis", &[("monday", "9-17")], &["Christmas"]);
    let keys = found.iter().map(|fault| fault.key).collect::<Vec<_>>();
    assert_eq!(keys, [Key::Timezone, Key::Days(0), Key::Hours(0), Key::Hours(0), Key::Closed(0)]);
    assert_eq!(found[3].to_string(), "open, entry 1: this is no time of the day");
}

#[test]
fn what_never_opens_and_what_is_too_much_is_refused() {
    check(&[], &[], &[(Key::Open, "")]);
    let minutes = |minute: usize| format!("{:02}:{:02}", minute / 60, minute % 60);
    let spans = (0..49).map(|one| format!("{}-{}", minutes(one * 20), minutes(one * 20 + 10)));
    let hours = spans.collect::<Vec<_>>().join(",");
    check(&[("mon-sun", &hours)], &[], &[(Key::Open, "")]);
    let dates =
        (0..4_001).map(|day| format!("{}-{:02}-{:02}", 2000 + day / 336, day / 28 % 12 + 1, day % 28 + 1));
    let dates = dates.collect::<Vec<_>>();
    let dates = dates.iter().map(String::as_str).collect::<Vec<_>>();
    check(&[("mon", "09:00-17:30")], &dates, &[(Key::ClosedDates, "")]);
}
