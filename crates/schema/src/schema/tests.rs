use segue_document::Document;

use super::*;

fn checked(schema: &str, instance: &str) -> Result<(), SchemaError> {
    let instance = Document::parse_own(instance).unwrap();
    Schema::compile(schema).unwrap().check(instance.root())
}

fn codes(schema: &str) -> Vec<&'static str> {
    Schema::compile(schema).unwrap_err().into_iter().map(|fault| fault.code).collect()
}

#[test]
fn documents_are_checked_in_place_and_errors_tell_no_values() {
    let schema = r#"{"type": "object", "required": ["id"], "additionalProperties": false, "properties": {
        "id": {"type": "string", "minLength": 2}, "n": {"type": "integer", "maximum": 10}, "at": {"format": "date-time"},
        "mail": {"type": "string", "format": "email"}, "tags": {"type": "array", "uniqueItems": true},
        "tier": {"enum": ["gold", 1]}, "names": {"propertyNames": {"maxLength": 3}, "type": ["object", "null"]}}}"#;
    for (instance, expected) in [
        (
            r#"{"id": "ab", "n": 3.0, "at": "2026-03-02T10:00:00Z", "tags": [1, "1"], "tier": 1.0, "names": {"abc": 1}}"#,
            None,
        ),
        ("[]", Some(("", "is not of type object"))),
        ("{}", Some(("", "the required property \"id\" is missing"))),
        (r#"{"id": "ab", "secret-name": 1}"#, Some(("", "has a property that is not declared"))),
        (r#"{"id": "é"}"#, Some(("/id", "is shorter than 2 characters"))),
        (r#"{"id": "ab", "n": 3.5}"#, Some(("/n", "is not of type integer"))),
        (r#"{"id": "ab", "n": 1e300}"#, Some(("/n", "is greater than 10"))),
        (r#"{"id": "ab", "at": "secret"}"#, Some(("/at", "does not have the format date-time"))),
        (r#"{"id": "ab", "mail": "secret"}"#, Some(("/mail", "does not have the format email"))),
        (r#"{"id": "ab", "tags": [1, 1.0]}"#, Some(("/tags", "does not satisfy `uniqueItems`"))),
        (r#"{"id": "ab", "tier": "secret"}"#, Some(("/tier", "is none of the values allowed"))),
        (r#"{"id": "ab", "names": {"abcd": 1}}"#, Some(("/names", "does not satisfy `propertyNames`"))),
    ] {
        let found = checked(schema, instance).err();
        let found = found.as_ref().map(|error| (error.pointer.as_str(), error.detail.as_str()));
        assert_eq!(found, expected, "{instance}");
    }
}

#[test]
fn schemas_that_refer_outside_or_pass_a_limit_are_refused() {
    assert_eq!(codes("{"), ["schema-invalid"]);
    assert_eq!(codes("[]"), ["schema-invalid"]);
    assert_eq!(codes(r#"{"type": "strin"}"#), ["schema-invalid"]);
    assert_eq!(codes(r#"{"pattern": "(?=a)"}"#), ["schema-invalid"]);
    assert_eq!(codes(r#"{"$schema": "http://json-schema.org/draft-07/schema#"}"#), ["schema-invalid"]);
    assert_eq!(codes(r##"{"$ref": "#/$defs/x"}"##), ["schema-invalid"]);
    assert_eq!(codes(r#"{"items": {"$ref": "https://example.com/x.json"}}"#), ["schema-remote"]);
    assert_eq!(codes(r#"{"allOf": [{"$ref": "other.json#/x"}, {"$ref": "file:///etc/passwd"}]}"#).len(), 2);
    assert_eq!(codes(&format!("{}true{}", r#"{"items":"#.repeat(17), "}".repeat(17))), ["schema-too-deep"]);
    assert_eq!(codes(&format!("{{\"description\": \"{}\"}}", "x".repeat(BYTES_MAX))), ["schema-too-big"]);
    let doubling: Vec<String> = (0..20)
        .map(|n| {
            format!(
                r##""d{n}": {{"allOf": [{{"$ref": "#/$defs/d{m}"}}, {{"$ref": "#/$defs/d{m}"}}]}}"##,
                m = n + 1
            )
        })
        .collect();
    let bomb = format!(
        r##"{{"$ref": "#/$defs/d0", "$defs": {{{}, "d20": {{"type": "string"}}}}}}"##,
        doubling.join(",")
    );
    assert_eq!(codes(&bomb), ["schema-too-big"]);
}

#[test]
fn faults_name_their_place() {
    let text = r#"{"properties": {"a": {"type": "strin"}}}"#;
    let fault = Schema::compile(text).unwrap_err().remove(0);
    assert_eq!(&text[fault.at], "\"strin\"");
}

#[test]
fn faults_say_in_plain_words_what_a_keyword_takes_and_where_it_stands() {
    let no_type = "is no type; there are array, boolean, integer, null, number, object, string";
    for (text, place, message) in [
        (r#"{"properties": {"a": {"type": "int"}}}"#, r#""int""#, r#"at `/properties/a/type`: `int` is no type: write `"integer"`"#.to_owned()),
        (r#"{"type": ["string", "nul"]}"#, r#""nul""#, format!("at `/type/1`: `nul` {no_type}")),
        (
            r#"{"items": {"type": "date"}}"#,
            r#""date""#,
            r#"at `/items/type`: `date` is no type: write `"type": "string", "format": "date"`"#.to_owned(),
        ),
        (
            r#"{"properties": {"a/b": {"required": true}}}"#,
            "true",
            "at `/properties/a~1b/required`: `required` is a list of names and stands beside `properties`; this is true or false".to_owned(),
        ),
        (r#"{"required": ["a", "a"]}"#, r#""a""#, "at `/required/1`: `a` is named twice".to_owned()),
        (
            r#"{"exclusiveMinimum": true}"#,
            "true",
            "at `/exclusiveMinimum`: `exclusiveMinimum` is the limit itself, a number; that it is true or false is of an older draft".to_owned(),
        ),
        (r#"{"maxLength": -1}"#, "-1", "at `/maxLength`: `maxLength` is a whole number, 0 or more".to_owned()),
        (r#"{"multipleOf": 0}"#, "0", "at `/multipleOf`: `multipleOf` is a number greater than 0".to_owned()),
        (r#"{"minimum": "1"}"#, r#""1""#, "at `/minimum`: `minimum` is a number, and this is a text".to_owned()),
        (r#"{"enum": "a"}"#, r#""a""#, "at `/enum`: `enum` is a list of values, and this is a text".to_owned()),
        (r#"{"anyOf": []}"#, "[]", "at `/anyOf`: `anyOf` is a list of at least one schema".to_owned()),
        (
            r#"{"properties": ["a"]}"#,
            r#"["a"]"#,
            "at `/properties`: `properties` is an object, with a name before each part, and this is a list".to_owned(),
        ),
        (
            r#"{"items": [true]}"#,
            "[true]",
            "at `/items`: a schema is an object, `true` or `false`; one schema for each item is `prefixItems`".to_owned(),
        ),
        (
            r#"{"pattern": "(?=a)"}"#,
            r#""(?=a)""#,
            "at `/pattern`: no pattern, or none that takes the same time for any text: look-around such as `(?=` \
             and references back such as `\\1` are not known".to_owned(),
        ),
    ] {
        let faults = Schema::compile(text).unwrap_err();
        assert_eq!(faults.len(), 1, "{text} {faults:?}");
        assert_eq!((&text[faults[0].at.clone()], &faults[0].message), (place, &message), "{text}");
    }
    let both = Schema::compile(r#"{"minimum": "1", "properties": {"a": {"title": 5}}}"#).unwrap_err();
    assert_eq!(both.len(), 2, "all at once: {both:?}");
}

#[test]
fn a_file_that_is_no_json_is_told_what_to_write_instead() {
    for (text, at, message) in [
        ("", 0, "the file is empty: the schema that admits anything is `{}`"),
        (r#"{"a": 1"#, 7, "the file ends before all of its brackets and quotes are closed"),
        (r#"{"a": 1,}"#, 8, "nothing follows the comma before this: remove it"),
        ("{a: 1}", 1, "a name stands in double quotes: write `\"a\"`"),
        ("{'a': 1}", 1, "JSON writes names and texts in double quotes"),
        ("// a\n{}", 0, "JSON has no comments: write it as `\"$comment\": \"..\"`"),
        (r#"{"a": True}"#, 6, "`True` is no value of JSON: write `true`"),
        (r#"{"a": string}"#, 6, "`string` is no value of JSON: a text stands in double quotes"),
        (r#"{"a": }"#, 6, "a value is missing before this"),
        ("{} {}", 3, "the file goes on after the end of its schema"),
        (r#"{"a": 1, "a": 2}"#, 9, "the name is given twice, and one of the two values would be lost"),
    ] {
        let fault = Schema::compile(text).unwrap_err().remove(0);
        assert_eq!((fault.at.start, fault.message.as_str()), (at, message), "{text}");
    }
}

#[test]
fn a_schema_may_refer_to_itself() {
    let schema = r##"{"type": "object", "properties": {"next": {"$ref": "#"}, "n": {"type": "integer"}}}"##;
    assert_eq!(checked(schema, r#"{"next": {"next": {"n": 1}}}"#), Ok(()));
    let error = checked(schema, r#"{"next": {"next": {"n": "x"}}}"#).unwrap_err();
    assert_eq!(error.pointer, "/next/next/n");
}

#[test]
fn shapes_say_what_stands_where() {
    let shape = |schema: &str| format!("{:?}", Schema::compile(schema).unwrap().shape());
    for (schema, expected) in [
        ("true", "Any"),
        (r#"{"type": "integer"}"#, "Int"),
        (r#"{"type": ["number", "null"]}"#, "Double"),
        (r#"{"type": "null"}"#, "Null"),
        (r#"{"type": ["string", "number"]}"#, "Any"),
        (r#"{"type": "string", "format": "date-time"}"#, "Timestamp"),
        (r#"{"type": "array", "items": {"type": "boolean"}}"#, "List(Bool)"),
        (r#"{"oneOf": [{"type": "integer"}, {"type": "number"}, {"type": "null"}]}"#, "Double"),
        (r##"{"$ref": "#/$defs/x", "$defs": {"x": {"type": "string"}}}"##, "Text"),
        (r#"{"type": "object"}"#, "Map { fields: {}, rest: Open(Any) }"),
        (r#"{"properties": {"a": {"type": "string"}}}"#, r#"Map { fields: {"a": Text}, rest: Closed }"#),
        (
            r#"{"properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "integer"}}"#,
            r#"Map { fields: {"a": Text}, rest: Open(Int) }"#,
        ),
        (
            r#"{"allOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {"type": "integer"}}}]}"#,
            r#"Map { fields: {"a": Text, "b": Int}, rest: Closed }"#,
        ),
    ] {
        assert_eq!(shape(schema), expected, "{schema}");
    }
}

#[test]
fn our_keyword_says_one_of_three_words_and_unknown_ones_are_listed_with_their_places() {
    for word in ["public", "personal", "private"] {
        assert!(Schema::compile(&format!(r#"{{"x-sensitivity": "{word}"}}"#)).is_ok());
    }
    for wrong in [r#""privat""#, r#""Private""#, "true", r#"["private"]"#] {
        let text = format!(r#"{{"properties": {{"a": {{"x-sensitivity": {wrong}}}}}}}"#);
        let fault = Schema::compile(&text).unwrap_err().remove(0);
        assert_eq!((fault.code, &text[fault.at]), ("schema-invalid", wrong));
    }
    let text = r#"{"propertis" : {"a": 1}, "properties": {"requird": {"x-sensitivty": "private"}}, "x-team": {"typ": 1}}"#;
    let schema = Schema::compile(text).unwrap();
    let found: Vec<_> = schema.unknown_keywords().iter().map(|one| &text[one.at.clone()]).collect();
    assert_eq!(found, ["propertis", "x-team", "x-sensitivty"]);
    assert!(keywords::KEYWORDS.contains(&"x-sensitivity"));
}
