//! Instants and spans read as they are written.

#![allow(clippy::unwrap_used, reason = "this file is all tests")]

use segue_model::{Span, Timestamp};

#[test]
fn spans_read_as_the_bundle_writes_them() {
    for (text, millis) in [
        ("90s", 90_000),
        ("15m", 900_000),
        ("24h", 86_400_000),
        ("2w", 1_209_600_000),
        ("1h30m", 5_400_000),
        ("0s", 0),
    ] {
        assert_eq!(Span::parse(text), Some(Span(millis)), "{text}");
    }
    for text in ["", "90", "h", "1.5h", "-1h", "30m1h", "1h1h", "1y", "99999999999999999999w"] {
        assert_eq!(Span::parse(text), None, "{text}");
    }
    assert_eq!(Span(5_400_000).to_string(), "1h30m");
    let days = |days: i64| Span(days * 86_400_000).to_string();
    assert_eq!((days(14), days(30), days(8)), ("2w".to_owned(), "30d".to_owned(), "8d".to_owned()));
}

#[test]
fn instants_read_back_as_written() {
    for text in ["2026-03-02T10:00:00Z", "1969-12-31T23:59:59.999Z", "2026-03-02T10:00:00.25Z"] {
        assert_eq!(Timestamp::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(Timestamp::parse("2026-03-02T11:00:00+01:00"), Timestamp::parse("2026-03-02T10:00:00Z"));
    assert_eq!(Timestamp::parse("yesterday"), None);
}

#[test]
fn instants_are_written_as_the_library_writes_them() {
    let days = (0..2_932_895).map(|day| day * 86_400_000 + day % 86_400_000);
    let ends = [0, 999, 253_402_207_199_999, 253_402_207_200_000, -1];
    for millis in days.chain(ends) {
        let expected = jiff::Timestamp::from_millisecond(millis).unwrap().to_string();
        assert_eq!(Timestamp(millis).to_string(), expected, "{millis}");
    }
}

#[test]
fn what_no_clock_has_is_no_instant_and_what_is_too_long_no_span() {
    for text in ["2026-03-02T10:00:00+23:59", "2026-03-02T10:00:00-12:00", "2026-03-02T10:00:00.5Z"] {
        assert!(Timestamp::parse(text).is_some(), "{text}");
    }
    for text in ["2026-03-02T10:00:00+24:00", "2026-03-02T10:00:00-25:00", "2026-03-02", ""] {
        assert_eq!(Timestamp::parse(text), None, "{text}");
    }
    assert!(Span::parse("15250w").is_some());
    assert_eq!((Span::parse("15250w1s"), Span::parse("99999999w")), (None, None));
}

#[test]
fn an_instant_that_nobody_can_read_is_written_as_the_last_that_can() {
    let last = "9999-12-30T22:00:00Z";
    assert_eq!(Timestamp::parse(last).unwrap().to_string(), last);
    for beyond in [253_402_207_201_000, 253_402_300_800_000, i64::MAX] {
        assert_eq!(Timestamp(beyond).to_string(), last);
    }
    assert!(Timestamp::parse(&Timestamp(i64::MIN).to_string()).is_some());
}
