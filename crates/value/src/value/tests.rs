//! Values of JSON by their shapes, and what is found inside of lists and maps.

use std::collections::BTreeMap;

use segue_document::Document;

use super::*;
use crate::json::json;
use crate::shape::Rest;

fn closed(fields: &[(&str, Shape)]) -> Shape {
    let fields = fields.iter().map(|(name, shape)| ((*name).to_owned(), shape.clone())).collect();
    Shape::Map { fields, rest: Box::new(Rest::Closed) }
}

fn keys(value: &Value<'_>) -> String {
    let keys: Vec<String> = value.walk().unwrap().map(|key| json(&key).unwrap()).collect();
    keys.join(" ")
}

#[test]
fn json_has_the_type_of_its_shape_or_the_one_it_looks_like() {
    for (text, shape, type_of, written) in [
        ("null", Shape::Int, Type::Null, "null"),
        ("true", Shape::Any, Type::Bool, "true"),
        ("20", Shape::Double, Type::Double, "20.0"),
        ("20", Shape::Any, Type::Int, "20"),
        ("20", Shape::Text, Type::Int, "20"),
        ("-9223372036854775808", Shape::Any, Type::Int, "-9223372036854775808"),
        ("9223372036854775808", Shape::Any, Type::UInt, "9223372036854775808"),
        ("9223372036854775808", Shape::Int, Type::UInt, "9223372036854775808"),
        ("18446744073709551616", Shape::Any, Type::Double, "1.8446744073709552e19"),
        ("1.0", Shape::Int, Type::Int, "1"),
        ("1e3", Shape::Int, Type::Int, "1000"),
        ("1.5", Shape::Int, Type::Double, "1.5"),
        ("1e16", Shape::Int, Type::Double, "1e16"),
        ("1.0", Shape::Any, Type::Double, "1.0"),
        ("\"a\"", Shape::Any, Type::Text, "\"a\""),
        ("\"2026-03-01T12:00:00+01:00\"", Shape::Timestamp, Type::Timestamp, "\"2026-03-01T11:00:00Z\""),
        ("\"2026-03-01T12:00:00+01:00\"", Shape::Text, Type::Text, "\"2026-03-01T12:00:00+01:00\""),
        ("\"soon\"", Shape::Timestamp, Type::Text, "\"soon\""),
        ("[1,2]", Shape::List(Box::new(Shape::Double)), Type::List, "[1.0,2.0]"),
        ("[1,2]", Shape::Double, Type::List, "[1,2]"),
        ("{\"b\":1,\"a\":1}", closed(&[("a", Shape::Double)]), Type::Map, "{\"a\":1.0,\"b\":1}"),
        ("{\"a\":1}", Shape::Text, Type::Map, "{\"a\":1}"),
    ] {
        let document = Document::parse_own(text).unwrap();
        let value = Value::of_json(document.root(), &shape);
        assert_eq!(value.type_of(), type_of, "{text} {shape:?}");
        assert_eq!(json(&value).unwrap(), written, "{text} {shape:?}");
        let own = value.to_static();
        assert!(own.type_of() == type_of && own == value, "{text} {shape:?}");
    }
}

#[test]
fn fields_items_and_keys_are_found() {
    let document = Document::parse_own(r#"{"b": [1, 2.5, "x"], "a": null, "c": {"d": 1}}"#).unwrap();
    let shape = closed(&[("c", closed(&[("d", Shape::Double)]))]);
    let map = Value::of_json(document.root(), &shape);
    for value in [map.clone(), map.to_static()] {
        assert_eq!(keys(&value), r#""a" "b" "c""#);
        assert_eq!(value.field("c").unwrap().field("d").unwrap().type_of(), Type::Double);
        assert_eq!(value.field("x").err(), Some(Fault::NoSuchKey));
        assert_eq!(value.field("b").unwrap().field("x").err(), Some(Fault::NoOverload));
        assert_eq!((value.has("a"), value.has("x")), (Ok(true), Ok(false)));
        assert_eq!(Value::Null.has("a"), Err(Fault::NoOverload));
        assert_eq!(value.index(&Value::text("b")).unwrap().type_of(), Type::List);
        assert_eq!(value.index(&Value::Int(1)).err(), Some(Fault::NoSuchKey));
        assert_eq!(value.index(&Value::Null).err(), Some(Fault::NoOverload));

        let list = value.field("b").unwrap();
        for (key, expected) in [
            (Value::Int(0), Ok("1")),
            (Value::UInt(1), Ok("2.5")),
            (Value::Double(2.0), Ok("\"x\"")),
            (Value::Int(3), Err(Fault::IndexOutOfBounds)),
            (Value::Int(-1), Err(Fault::IndexOutOfBounds)),
            (Value::Double(1e300), Err(Fault::IndexOutOfBounds)),
            (Value::Double(0.5), Err(Fault::NoOverload)),
            (Value::Double(f64::NAN), Err(Fault::NoOverload)),
            (Value::text("0"), Err(Fault::NoOverload)),
        ] {
            let found = list.index(&key).map(|item| json(&item).unwrap());
            assert_eq!(found, expected.map(str::to_owned), "{key:?}");
        }
        assert_eq!(keys(&list), "1 2.5 \"x\"");
    }
    assert_eq!(Value::Int(1).walk().err(), Some(Fault::NoOverload));
}

#[test]
fn keys_of_maps_are_numbers_of_any_type_truths_and_texts() {
    let map = Value::map(vec![
        (Value::text("b"), Value::Int(6)),
        (Value::Bool(true), Value::Int(4)),
        (Value::UInt(3), Value::Int(3)),
        (Value::Int(-1), Value::Int(1)),
        (Value::Bool(false), Value::Int(5)),
        (Value::Int(2), Value::Int(2)),
    ])
    .unwrap();
    assert_eq!(keys(&map), r#"-1 2 3 false true "b""#);
    for (key, expected) in [
        (Value::Int(3), Ok(3)),
        (Value::Double(3.0), Ok(3)),
        (Value::UInt(2), Ok(2)),
        (Value::Double(-1.0), Ok(1)),
        (Value::Bool(true), Ok(4)),
        (Value::text("b"), Ok(6)),
        (Value::text("c"), Err(Fault::NoSuchKey)),
        (Value::Double(2.5), Err(Fault::NoSuchKey)),
        (Value::Double(f64::NAN), Err(Fault::NoSuchKey)),
        (Value::Null, Err(Fault::NoOverload)),
    ] {
        assert_eq!(map.index(&key), expected.map(Value::Int), "{key:?}");
    }
    for (keys, expected) in [
        (vec![Value::Int(1), Value::UInt(1)], Fault::DuplicateKey),
        (vec![Value::text("a"), Value::text("b"), Value::text("a")], Fault::DuplicateKey),
        (vec![Value::Double(1.0)], Fault::NoOverload),
        (vec![Value::Null], Fault::NoOverload),
    ] {
        let entries = keys.into_iter().map(|key| (key, Value::Null)).collect();
        assert_eq!(Value::map(entries).err(), Some(expected));
    }
}

#[test]
fn what_is_made_is_bounded() {
    assert!(Value::made("a".repeat(TEXT_BYTES_MAX)).is_ok());
    assert_eq!(Value::made("a".repeat(TEXT_BYTES_MAX + 1)).err(), Some(Fault::TooLarge));
    assert_eq!(Value::bytes(vec![0; TEXT_BYTES_MAX + 1]).err(), Some(Fault::TooLarge));
    assert!(Value::list(vec![Value::Null; ITEMS_MAX]).is_ok());
    assert_eq!(Value::list(vec![Value::Null; ITEMS_MAX + 1]).err(), Some(Fault::TooLarge));
}

#[test]
fn a_value_is_small_goes_to_other_threads_and_outlives_no_document() {
    fn send_and_sync<T: Send + Sync>() {}
    // Only compiles while a constant can stand where a borrowed value may.
    fn shorter<'a>(constant: Value<'static>, _: &'a str) -> Value<'a> {
        constant
    }
    send_and_sync::<Value<'static>>();
    assert!(shorter(Value::Null, "").is_null());
    assert!(size_of::<Value<'_>>() <= 32, "{}", size_of::<Value<'_>>());
    assert!(size_of::<Result<Value<'_>, Fault>>() <= 32);
}

#[test]
fn types_are_known_by_their_names() {
    for known in Type::ALL {
        assert_eq!(Type::of_name(&known.to_string()), Some(known));
    }
    assert_eq!(Type::of_name("dyn"), None);
    let names: BTreeMap<_, _> = Type::ALL.into_iter().map(|known| (known.name(), ())).collect();
    assert_eq!(names.len(), Type::ALL.len());
}
