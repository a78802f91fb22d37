//! A text with expressions in it: `Call {{ who.first_name }}`.

use std::collections::BTreeSet;

use segue_syntax::scan::{Piece, piece};
use segue_syntax::{Fault, Names};

use crate::expression::Expression;
use crate::scope::Scope;
use crate::slots::Slots;

/// The longest text of a template, in bytes.
const TEMPLATE_BYTES_MAX: usize = 16 * 1024;

/// A text with expressions in it that have been checked.
#[derive(Debug)]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Expression(Box<Expression>),
}

/// A text made of a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The text; a part that erred is empty.
    pub text: String,
    /// What went wrong, part by part: the part's source and the reason.
    pub errors: Vec<String>,
}

impl Template {
    /// Parses and checks a text. `}}` ends an expression unless it stands in a text or a map of the expression.
    ///
    /// # Errors
    /// All that is wrong with its expressions, at least one fault; places are in `text`.
    pub fn compile(text: &str, names: &Names, slots: &mut Slots) -> Result<Template, Vec<Fault>> {
        if text.len() > TEMPLATE_BYTES_MAX {
            let message = format!("the text is longer than {TEMPLATE_BYTES_MAX} bytes");
            return Err(vec![Fault { start: 0, end: text.len(), code: "too-long", message, hint: None }]);
        }
        let (mut parts, mut faults, mut at) = (Vec::new(), Vec::new(), 0);
        while let Some(open) = text[at..].find("{{").map(|found| at + found) {
            parts.push(Part::Text(text[at..open].to_owned()));
            let Some(close) = close(text, open + 2) else {
                let message = "`{{` without `}}`".to_owned();
                faults.push(Fault { start: open, end: open + 2, code: "syntax", message, hint: None });
                at = text.len();
                break;
            };
            match Expression::compile(&text[open + 2..close], names, slots) {
                Ok(expression) => parts.push(Part::Expression(Box::new(expression))),
                Err(found) => faults.extend(found.into_iter().map(|fault| Fault {
                    start: fault.start + open + 2,
                    end: fault.end + open + 2,
                    ..fault
                })),
            }
            at = close + 2;
        }
        parts.push(Part::Text(text[at..].to_owned()));
        if faults.is_empty() { Ok(Template { source: text.to_owned(), parts }) } else { Err(faults) }
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The field paths whose values can flow into the text, as [`Expression::flows`] has them: what may leave. A field
    /// that only chooses between texts is not among them.
    pub fn paths(&self) -> Vec<Vec<String>> {
        let paths: BTreeSet<&Vec<String>> = self.expressions().flat_map(Expression::flows).collect();
        paths.into_iter().cloned().collect()
    }

    /// Every field path that is read to make the text, as [`Expression::paths`] has them.
    pub fn reads(&self) -> Vec<Vec<String>> {
        let paths: BTreeSet<&Vec<String>> = self.expressions().flat_map(Expression::paths).collect();
        paths.into_iter().cloned().collect()
    }

    /// Those of the paths of which more is read than keys, as [`Expression::whole`] has them.
    pub fn whole(&self) -> BTreeSet<Vec<String>> {
        self.expressions().flat_map(Expression::whole).cloned().collect()
    }

    /// Makes the text. A value that is a text goes in as it is, a timestamp in RFC 3339, anything else as JSON; a part
    /// that errs stays empty.
    pub fn render(&self, scope: &Scope<'_>) -> Rendered {
        // What comes of an expression is seldom longer than its source.
        let mut rendered = Rendered { text: String::with_capacity(self.source.len()), errors: Vec::new() };
        for part in &self.parts {
            match part {
                Part::Text(text) => rendered.text.push_str(text),
                Part::Expression(expression) => {
                    if let Err(error) = expression.write_text(scope, &mut rendered.text) {
                        rendered.errors.push(format!("`{}`: {error}", expression.source().trim()));
                    }
                }
            }
        }
        rendered
    }

    /// The expressions in it, in order.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.parts.iter().filter_map(|part| match part {
            Part::Expression(expression) => Some(&**expression),
            Part::Text(_) => None,
        })
    }
}

/// Where the `}}` stands that ends the expression which begins at `at`.
fn close(text: &str, mut at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open = 0usize;
    while at < bytes.len() {
        if open == 0 && bytes[at..].starts_with(b"}}") {
            return Some(at);
        }
        let (found, next) = piece(bytes, at);
        match found {
            Piece::Open => open += 1,
            Piece::Close(_) => open = open.saturating_sub(1),
            _ => {}
        }
        at = next;
    }
    None
}

#[cfg(test)]
mod tests;
