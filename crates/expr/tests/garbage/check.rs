//! What must hold of every source and document.

use std::collections::BTreeMap;
use std::fmt;

use segue_document::{Document, Limits};
use segue_expr::{Expression, Fault, Layout, Names, Template};

use crate::world::{World, names, slots};

/// What came of the cases.
#[derive(Debug, Default)]
pub(crate) struct Came {
    pub(crate) values: u64,
    pub(crate) errors: u64,
    pub(crate) refused: u64,
    pub(crate) past: u64,
    /// What those that were refused were refused for first.
    pub(crate) codes: BTreeMap<&'static str, u64>,
    pub(crate) documents: u64,
    pub(crate) documents_refused: u64,
}

impl Came {
    pub(crate) fn add(&mut self, other: &Came) {
        self.values += other.values;
        self.errors += other.errors;
        self.refused += other.refused;
        self.past += other.past;
        for (code, count) in &other.codes {
            *self.codes.entry(code).or_default() += count;
        }
        self.documents += other.documents;
        self.documents_refused += other.documents_refused;
    }
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes: Vec<_> = self.codes.iter().map(|(code, count)| format!("{code} {count}")).collect();
        let codes = codes.join(", ");
        write!(
            f,
            "sources: {} came to a value, {} to an error, {} were refused; {} asked the past\nrefused for: {codes}\ndocuments: {} read, {} refused\n",
            self.values, self.errors, self.refused, self.past, self.documents, self.documents_refused
        )
    }
}

/// True if the source compiles, whatever its kinds.
pub(crate) fn compiles(source: &str) -> bool {
    Expression::compile(source, &names(true), &mut slots()).is_ok()
}

/// Takes a source and documents all the way.
pub(crate) fn check(source: &str, documents: &[String; 4], is_untyped: bool, came: &mut Came) {
    let names = names(is_untyped);
    let documents = documents.each_ref().map(|text| document(text, came));
    let mut slots = slots();
    match Expression::compile(source, &names, &mut slots) {
        Err(faults) => {
            came.refused += 1;
            *came.codes.entry(faults[0].code).or_default() += 1;
            are_inside(&faults, source);
        }
        Ok(expression) => evaluate(&expression, &slots.finish(), documents.clone(), came),
    }
    template(&format!("Dear {{{{ {source} }}}}, {{{{ who.tier }}}}"), &names, documents);
}

/// The document, within the limits of the contract; an empty one where it is refused.
fn document(text: &str, came: &mut Came) -> Document {
    match Document::parse(text.as_bytes(), &Limits::CONTRACT) {
        Ok(document) => {
            came.documents += 1;
            document
        }
        Err(_) => {
            came.documents_refused += 1;
            Document::empty_object()
        }
    }
}

fn are_inside(faults: &[Fault], source: &str) {
    assert!(!faults.is_empty(), "refused without a fault");
    for fault in faults {
        assert!(source.get(fault.start..fault.end).is_some(), "{fault:?}");
        assert!(!fault.message.is_empty() && !fault.code.is_empty(), "{fault:?}");
    }
}

fn evaluate(expression: &Expression, layout: &Layout, documents: [Document; 4], came: &mut Came) {
    let world = World::new(documents);
    let past = world.past(expression);
    came.past += u64::from(!expression.needs().is_empty());
    let scope = world.scope(&past, layout);
    let json = expression.evaluate_json(&scope);
    match &json {
        Ok(text) => {
            came.values += 1;
            assert!(Document::parse_own(text).is_ok(), "no JSON: {text}");
        }
        Err(error) => {
            came.errors += 1;
            assert!(!error.0.is_empty());
        }
    }
    // The same facts, read anew in another order, give the same.
    let again = world.scope(&past, layout);
    let truth = expression.truth(&again);
    let clauses = expression.explain(&again);
    assert_eq!(expression.evaluate_json(&again), json);
    if let Ok(truth) = truth {
        assert_eq!(json.as_deref(), Ok(if truth { "true" } else { "false" }));
    }
    if let Ok(number) = expression.number(&again) {
        assert!(number.is_finite());
    }
    assert_eq!(clauses.len(), expression.clauses().len());
    for (range, _) in &clauses {
        assert!(expression.source().get(range.clone()).is_some(), "{range:?}");
    }
    let _ = expression.normal_form();
}

/// A text that the source stands in.
fn template(text: &str, names: &Names, documents: [Document; 4]) {
    let mut slots = slots();
    match Template::compile(text, names, &mut slots) {
        Err(faults) => are_inside(&faults, text),
        Ok(template) => {
            let world = World::new(documents);
            let layout = slots.finish();
            let past = template.expressions().next().map(|first| world.past(first)).unwrap_or_default();
            let _ = template.render(&world.scope(&past, &layout));
        }
    }
}
