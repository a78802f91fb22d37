//! Documents from the outside: what is taken in, what is refused and where, and that nothing changes on the way.

use proptest::prelude::*;
use segue_document::{Document, Limits, Name, ParseErrorKind, Writer, merge_patch};

fn refuse(text: &[u8], kind: ParseErrorKind, pointer: &str) {
    let error = Document::parse(text, &Limits::CONTRACT).expect_err("the text is refused");
    assert_eq!(
        (error.kind, error.pointer.as_str()),
        (kind, pointer),
        "{:.80}",
        String::from_utf8_lossy(text)
    );
}

#[test]
fn each_limit_is_refused_with_its_place() {
    use ParseErrorKind::*;
    refuse(b"", NotJson, "");
    refuse(b"{", NotJson, "");
    refuse(b"{\"a\":1}}", NotJson, "");
    refuse(b"{\"a\":[1,2,x]}", NotJson, "/a/2");
    refuse(b"{\"a\":{\"b/c\":tru}}", NotJson, "/a/b~1c");
    refuse(b"\xff", NotUtf8, "");
    refuse(br#"{"o":{"a":1,"b":2,"a":3}}"#, DuplicateKey, "/o/a");
    refuse(br#"{"o":[{},{"a":1,"\u0061":{"x":1}}]}"#, DuplicateKey, "/o/1/a");
    refuse(br#"["\ud800"]"#, NotJson, "/0");
    refuse(b"[1e999]", NotJson, "/0");
    refuse(b"[01]", NotJson, "/0");
    refuse(&[b'['; 200], TooDeep, &"/0".repeat(32));
    refuse(format!("[{}0]", "0,".repeat(10_000)).as_bytes(), TooMany, "/9999");
    refuse(&vec![b' '; 300 * 1024], TooLarge, "");
}

#[test]
fn a_member_named_twice_is_found_in_small_and_large_objects_and_no_other_is() {
    for count in [1, 2, 3, 4, 5, 8, 9, 40, 64, 65, 300] {
        let members: Vec<String> = (0..count).map(|at| format!("\"name-{at}\":[{{\"a\":{at}}}]")).collect();
        let text = format!("{{{}}}", members.join(","));
        let document = Document::parse(text.as_bytes(), &Limits::CONTRACT).unwrap();
        for at in 0..count {
            let member = document.root().get(&format!("name-{at}")).and_then(|value| value.item(0));
            assert_eq!(member.and_then(|value| value.get("a")?.as_i64()), Some(at));
            let named = document.root().get_named(&Name::new(&format!("name-{at}")));
            assert_eq!(named.and_then(|value| value.item(0)), member);
        }
        for twice in [0, count / 2, count - 1] {
            let text = format!("{{\"o\":{{{},\"name\\u002d{twice}\":1,\"z\":2}}}}", members.join(","));
            refuse(text.as_bytes(), ParseErrorKind::DuplicateKey, &format!("/o/name-{twice}"));
        }
    }
}

#[test]
fn strings_of_any_length_end_where_they_end() {
    for length in 0..40 {
        for (end, kind) in [("\"", None), ("\u{1f}\"", Some(())), ("", Some(())), ("\\n\"", None)] {
            let text = format!("\"{}{end}", "\u{e9}x".repeat(length));
            let parsed = Document::parse(text.as_bytes(), &Limits::CONTRACT);
            assert_eq!(parsed.err().map(|error| assert_eq!(error.kind, ParseErrorKind::NotJson)), kind);
        }
    }
}

#[test]
fn thirty_two_levels_are_taken_in() {
    let text = format!("{}{}", "[".repeat(32), "]".repeat(32));
    let document = Document::parse(text.as_bytes(), &Limits::CONTRACT).unwrap();
    assert_eq!(document.root().len(), 1);
}

#[test]
fn numbers_keep_the_text_they_came_with() {
    let text = r#"{"a":18446744073709551616,"b":0.10,"c":-0,"d":1E5,"e":9007199254740993.0}"#;
    let document = Document::parse(text.as_bytes(), &Limits::CONTRACT).unwrap();
    let mut writer = Writer::new();
    let _ = writer.value(document.root());
    assert_eq!(writer.finish(), text);
}

#[test]
fn merge_patch_follows_the_examples_of_the_rfc() {
    for (target, patch, expected) in [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
        (r#"{"a":"foo"}"#, "null", "null"),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
        ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
        ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
    ] {
        let target = Document::parse_own(target).unwrap();
        let patch = Document::parse_own(patch).unwrap();
        assert_eq!(merge_patch(Some(target.root()), patch.root()).text(), expected);
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(".{0,6}", inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_document_says_what_serde_json_says(value in json()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        let document = Document::parse(text.as_bytes(), &Limits::NONE).unwrap();
        let mut writer = Writer::new();
        let _ = writer.value(document.root());
        let back: serde_json::Value = serde_json::from_str(&writer.finish()).unwrap();
        prop_assert_eq!(back, value);
    }

    #[test]
    fn any_bytes_are_taken_in_just_when_serde_json_takes_them(
        bytes in prop::collection::vec(prop::sample::select(&b"{}[]\",:\\u0019ade.-+Etrufalsn \xc3\xa9"[..]), 0..24)
    ) {
        let ours = Document::parse(&bytes, &Limits::NONE).map(|_| ()).map_err(|e| e.kind);
        if ours != Err(ParseErrorKind::DuplicateKey) {
            let theirs = serde_json::from_slice::<serde_json::Value>(&bytes);
            prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?}", String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn a_name_is_found_however_it_is_written() {
    let document = Document::parse_own(r#"{"a b":1,"c\u0064":2,"":3}"#).unwrap();
    for (name, expected) in [("a b", Some(1)), ("cd", Some(2)), ("", Some(3)), ("c", None)] {
        assert_eq!(document.root().get_named(&Name::new(name)).and_then(|value| value.as_i64()), expected);
        assert_eq!(document.root().get(name).and_then(|value| value.as_i64()), expected);
    }
}
