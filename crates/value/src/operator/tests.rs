//! Cases of the specification, and properties of the order.

use std::cmp::Ordering::{self, Equal, Greater, Less};

use proptest::prelude::*;
use segue_document::Document;

use super::*;
use crate::fault::Fault;
use crate::shape::Shape;
use crate::time::{Duration, Timestamp};
use crate::value::{ITEMS_MAX, TEXT_BYTES_MAX, Value};

const I: fn(i64) -> Value<'static> = Value::Int;
const U: fn(u64) -> Value<'static> = Value::UInt;
const D: fn(f64) -> Value<'static> = Value::Double;
const T: fn(&'static str) -> Value<'static> = Value::text;

fn at(text: &str) -> Value<'static> {
    Value::Timestamp(Timestamp::parse(text).unwrap())
}

fn lasting(text: &str) -> Value<'static> {
    Value::Duration(Duration::parse(text).unwrap())
}

fn bytes(bytes: &[u8]) -> Value<'static> {
    Value::Bytes(bytes.into())
}

fn list(items: &[Value<'static>]) -> Value<'static> {
    Value::list(items.to_vec()).unwrap()
}

type Outcome = Result<Value<'static>, Fault>;
type Operator = fn(&Value<'static>, &Value<'static>) -> Outcome;

/// Value and type, as one text.
fn shown(result: &Outcome) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(fault) => format!("{fault:?}"),
    }
}

#[test]
fn numbers_are_computed_within_their_type_and_range() {
    let (max, min) = (I(i64::MAX), I(i64::MIN));
    let table: [(&str, Operator, Value<'static>, Value<'static>, Outcome); 31] = [
        ("+", add, I(1), I(2), Ok(I(3))),
        ("+", add, U(1), U(2), Ok(U(3))),
        ("+", add, D(1.0), D(0.5), Ok(D(1.5))),
        ("+", add, max.clone(), I(1), Err(Fault::Overflow)),
        ("+", add, min.clone(), I(-1), Err(Fault::Overflow)),
        ("+", add, U(u64::MAX), U(1), Err(Fault::Overflow)),
        ("+", add, I(1), D(1.0), Err(Fault::NoOverload)),
        ("+", add, I(1), U(1), Err(Fault::NoOverload)),
        ("+", add, I(1), T("1"), Err(Fault::NoOverload)),
        ("+", add, Value::Null, Value::Null, Err(Fault::NoOverload)),
        ("-", subtract, I(1), I(2), Ok(I(-1))),
        ("-", subtract, I(1), I(-i64::MAX), Err(Fault::Overflow)),
        ("-", subtract, U(0), U(1), Err(Fault::Overflow)),
        ("-", subtract, D(1.0), D(0.5), Ok(D(0.5))),
        ("*", multiply, I(6), I(-7), Ok(I(-42))),
        ("*", multiply, I(5_000_000_000), I(5_000_000_000), Err(Fault::Overflow)),
        ("*", multiply, min.clone(), I(-1), Err(Fault::Overflow)),
        ("*", multiply, U(5_000_000_000), U(5_000_000_000), Err(Fault::Overflow)),
        ("*", multiply, D(2.0), D(8.988466e307), Ok(D(f64::INFINITY))),
        ("/", divide, I(-7), I(2), Ok(I(-3))),
        ("/", divide, U(60), U(7), Ok(U(8))),
        ("/", divide, D(1.0), D(0.0), Ok(D(f64::INFINITY))),
        ("/", divide, I(15), I(0), Err(Fault::DivisionByZero)),
        ("/", divide, U(15), U(0), Err(Fault::DivisionByZero)),
        ("/", divide, min.clone(), I(-1), Err(Fault::Overflow)),
        ("%", modulo, I(43), I(-5), Ok(I(3))),
        ("%", modulo, I(-42), I(5), Ok(I(-2))),
        ("%", modulo, U(42), U(5), Ok(U(2))),
        ("%", modulo, I(34), I(0), Err(Fault::DivisionByZero)),
        ("%", modulo, min.clone(), I(-1), Err(Fault::Overflow)),
        ("%", modulo, D(5.0), D(2.0), Err(Fault::NoOverload)),
    ];
    for (sign, operator, a, b, expected) in table {
        assert_eq!(shown(&operator(&a, &b)), shown(&expected), "{a:?} {sign} {b:?}");
    }
    for (a, expected) in [
        (I(7), Ok(I(-7))),
        (D(0.0), Ok(D(-0.0))),
        (min, Err(Fault::Overflow)),
        (U(1), Err(Fault::NoOverload)),
    ] {
        assert_eq!(shown(&negate(&a)), shown(&expected), "-{a:?}");
    }
}

#[test]
fn texts_bytes_and_lists_are_joined_within_bounds() {
    let document = Document::parse_own("[1, 2]").unwrap();
    let json = Value::of_json(document.root(), &Shape::Any);
    assert_eq!(add(&T("r"), &T("ôle")), Ok(T("rôle")));
    assert_eq!(add(&bytes(b"ab"), &bytes(b"\xff")), Ok(bytes(b"ab\xff")));
    assert_eq!(add(&json, &list(&[T("x")])), Ok(list(&[I(1), I(2), T("x")])));
    assert_eq!(add(&T("a"), &bytes(b"a")), Err(Fault::NoOverload));
    let long = Value::made("a".repeat(TEXT_BYTES_MAX)).unwrap();
    assert_eq!(add(&long, &T("")), Ok(long.clone()));
    assert_eq!(add(&long, &T("a")), Err(Fault::TooLarge));
    let long = Value::list(vec![Value::Null; ITEMS_MAX]).unwrap();
    assert_eq!(add(&long, &list(&[Value::Null])), Err(Fault::TooLarge));
    let long = Value::bytes(vec![0; TEXT_BYTES_MAX]).unwrap();
    assert_eq!(add(&long, &bytes(b"a")), Err(Fault::TooLarge));
}

#[test]
fn instants_and_durations_are_computed_within_their_range() {
    let table: [(Operator, Value<'static>, Value<'static>, Outcome); 15] = [
        (add, at("2009-02-13T23:00:00Z"), lasting("240s"), Ok(at("2009-02-13T23:04:00Z"))),
        (add, lasting("2m"), at("2009-02-13T23:00:00Z"), Ok(at("2009-02-13T23:02:00Z"))),
        (add, lasting("600s"), lasting("-50.5s"), Ok(lasting("549.5s"))),
        (
            add,
            at("0001-01-01T00:00:01.000000001Z"),
            lasting("-999999999ns"),
            Ok(at("0001-01-01T00:00:00.000000002Z")),
        ),
        (add, at("9999-12-31T23:59:59Z"), lasting("1s"), Err(Fault::Overflow)),
        (add, at("9999-12-31T23:59:59.999999999Z"), lasting("1ns"), Err(Fault::Overflow)),
        (add, at("0001-01-01T00:00:00Z"), lasting("-1ns"), Err(Fault::Overflow)),
        (add, lasting("9000000000s"), lasting("9000000000s"), Err(Fault::Overflow)),
        (add, at("2009-02-13T23:00:00Z"), at("2009-02-13T23:00:00Z"), Err(Fault::NoOverload)),
        (subtract, at("2009-02-13T23:31:00Z"), at("2009-02-13T23:29:00.5Z"), Ok(lasting("119.5s"))),
        (subtract, at("2009-02-13T23:10:00Z"), lasting("600s"), Ok(at("2009-02-13T23:00:00Z"))),
        (subtract, lasting("42s"), lasting("900s"), Ok(lasting("-858s"))),
        (subtract, at("9999-12-31T23:59:59Z"), at("0001-01-01T00:00:00Z"), Err(Fault::Overflow)),
        (subtract, lasting("-9000000000s"), lasting("9000000000s"), Err(Fault::Overflow)),
        (subtract, lasting("1s"), at("2009-02-13T23:10:00Z"), Err(Fault::NoOverload)),
    ];
    for (operator, a, b, expected) in table {
        assert_eq!(shown(&operator(&a, &b)), shown(&expected), "{a:?} {b:?}");
    }
}

#[test]
fn values_have_the_order_of_the_specification() {
    const BIG: f64 = 9_223_372_036_854_775_808.0;
    for (a, b, expected) in [
        (I(1), I(2), Ok(Less)),
        (I(1), U(1), Ok(Equal)),
        (I(-1), U(u64::MAX), Ok(Less)),
        (I(i64::MAX), U(1 << 63), Ok(Less)),
        (I(1), D(1.5), Ok(Less)),
        (I(-1), D(-1.5), Ok(Greater)),
        (I(0), D(-0.0), Ok(Equal)),
        // Exact where the double next to the int is another number.
        (I(9_007_199_254_740_993), D(9_007_199_254_740_992.0), Ok(Greater)),
        (I(i64::MAX), D(BIG), Ok(Less)),
        (I(i64::MIN), D(-BIG), Ok(Equal)),
        (I(i64::MIN), D(-9_223_372_036_854_777_857.0), Ok(Greater)),
        (U(1 << 63), D(BIG), Ok(Equal)),
        (U(u64::MAX), D(18_446_744_073_709_551_616.0), Ok(Less)),
        (U(0), D(-0.5), Ok(Greater)),
        (U(1), D(f64::INFINITY), Ok(Less)),
        (I(1), D(f64::NEG_INFINITY), Ok(Greater)),
        (D(f64::NAN), D(1.0), Err(Fault::NotOrdered)),
        (I(0), D(f64::NAN), Err(Fault::NotOrdered)),
        (I(5), D(f64::NAN), Err(Fault::NotOrdered)),
        (U(5), D(f64::NAN), Err(Fault::NotOrdered)),
        (T("abc"), T("abcd"), Ok(Less)),
        (T("Abc"), T("aBC"), Ok(Less)),
        (T("\u{1ebf}"), T("\u{1f431}"), Ok(Less)),
        (bytes("á".as_bytes()), bytes(b"b"), Ok(Greater)),
        (Value::Bool(false), Value::Bool(true), Ok(Less)),
        (at("2009-02-13T23:00:00Z"), at("2009-02-13T23:00:00.5Z"), Ok(Less)),
        (lasting("-1.5s"), lasting("-1s"), Ok(Less)),
        (I(1), T("1"), Err(Fault::NoOverload)),
        (Value::Null, Value::Null, Err(Fault::NoOverload)),
        (list(&[I(1)]), list(&[I(2)]), Err(Fault::NoOverload)),
        (at("2009-02-13T23:00:00Z"), I(1), Err(Fault::NoOverload)),
    ] {
        assert_eq!(compare(&a, &b), expected, "{a:?} {b:?}");
        assert_eq!(compare(&b, &a), expected.map(Ordering::reverse), "{b:?} {a:?}");
    }
}

#[test]
fn equality_is_deep_and_never_an_error() {
    let document =
        Document::parse_own(r#"{"b": 1, "a": [1, 2.0], "t": "2026-03-01T12:00:00+01:00"}"#).unwrap();
    let json = Value::of_json(document.root(), &Shape::Any);
    let made = |a: Value<'static>| {
        let instant = T("2026-03-01T12:00:00+01:00");
        Value::map(vec![(T("t"), instant), (T("a"), list(&[U(1), a])), (T("b"), D(1.0))]).unwrap()
    };
    let one = |key, value| Value::map(vec![(key, value)]).unwrap();
    for (a, b, expected) in [
        (json.clone(), made(I(2)), true),
        (json, made(I(3)), false),
        (list(&[I(1), T("dos")]), list(&[I(1), I(2)]), false),
        (list(&[I(1)]), list(&[I(1), I(1)]), false),
        (one(I(1), D(1.0)), one(U(1), I(1)), true),
        (one(T("k"), I(1)), one(T("K"), I(1)), false),
        (one(T("k"), Value::Null), one(T("k"), Value::Null), true),
        (Value::Null, I(0), false),
        (Value::Null, Value::Null, true),
        (I(1), T("1"), false),
        (I(1), Value::Bool(true), false),
        (D(f64::NAN), D(f64::NAN), false),
        (I(0), D(f64::NAN), false),
        (list(&[D(f64::NAN)]), list(&[D(f64::NAN)]), false),
        (I(i64::MAX), D(9_223_372_036_854_775_808.0), false),
        (D(0.0), D(-0.0), true),
        (bytes(b"a"), T("a"), false),
        (at("2026-03-01T12:00:00+01:00"), at("2026-03-01T11:00:00Z"), true),
        (lasting("60s"), lasting("1m"), true),
        (Value::Type(I(1).type_of()), Value::Type(I(2).type_of()), true),
    ] {
        assert_eq!(equals(&a, &b), expected, "{a:?} {b:?}");
        assert_eq!(equals(&b, &a), expected, "{b:?} {a:?}");
    }
}

#[test]
fn an_item_is_in_a_list_and_a_key_in_a_map() {
    let document = Document::parse_own(r#"{"list": [5, 3], "b": null}"#).unwrap();
    let json = Value::of_json(document.root(), &Shape::Any);
    let numbers = Value::map(vec![(I(3), Value::Null)]).unwrap();
    for (element, container, expected) in [
        (D(3.0), list(&[I(5), I(3)]), Ok(true)),
        (U(4), list(&[I(5), I(3)]), Ok(false)),
        (Value::Null, list(&[]), Ok(false)),
        (U(3), json.field("list").unwrap(), Ok(true)),
        (T("b"), json.clone(), Ok(true)),
        (T("c"), json.clone(), Ok(false)),
        (I(1), json.clone(), Ok(false)),
        (D(3.0), numbers.clone(), Ok(true)),
        (T("3"), numbers.clone(), Ok(false)),
        (Value::Null, numbers, Err(Fault::NoOverload)),
        (T("a"), T("abc"), Err(Fault::NoOverload)),
    ] {
        assert_eq!(is_in(&element, &container), expected, "{element:?} {container:?}");
    }
}

/// Numbers of all types, close to the edges where types end and doubles get coarse.
fn numbers() -> impl Strategy<Value = Value<'static>> {
    let near = prop_oneof![
        Just(0i128),
        Just(1 << 53),
        Just(-(1 << 53)),
        Just(1 << 63),
        Just(-(1 << 63)),
        Just(1 << 64),
    ];
    let near = (near, -3i128..=3, 0u8..3).prop_map(|(edge, off, kind)| match kind {
        0 => i64::try_from(edge + off).map_or(D((edge + off) as f64), Value::Int),
        1 => u64::try_from(edge + off).map_or(D((edge + off) as f64), Value::UInt),
        _ => D((edge + off) as f64 + if off == 2 { 0.5 } else { 0.0 }),
    });
    let double = any::<f64>().prop_filter("NaN has no order", |number| !number.is_nan()).prop_map(D);
    prop_oneof![4 => near, 1 => any::<i64>().prop_map(I), 1 => any::<u64>().prop_map(U), 1 => double]
}

fn values() -> impl Strategy<Value = Value<'static>> {
    let leaf = prop_oneof![
        4 => numbers(),
        1 => any::<f64>().prop_map(D),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
        1 => "[a-c\u{e9}]{0,3}".prop_map(|text| Value::made(text).unwrap()),
        1 => any::<[u8; 2]>().prop_map(|content| bytes(&content)),
        1 => any::<i64>().prop_map(|nanos| Value::Duration(Duration::of_nanos(nanos.into()).unwrap())),
        1 => (Timestamp::MIN.seconds..=Timestamp::MAX.seconds, 0u32..1_000_000_000)
            .prop_map(|(seconds, nanos)| Value::Timestamp(Timestamp::new(seconds, nanos).unwrap())),
    ];
    leaf.prop_recursive(2, 12, 3, |inner| {
        let map = proptest::collection::btree_map("[a-c]", inner.clone(), 0..3);
        prop_oneof![
            proptest::collection::vec(inner, 0..3).prop_map(|items| list(&items)),
            map.prop_map(|map| {
                let entries = map.into_iter().map(|(key, value)| (Value::made(key).unwrap(), value));
                Value::map(entries.collect()).unwrap()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn the_order_of_numbers_is_total_and_agrees_with_equality(a in numbers(), b in numbers(), c in numbers()) {
        let order = |a: &Value<'_>, b: &Value<'_>| compare(a, b).unwrap();
        prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
        prop_assert_eq!(equals(&a, &b), order(&a, &b) == Equal);
        if order(&a, &b) != Greater && order(&b, &c) != Greater {
            prop_assert!(order(&a, &c) != Greater);
            prop_assert_eq!(order(&a, &c) == Equal, order(&a, &b) == Equal && order(&b, &c) == Equal);
        }
    }

    #[test]
    fn no_two_values_make_an_operator_panic_and_equality_is_symmetric(a in values(), b in values()) {
        let operators = [add as Operator, subtract as Operator, multiply as Operator, divide as Operator, modulo as Operator];
        for operator in operators {
            let _ = operator(&a, &b);
        }
        let _ = (negate(&a), is_in(&a, &b), a.index(&b));
        prop_assert_eq!(equals(&a, &b), equals(&b, &a));
        if let Ok(order) = compare(&a, &b) {
            prop_assert_eq!(equals(&a, &b), order == Equal);
        }
    }
}
