//! JSON Schema 2020-12 of one type of event: compiled once, asked for every event.
//!
//! Shape: text -> [`Schema`], or faults with their places in the text. [`Schema::check`] reads our documents in place.
//! Limits, since a schema is code that runs on every event: 256 KiB, 16 levels, 20,000 values, 5,000 subschemas once
//! every reference is followed; references stay inside the file; patterns run in linear time.
//! Invariant: what `check` says of a document holds nothing that the document says.

pub mod domain;
mod grammar;
mod json;
pub mod keywords;
mod limits;
mod private;
mod shape;
mod words;

use std::collections::BTreeMap;
use std::ops::Range;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, PatternOptions, Validator};
use segue_document::{Document, Limits, ParseErrorKind, Value};
use segue_value::Shape;

use domain::Domain;
use json::{Cursor, DocumentJson};
use keywords::UnknownKeyword;

/// The longest schema file, in bytes.
pub const BYTES_MAX: usize = 256 * 1024;
const LIMITS: Limits = Limits { bytes_max: BYTES_MAX, depth_max: 64, values_max: 20_000 };
/// The largest program that a pattern may compile to, in bytes.
const PATTERN_BYTES_MAX: usize = 1024 * 1024;

/// A compiled JSON Schema.
#[derive(Debug)]
pub struct Schema {
    validator: Validator<DocumentJson>,
    shape: Shape,
    private: Vec<Vec<String>>,
    domains: BTreeMap<Vec<String>, Domain>,
    unknown_keywords: Vec<UnknownKeyword>,
}

/// Why a document does not fit its schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct SchemaError {
    /// A JSON Pointer to the value that does not fit; empty at the root.
    pub pointer: String,
    /// What does not fit, in words of the schema alone.
    pub detail: String,
}

/// What is wrong with a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaFault {
    /// The finding's code.
    pub code: &'static str,
    /// Where in the text, in bytes.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What stands there and what could, if it is one of few words.
    pub words: Option<(String, &'static [&'static str])>,
}

impl Schema {
    /// Compiles a schema from its text.
    ///
    /// # Errors
    /// Everything that is wrong with it, if it is no JSON, passes a limit, refers outside itself or is no schema.
    pub fn compile(text: &str) -> Result<Schema, Vec<SchemaFault>> {
        let document = Document::parse(text.as_bytes(), &LIMITS).map_err(|error| {
            let code = match error.kind {
                ParseErrorKind::TooLarge | ParseErrorKind::TooMany => "schema-too-big",
                ParseErrorKind::TooDeep => "schema-too-deep",
                _ => "schema-invalid",
            };
            let message = match code {
                "schema-invalid" => words::no_json(text, error.at, error.detail),
                _ => error.detail.to_owned(),
            };
            vec![SchemaFault { code, at: error.at..error.at, message, words: None }]
        })?;
        Schema::of(&document).map_err(|mut faults| {
            for fault in &mut faults {
                let pointer = words::pointer(&document, fault.at.start);
                if !pointer.is_empty() {
                    fault.message = format!("at `{pointer}`: {}", fault.message);
                }
            }
            faults
        })
    }

    fn of(document: &Document) -> Result<Schema, Vec<SchemaFault>> {
        let faults = limits::faults(document);
        if !faults.is_empty() {
            return Err(faults);
        }
        let (unknown_keywords, mut faults) = keywords::look(document);
        faults.extend(grammar::faults(document));
        if !faults.is_empty() {
            faults.sort_by_key(|fault| fault.at.start);
            return Err(faults);
        }
        let invalid = |value: Value<'_>, message: String| {
            vec![SchemaFault { code: "schema-invalid", at: range_of(document, value), message, words: None }]
        };
        let schema: serde_json::Value = serde_json::from_str(document.text())
            .map_err(|_| invalid(document.root(), "a number is out of range".to_owned()))?;
        let validator = jsonschema::options_for::<DocumentJson>()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES_MAX))
            .build(&schema)
            .map_err(|error| {
                let value = at_pointer(document, error.instance_path().as_str());
                invalid(value, words::no_schema(error.kind()))
            })?;
        Ok(Schema {
            validator,
            shape: shape::of(document),
            private: private::paths(document),
            domains: domain::of(document),
            unknown_keywords,
        })
    }

    /// Checks a document's value.
    ///
    /// # Errors
    /// The first thing that does not fit. It tells nothing of what the document says, so it may be logged.
    pub fn check(&self, value: Value<'_>) -> Result<(), SchemaError> {
        self.validator.validate(Cursor(value)).map_err(|error| SchemaError {
            pointer: error.instance_path().as_str().to_owned(),
            detail: detail(error.kind()),
        })
    }

    /// What type of value stands where.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The paths that are marked `x-sensitivity: private`; `[]` stands for any item of a list.
    pub fn private(&self) -> &[Vec<String>] {
        &self.private
    }

    /// The keywords that mean nothing, as annotations do, and slips.
    pub fn unknown_keywords(&self) -> &[UnknownKeyword] {
        &self.unknown_keywords
    }

    /// The fields of whose values more is said than their type, by their paths.
    pub fn domains(&self) -> &BTreeMap<Vec<String>, Domain> {
        &self.domains
    }
}

/// Says what does not hold, from the schema alone.
fn detail(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Required { property } => format!("the required property {property} is missing"),
        ValidationErrorKind::Type { kind: TypeKind::Single(kind) } => format!("is not of type {kind}"),
        ValidationErrorKind::Type { kind: TypeKind::Multiple(kinds) } => {
            let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
            format!("is of none of the types {}", kinds.join(", "))
        }
        ValidationErrorKind::Enum { .. } => "is none of the values allowed".to_owned(),
        ValidationErrorKind::Constant { .. } => "is not the one value allowed".to_owned(),
        ValidationErrorKind::Format { format } => format!("does not have the format {format}"),
        ValidationErrorKind::Pattern { .. } => "does not match the pattern".to_owned(),
        ValidationErrorKind::AdditionalProperties { .. }
        | ValidationErrorKind::UnevaluatedProperties { .. } => {
            "has a property that is not declared".to_owned()
        }
        ValidationErrorKind::Minimum { limit } => format!("is less than {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("is greater than {limit}"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("is not greater than {limit}"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("is not less than {limit}"),
        ValidationErrorKind::MinLength { limit } => format!("is shorter than {limit} characters"),
        ValidationErrorKind::MaxLength { limit } => format!("is longer than {limit} characters"),
        ValidationErrorKind::MinItems { limit } => format!("has fewer than {limit} items"),
        ValidationErrorKind::MaxItems { limit } => format!("has more than {limit} items"),
        other => format!("does not satisfy `{}`", other.keyword()),
    }
}

/// Where a value of the document stands in its text.
fn range_of(document: &Document, value: Value<'_>) -> Range<usize> {
    let start = value.raw().as_ptr() as usize - document.text().as_ptr() as usize;
    start..start + value.raw().len()
}

/// The value at a JSON Pointer, or the nearest one above it that there is.
fn at_pointer<'d>(document: &'d Document, pointer: &str) -> Value<'d> {
    let mut value = document.root();
    for token in pointer.split('/').skip(1) {
        let name = token.replace("~1", "/").replace("~0", "~");
        let next = value.get(&name).or_else(|| value.item(name.parse().ok()?));
        let Some(next) = next else { break };
        value = next;
    }
    value
}

#[cfg(test)]
mod tests;
