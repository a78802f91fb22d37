//! Which values a schema admits of a field, beside their type: what `enum`, `const` and the bounds of numbers say.
//!
//! Only what holds for every document is kept: what stands below `anyOf`, `oneOf`, `if` or `not` is left out.

use std::collections::BTreeMap;
use std::ops::Range;

use segue_document::{Document, Kind, Value as Json};
use segue_value::Value;

use super::limits::target;
use super::range_of;

/// How deep is looked; also ends schemas that refer to themselves.
const DEPTH_MAX: usize = 16;
/// The most fields that are kept: no schema within the limits has more, unless it refers to itself.
const FIELDS_MAX: usize = 5_000;

/// What a schema says of the values of a field.
#[derive(Clone, Debug, Default)]
pub struct Domain {
    /// What holds of every value there, all at once.
    pub limits: Vec<Limit>,
    /// True if every value there is a number.
    pub is_number: bool,
    /// True if every document has a value there.
    pub is_required: bool,
}

/// One thing that holds of every value of a field.
#[derive(Clone, Debug)]
pub struct Limit {
    /// What holds.
    pub kind: LimitKind,
    /// Where the schema says so, in bytes of its text.
    pub at: Range<usize>,
}

/// What holds of every value of a field.
#[derive(Clone, Debug)]
pub enum LimitKind {
    /// It is one of these.
    OneOf(Vec<Value<'static>>),
    /// It is no number, or one of at least this.
    AtLeast(Value<'static>),
    /// It is no number, or one greater than this.
    Above(Value<'static>),
    /// It is no number, or one of at most this.
    AtMost(Value<'static>),
    /// It is no number, or one less than this.
    Below(Value<'static>),
    /// It is of one of these types of JSON Schema.
    Of(Vec<String>),
}

impl LimitKind {
    /// True unless it says of which types values are, and the value is of none of them. Of what JSON does not have, a
    /// timestamp perhaps, nothing is said.
    pub fn is_of(&self, value: &Value<'_>) -> bool {
        let LimitKind::Of(types) = self else { return true };
        let has = |name: &str| types.iter().any(|one| one == name);
        match value {
            Value::Null => has("null"),
            Value::Bool(_) => has("boolean"),
            Value::Text(_) => has("string"),
            Value::Int(_) | Value::UInt(_) | Value::Double(_) => {
                let is_whole = value.as_number().is_some_and(|number| number.fract() == 0.0);
                has("number") || (is_whole && has("integer"))
            }
            _ => true,
        }
    }
}

/// The domain of every field of which more is said than its type, by its path.
pub(super) fn of(document: &Document) -> BTreeMap<Vec<String>, Domain> {
    let mut walk = Walk { document, path: Vec::new(), found: BTreeMap::new() };
    walk.look(document.root(), true, 0);
    walk.found.retain(|_, domain| !domain.limits.is_empty() || domain.is_required);
    walk.found
}

struct Walk<'d> {
    document: &'d Document,
    path: Vec<String>,
    found: BTreeMap<Vec<String>, Domain>,
}

impl<'d> Walk<'d> {
    /// Looks at a schema that holds for the value at the path; whether there always is one.
    fn look(&mut self, schema: Json<'d>, is_there: bool, depth: usize) {
        if depth > DEPTH_MAX || self.found.len() >= FIELDS_MAX {
            return;
        }
        if !self.path.is_empty() {
            self.field(schema, is_there);
        }
        let is_object = schema.get("type").and_then(Json::as_str) == Some("object");
        let required = schema.get("required");
        for (name, property) in schema.get("properties").iter().flat_map(|map| map.members()) {
            let is_required =
                required.iter().flat_map(|list| list.items()).any(|one| one.as_str() == Some(name));
            self.path.push(name.to_owned());
            self.look(property, is_there && is_object && is_required, depth + 1);
            let _ = self.path.pop();
        }
        for inner in schema.get("allOf").iter().flat_map(|list| list.items()) {
            self.look(inner, is_there, depth + 1);
        }
        let reference = schema.get("$ref").and_then(Json::as_str);
        if let Some(target) = reference.and_then(|reference| target(self.document, reference)) {
            self.look(target, is_there, depth + 1);
        }
    }

    fn field(&mut self, schema: Json<'d>, is_there: bool) {
        // In expressions the text of a date and time is a timestamp.
        let is_date_time = schema.get("format").and_then(Json::as_str) == Some("date-time");
        let mut limits: Vec<Limit> = if is_date_time { Vec::new() } else { self.limits(schema) };
        if let Some(types) = schema.get("type") {
            let names = types.as_str().into_iter().chain(types.items().filter_map(Json::as_str));
            let names = names.map(str::to_owned).collect();
            limits.push(Limit { kind: LimitKind::Of(names), at: range_of(self.document, types) });
        }
        let kind = schema.get("type").and_then(Json::as_str);
        let domain = self.found.entry(self.path.clone()).or_default();
        domain.limits.extend(limits);
        domain.is_number |= matches!(kind, Some("number" | "integer"));
        domain.is_required |= is_there;
    }

    fn limits(&self, schema: Json<'d>) -> Vec<Limit> {
        let mut limits = Vec::new();
        let mut add = |value: Json<'d>, kind: Option<LimitKind>| {
            limits.extend(kind.map(|kind| Limit { kind, at: range_of(self.document, value) }));
        };
        if let Some(list) = schema.get("enum").filter(|list| list.kind() == Kind::Array) {
            let values: Option<Vec<_>> = list.items().map(constant).collect();
            add(list, values.map(LimitKind::OneOf));
        }
        if let Some(value) = schema.get("const") {
            add(value, constant(value).map(|value| LimitKind::OneOf(vec![value])));
        }
        type Bound = fn(Value<'static>) -> LimitKind;
        let bounds: [(&str, Bound); 4] = [
            ("minimum", LimitKind::AtLeast),
            ("exclusiveMinimum", LimitKind::Above),
            ("maximum", LimitKind::AtMost),
            ("exclusiveMaximum", LimitKind::Below),
        ];
        for (keyword, kind) in bounds {
            if let Some(value) = schema.get(keyword).filter(|value| value.kind() == Kind::Number) {
                add(value, constant(value).map(kind));
            }
        }
        limits
    }
}

/// The value of a constant of a schema; `None` of lists and objects.
fn constant(value: Json<'_>) -> Option<Value<'static>> {
    Some(match value.kind() {
        Kind::Null => Value::Null,
        Kind::Bool => Value::Bool(value.as_bool()?),
        Kind::Number => match value.raw().parse::<i64>() {
            Ok(int) => Value::Int(int),
            Err(_) => Value::Double(value.raw().parse::<f64>().ok().filter(|number| number.is_finite())?),
        },
        Kind::String => Value::made(value.as_str()?).ok()?,
        Kind::Array | Kind::Object => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Schema;

    #[test]
    fn what_is_said_of_the_values_of_a_field_is_known_with_its_place() {
        let text = r##"{
  "type": "object", "required": ["tier", "amount"],
  "$defs": {"amount": {"type": "number", "minimum": 0, "exclusiveMaximum": 1e3}},
  "properties": {
    "tier": {"enum": ["gold", "silver", null]},
    "amount": {"$ref": "#/$defs/amount"},
    "when": {"type": "string", "format": "date-time", "enum": ["2026-03-02T10:00:00Z"]},
    "address": {"type": "object", "required": ["zone"], "properties": {"zone": {"type": "integer", "maximum": 9}}},
    "odd": {"anyOf": [{"const": 1}, {"const": 2}]},
    "plain": {"type": "string"},
    "free": {"description": "anything"}
  }
}"##;
        let schema = Schema::compile(text).unwrap();
        let shown: Vec<_> = schema
            .domains()
            .iter()
            .map(|(path, domain)| {
                let places: Vec<_> = domain.limits.iter().map(|limit| &text[limit.at.clone()]).collect();
                (path.join("."), places.join(" "), domain.is_number, domain.is_required)
            })
            .collect();
        let expected = [
            ("address", r#""object""#, false, false),
            ("address.zone", r#"9 "integer""#, true, false),
            ("amount", r#"0 1e3 "number""#, true, true),
            ("plain", r#""string""#, false, false),
            ("tier", r#"["gold", "silver", null]"#, false, true),
            ("when", r#""string""#, false, false),
        ];
        let expected = expected.map(|(path, places, is_number, is_required)| {
            (path.to_owned(), places.to_owned(), is_number, is_required)
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_value_is_of_a_type_as_json_schema_has_it() {
        let of = |types: &[&str]| LimitKind::Of(types.iter().map(|one| (*one).to_owned()).collect());
        for (types, value, expected) in [
            (&["integer"][..], Value::Int(3), true),
            (&["integer"], Value::Double(3.0), true),
            (&["integer"], Value::Double(2.5), false),
            (&["number"], Value::Double(2.5), true),
            (&["number", "null"], Value::Null, true),
            (&["number"], Value::Null, false),
            (&["string"], Value::text("x"), true),
            (&["boolean"], Value::text("x"), false),
        ] {
            assert_eq!(of(types).is_of(&value), expected, "{types:?} {value:?}");
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_has_an_end() {
        let text = r##"{"type": "object", "properties": {"next": {"$ref": "#"}, "size": {"minimum": 1}}}"##;
        let domains = Schema::compile(text).unwrap().domains().len();
        assert!((1..=DEPTH_MAX + 1).contains(&domains), "{domains}");
    }
}
