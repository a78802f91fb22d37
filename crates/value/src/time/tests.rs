//! Texts of instants and durations, there and back; the calendar against another one.

use proptest::prelude::*;

use super::*;

#[test]
fn instants_are_read_as_rfc_3339_says() {
    for (text, expected) in [
        ("2026-03-02T10:00:00Z", Some("2026-03-02T10:00:00Z")),
        ("2026-03-02t10:00:00z", Some("2026-03-02T10:00:00Z")),
        ("2026-03-02 10:00:00.250Z", Some("2026-03-02T10:00:00.25Z")),
        ("2026-03-02T10:00:00.1234567891Z", Some("2026-03-02T10:00:00.123456789Z")),
        ("2026-03-02T10:00:00+05:30", Some("2026-03-02T04:30:00Z")),
        ("2026-01-01T00:30:00+01:00", Some("2025-12-31T23:30:00Z")),
        ("1969-12-31T23:59:59.999Z", Some("1969-12-31T23:59:59.999Z")),
        ("2016-12-31T23:59:60Z", Some("2016-12-31T23:59:59Z")),
        ("2024-02-29T00:00:00Z", Some("2024-02-29T00:00:00Z")),
        ("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00Z")),
        ("9999-12-31T23:59:59.999999999Z", Some("9999-12-31T23:59:59.999999999Z")),
        ("2023-02-29T00:00:00Z", None),
        ("1900-02-29T00:00:00Z", None),
        ("2026-13-01T00:00:00Z", None),
        ("2026-00-01T00:00:00Z", None),
        ("2026-04-31T00:00:00Z", None),
        ("2026-04-01T24:00:00Z", None),
        ("2026-04-01T00:00:00", None),
        ("2026-04-01T00:00:00.Z", None),
        ("2026-04-01T00:00:00+0100", None),
        ("2026-04-01T00:00:00+24:00", None),
        ("2026-04-01T00:00:00Zx", None),
        ("2026-04-01T00:00Z", None),
        ("2026-04-01", None),
        ("2026-04-01T00:00:0\u{e9}Z", None),
        ("0001-01-01T00:00:00+00:01", None),
        ("", None),
    ] {
        assert_eq!(Timestamp::parse(text).map(|instant| instant.to_string()).as_deref(), expected, "{text}");
    }
}

#[test]
fn durations_are_read_with_all_units_and_exactly() {
    for (text, expected) in [
        ("90s", Some("90s")),
        ("1h30m", Some("5400s")),
        ("1d12h", Some("129600s")),
        ("2w", Some("1209600s")),
        ("1.5h", Some("5400s")),
        ("-90s", Some("-90s")),
        ("+90s", Some("90s")),
        ("-1.5s", Some("-1.5s")),
        ("-0.000000001s", Some("-0.000000001s")),
        ("250ms", Some("0.25s")),
        ("1m1ms", Some("60.001s")),
        ("1.123us", Some("0.000001123s")),
        ("1\u{b5}s", Some("0.000001s")),
        ("1.9ns", Some("0.000000001s")),
        (".5s", Some("0.5s")),
        ("1.s", Some("1s")),
        ("0", Some("0s")),
        ("-0", Some("0s")),
        ("0.1234567890123456789012345s", Some("0.123456789s")),
        ("9223372036.854775807s", Some("9223372036.854775807s")),
        ("-9223372036.854775808s", Some("-9223372036.854775808s")),
        ("9223372036.854775808s", None),
        ("99999999999999999999s", None),
        ("9223372036854775807w", None),
        ("", None),
        ("-", None),
        ("90", None),
        ("h", None),
        (".s", None),
        ("1y", None),
        ("1s ", None),
        (" 1s", None),
        ("--1s", None),
        ("1e3s", None),
        ("\u{e9}", None),
    ] {
        assert_eq!(Duration::parse(text).map(|duration| duration.to_string()).as_deref(), expected, "{text}");
    }
}

#[test]
fn milliseconds_of_the_router_go_there_and_back() {
    for millis in [0, 1, -1, 1_772_445_600_250, Timestamp::MIN.to_millis(), Timestamp::MAX.to_millis()] {
        assert_eq!(Timestamp::of_millis(millis).map(Timestamp::to_millis), Some(millis));
    }
    assert_eq!(Timestamp::of_millis(Timestamp::MIN.to_millis() - 1), None);
    assert_eq!(Timestamp::of_millis(Timestamp::MAX.to_millis() + 1), None);
    assert_eq!(Timestamp::of_millis(i64::MAX), None);
    assert_eq!(Timestamp::new(0, 1_000_000_000), None);
    assert_eq!(Duration::of_millis(-1_500).map(|duration| duration.to_string()).as_deref(), Some("-1.5s"));
    assert_eq!(Duration::of_millis(i64::MAX), None);
    assert_eq!(Duration::parse("1.5s").and_then(Duration::negated), Duration::parse("-1.5s"));
    assert_eq!(Duration::of_nanos(i64::MIN.into()).and_then(Duration::negated), None);
}

fn instants() -> impl Strategy<Value = Timestamp> {
    let seconds = Timestamp::MIN.seconds..=Timestamp::MAX.seconds;
    (seconds, prop_oneof![Just(0), 0u32..1_000_000_000])
        .prop_map(|(seconds, nanos)| Timestamp::new(seconds, nanos).unwrap())
}

fn durations() -> impl Strategy<Value = Duration> {
    any::<i64>().prop_map(|nanos| Duration::of_nanos(nanos.into()).unwrap())
}

proptest! {
    #[test]
    fn what_is_written_reads_back(instant in instants(), duration in durations()) {
        prop_assert_eq!(Timestamp::parse(&instant.to_string()), Some(instant));
        prop_assert_eq!(Duration::parse(&duration.to_string()), Some(duration));
        prop_assert_eq!(Duration::of_nanos(duration.to_nanos()), Some(duration));
    }

    #[test]
    fn the_calendar_is_that_of_another_library(instant in instants(), name in 0usize..4) {
        let name = ["UTC", "Europe/Paris", "America/St_Johns", "Pacific/Apia"][name];
        let Ok(there) = jiff::Timestamp::new(instant.seconds, instant.nanos as i32) else { return Ok(()) };
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(name).unwrap();
        let there = there.to_zoned(zone);
        let found = instant.civil(&Zone::parse(name).unwrap());
        prop_assert_eq!(found, Civil {
            year: there.year().into(),
            month: there.month().into(),
            day: there.day().into(),
            hour: there.hour().into(),
            minute: there.minute().into(),
            second: there.second().into(),
            weekday: there.weekday().to_sunday_zero_offset().into(),
            year_day: i64::from(there.day_of_year()) - 1,
        });
    }

    #[test]
    fn a_difference_added_gives_the_later_instant(a in instants(), duration in durations()) {
        if let Some(b) = a.plus(duration) {
            prop_assert_eq!(b.since(a), Some(duration));
            prop_assert_eq!(b.minus(duration), Some(a));
            prop_assert_eq!(b.cmp(&a), duration.cmp(&Duration::ZERO));
        }
    }

    #[test]
    fn no_text_makes_reading_panic(text in "[-+0-9.:TZhmsdwn\u{b5}\u{e9} ]{0,30}") {
        let _ = (Timestamp::parse(&text), Duration::parse(&text), Zone::parse(&text));
    }
}
