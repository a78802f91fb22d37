//! Cases of the specification.

use super::*;
use crate::json;
use crate::time::{Duration, Timestamp, Zone};

fn at(text: &str) -> Value<'static> {
    Value::Timestamp(Timestamp::parse(text).unwrap())
}

fn lasting(text: &str) -> Value<'static> {
    Value::Duration(Duration::parse(text).unwrap())
}

fn bytes(bytes: &[u8]) -> Value<'static> {
    Value::Bytes(bytes.into())
}

#[test]
fn a_size_counts_code_points_bytes_items_and_members() {
    for (value, expected) in [
        (Value::text("πέντε"), Ok(5)),
        (Value::text(""), Ok(0)),
        (bytes("é".as_bytes()), Ok(2)),
        (Value::list(vec![Value::Null; 3]).unwrap(), Ok(3)),
        (Value::map(vec![(Value::Int(1), Value::Null)]).unwrap(), Ok(1)),
        (Value::Int(1), Err(Fault::NoOverload)),
    ] {
        assert_eq!(size(&value), expected, "{value:?}");
    }
}

#[test]
fn texts_are_looked_into() {
    for (text, part, inside, front, end) in [
        ("foobar", "foo", true, true, false),
        ("foobar", "bar", true, false, true),
        ("", "foo", false, false, false),
        ("foobar", "", true, true, true),
        ("🐱😀😛", "😀", true, false, false),
    ] {
        let (text, part) = (Value::text(text), Value::text(part));
        assert_eq!(contains(&text, &part), Ok(inside));
        assert_eq!(starts_with(&text, &part), Ok(front));
        assert_eq!(ends_with(&text, &part), Ok(end));
    }
    assert_eq!(contains(&Value::text("1"), &Value::Int(1)), Err(Fault::NoOverload));
    assert_eq!(starts_with(&Value::Null, &Value::text("")), Err(Fault::NoOverload));
}

#[test]
fn a_pattern_is_found_anywhere_and_is_bounded() {
    for (text, source, expected) in [
        ("hubba", "ubb", true),
        ("", "foo|bar", false),
        ("cows", "", true),
        ("mañana", "a+ñ+a+", true),
        ("🐱😀😀", "(a|😀){2}", true),
        ("Ada", "^A.a$", true),
        ("Adam", "^A.a$", false),
    ] {
        assert_eq!(matches(&Value::text(text), &pattern(source).unwrap()), Ok(expected), "{source}");
    }
    assert_eq!(matches(&Value::Int(1), &pattern("1").unwrap()), Err(Fault::NoOverload));
    for source in ["(", "(?=a)", r"(a)\1", "((a{100}){100}){100}"] {
        assert!(pattern(source).is_err(), "{source}");
    }
}

#[test]
fn numbers_and_truths_are_read_within_their_ranges() {
    let (low, bad) = (Err(Fault::NoOverload), Err(Fault::BadConversion));
    for (value, int, uint) in [
        (Value::Int(-7), Ok(-7), Err(Fault::BadConversion)),
        (Value::UInt(u64::MAX), bad, Ok(u64::MAX)),
        (Value::Double(1.9), Ok(1), Ok(1)),
        (Value::Double(-7.9), Ok(-7), Err(Fault::BadConversion)),
        (Value::Double(36_028_797_018_963_969.0), Ok(36_028_797_018_963_968), Ok(36_028_797_018_963_968)),
        (Value::Double(9_223_372_036_854_775_807.0), bad, Ok(1 << 63)),
        (Value::Double(-9_223_372_036_854_775_808.0), bad, Err(Fault::BadConversion)),
        (Value::Double(18_446_744_073_709_551_615.0), bad, Err(Fault::BadConversion)),
        (Value::Double(f64::NAN), bad, Err(Fault::BadConversion)),
        (Value::text("987"), Ok(987), Ok(987)),
        (Value::text(" 987"), bad, Err(Fault::BadConversion)),
        (Value::text("9.5"), bad, Err(Fault::BadConversion)),
        (at("2004-09-16T23:59:59.5Z"), Ok(1_095_379_199), Err(Fault::NoOverload)),
        (at("1969-12-31T23:59:59.5Z"), Ok(-1), Err(Fault::NoOverload)),
        (Value::Bool(true), low, Err(Fault::NoOverload)),
    ] {
        assert_eq!(to_int(&value), int, "{value:?}");
        assert_eq!(to_uint(&value), uint, "{value:?}");
    }
    for (value, expected) in [
        (Value::Int(i64::MAX), Ok(9_223_372_036_854_775_808.0)),
        (Value::UInt(3), Ok(3.0)),
        (Value::text("-84.32e7"), Ok(-843_200_000.0)),
        (Value::text("x"), Err(Fault::BadConversion)),
        (Value::Null, Err(Fault::NoOverload)),
    ] {
        assert_eq!(to_double(&value), expected, "{value:?}");
    }
    assert!(to_double(&Value::text("NaN")).unwrap().is_nan());
    for (text, expected) in [("t", Ok(true)), ("False", Ok(false)), ("TrUe", Err(Fault::BadConversion))] {
        assert_eq!(to_bool(&Value::text(text)), expected, "{text}");
    }
    assert_eq!(to_bool(&Value::Int(1)), Err(Fault::NoOverload));
}

#[test]
fn texts_are_made_of_values() {
    for (value, expected) in [
        (Value::text("hello"), Ok("hello")),
        (Value::Bool(false), Ok("false")),
        (Value::Int(-456), Ok("-456")),
        (Value::UInt(u64::MAX), Ok("18446744073709551615")),
        (Value::Double(123.456), Ok("123.456")),
        (Value::Double(2.0), Ok("2")),
        (Value::Double(-4.5e-3), Ok("-0.0045")),
        (Value::Double(0.00012), Ok("0.00012")),
        (Value::Double(0.000012), Ok("0.000012")),
        (Value::Double(999_999.0), Ok("999999")),
        (Value::Double(1e6), Ok("1000000")),
        (Value::Double(6.02214e23), Ok("602214000000000000000000")),
        (Value::Double(0.0), Ok("0")),
        (Value::Double(-0.0), Ok("-0")),
        (Value::Double(f64::NEG_INFINITY), Ok("-Inf")),
        (Value::Double(f64::NAN), Ok("NaN")),
        (bytes(b"\xc3\xbf"), Ok("ÿ")),
        (bytes(b"\x00\xff"), Err(Fault::BadConversion)),
        (at("2009-02-13T23:31:30+00:30"), Ok("2009-02-13T23:01:30Z")),
        (lasting("1000000s"), Ok("1000000s")),
        (lasting("-1.5s"), Ok("-1.5s")),
        (Value::Null, Err(Fault::NoOverload)),
        (Value::Type(Value::Null.type_of()), Err(Fault::NoOverload)),
    ] {
        let found = to_text(&value).map(|found| {
            let mut text = String::new();
            json::write_text(&mut text, &found).unwrap();
            text
        });
        assert_eq!(found, expected.map(str::to_owned), "{value:?}");
    }
    assert_eq!(to_bytes(&Value::text("ÿ")), Ok(bytes(b"\xc3\xbf")));
    assert_eq!(to_bytes(&Value::Int(1)), Err(Fault::NoOverload));
}

#[test]
fn instants_and_durations_are_made_of_texts_and_numbers() {
    assert_eq!(to_timestamp(&Value::Int(-62_135_596_800)), Ok(Timestamp::MIN));
    assert_eq!(to_timestamp(&Value::Int(-62_135_596_801)), Err(Fault::BadConversion));
    assert_eq!(to_timestamp(&Value::text("0000-01-01T00:00:00Z")), Err(Fault::BadConversion));
    assert_eq!(to_timestamp(&Value::text("10000-01-01T00:00:00Z")), Err(Fault::BadConversion));
    assert_eq!(to_timestamp(&Value::Double(1.0)), Err(Fault::NoOverload));
    assert_eq!(to_duration(&Value::text("320000000000s")), Err(Fault::BadConversion));
    assert_eq!(to_duration(&Value::text("2w")), Ok(Duration::of_millis(1_209_600_000).unwrap()));
    assert_eq!(to_duration(&Value::Int(1)), Err(Fault::NoOverload));
}

#[test]
fn parts_are_those_of_the_calendar_in_the_zone() {
    let instant = "2009-02-13T23:31:20.123456789Z";
    for (text, name, zone, expected) in [
        (instant, "getDate", None, 13),
        (instant, "getDayOfMonth", None, 12),
        (instant, "getDayOfWeek", None, 5),
        (instant, "getDayOfYear", None, 43),
        (instant, "getFullYear", None, 2009),
        (instant, "getHours", None, 23),
        (instant, "getMilliseconds", None, 123),
        (instant, "getMinutes", None, 31),
        (instant, "getMonth", None, 1),
        (instant, "getSeconds", None, 20),
        (instant, "getDate", Some("Australia/Sydney"), 14),
        (instant, "getDayOfMonth", Some("US/Central"), 12),
        (instant, "getDayOfMonth", Some("+11:00"), 13),
        ("2009-02-13T02:00:00Z", "getDayOfMonth", Some("-02:30"), 11),
        ("2009-02-13T02:00:00Z", "getDayOfMonth", Some("America/St_Johns"), 11),
        (instant, "getHours", Some("02:00"), 1),
        (instant, "getMinutes", Some("Asia/Kathmandu"), 16),
        (instant, "getSeconds", Some("-00:00"), 20),
        (instant, "getHours", Some(""), 23),
        ("2026-07-01T12:00:00Z", "getHours", Some("Europe/Paris"), 14),
        ("2026-12-01T12:00:00Z", "getHours", Some("Europe/Paris"), 13),
        ("2024-12-31T12:00:00Z", "getDayOfYear", None, 365),
        ("0001-01-01T00:00:00Z", "getFullYear", Some("-01:00"), 0),
        ("9999-12-31T23:59:59Z", "getFullYear", Some("Asia/Tokyo"), 10_000),
    ] {
        let which = Part::of_name(name).unwrap();
        let found = match zone {
            None => part(which, &at(text)),
            Some(zone) => part_in(which, &at(text), &Zone::parse(zone).unwrap()),
        };
        assert_eq!(found, Ok(expected), "{text} {name} {zone:?}");
    }
    for (text, which, expected) in [
        ("10000s", Part::Hours, Ok(2)),
        ("-10000s", Part::Hours, Ok(-2)),
        ("3730s", Part::Minutes, Ok(62)),
        ("3730s", Part::Seconds, Ok(3730)),
        ("-0.5s", Part::Seconds, Ok(0)),
        ("123.321456789s", Part::Milliseconds, Ok(321)),
        ("-1.5s", Part::Milliseconds, Ok(-500)),
        ("1s", Part::FullYear, Err(Fault::NoOverload)),
    ] {
        assert_eq!(part(which, &lasting(text)), expected, "{text} {which:?}");
    }
    assert_eq!(part_in(Part::Hours, &lasting("1h"), &Zone::UTC), Err(Fault::NoOverload));
    assert_eq!(part(Part::Hours, &Value::Int(1)), Err(Fault::NoOverload));
    for text in ["Nowhere/Else", "../etc/passwd", "+24:00", "+02:60", "+2:0", "+02:00x", ":"] {
        assert!(Zone::parse(text).is_none(), "{text}");
    }
}
