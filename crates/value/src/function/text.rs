//! What a text contains.

use regex::{Regex, RegexBuilder};
use segue_document::begins_with;

use crate::fault::Fault;
use crate::value::Value;

/// The most bytes that a compiled pattern may take.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// `text.contains(part)`
///
/// # Errors
/// [`Fault::NoOverload`] unless both are texts.
#[inline]
pub fn contains(text: &Value<'_>, part: &Value<'_>) -> Result<bool, Fault> {
    both(text, part).map(|(text, part)| text.contains(part))
}

/// `text.startsWith(part)`
///
/// # Errors
/// [`Fault::NoOverload`] unless both are texts.
#[inline]
pub fn starts_with(text: &Value<'_>, part: &Value<'_>) -> Result<bool, Fault> {
    both(text, part).map(|(text, part)| begins_with(text, part))
}

/// `text.endsWith(part)`
///
/// # Errors
/// [`Fault::NoOverload`] unless both are texts.
#[inline]
pub fn ends_with(text: &Value<'_>, part: &Value<'_>) -> Result<bool, Fault> {
    both(text, part).map(|(text, part)| text.ends_with(part))
}

#[inline]
fn both<'v>(text: &'v Value<'_>, part: &'v Value<'_>) -> Result<(&'v str, &'v str), Fault> {
    text.as_text().zip(part.as_text()).ok_or(Fault::NoOverload)
}

/// A pattern, compiled once and asked often. Finding is linear in the length of the text.
///
/// # Errors
/// What the pattern says wrong, or that it is too large.
pub fn pattern(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source).size_limit(PATTERN_BYTES_MAX).build()
}

/// `text.matches(pattern)`: true if the pattern is found anywhere in the text.
///
/// # Errors
/// [`Fault::NoOverload`] unless it is a text.
#[inline]
pub fn matches(text: &Value<'_>, pattern: &Regex) -> Result<bool, Fault> {
    text.as_text().map(|text| pattern.is_match(text)).ok_or(Fault::NoOverload)
}
