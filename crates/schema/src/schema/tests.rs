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
