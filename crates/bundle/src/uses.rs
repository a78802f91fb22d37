//! What decision tables are asked with, over the whole bundle, and what is wrong with the tables in the light of it.

use std::collections::{BTreeMap, BTreeSet};

use segue_decision_table::{DecisionTable, Given, Limit};
use segue_expr::{AskedInput, Expression, Origin, Shape, can_be};
use segue_schema::LimitKind;
use segue_value::Value;
use segue_yaml::{Node, Place, Report};

use crate::conditions::Domains;
use crate::documents::decision_table::{self, Written};

/// What decision tables are asked with, by their ids.
#[derive(Default)]
pub(crate) struct Uses {
    by_table: BTreeMap<String, Vec<Use>>,
}

/// What one call gives one input.
struct Use {
    input: AskedInput,
    place: Place,
    /// The types of event on which the call is evaluated.
    on: Vec<String>,
}

/// What an input is given by all calls.
pub(crate) struct GivenInput {
    /// One of these; anything, if there are none.
    pub(crate) given: Vec<Given>,
    /// Where the first of these calls stands.
    pub(crate) asked_at: Option<Place>,
}

impl Uses {
    /// Adds what an expression asks; `offset` is where it begins in the text of the node.
    pub(crate) fn add(
        &mut self,
        report: &Report<'_>,
        node: &Node,
        offset: usize,
        expression: &Expression,
        on: &[String],
    ) {
        for asked in expression.asked() {
            let uses = self.by_table.entry(asked.table.clone()).or_default();
            for input in &asked.inputs {
                let (start, end) = input.place;
                let place = node.place_inside(&report.files[node.place.file], offset + start, offset + end);
                uses.push(Use { input: input.clone(), place, on: on.to_vec() });
            }
        }
    }
}

/// Reports what is wrong with the tables. `failed` are texts that did not compile, which may ask for anything.
pub(crate) fn check(
    report: &mut Report<'_>,
    uses: &Uses,
    domains: &Domains,
    written: &[Written<'_>],
    failed: &BTreeSet<String>,
) {
    for one in written {
        let is_known = !failed.iter().any(|text| text.contains(one.id()));
        let uses = uses.by_table.get(one.id()).filter(|_| is_known).map_or(&[][..], Vec::as_slice);
        let inputs = one.table.inputs().iter().enumerate();
        let given: Vec<GivenInput> = inputs
            .map(|(at, name)| {
                given(
                    report,
                    domains,
                    &one.table,
                    one.id(),
                    at,
                    uses.iter().filter(|one| one.input.name == *name),
                )
            })
            .collect();
        // What seems to be missing may stand in a row that could not be read.
        if one.is_whole {
            decision_table::findings(report, one, &given);
        }
    }
}

/// What an input is given; a call that gives it what no cell is about is in the report, and counts for nothing.
fn given<'u>(
    report: &mut Report<'_>,
    domains: &Domains,
    table: &DecisionTable,
    id: &str,
    input: usize,
    uses: impl Iterator<Item = &'u Use>,
) -> GivenInput {
    let mut found = GivenInput { given: Vec::new(), asked_at: None };
    let literals = || table.literals(input).flat_map(|(_, literals)| literals).filter(|one| !one.is_null());
    for one in uses {
        if literals().next().is_some() && !literals().any(|literal| can_be(&one.input.shape, literal)) {
            told_of_another_type(report, table, id, input, one);
            continue;
        }
        let _ = found.asked_at.get_or_insert(one.place);
        for origin in &one.input.origins {
            found.given.extend(of_origin(domains, one, origin));
        }
    }
    found
}

fn told_of_another_type(report: &mut Report<'_>, table: &DecisionTable, id: &str, input: usize, one: &Use) {
    let shape = &one.input.shape;
    let what = one.input.text.as_ref().map_or_else(|| "this".to_owned(), |text| format!("`{text}`"));
    let cells = table.input_shape(input);
    let wanted = match cells {
        Shape::Any => "values of other types".to_owned(),
        cells => format!("{}s", cells.noun().trim_start_matches("a ")),
    };
    let name = &one.input.name;
    let message = format!(
        "{what} is {}, and the cells of `{name}` in the decision table `{id}` are {wanted}: none admits it",
        shape.noun()
    );
    let hint = match (shape, cells, &one.input.text) {
        (Shape::Int | Shape::Double | Shape::UInt | Shape::Bool, Shape::Text, Some(text)) => {
            Some(format!("write `string({text})`"))
        }
        (Shape::Text, Shape::Timestamp, Some(text)) => Some(format!("write `timestamp({text})`")),
        (Shape::Text, Shape::Int | Shape::Double, Some(text)) => {
            Some(format!("read the text as a number: `double({text})`"))
        }
        _ => None,
    };
    report.error("wrong-type", one.place, message).hint = hint;
}

fn of_origin(domains: &Domains, one: &Use, origin: &Origin) -> Vec<Given> {
    let shape = || one.input.shape.clone();
    let unlimited = || vec![Given { shape: shape(), limits: Vec::new() }];
    match origin {
        Origin::Constant(value) => {
            vec![Given { shape: shape(), limits: vec![Limit::OneOf(vec![value.clone()])] }]
        }
        Origin::Unknown => unlimited(),
        Origin::Reading(reading) => {
            let Some(admitted) = domains.of(&reading.path, &reading.root, &one.on) else {
                return unlimited();
            };
            let limits = |kinds: &[segue_schema::Limit]| {
                kinds.iter().filter_map(|limit| limit_of(&limit.kind)).collect()
            };
            admitted.iter().map(|one| Given { shape: shape(), limits: limits(&one.domain.limits) }).collect()
        }
    }
}

fn limit_of(kind: &LimitKind) -> Option<Limit> {
    Some(match kind {
        LimitKind::OneOf(values) => Limit::OneOf(values.clone()),
        LimitKind::AtLeast(value) => Limit::AtLeast(value.clone()),
        LimitKind::Above(value) => Limit::Above(value.clone()),
        LimitKind::AtMost(value) => Limit::AtMost(value.clone()),
        LimitKind::Below(value) => Limit::Below(value.clone()),
        LimitKind::Of(_) => return None,
    })
}

impl GivenInput {
    /// True if a literal of a cell is of a type that is given.
    pub(crate) fn can_be(&self, literal: &Value<'_>) -> bool {
        self.given.iter().any(|one| can_be(&one.shape, literal))
    }

    /// The texts that are given, where they are known one by one.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let lists = self.given.iter().flat_map(|one| &one.limits).filter_map(|limit| match limit {
            Limit::OneOf(values) => Some(values),
            _ => None,
        });
        lists.flatten().filter_map(Value::as_text)
    }
}
