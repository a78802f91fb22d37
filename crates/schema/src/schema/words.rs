//! What is wrong with a schema file, in words for those who wrote it.

use jsonschema::error::ValidationErrorKind;
use segue_document::{Document, Kind, Value};

use super::range_of;

/// Why a text is no JSON. `detail` is what the reader says, which knows no authors; `at` is where it stopped.
pub(super) fn no_json(text: &str, at: usize, detail: &str) -> String {
    let rest = text.get(text.floor_char_boundary(at)..).unwrap_or_default();
    let first = rest.chars().next();
    let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').take(40).collect();
    let is_after_comma = text[..text.floor_char_boundary(at)].trim_end().ends_with(',');
    match (detail, first) {
        _ if text.trim().is_empty() => {
            "the file is empty: the schema that admits anything is `{}`".to_owned()
        }
        (_, None) => "the file ends before all of its brackets and quotes are closed".to_owned(),
        ("expected a member's name" | "expected a value", Some('\'')) => {
            "JSON writes names and texts in double quotes".to_owned()
        }
        ("expected a member's name" | "expected a value", Some('/' | '#')) => {
            "JSON has no comments: write it as `\"$comment\": \"..\"`".to_owned()
        }
        ("expected a member's name" | "expected a value", Some('}' | ']')) if is_after_comma => {
            "nothing follows the comma before this: remove it".to_owned()
        }
        ("expected a member's name", _) if !word.is_empty() => {
            format!("a name stands in double quotes: write `\"{word}\"`")
        }
        ("expected a value", _)
            if matches!(word.as_str(), "True" | "False" | "None" | "NULL" | "TRUE" | "FALSE") =>
        {
            let meant = if word == "None" { "null".to_owned() } else { word.to_lowercase() };
            format!("`{word}` is no value of JSON: write `{meant}`")
        }
        ("expected a value", Some(c)) if c.is_alphabetic() => {
            format!("`{word}` is no value of JSON: a text stands in double quotes")
        }
        ("expected a value", Some('}' | ']' | ',')) => "a value is missing before this".to_owned(),
        ("text after the value", _) => "the file goes on after the end of its schema".to_owned(),
        ("control character in a string", _) => {
            "a text goes on to the end of its line only: write a line break in it as `\\n`, a tab as `\\t`"
                .to_owned()
        }
        ("unknown escape in a string", _) => {
            "this is no escape of JSON: write a backslash in a text twice".to_owned()
        }
        ("member named twice", _) => {
            "the name is given twice, and one of the two values would be lost".to_owned()
        }
        _ => format!("no JSON: {detail}"),
    }
}

/// What the library found, where no rule of ours did.
pub(super) fn no_schema(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Format { format } if format == "regex" => {
            "no pattern, or none that takes the same time for any text: look-around such as `(?=` and references back \
             such as `\\1` are not known"
                .to_owned()
        }
        other => format!("not what JSON Schema 2020-12 admits here, by `{}`", other.keyword()),
    }
}

/// The JSON Pointer of the innermost value that the place is in; empty at the root.
pub(super) fn pointer(document: &Document, at: usize) -> String {
    let (mut value, mut pointer) = (document.root(), String::new());
    let holds = |value: Value<'_>| range_of(document, value).contains(&at);
    loop {
        let inner = match value.kind() {
            Kind::Object => value
                .members()
                .find(|(_, inner)| holds(*inner))
                .map(|(name, inner)| (name.replace('~', "~0").replace('/', "~1"), inner)),
            Kind::Array => {
                let found = value.items().enumerate().find(|(_, inner)| holds(*inner));
                found.map(|(index, inner)| (index.to_string(), inner))
            }
            _ => None,
        };
        let Some((name, inner)) = inner else { return pointer };
        pointer.push('/');
        pointer.push_str(&name);
        value = inner;
    }
}
