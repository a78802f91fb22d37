//! What values are written as.

use segue_document::Document;

use super::*;
use crate::shape::{Rest, Shape};
use crate::time::{Duration, Timestamp};

#[test]
fn values_are_written_as_json() {
    let instant = Value::Timestamp(Timestamp::parse("2026-03-02T11:00:00.500Z").unwrap());
    let duration = Value::Duration(Duration::parse("1m30.5s").unwrap());
    let map = Value::map(vec![
        (Value::text("b"), Value::Null),
        (Value::Int(2), instant.clone()),
        (Value::Bool(true), duration.clone()),
        (Value::UInt(1), Value::list(vec![Value::UInt(u64::MAX), Value::Double(100.0)]).unwrap()),
    ]);
    for (value, as_json, as_text) in [
        (Value::Null, Ok("null"), Ok("null")),
        (Value::Bool(true), Ok("true"), Ok("true")),
        (Value::Int(-1), Ok("-1"), Ok("-1")),
        (Value::Double(1e21), Ok("1e21"), Ok("1e21")),
        (Value::text("say \"hi\""), Ok(r#""say \"hi\"""#), Ok("say \"hi\"")),
        (instant, Ok(r#""2026-03-02T11:00:00.5Z""#), Ok("2026-03-02T11:00:00.5Z")),
        (duration, Ok(r#""90.5s""#), Ok("90.5s")),
        (
            map.unwrap(),
            Ok(r#"{"1":[18446744073709551615,100.0],"2":"2026-03-02T11:00:00.5Z","true":"90.5s","b":null}"#),
            Ok(r#"{"1":[18446744073709551615,100.0],"2":"2026-03-02T11:00:00.5Z","true":"90.5s","b":null}"#),
        ),
        (Value::Double(f64::NAN), Err(Fault::NotFinite), Err(Fault::NotFinite)),
        (
            Value::list(vec![Value::Double(f64::INFINITY)]).unwrap(),
            Err(Fault::NotFinite),
            Err(Fault::NotFinite),
        ),
        (Value::bytes(*b"a").unwrap(), Err(Fault::NotJson), Err(Fault::NotJson)),
        (Value::Type(Value::Null.type_of()), Err(Fault::NotJson), Err(Fault::NotJson)),
    ] {
        assert_eq!(json(&value), as_json.map(str::to_owned), "{value:?}");
        let mut text = String::new();
        let written = write_text(&mut text, &value);
        assert_eq!(written.map(|()| text), as_text.map(str::to_owned), "{value:?}");
    }
}

#[test]
fn parts_of_documents_are_written_by_their_shape_or_as_they_came() {
    let document = r#"{"z": [1, 1.50], "at": "2026-03-01T12:00:00+01:00", "n": 12345678901234567890123}"#;
    let document = Document::parse_own(document).unwrap();
    let fields = [("z", Shape::List(Box::new(Shape::Double))), ("at", Shape::Timestamp)];
    let fields = fields.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect();
    let shape = Shape::Map { fields, rest: Box::new(Rest::Open(Shape::Any)) };
    let value = Value::of_json(document.root(), &shape);
    let by_shape = r#"{"at":"2026-03-01T11:00:00Z","n":1.2345678901234568e22,"z":[1.0,1.5]}"#;
    assert_eq!(json(&value).as_deref(), Ok(by_shape));
    let as_it_came = r#"{"z":[1,1.50],"at":"2026-03-01T12:00:00+01:00","n":12345678901234567890123}"#;
    assert_eq!(verbatim(&value).as_deref(), Some(as_it_came));
    assert_eq!(verbatim(&value.field("z").unwrap()).as_deref(), Some("[1,1.50]"));
    assert_eq!(verbatim(&value.to_static()), None);
    assert_eq!(verbatim(&Value::Int(1)), None);
}
