//! What each keyword of JSON Schema takes, in words of our own: a validator of schemas only says what did not match.

use segue_document::{Document, Kind, Value};

use super::limits::children;
use super::{SchemaFault, range_of};

const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];
/// What other languages call types, and which is meant.
#[rustfmt::skip]
const OTHER_TYPES: [(&str, &str); 16] = [
    ("int", "integer"), ("long", "integer"), ("float", "number"), ("double", "number"), ("decimal", "number"),
    ("bool", "boolean"), ("str", "string"), ("text", "string"), ("uuid", "string"), ("list", "array"), ("map", "object"),
    ("dict", "object"), ("struct", "object"), ("none", "null"), ("nil", "null"), ("enum", "string"),
];
/// Types of other languages that are a string of some format.
const FORMATS: [(&str, &str); 5] = [
    ("date", "date"),
    ("datetime", "date-time"),
    ("date-time", "date-time"),
    ("timestamp", "date-time"),
    ("time", "time"),
];

/// What a keyword takes.
#[derive(Clone, Copy)]
enum Takes {
    Type,
    Number,
    /// A number above 0.
    Positive,
    Count,
    Bool,
    Text,
    List,
    /// A list of texts, none twice.
    Names,
    /// Schemas by name.
    Schemas,
    /// At least one schema.
    SchemaList,
    /// Lists of texts, none twice, by name.
    NamesByName,
}

#[rustfmt::skip]
const KEYWORDS: [(&[&str], Takes); 11] = [
    (&["type"], Takes::Type),
    (&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], Takes::Number),
    (&["multipleOf"], Takes::Positive),
    (&["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains"],
        Takes::Count),
    (&["uniqueItems", "deprecated", "readOnly", "writeOnly"], Takes::Bool),
    (&["title", "description", "format", "pattern", "contentEncoding", "contentMediaType", "$comment", "$id", "$ref",
        "$anchor", "$dynamicRef", "$dynamicAnchor", "$schema"], Takes::Text),
    (&["enum", "examples"], Takes::List),
    (&["required"], Takes::Names),
    (&["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"], Takes::Schemas),
    (&["allOf", "anyOf", "oneOf", "prefixItems"], Takes::SchemaList),
    (&["dependentRequired"], Takes::NamesByName),
];

/// Everything that is given to a keyword and that it does not take.
pub(super) fn faults(document: &Document) -> Vec<SchemaFault> {
    let mut faults = Vec::new();
    walk(document, document.root(), &mut faults);
    faults
}

fn walk<'d>(document: &'d Document, schema: Value<'d>, faults: &mut Vec<SchemaFault>) {
    if schema.kind() != Kind::Object {
        return;
    }
    for (name, value) in schema.members() {
        let Some((_, takes)) = KEYWORDS.iter().find(|(names, _)| names.contains(&name)) else { continue };
        let Some((culprit, message)) = check(*takes, name, value) else { continue };
        let words = match (takes, culprit.as_str()) {
            (Takes::Type, Some(word)) => Some((word.to_owned(), &TYPES[..])),
            _ => None,
        };
        faults.push(SchemaFault { code: "schema-invalid", at: range_of(document, culprit), message, words });
    }
    for (_, inner) in children(schema) {
        walk(document, inner, faults);
    }
}

/// The value at fault and what is wrong with it.
fn check<'d>(takes: Takes, name: &str, value: Value<'d>) -> Option<(Value<'d>, String)> {
    let is = noun(value);
    let number = || value.as_f64();
    match takes {
        Takes::Type => return no_type(value),
        Takes::Number if number().is_none() && name.starts_with("exclusive") && value.as_bool().is_some() => {
            let message = format!(
                "`{name}` is the limit itself, a number; that it is true or false is of an older draft"
            );
            return Some((value, message));
        }
        Takes::Number if number().is_none() => Some(format!("`{name}` is a number, and this is {is}")),
        Takes::Positive if number().is_none_or(|number| number <= 0.0) => {
            Some(format!("`{name}` is a number greater than 0"))
        }
        Takes::Count if number().is_none_or(|number| number < 0.0 || number.fract() != 0.0) => {
            Some(format!("`{name}` is a whole number, 0 or more"))
        }
        Takes::Bool if value.as_bool().is_none() => {
            Some(format!("`{name}` is true or false, and this is {is}"))
        }
        Takes::Text if value.as_str().is_none() => Some(format!("`{name}` is a text, and this is {is}")),
        Takes::List if value.kind() != Kind::Array => {
            Some(format!("`{name}` is a list of values, and this is {is}"))
        }
        Takes::Names => return no_names(name, value),
        Takes::NamesByName if value.kind() == Kind::Object => {
            return value.members().find_map(|(_, names)| no_names(name, names));
        }
        Takes::Schemas | Takes::NamesByName if value.kind() != Kind::Object => {
            Some(format!("`{name}` is an object, with a name before each part, and this is {is}"))
        }
        Takes::SchemaList if value.kind() != Kind::Array || value.is_empty() => {
            Some(format!("`{name}` is a list of at least one schema"))
        }
        _ => None,
    }
    .map(|message| (value, message))
}

fn no_type(value: Value<'_>) -> Option<(Value<'_>, String)> {
    let is_type = |value: Value<'_>| value.as_str().is_some_and(|word| TYPES.contains(&word));
    let culprit = match value.kind() {
        Kind::Array if !value.is_empty() => value.items().find(|item| !is_type(*item))?,
        _ if is_type(value) => return None,
        _ => value,
    };
    let Some(word) = culprit.as_str() else {
        let message = format!("`type` is one of {}, or a list of these, each once", TYPES.join(", "));
        return Some((culprit, message));
    };
    let small = word.to_lowercase();
    let meant = |words: &[(&str, &'static str)]| {
        words.iter().find(|(known, _)| *known == small).map(|(_, meant)| *meant)
    };
    let message = if let Some(format) = meant(&FORMATS) {
        format!("`{word}` is no type: write `\"type\": \"string\", \"format\": \"{format}\"`")
    } else if let Some(meant) = meant(&OTHER_TYPES) {
        format!("`{word}` is no type: write `\"{meant}\"`")
    } else {
        format!("`{word}` is no type; there are {}", TYPES.join(", "))
    };
    Some((culprit, message))
}

fn no_names<'d>(name: &str, value: Value<'d>) -> Option<(Value<'d>, String)> {
    if value.kind() != Kind::Array {
        let message = if name == "required" {
            format!("`required` is a list of names and stands beside `properties`; this is {}", noun(value))
        } else {
            format!("`{name}` has lists of names, and this is {}", noun(value))
        };
        return Some((value, message));
    }
    let mut seen = std::collections::BTreeSet::new();
    value.items().find_map(|item| match item.as_str() {
        Some(text) if seen.insert(text) => None,
        Some(text) => Some((item, format!("`{text}` is named twice"))),
        None => Some((item, format!("a name is a text, and this is {}", noun(item)))),
    })
}

/// What a value is, in words.
fn noun(value: Value<'_>) -> &'static str {
    match value.kind() {
        Kind::Null => "null",
        Kind::Bool => "true or false",
        Kind::Number => "a number",
        Kind::String => "a text",
        Kind::Array => "a list",
        Kind::Object => "an object",
    }
}
