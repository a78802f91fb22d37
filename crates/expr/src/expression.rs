//! One CEL expression.

mod time;

use std::ops::Range;

use segue_index::Atom;
use segue_syntax::{Asked, Checked, Comparison, Demands, Fault, Names, Tie};
use segue_value::{Fault as ValueFault, Shape, Value, json};

use crate::claims::{self, Claim};
use crate::clauses;
use crate::compile::{self, Compiled};
use crate::evaluate::Run;
use crate::fault::EvalError;
use crate::node::Node;
use crate::past::Need;
use crate::scope::Scope;
use crate::slots::Slots;

/// A CEL expression that has been checked and compiled.
///
/// A field that is missing when it is evaluated is an error; `&&` and `||` take no notice of an error on the one side
/// if the other decides. It is evaluated on scopes of the layout that its slots became.
#[derive(Debug)]
pub struct Expression {
    source: String,
    root: Node,
    needs: Vec<Need>,
    paths: Vec<Vec<String>>,
    whole: Vec<Vec<String>>,
    flows: Vec<Vec<String>>,
    shape: Shape,
    demands: Demands,
    comparisons: Vec<Comparison>,
    fields: Vec<(Vec<String>, (usize, usize))>,
    asked: Vec<Asked>,
    /// Where the expression is just that: a path of fields.
    plain: Option<Vec<String>>,
    clauses: Vec<Range<usize>>,
}

impl Expression {
    /// Parses, checks and compiles a source; the facts that it reads go into `slots`.
    ///
    /// # Errors
    /// All that is wrong with it: one fault of its syntax, or every fault of its names, fields and functions.
    pub fn compile(source: &str, names: &Names, slots: &mut Slots) -> Result<Expression, Vec<Fault>> {
        let Checked { tree, places, learnt } = Checked::read(source, names)?;
        let Compiled { root, needs } = compile::compile(&tree, names, &places, slots)?;
        Ok(Expression {
            source: source.to_owned(),
            root,
            needs,
            paths: learnt.reads.into_iter().collect(),
            whole: learnt.whole.into_iter().collect(),
            flows: learnt.flows.into_iter().collect(),
            shape: learnt.shape,
            demands: learnt.demands,
            comparisons: learnt.comparisons,
            fields: learnt.fields,
            asked: learnt.asked,
            plain: segue_syntax::plain_path(&tree),
            clauses: clauses::ranges(&tree, source, &places),
        })
    }

    /// What ties subjects to events that are about everyone by this condition: for each of its `||` branches one tie.
    ///
    /// # Errors
    /// How many branches have none.
    pub fn ties(&self, names: &Names) -> Result<Vec<Tie>, usize> {
        match Checked::read(&self.source, names) {
            Ok(checked) => segue_syntax::ties::ties(&checked.tree),
            Err(_) => Err(1),
        }
    }

    /// The source it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Every field path that it reads, in order: `who.first_name` is `["who", "first_name"]`. Any item of a list and
    /// any row of a table is `[]`: `accounts[who.main].balance` reads `["accounts", "[]", "balance"]` and
    /// `["who", "main"]`. A path stands for all that is below it.
    pub fn paths(&self) -> &[Vec<String>] {
        &self.paths
    }

    /// Those of the paths of which more is read than under which keys there is something, and how much.
    pub fn whole(&self) -> &[Vec<String>] {
        &self.whole
    }

    /// Those of the paths whose values can be seen in the result. What is only compared, counted, tested with `has` or
    /// used to choose cannot be seen.
    pub fn flows(&self) -> &[Vec<String>] {
        &self.flows
    }

    /// What it asks of the past.
    pub fn needs(&self) -> &[Need] {
        &self.needs
    }

    /// What its result is, as far as the schemas tell; [`Wanted`](crate::Wanted) says whether that is what is wanted.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// What must hold of fields for it to be true.
    pub fn demands(&self) -> &Demands {
        &self.demands
    }

    /// Its comparisons of fields with constants for being equal or there, wherever they stand.
    pub fn comparisons(&self) -> &[Comparison] {
        &self.comparisons
    }

    /// The fields that it reads, each as far as it is written out, and where each stands in the source, in bytes; those
    /// that `has` only asks for are not among them.
    pub fn fields(&self) -> &[(Vec<String>, (usize, usize))] {
        &self.fields
    }

    /// What it asks decision tables with.
    pub fn asked(&self) -> &[Asked] {
        &self.asked
    }

    /// Where its parts stand in its source that `&&` and `||` join at the top, in order; without any, the whole of it.
    pub fn clauses(&self) -> &[Range<usize>] {
        &self.clauses
    }

    /// What must hold of single facts for it to be true or an error, as a disjunction of conjunctions of tests on the
    /// slots of its layout; `None` if nothing is known to have to. A slot that cannot be read passes every test.
    pub fn normal_form(&self) -> Option<Vec<Vec<Atom>>> {
        clauses::normal_form(&self.root)
    }

    /// Whether its normal form is not only necessary: where all tests of one of its conjunctions are true of facts that
    /// are there, each of the kind that it is compared with, the expression is true.
    pub fn has_exact_form(&self) -> bool {
        clauses::is_exact(&self.root)
    }

    /// Its truth value.
    ///
    /// # Errors
    /// If it has no value, or one that is not a truth value.
    #[inline]
    pub fn truth(&self, scope: &Scope<'_>) -> Result<bool, EvalError> {
        let run = Run::new(scope);
        run.truth(&self.root, None).map_err(|failure| run.describe(&failure))
    }

    /// What each of its clauses came to, with its place in the source; those too that the result did not depend on.
    pub fn explain(&self, scope: &Scope<'_>) -> Vec<(Range<usize>, Result<bool, EvalError>)> {
        let truth = |node| {
            let run = Run::new(scope);
            run.truth(node, None).map_err(|failure| run.describe(&failure))
        };
        let leaves = clauses::leaves(&self.root).into_iter();
        self.clauses.iter().zip(leaves).map(|(range, node)| (range.clone(), truth(node))).collect()
    }

    /// The path of fields that it is, and nothing else.
    pub fn plain_path(&self) -> Option<&[String]> {
        self.plain.as_deref()
    }

    /// What each of its clauses says of single facts, and what those were; in the order of [`Expression::explain`].
    pub fn claims(&self, scope: &Scope<'_>) -> Vec<Vec<Claim>> {
        clauses::leaves(&self.root).into_iter().map(|node| claims::claims(node, scope)).collect()
    }

    /// Its number, a whole one as the nearest double.
    ///
    /// # Errors
    /// If it has no value, or one that is not a finite number.
    pub fn number(&self, scope: &Scope<'_>) -> Result<f64, EvalError> {
        self.with_value(scope, |value| match value.as_number() {
            Some(number) if number.is_finite() => Ok(number),
            Some(_) => Err(EvalError(ValueFault::NotFinite.to_string())),
            None => Err(EvalError(format!("the value is no number but {}", value.type_of()))),
        })
    }

    /// Its value as JSON text: timestamps in RFC 3339, durations in seconds (`"90s"`), members of maps in the order of
    /// their names. A number or a container that is just read from the event or the subject is written as it came.
    ///
    /// # Errors
    /// If it has no value, or one that JSON cannot say.
    pub fn evaluate_json(&self, scope: &Scope<'_>) -> Result<String, EvalError> {
        match self.verbatim(scope) {
            Some(text) => Ok(text),
            None => {
                self.with_value(scope, |value| json::json(value).map_err(|fault| unwritten(fault, value)))
            }
        }
    }

    /// Its value as a text, as a template has it: a text as it is, anything else as JSON; `None` for `null` and an empty text.
    ///
    /// # Errors
    /// Why it has no value.
    pub fn text(&self, scope: &Scope<'_>) -> Result<Option<String>, EvalError> {
        let is_null = self.with_value(scope, |value| Ok(matches!(value, Value::Null)))?;
        let mut text = String::new();
        if !is_null {
            self.write_text(scope, &mut text)?;
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// Adds its value to a text: a text as it is, a timestamp in RFC 3339, anything else as JSON. Of one that errs nothing
    /// is added.
    pub(crate) fn write_text(&self, scope: &Scope<'_>, text: &mut String) -> Result<(), EvalError> {
        if let Some(verbatim) = self.verbatim(scope) {
            text.push_str(&verbatim);
            return Ok(());
        }
        self.with_value(scope, |value| json::write_text(text, value).map_err(|fault| unwritten(fault, value)))
    }

    fn with_value<T>(
        &self,
        scope: &Scope<'_>,
        use_value: impl FnOnce(&Value<'_>) -> Result<T, EvalError>,
    ) -> Result<T, EvalError> {
        let run = Run::new(scope);
        let value = run.peek(&self.root, None).map_err(|failure| run.describe(&failure))?;
        use_value(&value)
    }

    fn verbatim(&self, scope: &Scope<'_>) -> Option<String> {
        let value = scope.verbatim(self.plain.as_deref()?)?;
        let mut writer = segue_document::Writer::new();
        let _ = writer.value(value);
        Some(writer.finish())
    }
}

fn unwritten(fault: ValueFault, value: &Value<'_>) -> EvalError {
    EvalError(match fault {
        ValueFault::NotJson => format!("a value of type {} cannot be written as JSON", value.type_of()),
        fault => fault.to_string(),
    })
}

#[cfg(test)]
mod tests;
