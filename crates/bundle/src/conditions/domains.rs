//! Which values a field may have, by the schemas of all events that it may come from.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use segue_decision_table::DecisionTable;
use segue_expr::Root;
use segue_schema::{Domain, Limit, LimitKind, Schema};
use segue_value::{Value, json};

use crate::bundle::Into;
use crate::documents::news;
use crate::paths;

/// The most values of an output that are held against what it is compared with.
const OUTPUTS_MAX: usize = 1_000;

/// A schema and its file; `None` if it could not be read, so that anything may come.
type Declared = Option<(usize, Arc<Schema>)>;

/// The schemas that say which values fields may have.
#[derive(Default)]
pub(crate) struct Domains {
    by_type: BTreeMap<String, Vec<Declared>>,
    who: Vec<Declared>,
    /// What fills each table.
    rows: BTreeMap<String, Vec<Declared>>,
    /// The values of the outputs of decision tables; of those that have few.
    outputs: BTreeMap<String, BTreeMap<String, Vec<Value<'static>>>>,
    /// What the router's own news can name, by the field of their data.
    named: BTreeMap<&'static str, Vec<String>>,
}

/// What one schema, or the router itself, admits of a field.
pub(crate) struct Admitted<'d> {
    pub(crate) domain: Cow<'d, Domain>,
    /// The file of the schema.
    pub(crate) file: Option<usize>,
}

impl Domains {
    /// Adds what a source declares of a type.
    pub(crate) fn add(&mut self, kind: &str, schema: Declared, into: Option<&Into>) {
        match into {
            Some(Into::Who) => self.who.push(schema.clone()),
            Some(Into::Table(table)) => self.rows.entry(table.clone()).or_default().push(schema.clone()),
            None => {}
        }
        self.by_type.entry(kind.to_owned()).or_default().push(schema);
    }

    /// Any value may have come into `who`.
    pub(crate) fn open_who(&mut self) {
        self.who.push(None);
    }

    /// Any value may have come into that table.
    pub(crate) fn open_table(&mut self, table: &str) {
        self.rows.entry(table.to_owned()).or_default().push(None);
    }

    /// The decision tables that expressions ask.
    pub(crate) fn ask(&mut self, tables: &BTreeMap<String, Arc<DecisionTable>>) {
        for (id, table) in tables.iter().filter(|(_, table)| !table.is_empty()) {
            let outputs =
                table.outputs().iter().filter_map(|name| Some((name.clone(), values(table, name)?)));
            let _ = self.outputs.insert(id.clone(), outputs.collect());
        }
    }

    /// The documents that the router's own news name in this field of their data.
    pub(crate) fn name<'n>(&mut self, field: &'static str, ids: impl Iterator<Item = &'n str>) {
        let ids: Vec<String> = ids.map(str::to_owned).collect();
        // Where there are none, that is what is wrong.
        if !ids.is_empty() {
            let _ = self.named.insert(field, ids);
        }
    }

    /// What a value may be on events of these types: one of these; `None` if it may be anything.
    pub(crate) fn of(&self, path: &[String], root: &Root, on: &[String]) -> Option<Vec<Admitted<'_>>> {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match root {
            Root::Name => {}
            Root::Latest(types) => {
                let path: Vec<String> = [vec!["event".to_owned()], path[1..].to_vec()].concat();
                let is_data = path.get(1).is_some_and(|name| name == "data" || name == "type");
                return self.of(&path, &Root::Name, types).filter(|_| is_data);
            }
            Root::Entry(table) => return self.of_schemas(self.rows.get(table)?.iter(), &path[1..], true),
            Root::Row(table) => return self.of_row(table, &names[1..]),
            Root::Count { .. } | Root::Amount { .. } if names.len() > 1 => return None,
            Root::Count { types, is_narrowed } => {
                let is_this_one =
                    !is_narrowed && !on.is_empty() && on.iter().all(|kind| types.contains(kind));
                return Some(vec![own(vec![LimitKind::AtLeast(Value::Int(i64::from(is_this_one)))])]);
            }
            Root::Amount { is_sure } => {
                let mut amount = own(vec![LimitKind::AtLeast(Value::Int(0))]);
                amount.domain.to_mut().is_required = *is_sure;
                return Some(vec![amount]);
            }
        }
        match names.as_slice() {
            ["event", "type"] if !on.is_empty() => Some(vec![own(one_of(on))]),
            ["event", "data", field] if on.iter().all(|kind| kind.starts_with(news::PREFIX)) => {
                let mut named = own(one_of(self.named.get(field).filter(|_| !on.is_empty())?));
                // What a former bundle has proposed may still be told of.
                named.domain.to_mut().is_required = false;
                Some(vec![named])
            }
            ["event", "data", ..] if !on.is_empty() => {
                let mut declared = Vec::new();
                for kind in on {
                    declared.extend(self.by_type.get(kind)?);
                }
                self.of_schemas(declared.into_iter(), &path[2..], false)
            }
            ["who", _, ..] => self.of_schemas(self.who.iter(), &path[1..], true),
            [table, _, ..] if self.rows.contains_key(*table) => {
                self.of_schemas(self.rows[*table].iter(), path.get(2..)?, true)
            }
            ["local", "hour"] => Some(vec![own(between(0, 23))]),
            ["local", "minute"] => Some(vec![own(between(0, 59))]),
            ["local", "weekday"] => Some(vec![own(between(1, 7))]),
            _ => None,
        }
    }

    /// What a decision table gives: one of the values of its output. Whether a row is hit at all is not sure.
    fn of_row(&self, table: &str, names: &[&str]) -> Option<Vec<Admitted<'_>>> {
        let [output] = names else { return None };
        let values = self.outputs.get(table)?.get(*output)?.clone();
        let limits = vec![Limit { kind: LimitKind::OneOf(values), at: 0..0 }];
        let domain = Domain { limits, is_number: false, is_required: false };
        Some(vec![Admitted { domain: Cow::Owned(domain), file: None }])
    }

    /// What schemas say of the field; of `who` nothing is sure to be known.
    fn of_schemas<'d>(
        &self,
        declared: impl Iterator<Item = &'d Declared>,
        path: &[String],
        may_miss: bool,
    ) -> Option<Vec<Admitted<'d>>> {
        let (mut admitted, mut may_miss) = (Vec::new(), may_miss);
        for one in declared {
            let (file, schema) = one.as_ref()?;
            match schema.domains().get(path) {
                Some(domain) => admitted.push((domain, *file)),
                // A schema that has no such field never gives it a value.
                None if paths::follow(schema.shape(), path).is_err() => may_miss = true,
                None => return None,
            }
        }
        let of = |(domain, file): (&'d Domain, usize)| Admitted {
            domain: if may_miss && domain.is_required {
                Cow::Owned(Domain { is_required: false, ..domain.clone() })
            } else {
                Cow::Borrowed(domain)
            },
            file: Some(file),
        };
        (!admitted.is_empty()).then(|| admitted.into_iter().map(of).collect())
    }
}

/// The different values of an output; `None` if they are many.
fn values(table: &DecisionTable, output: &str) -> Option<Vec<Value<'static>>> {
    let mut values = BTreeMap::new();
    for value in table.values(output) {
        let _ = values.entry(json::json(&value).ok()?).or_insert(value);
        if values.len() > OUTPUTS_MAX {
            return None;
        }
    }
    Some(values.into_values().collect())
}

fn own(limits: Vec<LimitKind>) -> Admitted<'static> {
    let limits = limits.into_iter().map(|kind| Limit { kind, at: 0..0 }).collect();
    Admitted { domain: Cow::Owned(Domain { limits, is_number: true, is_required: true }), file: None }
}

fn one_of(texts: &[String]) -> Vec<LimitKind> {
    let values = texts.iter().filter_map(|text| Value::made(text.as_str()).ok()).collect();
    vec![LimitKind::OneOf(values)]
}

fn between(low: i64, high: i64) -> Vec<LimitKind> {
    vec![LimitKind::AtLeast(Value::Int(low)), LimitKind::AtMost(Value::Int(high))]
}
