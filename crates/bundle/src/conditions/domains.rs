//! Which values a field may have, by the schemas of all events that it may come from.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use segue_schema::{Domain, Limit, LimitKind, Schema};
use segue_value::Value;

use crate::bundle::Into;
use crate::paths;

/// A schema and its file; `None` if it could not be read, so that anything may come.
type Declared = Option<(usize, Arc<Schema>)>;

/// The schemas that say which values fields may have.
#[derive(Default)]
pub(crate) struct Domains {
    by_type: BTreeMap<String, Vec<Declared>>,
    who: Vec<Declared>,
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
        if into == Some(&Into::Who) {
            self.who.push(schema.clone());
        }
        self.by_type.entry(kind.to_owned()).or_default().push(schema);
    }

    /// Any value may have come into `who`.
    pub(crate) fn open_who(&mut self) {
        self.who.push(None);
    }

    /// What a field may be on events of these types: one of these; `None` if it may be anything.
    pub(crate) fn of(&self, path: &[String], on: &[String]) -> Option<Vec<Admitted<'_>>> {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match names.as_slice() {
            ["event", "type"] if !on.is_empty() => Some(vec![own(one_of(on))]),
            ["event", "data", ..] if !on.is_empty() => {
                let mut declared = Vec::new();
                for kind in on {
                    declared.extend(self.by_type.get(kind)?);
                }
                self.of_schemas(declared.into_iter(), &path[2..], false)
            }
            ["who", _, ..] => self.of_schemas(self.who.iter(), &path[1..], true),
            ["local", "hour"] => Some(vec![own(between(0, 23))]),
            ["local", "minute"] => Some(vec![own(between(0, 59))]),
            ["local", "weekday"] => Some(vec![own(between(1, 7))]),
            _ => None,
        }
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
