//! A text with expressions in it: `Call {{ who.first_name }}`.

use crate::fault::Fault;
use crate::scope::Scope;
use crate::shape::Names;

/// A text with expressions in it that have been checked.
#[derive(Debug)]
pub struct Template {
    source: String,
}

/// A text made of a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The text; a part that erred is empty.
    pub text: String,
    /// What went wrong, part by part.
    pub errors: Vec<String>,
}

impl Template {
    /// Parses and checks a text.
    ///
    /// # Errors
    /// All that is wrong with its expressions, at least one fault; places are in `text`.
    pub fn compile(text: &str, names: &Names) -> Result<Template, Vec<Fault>> {
        let _ = names;
        Ok(Template { source: text.to_owned() })
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The field paths whose values can flow into the text.
    pub fn paths(&self) -> Vec<Vec<String>> {
        Vec::new()
    }

    /// Makes the text.
    pub fn render(&self, scope: &Scope<'_>) -> Rendered {
        let _ = scope;
        Rendered { text: self.source.clone(), errors: Vec::new() }
    }
}
