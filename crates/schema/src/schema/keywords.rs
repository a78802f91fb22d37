//! Keywords: those that mean nothing here, and what ours may say.
//!
//! JSON Schema lets a schema say anything more than it knows. So what is unknown is only listed; whether it was meant to be
//! a keyword is judged by those who know near names.

use std::ops::Range;

use segue_document::{Document, Kind, Value};

use super::limits::children;
use super::{SchemaFault, range_of};

/// The keyword that says who may be told of a value.
const SENSITIVITY: &str = "x-sensitivity";
/// What it may say.
const SENSITIVITIES: [&str; 3] = ["public", "personal", "private"];

/// Every keyword that means something: those of JSON Schema 2020-12, and ours.
#[rustfmt::skip]
pub const KEYWORDS: [&str; 60] = [
    "$anchor", "$comment", "$defs", "$dynamicAnchor", "$dynamicRef", "$id", "$ref", "$schema", "$vocabulary",
    "additionalProperties", "allOf", "anyOf", "const", "contains", "contentEncoding", "contentMediaType",
    "contentSchema", "default", "definitions", "dependentRequired", "dependentSchemas", "deprecated", "description",
    "else", "enum", "examples", "exclusiveMaximum", "exclusiveMinimum", "format", "if", "items", "maxContains",
    "maxItems", "maxLength", "maxProperties", "maximum", "minContains", "minItems", "minLength", "minProperties",
    "minimum", "multipleOf", "not", "oneOf", "pattern", "patternProperties", "prefixItems", "properties",
    "propertyNames", "readOnly", "required", "then", "title", "type", "unevaluatedItems", "unevaluatedProperties",
    "uniqueItems", "writeOnly", SENSITIVITY,
    // Of OpenAPI, and near to `examples`.
    "example",
];

/// A keyword that means nothing to us: perhaps an annotation, perhaps a slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKeyword {
    /// What it is called.
    pub name: String,
    /// Where in the text, in bytes.
    pub at: Range<usize>,
}

/// The keywords that mean nothing, and what is wrong with ours.
pub(super) fn look(document: &Document) -> (Vec<UnknownKeyword>, Vec<SchemaFault>) {
    let (mut unknown, mut faults) = (Vec::new(), Vec::new());
    walk(document, document.root(), &mut unknown, &mut faults);
    (unknown, faults)
}

fn walk<'d>(
    document: &'d Document,
    schema: Value<'d>,
    unknown: &mut Vec<UnknownKeyword>,
    faults: &mut Vec<SchemaFault>,
) {
    if schema.kind() != Kind::Object {
        return;
    }
    for (name, value) in schema.members() {
        if name == SENSITIVITY && !value.as_str().is_some_and(|word| SENSITIVITIES.contains(&word)) {
            let message = format!("`{SENSITIVITY}` is one of {}", SENSITIVITIES.join(", "));
            let words = value.as_str().map(|word| (word.to_owned(), &SENSITIVITIES[..]));
            faults.push(SchemaFault {
                code: "schema-invalid",
                at: range_of(document, value),
                message,
                words,
            });
        } else if !KEYWORDS.contains(&name) {
            let at = place_of(document, name, value);
            unknown.push(UnknownKeyword { name: name.to_owned(), at });
        }
    }
    for (_, inner) in children(schema) {
        walk(document, inner, unknown, faults);
    }
}

/// Where the name of a member stands, without its quotes; its value if the name is written with escapes.
fn place_of(document: &Document, name: &str, value: Value<'_>) -> Range<usize> {
    let range = range_of(document, value);
    let before = document.text()[..range.start].trim_end().strip_suffix(':').map(str::trim_end);
    match before.and_then(|before| before.strip_suffix('"')) {
        Some(before) if before.ends_with(name) => before.len() - name.len()..before.len(),
        _ => range,
    }
}
